//! Certificates and keys from PEM files, with what is wrong in words. A key's bytes are overwritten when it has been read, and no
//! message has any of them.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{self, CertificateError, InconsistentKeys};
use tracing::warn;
use zeroize::Zeroizing;

use crate::{Error, Result};

/// How a section of a PEM file begins.
const BEGIN: &str = "-----BEGIN ";

/// The cryptography of both ends.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// The certificates of a file, at least one.
///
/// # Errors
/// [`Error::Usage`] with the file and what is wrong with it.
pub fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let wrong = |why: &str| Error::Usage(format!("{}: {why}", file.display()));
    let text = read(file, "certificate")?;
    let found = CertificateDer::pem_slice_iter(text.as_bytes()).collect::<std::result::Result<Vec<_>, _>>();
    match found {
        Err(_) => Err(wrong("a certificate in it is damaged: not base64 between BEGIN and END")),
        Ok(found) if found.is_empty() => {
            let what = sections(&text).join(", ");
            Err(wrong(&format!("there is no certificate in it (CERTIFICATE), but {what}")))
        }
        Ok(found) => Ok(found),
    }
}

/// A certificate with the chain behind it, and its private key from another file, or the same one.
///
/// # Errors
/// [`Error::Usage`] with the file and what is wrong with it.
pub fn identity(certificate: &Path, key: &Path) -> Result<CertifiedKey> {
    let wrong = |file: &Path, why: &str| Error::Usage(format!("{}: {why}", file.display()));
    let chain = certificates(certificate)?;
    let private = private_key(key)?;
    CertifiedKey::from_der(chain, private, &provider()).map_err(|error| match error {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            let of = certificate.display();
            wrong(
                key,
                &format!("the key is not that of the first certificate in {of} (a server's comes before its CAs')"),
            )
        }
        rustls::Error::InvalidCertificate(CertificateError::BadEncoding) => {
            wrong(certificate, "the first certificate in it is damaged: not the DER of an X.509 certificate")
        }
        rustls::Error::InvalidCertificate(error) => {
            wrong(certificate, &format!("the first certificate in it: {error}"))
        }
        // What rustls says of a key has nothing of it, and says little.
        _ => wrong(
            key,
            "the key is of a kind that is not supported: RSA of 2048 to 8192 bits, ECDSA P-256 or P-384, Ed25519",
        ),
    })
}

fn private_key(file: &Path) -> Result<PrivateKeyDer<'static>> {
    let wrong = |why: &str| Error::Usage(format!("{}: {why}", file.display()));
    let text = read(file, "private key")?;
    if text.contains("ENCRYPTED") {
        return Err(wrong(
            "the key is encrypted; nobody is there to type its password when the server starts: write it without one \
             (openssl pkey -in ENCRYPTED -out KEY), in a file that its user alone can read",
        ));
    }
    let mut keys = PrivateKeyDer::pem_slice_iter(text.as_bytes());
    match (keys.next(), keys.next()) {
        (Some(Ok(_)), Some(_)) => Err(wrong("there are several private keys in it")),
        (Some(Ok(key)), None) => {
            warn_of_readers(file);
            Ok(key)
        }
        (Some(Err(_)), _) => Err(wrong("the private key in it is damaged: not base64 between BEGIN and END")),
        (None, _) => {
            let what = sections(&text).join(", ");
            Err(wrong(&format!("there is no private key in it (PRIVATE KEY), but {what}")))
        }
    }
}

/// The text of a PEM file; overwritten when it is dropped.
fn read(file: &Path, what: &str) -> Result<Zeroizing<String>> {
    let wrong = |why: String| Error::Usage(format!("{}: {why}", file.display()));
    let bytes = Zeroizing::new(std::fs::read(file).map_err(|e| wrong(e.to_string()))?);
    let text = std::str::from_utf8(&bytes).ok().filter(|text| text.contains(BEGIN));
    let text = text.ok_or_else(|| {
        wrong(format!("not a PEM file: a {what} is between lines \"-----BEGIN …-----\" and \"-----END …-----\""))
    })?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// What a PEM file says that it has.
fn sections(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.strip_prefix(BEGIN)?.trim_end().strip_suffix("-----")).collect()
}

/// Everybody on the machine can read some keys, which is seldom meant.
#[cfg(unix)]
fn warn_of_readers(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    // It was read a moment ago.
    let Ok(metadata) = std::fs::metadata(file) else { return };
    if metadata.permissions().mode() & 0o007 != 0 {
        let file = file.display();
        warn!("{file}: every user of this machine may read or change this private key: chmod o= {file}");
    }
}

#[cfg(not(unix))]
fn warn_of_readers(_: &Path) {}
