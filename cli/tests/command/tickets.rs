//! Tickets as an operator makes them and a client shows them.

use std::process::Stdio;

use tempfile::TempDir;

use crate::process::{Served, fails, serve, shipped, succeeds};

#[test]
fn tickets_are_made_shown_and_ended() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (store, file) = (path("store.db"), path("ticket"));
    let tickets = |args: &[&str]| succeeds(&[&["tickets"], args, &["--store", &store]].concat());
    let ticket = tickets(&["create", "--name", "St. Anne's", "--budget", "inferences=100/day", "--days", "30"]);
    assert!(ticket.starts_with("sotto_") && ticket.ends_with('\n') && ticket.lines().count() == 1, "{ticket}");
    std::fs::write(&file, &ticket).unwrap();
    let listed = tickets(&["list"]);
    assert!(
        listed.contains("St. Anne's") && listed.contains("inferences=100/day") && listed.contains("until 20"),
        "{listed}"
    );
    assert!(!listed.contains(ticket.trim()));
    let mut command = serve(&shipped());
    command.args(["--store", &store, "--require-ticket"]).stderr(Stdio::null());
    let server = Served::run(command);
    let infer = ["infer", "--server", &server.url, "--model", "wdbc", "--sample", "all"];
    fails(&infer, 1, "this server asks for a ticket");
    let shown = succeeds(&[&infer[..], &["--ticket-file", &file]].concat());
    assert!(shown.contains("bit for bit"), "{shown}");
    let usage = tickets(&["usage"]);
    assert!(usage.contains("inferences") && usage.contains("bytes"), "{usage}");
    let id = listed.lines().nth(1).unwrap().split_whitespace().next().unwrap();
    assert_eq!(tickets(&["revoke", id]), format!("revoked {id}\n"));
    assert!(tickets(&["list"]).contains("revoked 20"));
    fails(&[&infer[..], &["--ticket-file", &file]].concat(), 1, "was revoked");
    fails(&["tickets", "revoke", id, "--store", &store], 1, "no ticket");
    fails(&["tickets", "create", "--name", "x", "--budget", "inferences=5/week", "--store", &store], 1, "hour or day");
    std::fs::write(&file, "\n").unwrap();
    fails(&[&infer[..], &["--ticket-file", &file]].concat(), 1, "a ticket is a line");
    let models = shipped();
    let refused = |options: &[&str], words| {
        fails(&[&["serve", "--check", "--models", models.to_str().unwrap()], options].concat(), 1, words);
    };
    refused(&["--require-ticket"], "--require-ticket needs --store");
    refused(&["--jwt-issuer", "https://issuer.example"], "--jwt-keys, --jwt-issuer and --jwt-audience need each other");
    let tokens = ["--jwt-issuer", "https://issuer.example", "--jwt-audience", "sotto", "--jwt-keys", &file];
    refused(&tokens, "ticket: it is no JSON");
}
