//! Malformed peers: each is told what is wrong, none disturbs another session.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sotto_cli::native_client;
use sotto_mpc::{Channel, Client, ClientOptions, ErrorKind, MAX_FRAME, PROTOCOL_VERSION, Params};
use sotto_nn::reference;
use sotto_server::config::ServeConfig;
use sotto_server::ws::Limits;
use sotto_tests::{Running, SYNTHETIC, close_of, config, raw, session, start_with, synthetic, wide_input};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, accept_async};

fn hello(version: u32, model: &str) -> Vec<u8> {
    let hello = serde_json::json!({ "sotto": version, "model": model, "digest": null, "params": Params::default(), "ticket": null });
    hello.to_string().into_bytes()
}

fn honest_hello() -> Vec<u8> {
    hello(PROTOCOL_VERSION, SYNTHETIC)
}

fn noise(len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    ChaCha20Rng::seed_from_u64(len as u64).fill_bytes(&mut bytes);
    bytes
}

/// Runs `attack` while an honest session is in the middle of its work, which must then end bit for bit right.
async fn beside_an_honest_session(server: &Running, attack: impl Future<Output = ()>) {
    let (ready, is_ready) = tokio::sync::oneshot::channel();
    let (attacked, was_attacked) = std::sync::mpsc::channel::<()>();
    let honest = tokio::spawn({
        let url = server.url.clone();
        async move {
            session(&url, SYNTHETIC, None, async move |mut client| {
                let before = client.infer(&wide_input(1)).await?.output;
                client.preprocess().await?;
                ready.send(()).unwrap();
                was_attacked.recv().unwrap();
                let after = client.infer(&wide_input(2)).await?.output;
                client.close().await?;
                Ok([before, after])
            })
            .await
        }
    });
    is_ready.await.unwrap();
    attack.await;
    attacked.send(()).unwrap();
    let model = synthetic();
    let plain = |seed| reference::run_output(&model.program, &model.weights, &wide_input(seed)).unwrap();
    assert_eq!(honest.await.unwrap().unwrap(), [plain(1), plain(2)]);
}

/// Sends `messages` and expects to be closed with the code of `kind` and a reason that contains `reason`.
async fn expect_close(messages: Vec<Message>, kind: ErrorKind, reason: &str) {
    // Long enough for the honest session on a busy machine, short enough to wait for the silent one.
    let server = start_with(ServeConfig { handshake_timeout: Duration::from_secs(4), ..config() }).await;
    beside_an_honest_session(&server, async {
        let mut socket = raw(&server.url).await;
        for message in messages {
            // The server may close before it has read everything.
            let _ = socket.send(message).await;
        }
        let (code, text) = close_of(&mut socket).await.expect("a Close frame");
        assert_eq!(code, kind.close_code(), "{text}");
        assert!(text.contains(reason), "'{text}' does not contain '{reason}'");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn random_bytes_are_malformed() {
    for len in [1, 40, 5000] {
        expect_close(vec![Message::binary(noise(len))], ErrorKind::Malformed, "").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_message_is_malformed() {
    let mut half = honest_hello();
    half.truncate(half.len() / 2);
    expect_close(vec![Message::binary(half)], ErrorKind::Malformed, "hello").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_length_in_the_setup_is_malformed() {
    let messages = vec![Message::binary(honest_hello()), Message::binary(noise(33))];
    expect_close(messages, ErrorKind::Malformed, "expected a frame of").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oversized_message_is_malformed() {
    let longer_than_a_hello = vec![Message::binary(noise(MAX_FRAME))];
    expect_close(longer_than_a_hello, ErrorKind::Malformed, "at most 8192 bytes").await;
    let longer_than_a_frame = vec![Message::binary(noise(MAX_FRAME + 4096))];
    expect_close(longer_than_a_frame, ErrorKind::Malformed, "too long").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_giant_message_is_not_even_read() {
    let server = start_with(config()).await;
    beside_an_honest_session(&server, async {
        let (mut sink, mut stream) = raw(&server.url).await.split();
        // Reading and writing at once, as a browser does: the server stops reading at the message's header.
        let send = sink.send(Message::binary(noise(64 * MAX_FRAME)));
        let close = async {
            loop {
                match stream.next().await {
                    Some(Ok(Message::Close(frame))) => return frame,
                    Some(Ok(_)) => {}
                    _ => return None,
                }
            }
        };
        let (_, close) = tokio::join!(send, close);
        let close = close.expect("a Close frame");
        assert_eq!(u16::from(close.code), ErrorKind::Malformed.close_code());
        assert!(close.reason.contains("too long"), "{}", close.reason);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn text_is_malformed() {
    expect_close(vec![Message::text("hello")], ErrorKind::Malformed, "binary").await;
    let late = vec![Message::binary(honest_hello()), Message::text("{}")];
    expect_close(late, ErrorKind::Malformed, "binary").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_version_is_named() {
    let other = hello(PROTOCOL_VERSION + 1, SYNTHETIC);
    expect_close(vec![Message::binary(other)], ErrorKind::Version, "version").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_model_is_named() {
    let other = hello(PROTOCOL_VERSION, "nonesuch");
    expect_close(vec![Message::binary(other)], ErrorKind::UnknownModel, "nonesuch").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_ends_the_handshake() {
    expect_close(Vec::new(), ErrorKind::Timeout, "handshake").await;
    expect_close(vec![Message::binary(honest_hello())], ErrorKind::Timeout, "handshake").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_session_is_closed() {
    let server = start_with(ServeConfig { idle_timeout: Duration::from_millis(700), ..config() }).await;
    let error = session(&server.url, SYNTHETIC, None, async |mut client| {
        client.preprocess().await?;
        std::thread::sleep(Duration::from_millis(1500));
        client.infer(&wide_input(1)).await
    })
    .await
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_goes_away_frees_its_place() {
    // Two places: the honest session's, and one that every attacker needs to have been freed.
    let server = start_with(ServeConfig { max_sessions: 2, ..config() }).await;
    beside_an_honest_session(&server, async {
        for end in [End::Close, End::Drop, End::CutFrame] {
            leave_midway(&server, end).await;
            await_free_place(&server).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_answers_no_pings_is_taken_for_gone() {
    let server =
        start_with(ServeConfig { max_sessions: 1, ping_interval: Duration::from_millis(100), ..config() }).await;
    let silent = upgrade_by_hand(&server).await;
    await_free_place(&server).await;
    drop(silent);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_floods_and_never_reads_is_cut() {
    let idle_timeout = Duration::from_secs(1);
    let server = start_with(ServeConfig { max_sessions: 1, idle_timeout, ..config() }).await;
    let (mut sink, _unread) = raw(&server.url).await.split();
    sink.send(Message::binary(honest_hello())).await.unwrap();
    let flood = async { while sink.send(Message::binary(noise(MAX_FRAME))).await.is_ok() {} };
    // The flood is refused by its length at the latest, whether or not the peer reads.
    tokio::time::timeout(Duration::from_secs(20), flood).await.expect("the connection is cut");
    await_free_place(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_pings_is_malformed() {
    let mut messages = vec![Message::binary(honest_hello())];
    messages.extend((0..1000).map(|_| Message::Ping(Default::default())));
    expect_close(messages, ErrorKind::Malformed, "pings").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_floods_its_client_with_pings_is_malformed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/ws", listener.local_addr().unwrap());
    let flooding = tokio::spawn(async move {
        let socket = accept_async(listener.accept().await.unwrap().0).await.unwrap();
        let (mut sink, mut stream) = socket.split();
        let flood = async { while sink.send(Message::Ping(Default::default())).await.is_ok() {} };
        let close = async {
            while let Some(Ok(message)) = stream.next().await {
                if let Message::Close(Some(frame)) = message {
                    return u16::from(frame.code);
                }
            }
            0
        };
        tokio::join!(flood, close).1
    });
    let error = session(&url, SYNTHETIC, None, async |_| Ok(())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed, "{error}");
    assert_eq!(flooding.await.unwrap(), error.close_code());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_server_is_a_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/ws", listener.local_addr().unwrap());
    let silent = tokio::spawn(async move {
        let mut socket = accept_async(listener.accept().await.unwrap().0).await.unwrap();
        close_of(&mut socket).await
    });
    let (channel, transport) = Channel::new();
    let limits = Limits { idle: Some(Duration::from_millis(300)), ..native_client::LIMITS };
    let connection = native_client::open_with(&url, transport, limits).await.unwrap();
    let outcome = Client::connect(channel, ClientOptions { model: SYNTHETIC.into(), ..Default::default() }).await;
    connection.finish(&outcome).await;
    let error = outcome.err().expect("there is no server");
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert_eq!(silent.await.unwrap().expect("a Close frame").0, ErrorKind::Timeout.close_code());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_told_why_its_client_gives_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/ws", listener.local_addr().unwrap());
    let babbling = tokio::spawn(async move {
        let mut socket = accept_async(listener.accept().await.unwrap().0).await.unwrap();
        socket.send(Message::binary(noise(100))).await.unwrap();
        close_of(&mut socket).await
    });
    let error = session(&url, SYNTHETIC, None, async |_| Ok(())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed, "{error}");
    let (code, reason) = babbling.await.unwrap().expect("a Close frame");
    assert_eq!((code, reason), (error.close_code(), error.public_reason()));
}

#[derive(Clone, Copy)]
enum End {
    /// A WebSocket Close frame.
    Close,
    /// The connection just ends.
    Drop,
    /// It ends within a WebSocket frame.
    CutFrame,
}

async fn leave_midway(server: &Running, end: End) {
    if let End::CutFrame = end {
        return cut_a_frame(server).await;
    }
    let mut socket = enter(server).await;
    if let End::Close = end {
        socket.close(None).await.unwrap();
    }
}

/// Announces 100 bytes and sends ten.
async fn cut_a_frame(server: &Running) {
    let mut stream = upgrade_by_hand(server).await;
    let mut frame = vec![0x82, 0x80 | 100, 1, 2, 3, 4];
    frame.extend([0; 10]);
    stream.write_all(&frame).await.unwrap();
}

/// A WebSocket without a library behind it.
async fn upgrade_by_hand(server: &Running) -> TcpStream {
    let mut stream = TcpStream::connect(&server.authority).await.unwrap();
    let request = format!(
        "GET /ws HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        server.authority
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 101");
    stream
}

async fn await_free_place(server: &Running) {
    enter(server).await.close(None).await.unwrap();
}

/// A client that has been sent its program, once there is a place for it: those of clients that have left are freed a
/// little later.
async fn enter(server: &Running) -> WebSocketStream<MaybeTlsStream<TcpStream>> {
    for _ in 0..200 {
        let mut socket = raw(&server.url).await;
        socket.send(Message::binary(honest_hello())).await.unwrap();
        assert!(matches!(socket.next().await, Some(Ok(Message::Text(_)))), "which session it is");
        match socket.next().await {
            Some(Ok(Message::Binary(_))) => return socket,
            Some(Ok(Message::Close(Some(frame)))) => assert_eq!(u16::from(frame.code), ErrorKind::Busy.close_code()),
            other => panic!("neither a program nor a refusal: {other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the place is not freed");
}
