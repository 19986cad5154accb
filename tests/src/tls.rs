//! Certificates made when a test runs: an authority, and what it issues.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair, date_time_ymd,
};
use sotto_server::tls::{ALPN, TlsFiles, certificates, identity, provider};
use tempfile::TempDir;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// A certificate authority, with a folder for its own certificate and those that it issues.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

/// Files of a certificate and its key.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

impl Authority {
    /// A new one, with a name of its own.
    pub fn new() -> Authority {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        Self::named(&format!("authority {} of the tests", MADE.fetch_add(1, Ordering::Relaxed)))
    }

    /// A new one of this name.
    pub fn named(name: &str) -> Authority {
        let mut params = CertificateParams::new(Vec::new()).expect("no names are fine names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        let key = KeyPair::generate().expect("there is randomness");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("an authority signs itself");
        let folder = TempDir::new().expect("a temporary directory");
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).expect("the folder can be written");
        Authority { issuer, folder }
    }

    /// The file of its own certificate.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Issues a certificate for these names into files of this stem, which it replaces.
    pub fn issue(&self, stem: &str, names: &[&str]) -> Issued {
        self.issue_with(stem, names, |_| {})
    }

    /// A certificate that is no longer valid.
    pub fn issue_expired(&self, stem: &str, names: &[&str]) -> Issued {
        self.issue_with(stem, names, |params| params.not_after = date_time_ymd(2001, 1, 1))
    }

    fn issue_with(&self, stem: &str, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Issued {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("the test's names are names");
        params.not_before = date_time_ymd(2000, 1, 1);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        change(&mut params);
        let key = KeyPair::generate().expect("there is randomness");
        let certificate = params.signed_by(&key, &self.issuer).expect("an authority signs");
        let file = |kind: &str| self.folder.path().join(format!("{stem}.{kind}"));
        let issued = Issued { certificate: file("pem"), key: file("key") };
        private(&issued.key, &key.serialize_pem());
        std::fs::write(&issued.certificate, certificate.pem()).expect("the folder can be written");
        issued
    }

    /// Its root alone.
    pub fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).expect("an authority's certificate is a root");
        roots
    }

    /// A client that trusts it alone.
    pub fn connector(&self) -> TlsConnector {
        let config = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
        let config = config.expect("ring has them").with_root_certificates(self.roots()).with_no_client_auth();
        TlsConnector::from(Arc::new(config))
    }

    /// A server that lets in clients with a certificate of it alone.
    pub fn demanding_acceptor(&self, own: &Issued) -> TlsAcceptor {
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(self.roots()), provider()).build();
        let config = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
        let config = config.expect("ring has them").with_client_cert_verifier(verifier.expect("there is a root"));
        let resolver = tokio_rustls::rustls::sign::SingleCertAndKey::from(own.read());
        let mut config = config.with_cert_resolver(Arc::new(resolver));
        config.alpn_protocols = vec![ALPN.to_vec()];
        TlsAcceptor::from(Arc::new(config))
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Issued {
    /// As options of a server.
    pub fn files(&self) -> TlsFiles {
        TlsFiles { tls_certificate: Some(self.certificate.clone()), tls_key: Some(self.key.clone()) }
    }

    /// The certificate itself.
    pub fn der(&self) -> CertificateDer<'static> {
        certificates(&self.certificate).expect("it was written").remove(0)
    }

    fn read(&self) -> tokio_rustls::rustls::sign::CertifiedKey {
        identity(&self.certificate, &self.key).expect("they were written")
    }
}

/// Writes what others may not read.
fn private(file: &Path, text: &str) {
    std::fs::write(file, text).expect("the folder can be written");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).expect("the file is ours");
    }
}
