//! Clients: honest, recording, and raw.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_channel::mpsc;
use futures_executor::block_on;
use futures_util::StreamExt;
use sotto_cli::native_client;
use sotto_mpc::{Channel, Client, ClientOptions, Result, Transport};
use sotto_server::ws::Limits;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::SYNTHETIC;

/// Frames that a client sent, which are what the server received.
pub type Recorder = Arc<Mutex<Vec<Vec<u8>>>>;

/// Runs `body` as one session with `model` on a blocking thread.
pub async fn session<T: Send + 'static>(
    url: &str,
    model: &str,
    seed: Option<[u8; 32]>,
    body: impl AsyncFnOnce(Client) -> Result<T> + Send + 'static,
) -> Result<T> {
    session_within(url, model, seed, native_client::LIMITS, body).await
}

/// As [`session`], with other limits of the connection.
pub async fn session_within<T: Send + 'static>(
    url: &str,
    model: &str,
    seed: Option<[u8; 32]>,
    limits: Limits,
    body: impl AsyncFnOnce(Client) -> Result<T> + Send + 'static,
) -> Result<T> {
    let options = ClientOptions { model: model.into(), rng_seed: seed, ..ClientOptions::default() };
    session_as(url, options, limits, body).await
}

/// As [`session`], with all options, and limits of the connection.
pub async fn session_as<T: Send + 'static>(
    url: &str,
    options: ClientOptions,
    limits: Limits,
    body: impl AsyncFnOnce(Client) -> Result<T> + Send + 'static,
) -> Result<T> {
    let opened = native_client::open_within(url, limits).await;
    let (channel, connection) = opened.expect("the server accepts connections");
    let recruits = (options.params.workers > 1).then(|| connection.recruits());
    let options = ClientOptions { recruits, ..options };
    let result = run(channel, options, body).await;
    connection.finish(&result).await;
    result
}

/// As [`session`] with the synthetic model, recording what is sent.
pub async fn record<T: Send + 'static>(
    url: &str,
    seed: [u8; 32],
    body: impl AsyncFnOnce(Client) -> Result<T> + Send + 'static,
) -> (Result<T>, Vec<Vec<u8>>) {
    let frames = Recorder::default();
    let (channel, Transport { mut outgoing, incoming }) = Channel::new();
    let (mut tapped, outgoing_tapped) = mpsc::channel(8);
    let tap = frames.clone();
    tokio::spawn(async move {
        while let Some(frame) = outgoing.next().await {
            tap.lock().expect("no thread panics with the lock").push(frame.clone());
            if futures_util::SinkExt::send(&mut tapped, frame).await.is_err() {
                return;
            }
        }
    });
    let transport = Transport { outgoing: outgoing_tapped, incoming };
    let connection = native_client::open_with(url, transport, native_client::LIMITS);
    let connection = connection.await.expect("the server accepts connections");
    let options = ClientOptions { model: SYNTHETIC.into(), rng_seed: Some(seed), ..ClientOptions::default() };
    let result = run(channel, options, body).await;
    connection.finish(&result).await;
    let frames = std::mem::take(&mut *frames.lock().expect("no thread panics with the lock"));
    (result, frames)
}

async fn run<T: Send + 'static>(
    channel: Channel,
    options: ClientOptions,
    body: impl AsyncFnOnce(Client) -> Result<T> + Send + 'static,
) -> Result<T> {
    let thread = tokio::task::spawn_blocking(move || {
        block_on(async move {
            let client = Client::connect(channel, options).await?;
            body(client).await
        })
    });
    thread.await.expect("the client does not panic")
}

/// One inference with the synthetic model in a session of its own.
pub async fn infer_once(url: &str, input: Vec<i64>) -> Result<Vec<i64>> {
    session(url, SYNTHETIC, None, async move |mut client| {
        let output = client.infer(&input).await?.output;
        client.close().await?;
        Ok(output)
    })
    .await
}

/// A bare WebSocket.
pub async fn raw(url: &str) -> WebSocketStream<MaybeTlsStream<TcpStream>> {
    connect_async(url).await.expect("the server accepts connections").0
}

/// Reads until the peer's Close frame; `None` when the connection ends without one.
pub async fn close_of<S>(socket: &mut WebSocketStream<S>) -> Option<(u16, String)>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let end = async {
        loop {
            match socket.next().await? {
                Ok(Message::Close(Some(frame))) => return Some((frame.code.into(), frame.reason.to_string())),
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), end).await.expect("the peer ends the connection")
}
