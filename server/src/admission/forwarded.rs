//! What proxies say of those who ask through them: their address and the host that they asked. Only configured proxies are believed:
//! everybody can send such headers.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// A network of proxies that are believed, as `10.0.0.0/8`, or the address of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proxy(IpNet);

impl FromStr for Proxy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let wrong = || format!("'{text}' is no network, like 10.0.0.0/8 or 2001:db8::/32, and no address");
        let address = || text.parse::<IpAddr>().ok().map(|address| IpNet::from(address.to_canonical()));
        let network = text.parse::<IpNet>().ok().or_else(address).ok_or_else(wrong)?;
        if network.trunc() != network {
            return Err(format!("'{text}' is an address within a network: the network is {}", network.trunc()));
        }
        Ok(Proxy(network))
    }
}

fn trusts(proxies: &[Proxy], address: IpAddr) -> bool {
    let address = address.to_canonical();
    proxies.iter().any(|Proxy(network)| network.contains(&address))
}

/// Who asks: the peer, or, as long as that is a believed proxy, the one that it says it asks for, which is the last in
/// `X-Forwarded-For` that is not taken yet. What stands before is the client's own claim, and is not looked at.
pub(crate) fn client(proxies: &[Proxy], peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let lines = headers.get_all(FORWARDED_FOR).iter().map(|line| line.to_str().unwrap_or_default());
    let named: Vec<&str> = lines.flat_map(|line| line.split(',')).collect();
    let (mut client, mut named) = (peer.to_canonical(), named.into_iter().rev());
    while trusts(proxies, client)
        && let Some(before) = named.next().and_then(address)
    {
        client = before;
    }
    client
}

/// The host that was asked, if a believed proxy says so: the last that is named.
pub(crate) fn host<'a>(proxies: &[Proxy], peer: IpAddr, headers: &'a HeaderMap) -> Option<&'a [u8]> {
    let line = headers.get_all(FORWARDED_HOST).iter().next_back().filter(|_| trusts(proxies, peer))?;
    line.as_bytes().rsplit(|&byte| byte == b',').next().map(<[u8]>::trim_ascii)
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let with_port = || text.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let found: Option<IpAddr> = text.parse().ok().or_else(with_port).or_else(bracketed);
    found.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(networks: &[&str]) -> Vec<Proxy> {
        networks.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn seen(proxies: &[Proxy], peer: &str, lines: &[&str]) -> String {
        let headers = lines.iter().map(|line| (FORWARDED_FOR, line.parse().unwrap())).collect();
        client(proxies, peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn nobody_is_believed_by_default() {
        assert_eq!(seen(&[], "192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(seen(&proxies(&["10.0.0.0/8"]), "192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
    }

    #[test]
    fn claims_before_the_last_proxy_are_not_looked_at() {
        let proxies = proxies(&["10.0.0.0/8", "2001:db8:1::/48", "192.0.2.200"]);
        for (lines, client) in [
            (&[][..], "10.0.0.1"),
            (&["198.51.100.7"], "198.51.100.7"),
            // Invented ones, also such as would be believed.
            (&["203.0.113.5, 198.51.100.7"], "198.51.100.7"),
            (&["10.9.9.9, 198.51.100.7"], "198.51.100.7"),
            (&["203.0.113.5", "198.51.100.7"], "198.51.100.7"),
            // Through two proxies.
            (&["203.0.113.5, 198.51.100.7, 10.0.0.2"], "198.51.100.7"),
            (&["198.51.100.7,192.0.2.200", " 2001:db8:1::5 "], "198.51.100.7"),
            // With ports, in brackets, and as IPv6 writes IPv4.
            (&["198.51.100.7:4711"], "198.51.100.7"),
            (&["[2001:db8::9]:80"], "2001:db8::9"),
            (&["[2001:db8::9]"], "2001:db8::9"),
            (&["::ffff:198.51.100.7"], "198.51.100.7"),
            // A proxy that does not say for whom it asks is who asks.
            (&["203.0.113.5, unknown"], "10.0.0.1"),
            (&["203.0.113.5, "], "10.0.0.1"),
            (&["203.0.113.5, unknown, 10.0.0.2"], "10.0.0.2"),
            (&["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ] {
            assert_eq!(seen(&proxies, "10.0.0.1", lines), client, "{lines:?}");
        }
        assert_eq!(seen(&proxies, "::ffff:10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
    }

    #[test]
    fn a_host_is_a_believed_proxys_word() {
        let proxies = proxies(&["10.0.0.0/8"]);
        let headers: HeaderMap = ["evil.example", "a.example, b.example"]
            .iter()
            .map(|host| (FORWARDED_HOST, host.parse().unwrap()))
            .collect();
        assert_eq!(host(&proxies, [10, 0, 0, 1].into(), &headers), Some(&b"b.example"[..]));
        assert_eq!(host(&proxies, [192, 0, 2, 1].into(), &headers), None);
        assert_eq!(host(&proxies, [10, 0, 0, 1].into(), &HeaderMap::new()), None);
    }

    #[test]
    fn networks_are_written_in_full() {
        for (text, network) in [("10.0.0.0/8", "10.0.0.0/8"), ("192.0.2.1", "192.0.2.1/32"), ("::1", "::1/128")] {
            assert_eq!(text.parse::<Proxy>().unwrap().0.to_string(), network);
        }
        for text in ["", "10.0.0.1/8", "10.0.0.0/33", "proxy.example", "*"] {
            assert!(text.parse::<Proxy>().is_err(), "{text}");
        }
    }
}
