//! Connections that ask slowly, do not ask, or are too many.

use std::time::Duration;

use futures_util::StreamExt;
use sotto_server::config::ServeConfig;
use sotto_tests::{Running, config, infer_once, raw, start_with, wide_input};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

/// Long for an answer that comes.
const PATIENCE: Duration = Duration::from_secs(30);

const ASK: &[u8] = b"GET /livez HTTP/1.1\r\nHost: here\r\n\r\n";

/// A connection that has said this much.
async fn connect(server: &Running, said: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(&server.authority).await.unwrap();
    stream.write_all(said).await.unwrap();
    stream
}

/// Everything that comes until the server closes.
async fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset is an end, too.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("the server closes the connection");
    String::from_utf8(answer).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_do_not_ask_are_closed() {
    let server = start_with(ServeConfig { request_timeout: Duration::from_millis(300), ..config() }).await;
    for (said, answered) in [(&b""[..], false), (&ASK[..20], false), (ASK, true)] {
        let answer = rest(connect(&server, said).await).await;
        assert_eq!(answer.starts_with("HTTP/1.1 200"), answered, "{answer}");
    }
    // A byte now and then is no excuse.
    let mut slow = connect(&server, b"").await;
    let trickle = async {
        while slow.write_all(b"G").await.is_ok() {
            tokio::time::sleep(PATIENCE / 600).await
        }
    };
    timeout(PATIENCE, trickle).await.expect("the server closes the connection");
    // Sessions are no such connections.
    let mut session = raw(&server.url).await;
    let named = session.next().await;
    assert!(matches!(named, Some(Ok(Message::Text(_)))), "which session it is: {named:?}");
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(timeout(Duration::from_millis(1), session.next()).await.is_err());
    infer_once(&server.url, wide_input(1)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_is_too_long_is_refused() {
    let server = start_with(config()).await;
    let mut stream = connect(&server, &ASK[..ASK.len() - 2]).await;
    // The server may close before it has all of it, and its answer is lost then.
    let _ = stream.write_all(format!("X: {}\r\n\r\n", "x".repeat(200_000)).as_bytes()).await;
    let answer = rest(stream).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_beyond_the_limit_wait_for_a_place() {
    let server = start_with(ServeConfig { max_sessions: 1, max_connections: 2, ..config() }).await;
    let session = raw(&server.url).await;
    let idle = connect(&server, b"").await;
    let mut waiting = connect(&server, ASK).await;
    let mut answer = [0; 12];
    let early = timeout(Duration::from_millis(500), waiting.read_exact(&mut answer)).await;
    assert!(early.is_err(), "an upgraded and an idle connection take all places");
    drop(idle);
    timeout(PATIENCE, waiting.read_exact(&mut answer)).await.expect("there is a place now").unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    // A session's place is free when the session has ended.
    let more = connect(&server, ASK).await;
    drop(session);
    let mut more = timeout(PATIENCE, async {
        more.readable().await.unwrap();
        more
    })
    .await
    .expect("a place");
    more.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_do_not_hold_up_the_end() {
    let server = start_with(config()).await;
    let mut idle = connect(&server, ASK).await;
    let mut answer = [0; 12];
    idle.read_exact(&mut answer).await.unwrap();
    server.shut_down();
    timeout(PATIENCE / 2, server.stopped()).await.expect("the server stops before its idle connections' time is up");
    drop(idle);
}
