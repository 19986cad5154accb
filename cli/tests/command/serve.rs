//! `sotto serve` stays up: logs and outputs that nobody takes, signals, bundles that cannot be used, peers that do not
//! read.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::fs::{OFlags, fcntl_setfl};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::process::{Served, announced, fails, serve, shipped, succeeds};

/// Private inferences with each sample of a model, all of them right.
#[track_caller]
fn serves(url: &str, model: &str) {
    succeeds(&["infer", "--server", url, "--model", model, "--sample", "all"]);
}

/// Asks for a WebSocket, without a library behind it; the connection, and the head of the answer.
fn upgrade(server: &Served, path: &str) -> (TcpStream, String) {
    let authority = server.url.strip_prefix("ws://").unwrap();
    let mut peer = TcpStream::connect(authority).unwrap();
    let upgrade = format!(
        "GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    peer.write_all(upgrade.as_bytes()).unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        peer.read_exact(&mut byte).unwrap();
        answer.push(byte[0]);
    }
    (peer, String::from_utf8(answer).unwrap())
}

/// A session's WebSocket.
fn upgraded(server: &Served) -> TcpStream {
    let (peer, answer) = upgrade(server, "/ws");
    assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");
    peer
}

/// A full disk, as the log meets it.
#[cfg(target_os = "linux")]
#[test]
fn a_log_that_cannot_be_written_ends_no_session() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let server = Served::logging(&shipped(), full.into());
    for _ in 0..2 {
        serves(&server.url, "wdbc");
    }
}

#[test]
fn a_log_that_nobody_reads_holds_up_no_session() {
    let (_unread, mut pipe) = std::io::pipe().unwrap();
    fcntl_setfl(&pipe, OFlags::NONBLOCK).unwrap();
    for line in [&[b'x'; 4096][..], b"x"] {
        while pipe.write_all(line).is_ok() {}
    }
    fcntl_setfl(&pipe, OFlags::empty()).unwrap();
    let server = Served::logging(&shipped(), pipe.into());
    for _ in 0..2 {
        serves(&server.url, "wdbc");
    }
}

#[test]
fn a_server_starts_without_a_standard_output() {
    let (_, nobody_reads) = std::io::pipe().unwrap();
    let mut process = serve(&shipped()).stdout(nobody_reads).stderr(Stdio::piped()).spawn().unwrap();
    // The log has the line that standard output could not take.
    let url = announced(process.stderr.as_mut().unwrap());
    let server = Served { process, url };
    serves(&server.url, "wdbc");
}

#[test]
fn a_reader_that_leaves_is_no_defect() {
    let bundle = shipped().join("wdbc").display().to_string();
    for args in [&["inspect", &bundle][..], &["inspect", &bundle, "--json"]] {
        let (_, nobody_reads) = std::io::pipe().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_sotto")).args(args).stdout(nobody_reads).output().unwrap();
        assert_eq!((output.status.code(), &output.stderr[..]), (Some(141), &b""[..]), "{args:?}");
    }
}

/// 128 MiB of pings from a peer that reads none of the answers: they do not pile up in the server, which serves on.
#[cfg(target_os = "linux")]
#[test]
#[allow(clippy::print_stdout)] // how much it is
fn pings_of_a_peer_that_never_reads_take_no_memory() {
    let server = Served::start(&shipped());
    let resident = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", server.process.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    };
    let mut peer = upgraded(&server);
    // A ping: final frame, opcode 9; masked, 125 bytes; the mask, and what it leaves as it is.
    let ping = [&[0x89, 0x80 | 125][..], &[0; 4], &[7; 125]].concat();
    let pings = ping.repeat(8192);
    peer.set_write_timeout(Some(Duration::from_secs(5))).unwrap();
    let before = resident();
    // A server may also stop reading, or end the connection: then nothing more goes out.
    let sent = (0..128).take_while(|_| peer.write_all(&pings).is_ok()).count();
    let grown = resident().saturating_sub(before);
    println!("{sent} MiB of pings, {before} MiB resident before and {grown} MiB more after");
    assert!(grown < 32, "{grown} MiB for {sent} MiB of pings");
    serves(&server.url, "wdbc");
}

/// A text message of less than 126 bytes.
fn text(peer: &mut TcpStream) -> String {
    let mut head = [0; 2];
    peer.read_exact(&mut head).unwrap();
    assert!(head[0] == 0x81 && head[1] < 126, "{head:?}");
    let mut text = vec![0; head[1].into()];
    peer.read_exact(&mut text).unwrap();
    String::from_utf8(text).unwrap()
}

/// A hang-up is not the end, and two signals at once are one: only a later one cuts the session that still runs.
#[test]
fn signals_end_the_server_in_order() {
    let mut server = Served::start(&shipped());
    let pid = Pid::from_child(&server.process);
    kill_process(pid, Signal::HUP).unwrap();
    let mut peer = upgraded(&server);
    kill_process(pid, Signal::INT).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    assert!(text(&mut peer).starts_with("{\"session\":"));
    assert!(text(&mut peer).starts_with("{\"draining\":"));
    let mut first = [0];
    peer.set_read_timeout(Some(Duration::from_millis(1200))).unwrap();
    let waited = peer.read(&mut first).expect_err("the session goes on");
    assert!(matches!(waited.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{waited}");
    kill_process(pid, Signal::TERM).unwrap();
    peer.set_read_timeout(None).unwrap();
    let mut close = Vec::new();
    peer.read_to_end(&mut close).unwrap();
    // A Close frame with code 1001, "going away".
    assert!(close[0] == 0x88 && close[2..4] == 1001u16.to_be_bytes(), "{close:?}");
    assert!(server.process.wait().unwrap().success());
}

/// Copies a shipped model.
fn copy(id: &str, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for file in std::fs::read_dir(shipped().join(id)).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

#[test]
fn a_bundle_that_cannot_be_used_is_left_out() {
    let dir = TempDir::new().unwrap();
    let models = dir.path();
    copy("wdbc", &models.join(".half-copied"));
    fails(&["serve", "--models", models.to_str().unwrap()], 1, "there is no model bundle in it");
    copy("heart", &models.join("broken"));
    std::fs::write(models.join("broken/program.json"), "{").unwrap();
    fails(&["serve", "--models", models.to_str().unwrap()], 1, "broken");

    copy("wdbc", &models.join("wdbc"));
    std::fs::create_dir(models.join("scripts")).unwrap();
    std::fs::write(models.join("README.md"), "").unwrap();
    fails(&["serve", "--strict", "--models", models.to_str().unwrap()], 1, "broken/program.json");
    let log = TempDir::new().unwrap();
    let log = log.path().join("log");
    let server = Served::logging(models, std::fs::File::create(&log).unwrap().into());
    serves(&server.url, "wdbc");
    let missing = ["infer", "--server", &server.url, "--model", "broken", "--sample", "all"];
    fails(&missing, 1, "no model 'broken'");
    let logged = std::fs::read_to_string(log).unwrap();
    assert!(logged.contains("left out") && logged.contains("broken/program.json"), "{logged}");
    assert!(!logged.contains("half-copied") && !logged.contains("scripts"), "{logged}");
}

#[test]
fn numbers_have_limits() {
    for (option, most) in [("--max-sessions", "65535"), ("--max-connections", "65536"), ("--idle-timeout", "1000000")] {
        fails(&["serve", option, "1000001"], 1, most);
    }
    fails(&["serve", "--models", shipped().to_str().unwrap(), "--ping-interval", "0.05"], 1, "--ping-interval");
}

#[test]
fn what_is_said_of_a_model_that_is_not_there_is_no_silence() {
    let models = shipped();
    let serve = |option, value| ["serve", "--models", models.to_str().unwrap(), option, value].map(str::to_owned);
    for (option, value) in [("--reveal-of", "haert=class"), ("--price", "haert=2")] {
        let line = serve(option, value);
        fails(&line.each_ref().map(String::as_str), 1, "there is no model 'haert'");
    }
    fails(&serve("--reveal-of", "heart=nothing").each_ref().map(String::as_str), 1, "MODEL=scores or MODEL=class");
}

/// A build for real inputs and weights computes with a peer whatever its models say, and nothing else.
#[cfg(not(feature = "bench"))]
#[test]
fn benches_are_not_part_of_it() {
    fails(&["bench", "relu"], 1, "unrecognized subcommand 'bench'");
    fails(&["serve", "--bench"], 1, "unexpected argument '--bench'");
    let (_, answer) = upgrade(&Served::start(&shipped()), "/bench");
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
}

#[test]
fn a_configuration_file_is_served_as_written_and_checked_without_serving() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("sotto.toml");
    let models = shipped().canonicalize().unwrap();
    let text = format!("listen = '127.0.0.1:0'\nmodels = {:?}\nreveal = 'class'\n", models.display().to_string());
    std::fs::write(&file, &text).unwrap();
    let name = file.to_str().unwrap();
    let checked = succeeds(&["serve", "--config", name, "--check"]);
    assert!(checked.starts_with("All is right: heart, heartbeat, ") && checked.contains("127.0.0.1:0"), "{checked}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_sotto"));
    command.args(["serve", "--config", name]).stderr(Stdio::null());
    let server = Served::run(command);
    let answer =
        succeeds(&["infer", "--server", &server.url, "--model", "wdbc", "--sample", "all", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(report["answers"][0]["output"].as_array().unwrap().len(), 1, "the class alone: {report}");
    fails(&["serve", "--config", name, "--models", "nowhere", "--check"], 1, "nowhere");
    std::fs::write(&file, text + "max-sesions = 3\n").unwrap();
    fails(&["serve", "--config", name], 1, "sotto.toml: 'max-sesions' is no option of serve");
    fails(&["serve", "--config", "nowhere.toml"], 1, "nowhere.toml: ");
}

#[test]
fn shells_complete_the_command() {
    for shell in ["bash", "zsh", "fish"] {
        let script = succeeds(&["completions", shell]);
        assert!(script.contains("max-sessions") && script.contains("completions"), "{shell}");
    }
}
