//! Where a server is.

use std::fmt;

use hyper::Uri;

use crate::{Error, Result};

/// A server's address: scheme, host and port, and the path under which its routes live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// Whether it is asked within TLS.
    pub(super) secure: bool,
    /// A name, or an IP address, those of version 6 in brackets.
    host: String,
    port: u16,
    /// Ends with `/`.
    base: String,
    /// Path of the WebSocket.
    socket: String,
}

impl Address {
    /// Reads `wss://HOST:PORT`, the same with `https`, `ws` and `http`, and each with a path that may end in `/ws`. Messages have
    /// nothing of an address that may hold a secret.
    pub(super) fn parse(text: &str) -> Result<Address> {
        if text.contains('@') {
            return Err(Error::Usage(
                "--server: a user or password has no place in an address, which other programs and logs get to see: write \
                 USER:PASSWORD into a file for --basic-auth-file, or into the variable SOTTO_BASIC_AUTH"
                    .into(),
            ));
        }
        let (named, query) = text.split_once(['?', '#']).map_or((text, false), |(before, _)| (before, true));
        let wrong = |why: &str| Error::Usage(format!("--server {named}: {why}"));
        if query {
            return Err(wrong("an address ends before '?' and '#'; what a proxy asks for is given with --header"));
        }
        let uri: Uri = text.parse().map_err(|e| wrong(&format!("not an address: {e}")))?;
        let secure = match uri.scheme_str() {
            Some("ws" | "http") => false,
            Some("wss" | "https") => true,
            _ => return Err(wrong("an address starts with wss://, https://, ws:// or http://")),
        };
        let authority = uri.authority().ok_or_else(|| wrong("there is no host in it"))?;
        let host = authority.host();
        let port = match authority.port_u16() {
            Some(port) => port,
            None if authority.as_str().ends_with(host) => Self::own_port(secure),
            None => return Err(wrong("what follows the host is no port from 0 to 65535")),
        };
        let path = uri.path().trim_end_matches('/');
        let base = format!("{}/", path.strip_suffix("/ws").unwrap_or(path));
        Ok(Address { secure, host: host.to_owned(), port, socket: format!("{base}ws"), base })
    }

    /// Reads the address of a WebSocket, whatever its path is.
    pub(super) fn of_socket(text: &str) -> Result<Address> {
        let uri: Uri = text.parse().map_err(|e| Error::Usage(format!("not an address: {e}")))?;
        Ok(Address { socket: uri.path().to_owned(), ..Self::parse(text)? })
    }

    fn own_port(secure: bool) -> u16 {
        if secure { 443 } else { 80 }
    }

    /// What to connect to.
    pub(super) fn host_and_port(&self) -> (&str, u16) {
        (self.name(), self.port)
    }

    /// The host without brackets, as certificates have it.
    pub(super) fn name(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    /// As in a `Host` header.
    pub(super) fn authority(&self) -> String {
        if self.port == Self::own_port(self.secure) {
            self.host.clone()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// The path of a route.
    pub(super) fn path(&self, route: &str) -> String {
        format!("{}{route}", self.base)
    }

    /// Where a session that was opened here goes on.
    pub(super) fn to_resume(&self) -> Address {
        Address { socket: format!("{}/resume", self.socket), ..self.clone() }
    }

    /// The address of a route.
    pub(super) fn url(&self, route: &str) -> String {
        format!("{}://{}{}", if self.secure { "https" } else { "http" }, self.authority(), self.path(route))
    }

    /// Whether what is sent there crosses no network.
    pub(super) fn is_on_this_machine(&self) -> bool {
        let ip: Option<std::net::IpAddr> = self.name().parse().ok();
        self.host == "localhost" || ip.is_some_and(|ip| ip.is_loopback())
    }
}

/// The WebSocket's address.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "wss" } else { "ws" };
        write!(f, "{scheme}://{}{}", self.authority(), self.socket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_all_shapes_lead_to_the_socket() {
        for (text, socket, port) in [
            ("ws://localhost:8080", "ws://localhost:8080/ws", 8080),
            ("ws://localhost:8080/ws", "ws://localhost:8080/ws", 8080),
            ("http://[::1]:80/", "ws://[::1]/ws", 80),
            ("http://a.example/sotto/ws", "ws://a.example/sotto/ws", 80),
            ("https://a.example", "wss://a.example/ws", 443),
            ("wss://a.example:80/sotto", "wss://a.example:80/sotto/ws", 80),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!((address.to_string().as_str(), address.port), (socket, port));
            assert_eq!(address.to_resume().to_string(), format!("{socket}/resume"));
        }
        let wrong = ["", "localhost:8080", "ftp://a.example", "wss://", "ws://a.example:99999", "ws://a.example:"];
        for wrong in wrong.into_iter().chain(["wss://a.example/?a=b", "wss://a.example/#a"]) {
            assert!(Address::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Address::of_socket("ws://here:1/bench").unwrap().to_string(), "ws://here:1/bench");
    }

    #[test]
    fn secrets_of_addresses_are_refused_and_not_shown() {
        for text in [
            "wss://user:hidden@a.example",
            "wss://hidden@a.example",
            "wss://user:hid/den@a.example/",
            "user:hidden@a.example",
            "wss://a.example/?token=hidden",
            "nonsense?token=hidden",
        ] {
            let why = Address::parse(text).unwrap_err().to_string();
            assert!(!why.contains("hid"), "{why}");
            assert!(why.contains("--basic-auth-file") || why.contains("--header"), "{why}");
        }
    }
}
