//! What is wrong with files of certificates and keys, in words.

use std::path::Path;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;

use super::*;

fn made() -> (String, String) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    (cert.pem(), signing_key.serialize_pem())
}

/// What is said of a certificate's and a key's file with this in them.
#[track_caller]
fn says(certificate: &[u8], key: &[u8], words: &str) {
    let folder = TempDir::new().unwrap();
    let (c, k) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
    std::fs::write(&c, certificate).unwrap();
    std::fs::write(&k, key).unwrap();
    let why = identity(&c, &k).map(|_| ()).unwrap_err().to_string();
    assert!(why.contains(words), "{why}");
    assert!(!why.contains("MIG"), "nothing of the key: {why}");
}

#[test]
fn a_pair_is_read_from_two_files_or_one() {
    let folder = TempDir::new().unwrap();
    let (certificate, key) = made();
    let both = folder.path().join("both.pem");
    std::fs::write(&both, format!("A comment\r\n{key}{certificate}")).unwrap();
    assert_eq!(identity(&both, &both).unwrap().cert.len(), 1);
}

#[test]
fn what_is_wrong_is_said_of_the_file() {
    let ((certificate, key), (other, _)) = (made(), made());
    says(b"\x30\x82\x01", key.as_bytes(), "c.pem: not a PEM file");
    says(b"", key.as_bytes(), "c.pem: not a PEM file");
    says(certificate.as_bytes(), b"secret", "k.pem: not a PEM file: a private key is between");
    says(key.as_bytes(), key.as_bytes(), "c.pem: there is no certificate in it (CERTIFICATE), but PRIVATE KEY");
    says(
        certificate.as_bytes(),
        certificate.as_bytes(),
        "k.pem: there is no private key in it (PRIVATE KEY), but CERT",
    );
    says(other.as_bytes(), key.as_bytes(), "k.pem: the key is not that of the first certificate in ");
    says(certificate.as_bytes(), (key.clone() + &key).as_bytes(), "k.pem: there are several private keys");
    let torn = |text: &str| text.replacen("\n-----END", "!\n-----END", 1);
    says(torn(&certificate).as_bytes(), key.as_bytes(), "c.pem: a certificate in it is damaged");
    says(certificate.as_bytes(), torn(&key).as_bytes(), "k.pem: the private key in it is damaged");
    let empty = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    says(empty.as_bytes(), key.as_bytes(), "c.pem: the first certificate in it is damaged");
    let odd = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    says(certificate.as_bytes(), odd.as_bytes(), "k.pem: the key is of a kind that is not supported");
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    says(certificate.as_bytes(), encrypted.as_bytes(), "k.pem: the key is encrypted");
    let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    says(certificate.as_bytes(), old.as_bytes(), "k.pem: the key is encrypted");
    let missing = identity(Path::new("nowhere.pem"), Path::new("nowhere.key")).map(|_| ()).unwrap_err().to_string();
    assert!(missing.starts_with("nowhere.pem: "), "{missing}");
}

#[test]
fn a_reload_that_fails_keeps_the_certificate() {
    let folder = TempDir::new().unwrap();
    let (c, k) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
    let write = |(certificate, key): (String, String)| {
        std::fs::write(&c, certificate).unwrap();
        std::fs::write(&k, key).unwrap();
    };
    write(made());
    let tls = Tls::load(c.clone(), k.clone()).unwrap();
    let current = || tls.current.read().unwrap().clone();
    let first = current();
    std::fs::write(&k, made().1).unwrap();
    assert!(tls.reload().is_err());
    assert!(Arc::ptr_eq(&first, &current()));
    write(made());
    tls.reload().unwrap();
    assert!(!Arc::ptr_eq(&first, &current()));
}
