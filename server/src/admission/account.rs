//! Who asks: what limits and turns are counted by.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

/// Bits of an IPv6 address that stand for one customer: a network of that size is the least that one gets (RFC 6177).
const NETWORK: u32 = 64;

/// One who asks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Account {
    /// Whoever comes from an address; of IPv6, from a network of 64 bits.
    Address(IpAddr),
    /// The bearers of a ticket, by its id.
    Ticket(Arc<str>),
    /// The bearers of an issuer's tokens for a subject, by its hash.
    Subject(Arc<str>),
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Account::Address(address) => write!(f, "address {address}"),
            Account::Ticket(id) => write!(f, "ticket {id}"),
            Account::Subject(hash) => write!(f, "subject {hash}"),
        }
    }
}

impl Account {
    /// Of an address.
    pub(crate) fn of(address: IpAddr) -> Self {
        Account::Address(match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) & !0 << (128 - NETWORK)).into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_addresses_is_one_account() {
        let account = |text: &str| Account::of(text.parse().unwrap());
        assert_eq!(account("2001:db8:1:2::1"), account("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(account("2001:db8:1:2::1"), account("2001:db8:1:3::1"));
        assert_eq!(account("::ffff:192.0.2.1"), account("192.0.2.1"));
        assert_ne!(account("192.0.2.1"), account("192.0.2.2"));
    }
}
