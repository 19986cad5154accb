//! What a client shows of itself, and whom it trusts: certificates, and headers for proxies. Secrets are overwritten when they are
//! dropped, as far as they are ours: copies in the connection's buffers, and the command line, are not.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use clap::Args;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use sotto_mpc::{MAX_TICKET, Ticket};
use sotto_server::tls::{ALPN, certificates, identity, provider};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::{ClientConfig, ResolvesClientCert};
use tokio_rustls::rustls::sign::SingleCertAndKey;
use tokio_rustls::rustls::{self, RootCertStore};
use tracing::warn;
use zeroize::Zeroizing;

use crate::{Error, Result};

/// Has USER:PASSWORD.
const BASIC_AUTH: &str = "SOTTO_BASIC_AUTH";

/// Has a ticket.
const TICKET: &str = "SOTTO_TICKET";

/// Headers that are the connection's own.
const OWN: [HeaderName; 9] = [
    header::HOST,
    header::CONNECTION,
    header::UPGRADE,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::SEC_WEBSOCKET_KEY,
    header::SEC_WEBSOCKET_VERSION,
    header::SEC_WEBSOCKET_PROTOCOL,
    header::SEC_WEBSOCKET_EXTENSIONS,
];

/// How a server, or a proxy before it, is reached and satisfied.
#[derive(Args, Clone, Debug, Default)]
pub struct Access {
    /// Also trust the certificate authorities in this PEM file, besides the system's. May be repeated.
    #[arg(long, value_name = "FILE", env = "SOTTO_CA")]
    pub ca: Vec<PathBuf>,

    /// Show this certificate to a server that asks for one, PEM, with its chain.
    #[arg(long, value_name = "FILE", requires = "client_key")]
    pub client_certificate: Option<PathBuf>,

    /// The client certificate's private key, PEM, not encrypted.
    #[arg(long, value_name = "FILE", requires = "client_certificate")]
    pub client_key: Option<PathBuf>,

    /// Send this header with each request, for a proxy. May be repeated. Others on this machine can read a command line.
    #[arg(long, value_name = "NAME=VALUE")]
    pub header: Vec<GivenHeader>,

    /// Send the user and password in this file, as USER:PASSWORD, to a proxy that asks for them (Basic); without it those in the
    /// variable SOTTO_BASIC_AUTH, if there are any.
    #[arg(long, value_name = "FILE")]
    pub basic_auth_file: Option<PathBuf>,

    /// Show the ticket in this file to a server that asks for one; without it the one in the variable SOTTO_TICKET, if there is one.
    #[arg(long, value_name = "FILE")]
    pub ticket_file: Option<PathBuf>,
}

/// What is given for a header, checked when it is used: what clap says of a value shows it, and here it may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct GivenHeader(Zeroizing<String>);

impl From<&str> for GivenHeader {
    fn from(text: &str) -> Self {
        GivenHeader(Zeroizing::new(text.to_owned()))
    }
}

impl fmt::Debug for GivenHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NAME=…")
    }
}

/// A header; `Debug` and messages have its name alone.
#[derive(Clone)]
struct Header {
    name: HeaderName,
    value: Zeroizing<String>,
}

impl Header {
    fn read(given: &GivenHeader) -> Result<Header> {
        let wrong = |why: String| Error::Usage(format!("--header: {why}"));
        let (name, value) = given.0.split_once('=').ok_or_else(|| wrong("a header is given as NAME=VALUE".into()))?;
        let name = name.trim();
        let parsed: HeaderName = name.parse().map_err(|_| wrong(format!("'{name}' is no name of a header")))?;
        if OWN.contains(&parsed) {
            return Err(wrong(format!("'{name}' is set by the connection itself")));
        }
        let header = Header { name: parsed, value: Zeroizing::new(value.trim().to_owned()) };
        match header.line() {
            Some(_) => Ok(header),
            None => Err(wrong(format!("what is given for '{name}' cannot be in a header"))),
        }
    }

    fn line(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(&self.value).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=…", self.name)
    }
}

impl Access {
    /// What is shown to the server itself.
    ///
    /// # Errors
    /// [`Error::Usage`] about the file or variable.
    pub(crate) fn ticket(&self) -> Result<Option<Ticket>> {
        let (source, text) = match (&self.ticket_file, std::env::var_os(TICKET)) {
            (Some(file), _) => {
                let text = std::fs::read(file).map_err(|e| Error::file(file, e))?;
                (file.display().to_string(), Zeroizing::new(text))
            }
            (None, Some(text)) => (TICKET.to_owned(), Zeroizing::new(text.into_encoded_bytes())),
            (None, None) => return Ok(None),
        };
        let ticket = std::str::from_utf8(&text).map(Ticket::new).ok();
        let fits = |ticket: &Ticket| !ticket.reveal().is_empty() && ticket.reveal().len() <= MAX_TICKET;
        match ticket.filter(fits) {
            Some(ticket) => Ok(Some(ticket)),
            None => Err(Error::Usage(format!("{source}: a ticket is a line of at most {MAX_TICKET} bytes"))),
        }
    }

    /// What is sent with each request, with user and password.
    ///
    /// # Errors
    /// [`Error::Usage`] about the file or variable of user and password.
    pub(super) fn headers(&self) -> Result<Headers> {
        self.headers_with(std::env::var_os(BASIC_AUTH).map(|secret| Zeroizing::new(secret.into_encoded_bytes())))
    }

    fn headers_with(&self, variable: Option<Zeroizing<Vec<u8>>>) -> Result<Headers> {
        let mut headers = self.header.iter().map(Header::read).collect::<Result<Vec<_>>>()?;
        let (source, secret) = match (&self.basic_auth_file, variable) {
            (Some(file), _) => {
                let secret = std::fs::read(file).map_err(|e| Error::file(file, e))?;
                (file.display().to_string(), Zeroizing::new(secret))
            }
            (None, Some(secret)) => (BASIC_AUTH.to_owned(), secret),
            (None, None) => return Ok(Headers(headers)),
        };
        let wrong = |why: &str| Error::Usage(format!("{source}: {why}"));
        if headers.iter().any(|header| header.name == header::AUTHORIZATION) {
            return Err(wrong("there is a --header Authorization, too: leave one of them out"));
        }
        let secret = std::str::from_utf8(&secret).map_err(|_| wrong("not UTF-8"))?.trim_end_matches(['\r', '\n']);
        if !secret.contains(':') || secret.chars().any(char::is_control) {
            return Err(wrong("a line USER:PASSWORD is expected"));
        }
        let mut value = Zeroizing::new("Basic ".to_owned());
        // So that the text is not moved, and left behind, while it grows.
        value.reserve_exact(secret.len().div_ceil(3) * 4);
        BASE64_STANDARD.encode_string(secret, &mut value);
        headers.push(Header { name: header::AUTHORIZATION, value });
        Ok(Headers(headers))
    }

    /// The client's half of TLS.
    ///
    /// # Errors
    /// [`Error::Usage`] about a file.
    pub(super) fn connector(&self) -> Result<TlsConnector> {
        let versions = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
        let versions = versions.map_err(|e| Error::Internal(format!("TLS cannot be set up: {e}")))?;
        let trusting = versions.with_root_certificates(self.roots()?);
        let mut config = match (&self.client_certificate, &self.client_key) {
            (Some(certificate), Some(key)) => {
                let own = SingleCertAndKey::from(identity(certificate, key)?);
                trusting.with_client_cert_resolver(Arc::new(own) as Arc<dyn ResolvesClientCert>)
            }
            (None, None) => trusting.with_no_client_auth(),
            _ => return Err(Error::Usage("--client-certificate and --client-key go together".into())),
        };
        config.alpn_protocols = vec![ALPN.to_vec()];
        Ok(TlsConnector::from(Arc::new(config)))
    }

    /// The system's certificate authorities, and those of files.
    fn roots(&self) -> Result<RootCertStore> {
        let mut roots = RootCertStore::empty();
        let found = rustls_native_certs::load_native_certs();
        for error in found.errors {
            warn!(%error, "the system's certificate authorities are not complete");
        }
        // Systems have some that nobody can use.
        roots.add_parsable_certificates(found.certs);
        for file in &self.ca {
            add(&mut roots, file)?;
        }
        if roots.is_empty() {
            return Err(Error::Usage(
                "this system has no certificate authorities that could vouch for a server: install them (ca-certificates), or \
                 give one with --ca FILE"
                    .into(),
            ));
        }
        Ok(roots)
    }
}

fn add(roots: &mut RootCertStore, file: &Path) -> Result<()> {
    for certificate in certificates(file)? {
        roots.add(certificate).map_err(|e| match e {
            rustls::Error::InvalidCertificate(why) => Error::file(file, format!("a certificate in it: {why}")),
            other => Error::file(file, other),
        })?;
    }
    Ok(())
}

/// What is sent with each request beside its own.
#[derive(Clone, Debug)]
pub(super) struct Headers(Vec<Header>);

impl Headers {
    pub(super) fn are_none(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add_to(&self, request: &mut HeaderMap) {
        for header in &self.0 {
            // Checked when it was read.
            if let Some(value) = header.line() {
                request.append(header.name.clone(), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_pairs_and_not_shown() {
        let header = Header::read(&"X-Api-Key = hidden=1".into()).unwrap();
        assert_eq!((header.name.as_str(), header.value.as_str()), ("x-api-key", "hidden=1"));
        let shown = format!("{header:?} {:?} {:?}", header.line(), GivenHeader::from("X=hidden"));
        assert!(!shown.contains("hidden"), "{shown}");
        for wrong in ["hidden", "a b=hidden", "=hidden", "Host=hidden", "Upgrade=hidden", "X=hid\nden"] {
            let why = Header::read(&wrong.into()).unwrap_err().to_string();
            assert!(!why.contains("hid"), "{why}");
        }
    }

    #[test]
    fn user_and_password_come_from_a_file_or_the_variable() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("auth");
        std::fs::write(&file, "Aladdin:open sesame\n").unwrap();
        let of = |access: &Access, variable: Option<&str>| {
            let variable = variable.map(|text| Zeroizing::new(text.as_bytes().to_vec()));
            access.headers_with(variable).map(|headers| {
                let mut map = HeaderMap::new();
                headers.add_to(&mut map);
                assert!(!format!("{headers:?} {map:?}").contains("QWxh"), "it is not shown");
                map.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned())
            })
        };
        // The example of RFC 7617.
        let expected = Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==".to_owned());
        let access = Access { basic_auth_file: Some(file), ..Access::default() };
        assert_eq!(of(&access, Some("other:one")).unwrap(), expected);
        assert_eq!(of(&Access::default(), Some("Aladdin:open sesame")).unwrap(), expected);
        assert_eq!(of(&Access::default(), None).unwrap(), None);
        for wrong in ["hidden", "hid:den\nmore"] {
            let why = of(&Access::default(), Some(wrong)).unwrap_err().to_string();
            assert!(why.starts_with("SOTTO_BASIC_AUTH: ") && !why.contains("hid"), "{why}");
        }
        let twice = Access { header: vec!["Authorization=Bearer x".into()], ..access };
        assert!(of(&twice, None).unwrap_err().to_string().contains("leave one of them out"));
    }
}
