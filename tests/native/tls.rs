//! TLS over real sockets: the server's certificate and its renewal, and peers that do not come to speak it.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use sotto_server::config::ServeConfig;
use sotto_tests::tls::Authority;
use sotto_tests::{Running, config, start_with};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_tungstenite::client_async;

const PATIENCE: Duration = Duration::from_secs(30);

/// A little longer than the time that the servers here give a head.
const HEAD: Duration = Duration::from_millis(600);

async fn secure(server: &Running, authority: &Authority) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(&server.authority).await?;
    authority.connector().connect(ServerName::try_from("localhost").unwrap(), stream).await
}

/// The certificate that a new connection gets, which also is answered.
async fn shown(server: &Running, authority: &Authority) -> CertificateDer<'static> {
    let mut stream = secure(server, authority).await.unwrap();
    let certificate = stream.get_ref().1.peer_certificates().unwrap()[0].clone();
    stream.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    certificate
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_is_for_new_connections_and_sessions_stay() {
    let authority = Authority::new();
    let first = authority.issue("server", &["localhost"]);
    let server = start_with(ServeConfig { tls: first.files(), ..config() }).await;
    let before = first.der();
    assert_eq!(shown(&server, &authority).await, before);

    let stream = secure(&server, &authority).await.unwrap();
    let url = format!("wss://localhost:{}/ws", server.authority.rsplit_once(':').unwrap().1);
    let (mut session, _) = client_async(url, stream).await.unwrap();

    // Half of a renewal, as it may be met: the key of another certificate.
    let written = std::fs::read(&first.key).unwrap();
    let second = authority.issue("server", &["localhost"]);
    let renewed_key = std::fs::read(&second.key).unwrap();
    std::fs::write(&second.key, &written).unwrap();
    server.reload();
    sleep(Duration::from_millis(200)).await;
    assert_eq!(shown(&server, &authority).await, before);

    std::fs::write(&second.key, &renewed_key).unwrap();
    server.reload();
    let renewed = async {
        while shown(&server, &authority).await == before {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, renewed).await.expect("new connections get the new certificate");
    assert_eq!(shown(&server, &authority).await, second.der());
    // The session is still there: it answers.
    session.send(tokio_tungstenite::tungstenite::Message::Ping(Default::default())).await.unwrap();
    let mut answer = async || timeout(PATIENCE, session.next()).await.unwrap().unwrap().unwrap();
    // First the notice that says which session it is.
    assert!(answer().await.is_text());
    let pong = answer().await;
    assert!(pong.is_pong(), "{pong:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn handshakes_that_do_not_end_hold_up_nobody_and_are_closed_in_time() {
    let authority = Authority::new();
    let tls = authority.issue("server", &["localhost"]).files();
    let server = start_with(ServeConfig { tls, request_timeout: HEAD, max_connections: 128, ..config() }).await;
    let opened = Instant::now();
    let mut halves = Vec::new();
    for k in 0..100 {
        let mut half = TcpStream::connect(&server.authority).await.unwrap();
        // Nothing, the head of a record, or half of a hello.
        let hello = [&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3][..], &[7; 100]].concat();
        half.write_all(&hello[..[0, 5, hello.len()][k % 3]]).await.unwrap();
        halves.push(half);
    }
    let mut rounds = 0;
    while opened.elapsed() < HEAD / 2 {
        shown(&server, &authority).await;
        rounds += 1;
    }
    assert!(rounds > 0);
    for mut half in halves {
        let mut rest = Vec::new();
        // A reset is an end, too.
        let _ = timeout(PATIENCE, half.read_to_end(&mut rest)).await.expect("the server closes the connection");
    }
    assert!(opened.elapsed() >= HEAD);
}

/// The time of the handshake is part of the time for the first request.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_handshake_leaves_less_time_to_ask() {
    let authority = Authority::new();
    let tls = authority.issue("server", &["localhost"]).files();
    let server = start_with(ServeConfig { tls, request_timeout: Duration::from_secs(2), ..config() }).await;
    let opened = Instant::now();
    let stream = TcpStream::connect(&server.authority).await.unwrap();
    sleep(Duration::from_millis(1500)).await;
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = authority.connector().connect(name, stream).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    let mut rest = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect("the server closes the connection");
    let taken = opened.elapsed();
    assert!(taken < Duration::from_secs(3), "the handshake was given time of its own: {taken:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_speaks_plain_http_to_it_gets_no_page() {
    let authority = Authority::new();
    let tls = authority.issue("server", &["localhost"]).files();
    let server = start_with(ServeConfig { tls, ..config() }).await;
    let mut plain = TcpStream::connect(&server.authority).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, plain.read_to_end(&mut answer)).await.expect("the server closes the connection");
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    shown(&server, &authority).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn half_of_the_options_is_refused() {
    let authority = Authority::new();
    let mut tls = authority.issue("server", &["localhost"]).files();
    tls.tls_key = None;
    let error = ServeConfig { tls, models: sotto_tests::shipped_models(), ..config() };
    let error = sotto_server::app::check(&error).unwrap_err().to_string();
    assert_eq!(error, "--tls-certificate needs --tls-key, too");
}
