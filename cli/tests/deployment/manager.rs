//! The ear of a service manager: a socket as `NOTIFY_SOCKET` names it, and what a server says there.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use rustix::time::{ClockId, clock_gettime};
use tempfile::TempDir;

use crate::files::{free_port, shipped};

/// How long a server may take to say what is expected of it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that talks to a manager.
struct Managed {
    process: Child,
    ear: UnixDatagram,
    health: String,
    folder: TempDir,
}

impl Managed {
    /// Starts a server with further options, and a watchdog of so much.
    fn start(options: &[&str], watchdog: Option<Duration>) -> Managed {
        let folder = TempDir::new().unwrap();
        let socket = folder.path().join("notify");
        let ear = UnixDatagram::bind(&socket).unwrap();
        ear.set_read_timeout(Some(PATIENCE)).unwrap();
        let health = format!("127.0.0.1:{}", free_port());
        // One small model: it is soon there.
        let models = folder.path().join("models");
        std::fs::create_dir(&models).unwrap();
        std::os::unix::fs::symlink(shipped().join("wdbc"), models.join("wdbc")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_sotto"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--health-listen", &health, "--models"]).arg(models);
        command.args(options).env("NOTIFY_SOCKET", &socket).env_remove("RUST_LOG");
        if let Some(watchdog) = watchdog {
            command.env("WATCHDOG_USEC", watchdog.as_micros().to_string());
        }
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Managed { process, ear, health, folder }
    }

    /// The lines of the next message.
    fn told(&self) -> Vec<String> {
        let mut message = [0; 4096];
        let length = self.ear.recv(&mut message).expect("the manager is told something");
        String::from_utf8(message[..length].to_vec()).unwrap().lines().map(str::to_owned).collect()
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }
}

impl Drop for Managed {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The status of an answer; nothing when nobody listens.
pub(crate) fn status(authority: &str, path: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(authority).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

#[test]
fn a_manager_is_told_when_the_server_is_ready_reloads_and_ends() {
    let folder = TempDir::new().unwrap();
    let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, pair.cert.pem()).unwrap();
    std::fs::write(&key, pair.signing_key.serialize_pem()).unwrap();
    let paths = [&certificate, &key].map(|path| path.to_str().unwrap());
    let server = Managed::start(&["--drain-delay", "60", "--tls-certificate", paths[0], "--tls-key", paths[1]], None);
    assert_eq!(server.told(), ["READY=1", "STATUS=ready"]);
    assert_eq!(status(&server.health, "/readyz"), Some(200), "when it says so, it is");

    let microseconds = || {
        let now = clock_gettime(ClockId::Monotonic);
        i128::from(now.tv_sec) * 1_000_000 + i128::from(now.tv_nsec) / 1000
    };
    let before = microseconds();
    server.signal(Signal::HUP);
    let told = server.told();
    assert_eq!(told[..2], ["RELOADING=1", "STATUS=reading its files again"]);
    let when: i128 = told[2].strip_prefix("MONOTONIC_USEC=").unwrap().parse().unwrap();
    assert!((before..=microseconds()).contains(&when), "{when}");
    assert_eq!(server.told(), ["READY=1", "STATUS=ready"]);

    std::fs::write(&certificate, "nonsense").unwrap();
    server.signal(Signal::HUP);
    assert_eq!(server.told()[0], "RELOADING=1");
    let told = server.told();
    assert_eq!(told[0], "READY=1");
    assert!(told[1].contains("not all files could be used"), "{told:?}");

    server.signal(Signal::TERM);
    assert_eq!(server.told(), ["STOPPING=1", "STATUS=draining"]);
    assert_eq!(status(&server.health, "/readyz"), Some(503));
}

/// Loading takes its time, and a port that answers comes before `READY=1`, never the other way round.
#[test]
fn a_watchdog_hears_twice_in_its_time_that_the_server_lives() {
    let watchdog = Duration::from_secs(2);
    let server = Managed::start(&[], Some(watchdog));
    let mut beats = Vec::new();
    while beats.len() < 4 {
        if server.told() == ["WATCHDOG=1"] {
            beats.push(Instant::now());
        }
    }
    let longest = beats.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
    assert!(longest < watchdog, "{longest:?} between two signs of life");
}

#[test]
fn a_manager_that_went_away_holds_up_nothing() {
    let mut server = Managed::start(&[], None);
    assert_eq!(server.told()[0], "READY=1");
    std::fs::remove_file(server.folder.path().join("notify")).unwrap();
    server.signal(Signal::HUP);
    server.signal(Signal::TERM);
    assert!(server.process.wait().unwrap().success());
}

/// As `systemctl enable --now sotto@a sotto@b` starts them.
#[test]
fn servers_that_start_at_once_share_a_new_store() {
    for _ in 0..4 {
        let folder = TempDir::new().unwrap();
        let store = folder.path().join("store.db").display().to_string();
        let servers = [(); 4].map(|()| Managed::start(&["--store", &store], None));
        for server in servers {
            assert_eq!(server.told()[0], "READY=1");
        }
    }
}
