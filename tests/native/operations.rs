//! What an operator sees of a server: probes, metrics, and whose word on addresses is believed.

use std::time::Duration;

use serde_json::Value;
use sotto_cli::Result;
use sotto_cli::infer::{Report, Request, Row, ask};
use sotto_cli::native_client::{self, Access};
use sotto_mpc::plan::plan;
use sotto_mpc::{ErrorKind, Params, Phase, Stats};
use sotto_nn::Card;
use sotto_server::config::ServeConfig;
use sotto_tests::scrape::{Scrape, get, get_all, scrape, scrape_until};
use sotto_tests::{Running, SYNTHETIC, close_of, config, infer_once, raw, session, start_with, synthetic, wide_input};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// All families, as docs/deployment.md has them.
const FAMILIES: [(&str, &str); 23] = [
    ("sotto_budget_used_total", "counter"),
    ("sotto_build_info", "gauge"),
    ("sotto_connections_lost_total", "counter"),
    ("sotto_correlations_total", "counter"),
    ("sotto_inferences_total", "counter"),
    ("sotto_places_limit", "gauge"),
    ("sotto_places_taken", "gauge"),
    ("sotto_places_waiting", "gauge"),
    ("sotto_preparations_total", "counter"),
    ("sotto_prepared", "gauge"),
    ("sotto_prepared_memory_bytes", "gauge"),
    ("sotto_prepared_memory_limit_bytes", "gauge"),
    ("sotto_protocol_bytes_total", "counter"),
    ("sotto_queue_seconds", "histogram"),
    ("sotto_refusals_total", "counter"),
    ("sotto_sessions", "gauge"),
    ("sotto_sessions_ended_total", "counter"),
    ("sotto_sessions_limit", "gauge"),
    ("sotto_sessions_opened_total", "counter"),
    ("sotto_sessions_resumed_total", "counter"),
    ("sotto_threads", "gauge"),
    ("sotto_threads_busy", "gauge"),
    ("sotto_work_seconds", "histogram"),
];

/// A server with an address for probes.
fn probed() -> ServeConfig {
    ServeConfig { health_listen: Some(([127, 0, 0, 1], 0).into()), ..config() }
}

/// Why a server is not ready; nothing when it is.
async fn reasons(authority: &str) -> Vec<String> {
    let (status, body) = get(authority, "/readyz").await;
    let answer: Value = serde_json::from_str(&body).unwrap();
    let reasons: Vec<String> = serde_json::from_value(answer["reasons"].clone()).unwrap();
    assert_eq!((status == 200, answer["ready"].as_bool()), (reasons.is_empty(), Some(reasons.is_empty())), "{body}");
    assert!(status == 200 || status == 503, "{status}");
    reasons
}

/// A session that prepares so many inferences, and runs them when it may.
async fn in_two_steps(
    url: String,
    inferences: u64,
    prepared: oneshot::Sender<()>,
    go: oneshot::Receiver<()>,
) -> sotto_mpc::Result<Stats> {
    session(&url, SYNTHETIC, None, async move |mut client| {
        for _ in 0..inferences {
            client.preprocess().await?;
        }
        prepared.send(()).unwrap();
        go.await.unwrap();
        for seed in 0..inferences {
            client.infer(&wide_input(seed)).await?;
        }
        client.close().await
    })
    .await
}

fn of_model(family: &str, labels: &str) -> String {
    format!("sotto_{family}{{model=\"{SYNTHETIC}\"{labels}}}")
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_are_exact_after_a_known_run() {
    let server = start_with(probed()).await;
    let before = scrape(&server).await;
    assert_eq!(before.values.get(&of_model("inferences_total", "")), Some(&0.0), "series begin at zero");
    assert_eq!(before.get("sotto_build_info{version=\"0.1.0\"}"), 1);

    // Two sessions with an inference each: of those the plan says exactly what they take.
    let (mut runs, mut goes) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        let ((prepared, is_prepared), (go, may_go)) = (oneshot::channel(), oneshot::channel());
        runs.push(tokio::spawn(in_two_steps(server.url.clone(), 1, prepared, may_go)));
        is_prepared.await.unwrap();
        goes.push(go);
    }
    let resting = of_model("sessions", ",stage=\"resting\"");
    let amid = scrape_until(&server, |scrape| scrape.get(&resting) == 2).await;
    assert_eq!(amid.sum("sotto_sessions"), 2);
    assert_eq!(amid.get(&of_model("prepared", "")), 2);
    let model = synthetic();
    let plan = plan(&model.program, Params::default()).unwrap();
    let memory = amid.get("sotto_prepared_memory_bytes");
    assert!(memory > 0 && memory.is_multiple_of(2), "two inferences take {memory} bytes");
    let mut stats = Stats::default();
    for (go, run) in goes.into_iter().zip(runs) {
        go.send(()).unwrap();
        stats.add(&run.await.unwrap().unwrap());
    }
    let done = "sotto_sessions_ended_total{reason=\"done\"}";
    let after = scrape_until(&server, |s| s.get(done) == 2 && s.sum("sotto_sessions") == 0).await;
    for (series, value) in [("preparations_total", 2), ("inferences_total", 2), ("prepared", 0)] {
        assert_eq!(after.get(&of_model(series, "")), value, "{series}");
    }
    for (work, times) in [("setup", 2), ("preprocess", 2), ("infer", 2)] {
        for family in ["work_seconds_count", "queue_seconds_count"] {
            assert_eq!(after.get(&of_model(family, &format!(",work=\"{work}\""))), times, "{family} of {work}");
        }
    }
    let bytes = |direction: &str| after.get(&of_model("protocol_bytes_total", &format!(",direction=\"{direction}\"")));
    let total = stats.total();
    assert_eq!((bytes("received"), bytes("sent")), (total.bytes_sent, total.bytes_received), "as the client counts");
    // What the plan says, besides hello, answer and the byte that ends each session.
    let planned = |each: [u64; 3]| 2 * each.iter().sum::<u64>();
    let to_server = planned([plan.setup, plan.preprocess, plan.online].map(|bytes| bytes.to_server));
    let to_client = planned([plan.setup, plan.preprocess, plan.online].map(|bytes| bytes.to_client));
    let around = stats.phase(Phase::Handshake);
    assert_eq!(bytes("sent"), to_client + around.bytes_received);
    let ending = bytes("received") - to_server - around.bytes_sent;
    assert_eq!(ending, 2, "bytes more than the plan");
    assert_eq!(after.get(&of_model("correlations_total", "")), total.correlations);
    let used = |unit: &str| after.get(&format!("sotto_budget_used_total{{unit=\"{unit}\"}}"));
    assert_eq!((used("preparations"), used("inferences"), used("bytes")), (2, 2, to_server + to_client));
    let (sessions, memory) = (after.get("sotto_sessions_opened_total"), after.get("sotto_prepared_memory_bytes"));
    assert_eq!((sessions, memory, after.get("sotto_places_taken")), (2, 0, 0));
    assert_eq!((after.get("sotto_places_limit"), after.get("sotto_sessions_limit")), (8, 8));
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_where_the_operator_wants_them() {
    let server = sotto_tests::start().await;
    assert_eq!(get(&server.authority, "/metrics").await.0, 404, "not for everybody unless asked for");
    assert_eq!(get(&server.authority, "/livez").await, (200, "ok\n".into()));
    assert!(reasons(&server.authority).await.is_empty());

    let server = start_with(probed()).await;
    let health = server.health.clone().unwrap();
    assert_eq!(get(&server.authority, "/metrics").await.0, 404);
    assert_eq!(get(&health, "/livez").await, (200, "ok\n".into()));
    for path in ["/", "/api/models", "/ws"] {
        assert_eq!(get(&health, path).await.0, 404, "{path}");
    }

    let server = start_with(ServeConfig { metrics: true, ..config() }).await;
    let (status, head, body) = get_all(&server.authority, "/metrics").await;
    assert!(status == 200 && head.contains("content-type: text/plain; version=0.0.4"), "{head}");
    Scrape::read(&body).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_drains_says_so_before_it_refuses_anybody() {
    let server = start_with(ServeConfig { drain_delay: Duration::from_secs(2), ..probed() }).await;
    let health = server.health.clone().unwrap();
    assert!(reasons(&health).await.is_empty());
    let ((opened, is_open), (go, may_go)) = (oneshot::channel(), oneshot::channel::<()>());
    let old = tokio::spawn(in_two_steps(server.url.clone(), 1, opened, may_go));
    is_open.await.unwrap();
    server.shut_down();
    while reasons(&health).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(reasons(&server.authority).await, ["draining"]);
    // Who was sent here before all balancers knew is served.
    infer_once(&server.url, wide_input(2)).await.unwrap();
    // Then nobody is let in, and who is there may end; probes hear the same until then.
    while TcpStream::connect(&server.authority).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(reasons(&health).await, ["draining"]);
    assert_eq!(get(&health, "/livez").await.0, 200);
    go.send(()).unwrap();
    old.await.unwrap().unwrap();
    server.stopped().await;
    assert!(TcpStream::connect(health).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_signal_ends_the_drain() {
    let server = start_with(ServeConfig { drain_delay: Duration::from_secs(3600), ..config() }).await;
    server.shut_down();
    while reasons(&server.authority).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    server.hurry();
    tokio::time::timeout(Duration::from_secs(20), server.stopped()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_server_is_ready_only_if_it_is_told_to_be() {
    for (ready_when_full, expected) in [(false, vec!["full"]), (true, vec![])] {
        let server = start_with(ServeConfig { max_sessions: 1, ready_when_full, ..probed() }).await;
        let _only = raw(&server.url).await;
        scrape_until(&server, |scrape| scrape.sum("sotto_sessions") == 1).await;
        assert_eq!(reasons(server.health.as_ref().unwrap()).await, expected);
        let code = close_of(&mut raw(&server.url).await).await.unwrap().0;
        assert_eq!(code, ErrorKind::Busy.close_code());
        assert_eq!(scrape(&server).await.get("sotto_refusals_total{reason=\"busy\"}"), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_counted_by_their_reason() {
    let folder = tempfile::TempDir::new().unwrap();
    let store = Some(folder.path().join("store.db").display().to_string());
    let server = start_with(ServeConfig { store, require_ticket: true, ..probed() }).await;
    for _ in 0..2 {
        let error = infer_once(&server.url, wide_input(1)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Ticket);
    }
    let refused = |scrape: &Scrape, reason: &str| scrape.get(&format!("sotto_refusals_total{{reason=\"{reason}\"}}"));
    scrape_until(&server, |scrape| refused(scrape, "ticket") == 2).await;

    let address_budget = "preparations=1/day".parse().unwrap();
    let server = start_with(ServeConfig { address_budget, ..probed() }).await;
    infer_once(&server.url, wide_input(1)).await.unwrap();
    assert_eq!(infer_once(&server.url, wide_input(1)).await.unwrap_err().kind(), ErrorKind::Exhausted);
    let unknown = session(&server.url, "x\"} 1\nsotto_fake{a=\"b", None, async |_| Ok(())).await;
    assert_eq!(unknown.unwrap_err().kind(), ErrorKind::UnknownModel);
    assert_eq!(upgrade(&server, "Origin: https://other.example").await, "403");
    let known = ["exhausted", "unknown-model", "origin"];
    let scrape = scrape_until(&server, |scrape| known.iter().all(|reason| refused(scrape, reason) == 1)).await;
    assert_eq!(scrape.sum("sotto_refusals_total"), 3);
    let foreign = scrape.values.keys().find(|series| series.contains("fake") || series.contains("127.0.0.1"));
    assert_eq!(foreign, None, "clients have no say in labels");
    let kinds: Vec<(&str, &str)> = scrape.kinds.iter().map(|(name, kind)| (&name[..], &kind[..])).collect();
    let mut known = FAMILIES.to_vec();
    known.sort_unstable();
    assert_eq!(kinds, known);
    let document = include_str!("../../docs/deployment.md");
    for (name, _) in FAMILIES {
        assert!(document.contains(&format!("`{name}`")), "docs/deployment.md does not have {name}");
    }
}

/// The status of the answer to a request for a WebSocket with more header lines.
async fn upgrade(server: &Running, headers: &str) -> String {
    let mut stream = TcpStream::connect(&server.authority).await.unwrap();
    let request = format!(
        "GET /ws HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n\r\n",
        server.authority
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.unwrap();
    String::from_utf8_lossy(&status[9..]).into_owned()
}

/// One inference through a proxy that says these addresses.
async fn forwarded(server: &Running, addresses: &str) -> Result<Report> {
    let header = vec![format!("X-Forwarded-For={addresses}").as_str().into()];
    let request = Request {
        server: server.url.clone(),
        access: Access { header, ..Access::default() },
        model: SYNTHETIC.into(),
        limits: native_client::LIMITS,
        max_bytes: u64::MAX,
        top: 0,
        retries: 0,
    };
    let row = |card: &Card| {
        let values = card.samples[0].values.clone();
        Ok(vec![Row { name: "a".into(), values, expected: None, truth: None }])
    };
    ask(&request, row, Params::default()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_are_only_a_trusted_proxys_to_say() {
    let address_budget: sotto_server::access::budget::Budget = "preparations=1/day".parse().unwrap();
    let trusting = |networks: &[&str]| ServeConfig {
        address_budget: address_budget.clone(),
        trusted_proxy: networks.iter().map(|network| network.parse().unwrap()).collect(),
        ..config()
    };
    for networks in [&[][..], &["10.0.0.0/8"]] {
        let server = start_with(trusting(networks)).await;
        forwarded(&server, "198.51.100.7").await.unwrap();
        let error = forwarded(&server, "198.51.100.8").await.unwrap_err().to_string();
        assert!(error.contains("preparations") && error.contains("(session "), "{error}");
    }
    let server = start_with(trusting(&["127.0.0.0/8", "10.0.0.0/8"])).await;
    forwarded(&server, "198.51.100.7").await.unwrap();
    for spoofed in ["203.0.113.5, 198.51.100.7", "127.0.0.1, 198.51.100.7, 10.0.0.1", "nonsense, 198.51.100.7:99"] {
        assert!(forwarded(&server, spoofed).await.is_err(), "{spoofed}");
    }
    forwarded(&server, "198.51.100.7, 198.51.100.8").await.unwrap();
    // A network of IPv6 is one client.
    forwarded(&server, "2001:db8:1:2::1").await.unwrap();
    forwarded(&server, "2001:db8:1:2:3::4").await.unwrap_err();
    forwarded(&server, "2001:db8:1:3::1").await.unwrap();
    // What names nobody counts as the proxy.
    forwarded(&server, "unknown").await.unwrap();
    forwarded(&server, "198.51.100.9, unknown").await.unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_are_only_a_trusted_proxys_to_say() {
    let of = "Origin: https://sotto.example\r\nX-Forwarded-Host:";
    let plain = start_with(config()).await;
    assert_eq!(upgrade(&plain, &format!("{of} sotto.example")).await, "403", "anybody could say that");
    let trusted_proxy = vec!["127.0.0.1".parse().unwrap()];
    let behind = start_with(ServeConfig { trusted_proxy, ..config() }).await;
    // The nearest proxy's word is the last.
    for (host, status) in [("sotto.example", "101"), ("other.example", "403"), ("sotto.example, other.example", "403")]
    {
        assert_eq!(upgrade(&behind, &format!("{of} {host}")).await, status, "{host}");
    }
}
