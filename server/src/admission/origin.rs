//! Which web origins may open sessions and read the API. Browsers let any page open a WebSocket to any server, and leave
//! it to the server to look at the `Origin` (RFC 6455, section 10.2).

use std::fmt;
use std::str::FromStr;

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, Uri};
use tower_http::cors::CorsLayer;

/// A web origin as browsers write it: `http://HOST[:PORT]` or the same with `https`, in lower case, without the scheme's
/// own port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(HeaderValue);

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("'{text}' is not an origin: http://HOST[:PORT] or https://HOST[:PORT], nothing after it");
        let lower = text.trim().to_ascii_lowercase();
        let uri: Uri = lower.parse().map_err(|_| wrong())?;
        let (scheme, own_port) = match uri.scheme_str() {
            Some("http") => ("http", 80),
            Some("https") => ("https", 443),
            _ => return Err(wrong()),
        };
        let authority = uri.authority().ok_or_else(wrong)?;
        let host = authority.host();
        let named = host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
        if lower != format!("{scheme}://{authority}") || host.is_empty() || !(named || host.starts_with('[')) {
            return Err(wrong());
        }
        let origin = match (authority.port(), authority.port_u16()) {
            (None, _) if authority.as_str() == host => format!("{scheme}://{host}"),
            (Some(_), Some(port)) if port == own_port => format!("{scheme}://{host}"),
            (Some(_), Some(port)) if authority.as_str() == format!("{host}:{port}") => lower,
            _ => return Err(wrong()),
        };
        HeaderValue::from_str(&origin).map(Origin).map_err(|_| wrong())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", String::from_utf8_lossy(self.0.as_bytes()))
    }
}

/// The origin that a request comes from, if it may not open a session: another host than the one that it asks, and none of
/// `allowed`. Clients that are no browsers send no `Origin` and pass. The scheme is not compared, because a proxy for TLS
/// may stand before the server; the host is the request's own, unless a proxy that is believed says which one it was asked for.
pub(crate) fn foreign<'a>(
    headers: &'a HeaderMap,
    forwarded: Option<&[u8]>,
    allowed: &[Origin],
) -> Option<&'a HeaderValue> {
    let host = forwarded.or_else(|| headers.get(HOST).map(HeaderValue::as_bytes));
    let known = |origin: &HeaderValue| {
        let bytes = origin.as_bytes();
        let authority = bytes.strip_prefix(b"http://").or_else(|| bytes.strip_prefix(b"https://"));
        let own = authority.zip(host).is_some_and(|(authority, host)| authority.eq_ignore_ascii_case(host));
        own || allowed.iter().any(|Origin(one)| one == origin)
    };
    headers.get_all(ORIGIN).iter().find(|origin| !known(origin))
}

/// Lets pages of the allowed origins read the answers.
pub(crate) fn cors(allowed: &[Origin]) -> CorsLayer {
    CorsLayer::new().allow_origin(allowed.iter().map(|Origin(one)| one.clone()).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_have_one_form() {
        for (text, origin) in [
            ("https://a.example", "https://a.example"),
            ("HTTPS://A.example:443", "https://a.example"),
            ("http://localhost:5173", "http://localhost:5173"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().to_string(), origin);
        }
        let wrong =
            ["", "*", "null", "a.example", "https://", "https://a.example/", "https://a.example/page", "ws://a"];
        for text in wrong.into_iter().chain(["https://*.example", "https://u@a.example", "http://a:", "http://a:x"]) {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }
}
