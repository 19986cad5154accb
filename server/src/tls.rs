//! TLS of the server: a certificate and its key from files, read again when they are renewed.

mod pem;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use clap::Args;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::server::{ResolvesServerCert, ServerConfig};
use tokio_rustls::rustls::sign::SingleCertAndKey;
use tokio_rustls::server::TlsStream;

pub use pem::{certificates, identity, provider};

use crate::{Error, Result};

/// What is spoken within TLS: WebSockets begin as HTTP/1.1.
pub const ALPN: &[u8] = b"http/1.1";

/// Where the certificate and its key are.
#[derive(Args, Clone, Debug, Default)]
pub struct TlsFiles {
    /// Speak TLS (https:// and wss://) with this certificate, PEM, the CAs' between it and the root behind it. Read again on SIGHUP.
    #[arg(long, value_name = "FILE", env = "SOTTO_TLS_CERTIFICATE")]
    pub tls_certificate: Option<PathBuf>,

    /// The certificate's private key, PEM, not encrypted, in a file that nobody else may read. Read again on SIGHUP.
    #[arg(long, value_name = "FILE", env = "SOTTO_TLS_KEY")]
    pub tls_key: Option<PathBuf>,
}

impl TlsFiles {
    /// Reads both; there is no TLS with neither.
    ///
    /// # Errors
    /// [`Error::Usage`] with the option that is missing, or the file and what is wrong with it.
    pub(crate) fn load(&self) -> Result<Option<Arc<Tls>>> {
        let alone = |given: &str, missing: &str| Error::Usage(format!("--{given} needs --{missing}, too"));
        match (&self.tls_certificate, &self.tls_key) {
            (None, None) => Ok(None),
            (Some(_), None) => Err(alone("tls-certificate", "tls-key")),
            (None, Some(_)) => Err(alone("tls-key", "tls-certificate")),
            (Some(certificate), Some(key)) => Ok(Some(Arc::new(Tls::load(certificate.clone(), key.clone())?))),
        }
    }

    /// The scheme of the server's addresses.
    pub fn scheme(&self) -> &'static str {
        if self.tls_certificate.is_some() { "https" } else { "http" }
    }
}

/// The server's end of TLS, with the certificate that new connections get.
#[derive(Debug)]
pub(crate) struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<ServerConfig>>,
}

impl Tls {
    /// Reads a certificate, with the chain behind it, and its key.
    ///
    /// # Errors
    /// [`Error::Usage`] with the file and what is wrong with it.
    pub(crate) fn load(certificate: PathBuf, key: PathBuf) -> Result<Tls> {
        let current = RwLock::new(Arc::new(config(&certificate, &key)?));
        Ok(Tls { certificate, key, current })
    }

    /// Reads the files again, for connections from now on.
    ///
    /// # Errors
    /// As [`Tls::load`]; the certificate stays what it was.
    pub(crate) fn reload(&self) -> Result<()> {
        let fresh = Arc::new(config(&self.certificate, &self.key)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// The server's half of a handshake.
    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        TlsAcceptor::from(current).accept(stream).await
    }
}

fn config(certificate: &Path, key: &Path) -> Result<ServerConfig> {
    let resolver: Arc<dyn ResolvesServerCert> = Arc::new(SingleCertAndKey::from(identity(certificate, key)?));
    let versions = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let versions = versions.map_err(|e| Error::Internal(format!("TLS cannot be set up: {e}")))?;
    let mut config = versions.with_no_client_auth().with_cert_resolver(resolver);
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}
