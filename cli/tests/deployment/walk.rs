//! The walk of docs/deployment.md: its blocks in order, with clients while servers are replaced; and the other proxies, and checkers.
//! `cargo xtask deployment` runs this, with the programs that it fetches; `cargo test` alone leaves it out.

mod checkers;
mod files;
mod host;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use crate::files::shipped;
use crate::host::{Host, tool};

/// Clients that are busy while servers are replaced.
const CLIENTS: usize = 4;

/// The section in which they are.
const UNDER_LOAD: &str = "A new version, one server after the other";

/// Blocks of `sh` below headings, in order.
fn blocks(document: &str) -> Vec<(String, String)> {
    let (mut heading, mut in_heading, mut block, mut blocks) = (String::new(), false, None, Vec::new());
    for event in Parser::new(document) {
        match event {
            Event::Start(Tag::Heading { .. }) => (heading, in_heading) = (String::new(), true),
            Event::End(TagEnd::Heading(_)) => in_heading = false,
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) if &*language == "sh" => {
                block = Some(String::new());
            }
            Event::End(TagEnd::CodeBlock) => blocks.extend(block.take().map(|text| (heading.clone(), text))),
            Event::Text(text) | Event::Code(text) if in_heading => heading.push_str(&text),
            Event::Text(text) => {
                if let Some(block) = &mut block {
                    block.push_str(&text);
                }
            }
            _ => {}
        }
    }
    blocks
}

/// What clients of the public address got.
#[derive(Default)]
struct Load {
    done: AtomicUsize,
    over: AtomicBool,
}

impl Load {
    /// One session after the other with all samples, until it is over; what failed.
    fn client(&self, host: &Host) -> Vec<String> {
        let server = format!("wss://{}", host.authority());
        let mut failed = Vec::new();
        while !self.over.load(Ordering::Relaxed) {
            let mut infer = host.command("sotto");
            infer.args(["infer", "--server", &server, "--model", "wdbc", "--sample", "all", "--format", "lines"]);
            let output = infer.args(["--ticket-file", "st-annes.ticket"]).output().unwrap();
            let lines = String::from_utf8_lossy(&output.stdout).into_owned();
            self.done
                .fetch_add(lines.lines().filter(|line| line.contains("\"prediction\"")).count(), Ordering::Relaxed);
            if !output.status.success() {
                failed.push(String::from_utf8_lossy(&output.stderr).into_owned());
            }
        }
        failed
    }
}

/// Inferences that the store has counted today for tickets.
fn counted(host: &Host) -> usize {
    let usage = host.run("sotto tickets usage --store /var/lib/sotto/store.db");
    // Days are dates; hours have a time behind them.
    let of_day = |line: &str| match line.split_whitespace().collect::<Vec<_>>()[..] {
        ["ticket", _, _, "inferences", amount] => amount.parse::<usize>().ok(),
        _ => None,
    };
    usage.lines().filter_map(of_day).sum()
}

#[test]
fn the_walk_of_the_documentation() {
    let document = include_str!("../../../docs/deployment.md");
    let host = Host::new();
    let mut under_load = 0;
    for (heading, block) in blocks(document) {
        eprintln!("{heading}");
        if heading != UNDER_LOAD {
            host.run(&block);
            continue;
        }
        let before = counted(&host);
        let load = Load::default();
        let failed: Vec<String> = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(|| load.client(&host))).collect();
            // Over also when the block fails.
            let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| host.run(&block)));
            load.over.store(true, Ordering::Relaxed);
            let failed = clients.into_iter().flat_map(|client| client.join().unwrap()).collect();
            ran.unwrap_or_else(|why| std::panic::resume_unwind(why));
            failed
        });
        under_load = load.done.load(Ordering::Relaxed);
        eprintln!("{under_load} inferences, {} failed runs", failed.len());
        assert!(failed.is_empty(), "{failed:#?}\n{}", host.logs());
        assert_eq!(counted(&host) - before, under_load, "each inference is counted once");
    }
    assert!(under_load > 0, "the walk has no section '{UNDER_LOAD}', or nobody could infer meanwhile");
    a_restarted_proxy_ends_no_session(&host);
    // MemoryDenyWriteExecute= of the unit takes nothing that it needs.
    #[cfg(target_os = "linux")]
    for (name, process) in host.processes().into_iter().filter(|(name, _)| name.starts_with("sotto@")) {
        let maps = std::fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
        let both = maps.lines().find(|line| line.split(' ').nth(1).is_some_and(|may| may.contains("wx")));
        assert_eq!(both, None, "{name} has memory that may be written and executed");
    }
}

/// HAProxy's connections break, and its cookie leads each session back to its server.
fn a_restarted_proxy_ends_no_session(host: &Host) {
    let (rows, server) = (shipped().join("train/wdbc/calibration.csv"), format!("wss://{}", host.authority()));
    let before = counted(host);
    let outputs: Vec<_> = std::thread::scope(|scope| {
        let infer = || {
            let mut infer = host.command("sotto");
            infer.args(["infer", "--server", &server, "--model", "wdbc", "--format", "lines", "--retries", "0"]);
            infer
                .args(["--ticket-file", "st-annes.ticket", "--csv"])
                .arg(&rows)
                .env("RUST_LOG", "info")
                .output()
                .unwrap()
        };
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(infer)).collect();
        std::thread::sleep(Duration::from_millis(1500));
        host.run("systemctl restart haproxy");
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    let (mut done, mut resumed) = (0, 0);
    for output in outputs {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}\n{}", host.logs());
        done += String::from_utf8_lossy(&output.stdout).matches("\"prediction\"").count();
        resumed += said.matches("the session goes on\n").count();
    }
    eprintln!("{done} inferences, {resumed} sessions over another connection");
    assert!(resumed > 0, "HAProxy was restarted when nobody was there any more");
    assert_eq!(counted(host) - before, done, "nothing is computed twice");
}

/// Servers as in the walk, without tickets.
fn servers() -> Host {
    let host = Host::new();
    host.edit("checkout/deploy/sotto.toml", "require-ticket = true", "require-ticket = false");
    let document = include_str!("../../../docs/deployment.md");
    for (heading, block) in blocks(document) {
        if ["Install", "Two servers under systemd"].contains(&&*heading) {
            host.run(&block);
        }
    }
    host
}

/// Inferences at the public address, once something listens there, and what the page is there.
fn infers(host: &Host) {
    let began = Instant::now();
    while std::net::TcpStream::connect(host.authority()).is_err() {
        assert!(began.elapsed() < Duration::from_secs(20), "nothing listens\n{}", host.logs());
        std::thread::sleep(Duration::from_millis(50));
    }
    host.run("sotto infer --server wss://sotto.example --model wdbc --sample all");
    assert!(host.run("curl -fsS https://sotto.example/").contains("<title>Sotto</title>"));
    // Of a stranger's page, by the host that the proxy says, not by what the client says that it is.
    let status = "curl -sS -o /dev/null -w '%{http_code}' -H 'Connection: Upgrade' -H 'Upgrade: websocket' --http1.1 --max-time 20 \
                  -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' \
                  -H 'Origin: https://stranger.example' -H 'X-Forwarded-Host: stranger.example' https://sotto.example/ws";
    assert_eq!(host.run(status), "403");
}

/// Inferences through a proxy, with both of its servers, and without one of them.
fn goes_around_a_server_that_is_gone(host: &Host) {
    infers(host);
    let (_, first) = host.processes().into_iter().find(|(name, _)| name == "sotto@a").unwrap();
    host.run(&format!("kill -KILL {first}"));
    infers(host);
}

#[test]
fn nginx_passes_sessions_on_and_goes_around_a_server_that_is_gone() {
    let host = servers();
    host.run(
        "cat /etc/letsencrypt/live/sotto.example/*.pem > /etc/nginx/sotto.pem
         mkdir -p /var/log/nginx /var/lib/nginx",
    );
    let configuration = host.path("checkout/deploy/nginx.conf");
    let mut check = host.command("bash");
    let line = format!("{} -t -q -c {}", tool("nginx").display(), configuration.display());
    // Its default log's folder need not be there.
    let output = check.args(["-c", &line]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    host.start(
        "nginx",
        host.command(tool("nginx").to_str().unwrap()).arg("-c").arg(&configuration).args(["-g", "daemon off;"]),
    );
    goes_around_a_server_that_is_gone(&host);
}

#[test]
fn caddy_passes_sessions_on_and_goes_around_a_server_that_is_gone() {
    let host = servers();
    let live = host.path("etc/letsencrypt/live/localhost");
    // A certificate of the test's own in place of one that Caddy gets, and none of its other addresses.
    let site = format!(
        "{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n\nhttps://{} {{\n\ttls {1}/fullchain.pem {1}/privkey.pem",
        host.authority(),
        live.display()
    );
    host.edit("checkout/deploy/Caddyfile", "localhost {", &site);
    let caddy = tool("caddy").display().to_string();
    host.run(&format!("{caddy} validate --config deploy/Caddyfile --adapter caddyfile"));
    let mut run = host.command(&caddy);
    run.env("HOME", host.path("run")).args(["run", "--config", "deploy/Caddyfile", "--adapter", "caddyfile"]);
    host.start("caddy", &mut run);
    goes_around_a_server_that_is_gone(&host);
}

#[test]
fn alerts_come_when_they_should() {
    let host = Host::new();
    host.run(&format!("cd deploy; {} test rules alerts.test.yml", tool("promtool").display()));
}
