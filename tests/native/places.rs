//! Sessions that wait: for their clients, which takes no thread, and for a place to compute in, in a queue.

use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{SinkExt, StreamExt};
use sotto_mpc::{ErrorKind, Notice, PROTOCOL_VERSION, Params};
use sotto_nn::reference;
use sotto_server::config::ServeConfig;
use sotto_tests::{Running, SYNTHETIC, config, raw, session, start_with, synthetic, wide_input};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

fn one_place() -> ServeConfig {
    ServeConfig { places: 1, places_each: None, max_sessions: 64, ..config() }
}

/// A client that has its program and then says nothing.
async fn silent(server: &Running) -> Socket {
    let hello = serde_json::json!({ "sotto": PROTOCOL_VERSION, "model": SYNTHETIC, "digest": null, "params": Params::default(), "ticket": null });
    let mut socket = raw(&server.url).await;
    socket.send(Message::binary(hello.to_string())).await.unwrap();
    assert!(matches!(heard(&mut socket).await, Ok(Notice::Session { .. })));
    assert!(matches!(socket.next().await, Some(Ok(Message::Binary(_)))));
    socket
}

/// The next notice, or the close code.
async fn heard(socket: &mut Socket) -> Result<Notice, u16> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => return Ok(Notice::from_json(text.as_str()).expect("a notice")),
            Some(Ok(Message::Close(Some(frame)))) => return Err(frame.code.into()),
            Some(Ok(_)) => {}
            other => panic!("neither notice nor end: {other:?}"),
        }
    }
}

fn queued(position: usize) -> Notice {
    Notice::Queue { position, seconds: if position == 0 { Some(0) } else { None } }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_hears_its_position_and_leaves_the_queue_with_its_connection() {
    let server = start_with(one_place()).await;
    // The first one's setup waits for its base OTs, in the only place.
    let first = silent(&server).await;
    let mut second = silent(&server).await;
    assert_eq!(heard(&mut second).await, Ok(queued(1)));
    let third = silent(&server).await;
    let mut fourth = silent(&server).await;
    assert_eq!(heard(&mut fourth).await, Ok(queued(3)));
    drop(third);
    assert_eq!(heard(&mut fourth).await, Ok(queued(2)));
    drop(first);
    assert_eq!(heard(&mut second).await, Ok(queued(0)));
    assert_eq!(heard(&mut fourth).await, Ok(queued(1)));
    drop(second);
    assert_eq!(heard(&mut fourth).await, Ok(queued(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_client_loses_its_place() {
    let handshake_timeout = Duration::from_millis(300);
    let server = start_with(ServeConfig { handshake_timeout, ..one_place() }).await;
    let mut first = silent(&server).await;
    // Waits for longer than its own setup may take, and that is not held against it.
    let run = session(&server.url, SYNTHETIC, None, async |mut client| {
        let output = client.infer(&wide_input(1)).await?.output;
        client.close().await?;
        Ok(output)
    });
    let (first, output) = tokio::join!(heard(&mut first), run);
    assert_eq!(first, Err(ErrorKind::Timeout.close_code()));
    let model = synthetic();
    assert_eq!(output.unwrap(), reference::run_output(&model.program, &model.weights, &wide_input(1)).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_asks_for_nothing_is_closed_soon() {
    let unused_timeout = Duration::from_millis(300);
    let server = start_with(ServeConfig { unused_timeout, ..config() }).await;
    let outcome = session(&server.url, SYNTHETIC, None, async |mut client| {
        tokio::time::sleep(Duration::from_millis(900)).await;
        client.preprocess().await
    });
    let error = outcome.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(error.message().contains("was not used"), "{error}");
    // What is prepared is kept for a person who fills in a form.
    let outcome = session(&server.url, SYNTHETIC, None, async |mut client| {
        client.preprocess().await?;
        tokio::time::sleep(Duration::from_millis(900)).await;
        client.infer(&wide_input(1)).await?;
        client.close().await.map(drop)
    });
    outcome.await.unwrap();
}

/// More open sessions than there are threads for: each waits for its client as a task.
#[tokio::test(flavor = "multi_thread")]
async fn many_sessions_are_open_with_one_place() {
    const SESSIONS: usize = 40;
    let server = start_with(one_place()).await;
    let barrier = std::sync::Arc::new(tokio::sync::Barrier::new(SESSIONS));
    let runs = (0..SESSIONS as u64).map(|seed| {
        let (url, barrier) = (server.url.clone(), barrier.clone());
        tokio::spawn(async move {
            session(&url, SYNTHETIC, None, async move |mut client| {
                client.preprocess().await?;
                // All are prepared before the first one goes on.
                barrier.wait().await;
                let output = client.infer(&wide_input(seed)).await?.output;
                client.close().await?;
                Ok(output)
            })
            .await
        })
    });
    let model = synthetic();
    for (seed, output) in (0..).zip(join_all(runs).await) {
        let plain = reference::run_output(&model.program, &model.weights, &wide_input(seed)).unwrap();
        assert_eq!(output.unwrap().unwrap(), plain, "session {seed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_more_memory_than_there_is_says_so() {
    let server = start_with(ServeConfig { prepared_memory: 0, ..config() }).await;
    let outcome = session(&server.url, SYNTHETIC, None, async |mut client| client.preprocess().await);
    let error = outcome.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy, "{error}");
    assert!(error.message().contains("it allows 0 in all"), "{error}");
}
