//! Bearer tickets: long random strings, of which the store knows the hash alone.

use sha2::{Digest, Sha256};
use sotto_mpc::Ticket;
use zeroize::Zeroizing;

use crate::{Error, Result};

/// What every ticket begins with, so that people and scanners of leaked secrets know one.
const PREFIX: &str = "sotto_";

/// Random bytes of a ticket.
const RANDOM: usize = 24;

/// A new ticket, of 192 random bits.
///
/// # Errors
/// `Internal` when the system has no randomness.
pub(super) fn random() -> Result<Ticket> {
    let mut bytes = Zeroizing::new([0; RANDOM]);
    getrandom::fill(&mut *bytes).map_err(|e| Error::Internal(format!("no randomness: {e}")))?;
    Ok(Ticket::new(&Zeroizing::new(format!("{PREFIX}{}", *Zeroizing::new(hex(&*bytes))))))
}

/// What the store keeps and looks for: SHA-256 in hexadecimal. So many random bits need no slow hash.
pub(super) fn hash(ticket: &Ticket) -> String {
    hex(&Sha256::digest(ticket.reveal().as_bytes()))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tickets_are_long_and_shown_to_nobody() {
        let (one, other) = (random().unwrap(), random().unwrap());
        assert!(one != other && hash(&one) != hash(&other));
        assert_eq!(one.reveal().len(), PREFIX.len() + 2 * RANDOM);
        assert!(one.reveal().starts_with(PREFIX) && !format!("{one:?}").contains(PREFIX));
        assert_eq!(hash(&Ticket::new(&format!(" {}\n", one.reveal()))), hash(&one));
    }
}
