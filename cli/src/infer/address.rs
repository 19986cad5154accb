//! Where a server is.

use std::fmt;

use hyper::Uri;

use crate::{Error, Result};

/// A server's address: the authority, and the path under which its routes live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// `HOST:PORT`.
    pub(super) authority: String,
    /// Ends with `/`.
    base: String,
}

impl Address {
    /// Reads `ws://HOST:PORT`, the same with `http`, and either with a path that may end in `/ws`.
    pub(super) fn parse(text: &str) -> Result<Address> {
        let wrong = |why: &str| Error::Usage(format!("--server {text}: {why}"));
        let uri: Uri = text.parse().map_err(|e| wrong(&format!("not an address: {e}")))?;
        match uri.scheme_str() {
            Some("ws" | "http") => {}
            Some("wss" | "https") => {
                return Err(wrong("this build has no TLS; give ws:// and a server or proxy that you trust"));
            }
            _ => return Err(wrong("an address starts with ws:// or http://")),
        }
        let authority = uri.authority().ok_or_else(|| wrong("there is no host in it"))?;
        let host = authority.host();
        let port = match authority.port_u16() {
            Some(port) => port,
            None if authority.as_str().ends_with(host) => 80,
            None => return Err(wrong("what follows the host is no port from 0 to 65535")),
        };
        let path = uri.path().trim_end_matches('/');
        let base = path.strip_suffix("/ws").unwrap_or(path);
        Ok(Address { authority: format!("{host}:{port}"), base: format!("{base}/") })
    }

    /// The path of a route.
    pub(super) fn path(&self, route: &str) -> String {
        format!("{}{route}", self.base)
    }

    /// The WebSocket's address.
    pub(super) fn socket(&self) -> String {
        format!("ws://{}{}", self.authority, self.path("ws"))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.socket())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_all_shapes_lead_to_the_socket() {
        for (text, socket) in [
            ("ws://localhost:8080", "ws://localhost:8080/ws"),
            ("ws://localhost:8080/ws", "ws://localhost:8080/ws"),
            ("http://[::1]:80/", "ws://[::1]:80/ws"),
            ("http://a.example/sotto/ws", "ws://a.example:80/sotto/ws"),
        ] {
            assert_eq!(Address::parse(text).unwrap().socket(), socket);
        }
        for wrong in [
            "",
            "localhost:8080",
            "wss://a.example",
            "ftp://a.example",
            "ws://",
            "ws://a.example:99999",
            "ws://a.example:",
        ] {
            assert!(Address::parse(wrong).is_err(), "{wrong}");
        }
    }
}
