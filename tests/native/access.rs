//! What `sotto infer` needs to get to a server: TLS, certificates of both sides, and headers for a proxy in between.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sotto_cli::infer::{Report, Request, Row, ask};
use sotto_cli::native_client::{self, Access};
use sotto_cli::{Error, Result};
use sotto_mpc::Params;
use sotto_nn::{Card, reference};
use sotto_server::config::ServeConfig;
use sotto_tests::tls::{Authority, Issued};
use sotto_tests::{Running, SYNTHETIC, config, start, start_with, synthetic};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// The sample of the synthetic model, and one more row of it.
fn rows(card: &Card) -> Result<Vec<Row>> {
    let sample = &card.samples[0];
    let row = |name: &str, scale: f64| Row {
        name: name.into(),
        values: sample.values.iter().map(|v| v * scale).collect(),
        expected: None,
        truth: None,
    };
    Ok(vec![row("a", 1.0), row("b", -0.5)])
}

async fn infer(server: &str, access: Access) -> Result<Report> {
    let (server, model) = (server.to_owned(), SYNTHETIC.to_owned());
    let request =
        Request { server, access, model, limits: native_client::LIMITS, max_bytes: u64::MAX, top: 0, retries: 0 };
    ask(&request, rows, Params::default()).await
}

/// Why there is no inference: a fault of the connection.
async fn refused(server: &str, access: Access) -> String {
    match infer(server, access).await {
        Err(Error::Connection(why)) => why,
        other => panic!("{other:?}"),
    }
}

fn trusting(ca: PathBuf) -> Access {
    Access { ca: vec![ca], ..Access::default() }
}

#[track_caller]
fn are_exact(report: &Report) {
    let model = synthetic();
    let plain = rows(&model.card).unwrap().into_iter().map(|row| {
        let input = model.card.quantise(&model.program, &row.values).unwrap();
        reference::run_output(&model.program, &model.weights, &input).unwrap()
    });
    assert!(report.answers.iter().map(|answer| answer.output.clone()).eq(plain), "{report:?}");
}

async fn secure(issued: &Issued) -> Running {
    start_with(ServeConfig { tls: issued.files(), ..config() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn results_within_tls_are_exact() {
    let authority = Authority::new();
    let server = secure(&authority.issue("server", &["localhost", "127.0.0.1"])).await;
    let port = server.authority.rsplit_once(':').unwrap().1;
    for url in [format!("wss://localhost:{port}"), format!("https://127.0.0.1:{port}/ws")] {
        are_exact(&infer(&url, trusting(authority.file())).await.unwrap());
    }
}

/// Inferences in one session, while the certificate under it is renewed again and again.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_computes_on_while_the_certificate_is_renewed() {
    let authority = Authority::new();
    let server = secure(&authority.issue("server", &["127.0.0.1"])).await;
    let request = Request {
        server: server.url.clone(),
        access: trusting(authority.file()),
        model: SYNTHETIC.into(),
        limits: native_client::LIMITS,
        max_bytes: u64::MAX,
        top: 0,
        retries: 0,
    };
    let many = |card: &Card| Ok(rows(card)?.into_iter().cycle().take(100).collect());
    let running = tokio::spawn(async move { ask(&request, many, Params::default()).await });
    let mut renewals = 0;
    while !running.is_finished() {
        authority.issue("server", &["127.0.0.1"]);
        server.reload();
        renewals += 1;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let mut report = running.await.unwrap().unwrap();
    assert!(renewals > 3 && report.answers.len() == 100, "{renewals} renewals, {} answers", report.answers.len());
    let other = report.answers.chunks(2).find(|pair| pair[0].output != report.answers[0].output);
    assert!(other.is_none(), "{other:?}");
    report.answers.truncate(2);
    are_exact(&report);
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_that_cannot_be_trusted_are_refused_with_the_reason() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = secure(&authority.issue("server", &["127.0.0.1"])).await;
    let why = refused(&server.url, trusting(other.file())).await;
    assert!(
        why.contains("of an issuer that is not trusted here; an authority of your own is given with --ca"),
        "{why}"
    );

    let server = secure(&authority.issue_expired("expired", &["127.0.0.1"])).await;
    let why = refused(&server.url, trusting(authority.file())).await;
    assert!(why.contains("its certificate has expired"), "{why}");

    let server = secure(&authority.issue("elsewhere", &["elsewhere.example"])).await;
    let why = refused(&server.url, trusting(authority.file())).await;
    assert!(why.contains("for another name") && why.contains("elsewhere.example"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wrong_scheme_is_said() {
    let authority = Authority::new();
    let plain = start().await;
    let why = refused(&format!("wss://{}", plain.authority), trusting(authority.file())).await;
    assert!(why.contains("does not speak TLS: plain HTTP is asked with ws://"), "{why}");
    let secure = secure(&authority.issue("server", &["127.0.0.1"])).await;
    let why = refused(&format!("ws://{}", secure.authority), Access::default()).await;
    assert!(why.contains("a server with TLS is asked with wss://"), "{why}");
}

/// A proxy in front of a server, which demands a client's certificate.
async fn demanding(server: &Running, authority: &Authority) -> String {
    let acceptor = authority.demanding_acceptor(&authority.issue("proxy", &["127.0.0.1"]));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, upstream) = (listener.local_addr().unwrap(), server.authority.clone());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (acceptor, upstream) = (acceptor.clone(), upstream.clone());
            tokio::spawn(async move {
                let mut client = acceptor.accept(stream).await?;
                copy_bidirectional(&mut client, &mut TcpStream::connect(upstream).await?).await
            });
        }
    });
    format!("wss://{address}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_shows_its_certificate_where_one_is_demanded() {
    let (authority, other) = (Authority::new(), Authority::new());
    let url = demanding(&start().await, &authority).await;
    let showing = |own: Issued| Access {
        client_certificate: Some(own.certificate),
        client_key: Some(own.key),
        ..trusting(authority.file())
    };
    are_exact(&infer(&url, showing(authority.issue("client", &["a client"]))).await.unwrap());
    let why = refused(&url, trusting(authority.file())).await;
    assert!(why.contains("it asks for a client's certificate: --client-certificate and --client-key"), "{why}");
    let why = refused(&url, showing(other.issue("client", &["a client"]))).await;
    assert!(why.contains("does not accept the client's certificate"), "{why}");
}

/// A proxy in front of a server, which keeps the head of each connection's first request, and answers those that have not `wanted` in
/// it with `answer` alone.
async fn choosing(server: &Running, wanted: &'static str, answer: &'static str) -> (String, Arc<Mutex<Vec<String>>>) {
    let heads = Arc::<Mutex<Vec<String>>>::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, upstream, kept) = (listener.local_addr().unwrap(), server.authority.clone(), heads.clone());
    tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let (upstream, kept) = (upstream.clone(), kept.clone());
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(client.read_u8().await?);
                }
                let text = String::from_utf8_lossy(&head).to_lowercase();
                kept.lock().unwrap().push(text.clone());
                if !text.contains(wanted) {
                    return client.write_all(answer.as_bytes()).await;
                }
                let mut server = TcpStream::connect(upstream).await?;
                server.write_all(&head).await?;
                copy_bidirectional(&mut client, &mut server).await.map(|_| ())
            });
        }
    });
    (format!("ws://{address}"), heads)
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_and_passwords_go_with_every_request() {
    let server = start().await;
    let unauthorized = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
    // user:password, in lower case as everything here
    let (url, heads) = choosing(&server, "authorization: basic dxnlcjpwyxnzd29yza==", unauthorized).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("auth");
    std::fs::write(&file, "user:password\n").unwrap();
    let header = vec!["X-Team=radiology".into()];
    let access = Access { basic_auth_file: Some(file), header, ..Access::default() };
    are_exact(&infer(&url, access).await.unwrap());
    let seen = std::mem::take(&mut *heads.lock().unwrap());
    assert_eq!(seen.len(), 2, "the model's description and the session: {seen:?}");
    assert!(seen.iter().all(|head| head.contains("\r\nx-team: radiology\r\n")), "{seen:?}");
    assert!(seen[1].contains("upgrade: websocket"), "{seen:?}");
    let why = refused(&url, Access::default()).await;
    assert!(why.contains("HTTP status 401") && why.contains("--basic-auth-file"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn redirections_are_not_followed() {
    let server = start().await;
    let moved = "HTTP/1.1 301 Moved\r\nLocation: https://other.example/\r\nContent-Length: 0\r\n\r\n";
    let (url, heads) = choosing(&server, "never", moved).await;
    let why = refused(&url, Access::default()).await;
    let expected = "HTTP status 301 leads to https://other.example/";
    assert!(why.contains(expected), "{why}");
    assert_eq!(heads.lock().unwrap().len(), 1);
    // Of a session alone.
    let moved = "HTTP/1.1 302 Found\r\nLocation: https://other.example/ws\r\nContent-Length: 0\r\n\r\n";
    let (url, _) = choosing(&server, "accept: application/json", moved).await;
    let why = refused(&url, Access::default()).await;
    assert!(why.contains("no WebSocket there (HTTP status 302 leads to https://other.example/ws"), "{why}");
}
