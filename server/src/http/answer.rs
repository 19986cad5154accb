//! A JSON answer that is written, compressed and named once, and then only sent.

use std::io::Write;

use axum::body::Bytes;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{Error, Result};

/// One resource in both of its forms.
#[derive(Debug)]
pub(super) struct Answer {
    plain: Bytes,
    gzip: Bytes,
    /// Weak, because both forms have the same.
    etag: String,
}

impl Answer {
    /// Writes `value` as JSON.
    pub(super) fn new(value: &impl Serialize) -> Result<Answer> {
        let defect = |e: &dyn std::fmt::Display| Error::Internal(format!("cannot write an answer of the API: {e}"));
        let plain = serde_json::to_vec(value).map_err(|e| defect(&e))?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let gzip = encoder.write_all(&plain).and_then(|()| encoder.finish()).map_err(|e| defect(&e))?;
        let digest: String = Sha256::digest(&plain)[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Answer { plain: plain.into(), gzip: gzip.into(), etag: format!("W/\"{digest}\"") })
    }

    /// The response to a request with these headers: 304 if it names this content, or else compressed if it may be.
    pub(super) fn to(&self, request: &HeaderMap) -> Response {
        let both = [(ETAG, self.etag.as_str()), (VARY, "accept-encoding")];
        if names(request, &self.etag) {
            return (StatusCode::NOT_MODIFIED, both).into_response();
        }
        let json = (CONTENT_TYPE, "application/json");
        if takes_gzip(request) {
            (both, [json, (CONTENT_ENCODING, "gzip")], self.gzip.clone()).into_response()
        } else {
            (both, [json], self.plain.clone()).into_response()
        }
    }
}

/// The parts of a header that is a list, over all of its lines.
fn list(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(name).into_iter().filter_map(|line: &HeaderValue| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim)
}

/// Whether `If-None-Match` names the content, by weak comparison (RFC 9110, sections 8.8.3.2 and 13.1.2).
fn names(request: &HeaderMap, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim_start_matches("W/").to_owned();
    list(request, IF_NONE_MATCH).any(|tag| tag == "*" || opaque(tag) == opaque(etag))
}

/// Whether `Accept-Encoding` allows gzip (RFC 9110, section 12.5.3): by name, or else by `*`, with a weight above zero.
fn takes_gzip(request: &HeaderMap) -> bool {
    let weight = |coding: &str| {
        list(request, ACCEPT_ENCODING).find_map(|part| {
            let mut pieces = part.split(';').map(str::trim);
            let named = pieces.next()?.eq_ignore_ascii_case(coding);
            let weight = pieces.find_map(|piece| piece.strip_prefix("q=").or_else(|| piece.strip_prefix("Q=")));
            named.then(|| weight.map_or(1.0, |q| q.trim().parse::<f64>().unwrap_or(0.0)))
        })
    };
    weight("gzip").or_else(|| weight("*")).is_some_and(|q| q > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, lines: &[&str]) -> HeaderMap {
        lines.iter().map(|line| (name.clone(), line.parse().unwrap())).collect()
    }

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        for takes in ["gzip", "br, GZIP", "br;q=1, gzip;q=0.2", "*", "deflate;q=0.5,  *;q=0.1"] {
            assert!(takes_gzip(&headers(ACCEPT_ENCODING, &[takes])), "{takes}");
        }
        for refuses in ["", "br", "gzip;q=0", "gzip;q=0.000, *", "*;q=0", "identity", "gzip;q=much", "xgzip"] {
            assert!(!takes_gzip(&headers(ACCEPT_ENCODING, &[refuses])), "{refuses}");
        }
        assert!(takes_gzip(&headers(ACCEPT_ENCODING, &["br", "gzip"])));
        assert!(!takes_gzip(&HeaderMap::new()));
    }

    #[test]
    fn content_is_known_by_its_name() {
        let answer = Answer::new(&"content").unwrap();
        let strong = answer.etag.trim_start_matches("W/").to_owned();
        for known in [&answer.etag, &strong, "*", &format!("\"other\", {strong}")] {
            assert_eq!(answer.to(&headers(IF_NONE_MATCH, &[known])).status(), 304, "{known}");
        }
        for unknown in ["", "\"other\"", &Answer::new(&"another").unwrap().etag] {
            assert_eq!(answer.to(&headers(IF_NONE_MATCH, &[unknown])).status(), 200, "{unknown}");
        }
    }
}
