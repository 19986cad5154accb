//! The log of `sotto serve`: for programs, with more and less of it while it runs, and without what it must not say.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::process::{Served, serve, sotto, succeeds, training};

/// A server with a log in a file.
struct Logged {
    server: Served,
    log: PathBuf,
    folder: TempDir,
}

impl Logged {
    fn start(with: impl FnOnce(&Path, &mut Command)) -> Logged {
        let folder = TempDir::new().unwrap();
        let log = folder.path().join("log");
        let mut command = serve(&training().join(".."));
        command.stderr(File::create(&log).unwrap());
        with(folder.path(), &mut command);
        Logged { server: Served::run(command), log, folder }
    }

    fn text(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// The log once it has such a line; lines are written a little after what they tell of.
    fn with(&self, holds: impl Fn(&str) -> bool) -> String {
        let since = Instant::now();
        loop {
            let text = self.text();
            if text.lines().any(&holds) {
                return text;
            }
            assert!(since.elapsed() < Duration::from_secs(30), "there is no such line in {text}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.server.process), signal).unwrap();
    }

    fn infer(&self) -> [&str; 7] {
        ["infer", "--server", &self.server.url, "--model", "wdbc", "--sample", "Patient 62: benign"]
    }
}

/// What stands between two pieces of a text.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("there is no '{before}' in {text}"));
    rest.split_once(after).unwrap().0
}

#[test]
fn lines_of_json_have_the_session_id_that_the_client_has() {
    let logged = Logged::start(|folder, command| {
        command.args(["--log-format", "json", "--require-ticket", "--store"]).arg(folder.join("store.db"));
    });
    let output = sotto(&logged.infer());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("this server asks for a ticket"), "{said}");
    let id = between(&said, "(session ", ")");
    assert!(id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    let log = logged.with(|line| line.contains("\"closed\""));
    let lines: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect();
    let of_session: Vec<&Value> = lines.iter().filter(|line| line["span"]["id"] == id).collect();
    let messages: Vec<&str> = of_session.iter().map(|line| line["message"].as_str().unwrap()).collect();
    assert_eq!(messages, ["opened", "ended early", "closed"], "{log}");
    assert_eq!((&of_session[1]["kind"], &of_session[1]["level"]), (&"ticket".into(), &"WARN".into()), "{log}");
    assert!(of_session.iter().all(|line| line.get("address").is_none()) && !log.contains("address 127"), "{log}");
}

#[test]
fn addresses_are_logged_when_they_are_to_be() {
    let logged = Logged::start(|_, command| {
        command.args(["--log-addresses", "--trusted-proxy", "127.0.0.1"]);
    });
    succeeds(&[&logged.infer()[..], &["--header", "X-Forwarded-For=203.0.113.5, 198.51.100.7"]].concat());
    let log = logged.with(|line| line.contains("closed"));
    assert!(log.contains("address=198.51.100.7") && log.contains("account=\"address 198.51.100.7\""), "{log}");
    assert!(!log.contains("203.0.113.5"), "{log}");
}

#[test]
fn the_log_shows_more_and_less_while_the_server_runs() {
    let logged = Logged::start(|_, _| ());
    let args = logged.infer();
    let steps = |text: &str| text.lines().filter(|line| line.contains("DEBUG")).count();
    let sessions = |text: &str| text.lines().filter(|line| line.contains(": closed")).count();
    let runs = |before: usize| {
        succeeds(&args);
        logged.with(|_| sessions(&logged.text()) > before)
    };
    assert_eq!(steps(&runs(0)), 0);
    logged.signal(Signal::USR1);
    logged.with(|line| line.contains("something else") && line.contains("shown=\"debug\""));
    let more = steps(&runs(1));
    assert!(more > 5, "{more} lines");
    logged.signal(Signal::USR2);
    let quiet = logged.with(|line| line.contains("something else") && line.contains("shown=\"info\""));
    assert_eq!(steps(&runs(2)), steps(&quiet));
}

/// Also at the finest level, where the libraries below write what passes through them.
#[test]
fn tickets_are_never_logged() {
    let logged = Logged::start(|folder, command| {
        command.args(["--require-ticket", "--store"]).arg(folder.join("store.db")).env("RUST_LOG", "trace");
    });
    let store = logged.folder.path().join("store.db");
    let made = succeeds(&["tickets", "create", "--store", store.to_str().unwrap(), "--name", "a clinic"]);
    let ticket = made.split_whitespace().find(|word| word.starts_with("sotto_")).expect("the ticket").to_owned();
    let mut client = Command::new(env!("CARGO_BIN_EXE_sotto"));
    let client = client.args(logged.infer()).env("RUST_LOG", "trace").env("SOTTO_TICKET", &ticket).output().unwrap();
    assert!(client.status.success(), "{}", String::from_utf8_lossy(&client.stderr));
    let of_server = logged.with(|line| line.contains("closed"));
    assert!(of_server.contains("TRACE"), "the finest level");
    let secret = &ticket["sotto_".len()..];
    for log in [of_server, String::from_utf8(client.stderr).unwrap()] {
        is_silent_of(&log, secret);
    }
}

/// Nor is any part of a token, of one that is taken and of one that is not.
#[test]
fn tokens_are_never_logged() {
    let text = include_str!("../../../server/src/access/jwt/vectors.json");
    let vectors: Value = serde_json::from_str(text).unwrap();
    let logged = Logged::start(|folder, command| {
        let keys = folder.join("keys.json");
        std::fs::write(&keys, vectors["keys"].to_string()).unwrap();
        command.args(["--require-ticket", "--jwt-issuer", "https://issuer.example", "--jwt-audience", "sotto"]);
        command.arg("--jwt-keys").arg(keys).env("RUST_LOG", "trace");
    });
    let token = |of: &Value| of.as_str().unwrap().to_owned();
    for (token, is_taken) in [(token(&vectors["tokens"]["ES256"]), true), (token(&vectors["weak"]["token"]), false)] {
        let mut client = Command::new(env!("CARGO_BIN_EXE_sotto"));
        client.args(logged.infer()).env("RUST_LOG", "trace").env("SOTTO_TICKET", &token);
        let client = client.output().unwrap();
        let said = String::from_utf8(client.stderr).unwrap();
        assert_eq!(client.status.success(), is_taken, "{said}");
        let ended = if is_taken { "closed" } else { "ended early" };
        let of_server = logged.with(|line| line.contains(ended));
        assert!(of_server.contains("TRACE"), "the finest level");
        for part in token.split('.') {
            is_silent_of(&of_server, part);
            is_silent_of(&said, part);
        }
    }
    let account = succeeds(&["tickets", "subject", "--issuer", "https://issuer.example", "Ünal"]);
    logged.with(|line| line.contains(account.trim()) && line.contains("chosen"));
}

/// There is no such text in a log, nor its first bytes as numbers.
#[track_caller]
fn is_silent_of(log: &str, secret: &str) {
    let hexadecimal =
        |separator: &str| secret.bytes().take(8).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(separator);
    for form in [secret.to_owned(), hexadecimal(""), hexadecimal(" "), hexadecimal(", 0x")] {
        let line = log.lines().find(|line| line.to_lowercase().contains(&form.to_lowercase()));
        assert_eq!(line, None, "{form}");
    }
}
