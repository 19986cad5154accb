//! `sotto serve` and `sotto infer` over TLS, as a user runs them.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::process::{Served, fails, serve, shipped, sotto, succeeds};

/// A certificate that vouches for itself, and its key.
fn write_pair(certificate: &Path, key: &Path) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(certificate, cert.pem()).unwrap();
    std::fs::write(key, signing_key.serialize_pem()).unwrap();
}

#[test]
fn a_certificate_is_served_checked_and_renewed() {
    let folder = TempDir::new().unwrap();
    let file = |name: &str| folder.path().join(name);
    let (certificate, key, log) = (file("certificate.pem"), file("key.pem"), file("log"));
    write_pair(&certificate, &key);
    let paths = [&certificate, &key].map(|path| path.to_str().unwrap());
    let options = ["--tls-certificate", paths[0], "--tls-key", paths[1]];
    let models = shipped().display().to_string();
    let check = [&["serve", "--models", &models, "--check"][..], &options].concat();
    assert!(succeeds(&check).contains("would be served on https://127.0.0.1:8080/"));
    fails(&check[..6], 1, "--tls-certificate needs --tls-key, too");
    let swapped = ["--tls-certificate", paths[1], "--tls-key", paths[0]];
    fails(
        &[&check[..4], &swapped].concat(),
        1,
        "key.pem: there is no certificate in it (CERTIFICATE), but PRIVATE KEY",
    );

    let mut command = serve(&shipped());
    command.args(options).stderr(Stdio::from(std::fs::File::create(&log).unwrap()));
    let server = Served::run(command);
    let url = server.url.replace("ws://", "wss://");
    let infer = ["infer", "--server", &url, "--model", "wdbc", "--sample", "all"];
    let first = file("first.pem");
    std::fs::copy(&certificate, &first).unwrap();
    let by_first = [&infer[..], &["--ca", first.to_str().unwrap()]].concat();
    assert!(succeeds(&by_first).contains("yes"));
    // Another certificate vouches for itself alone.
    let (stranger, its_key) = (file("stranger.pem"), file("stranger.key"));
    write_pair(&stranger, &its_key);
    fails(&[&infer[..], &["--ca", stranger.to_str().unwrap()]].concat(), 3, "an issuer that is not trusted here");
    fails(&[&infer[..], &["--ca", its_key.to_str().unwrap()]].concat(), 1, "stranger.key: there is no certificate");

    std::fs::write(&certificate, "nonsense").unwrap();
    kill_process(Pid::from_child(&server.process), Signal::HUP).unwrap();
    logs(&log, "new connections get the certificate that was there before");
    assert!(succeeds(&by_first).contains("yes"));
    write_pair(&certificate, &key);
    kill_process(Pid::from_child(&server.process), Signal::HUP).unwrap();
    logs(&log, "new connections get the certificate as it is in its file now");
    assert_eq!(sotto(&by_first).status.code(), Some(3));
    assert!(succeeds(&[&infer[..], &["--ca", paths[0]]].concat()).contains("yes"));
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("every user of this machine may read or change this private key"), "{log}");
    assert!(log.contains("certificate.pem: not a PEM file"), "{log}");
}

/// Waits for words in a log.
#[track_caller]
fn logs(log: &Path, words: &str) {
    let began = Instant::now();
    while !std::fs::read_to_string(log).unwrap().contains(words) {
        assert!(began.elapsed() < Duration::from_secs(30), "'{words}' is not logged");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn secrets_are_not_shown() {
    let infer = ["infer", "--model", "wdbc", "--sample", "all"];
    for more in [
        ["--server", "wss://user:hidden@a.example"],
        ["--server", "wss://a.example/?token=hidden"],
        ["--header", "Host=hidden"],
    ] {
        let output = sotto(&[&infer[..], &more].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(!said.contains("hidden"), "{said}");
    }
    fails(&[&infer[..], &["--client-key", "k.pem"]].concat(), 1, "--client-certificate");
}
