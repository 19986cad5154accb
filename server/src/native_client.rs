//! The native client's connection: one WebSocket, pumped on the runtime, with the channel for a blocking thread.

use std::future::Future;

use sotto_mpc::{Channel, Transport};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::error::UrlError;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config, tungstenite};

use crate::ws::{self, Ending, Limits, Signals};
use crate::{Error, Result};

/// Opens a connection to a server's WebSocket and pumps it until either side ends it.
///
/// The task resolves with how the connection ended; the channel's own error says the same to the protocol.
pub async fn open(url: &str) -> Result<(Channel, JoinHandle<Ending>)> {
    let (channel, transport) = Channel::new();
    let task = open_with(url, transport).await?;
    Ok((channel, task))
}

/// As [`open`], for a transport that the caller holds (to record what passes, say).
pub async fn open_with(url: &str, transport: Transport) -> Result<JoinHandle<Ending>> {
    let socket = connect(url).await?;
    Ok(tokio::spawn(drive(socket, transport)))
}

/// A WebSocket to `url`, with the limits that both sides use and without delay of small messages.
pub async fn connect(url: &str) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>> {
    let (socket, _) =
        connect_async_with_config(url, Some(ws::config()), true).await.map_err(|e| connect_error(url, &e))?;
    Ok(socket)
}

fn drive(socket: WebSocketStream<MaybeTlsStream<TcpStream>>, transport: Transport) -> impl Future<Output = Ending> {
    let (reader, writer) = ws::split_tungstenite(socket);
    let session = std::future::ready(Ending::normal());
    ws::pump(reader, writer, transport, Limits::default(), Signals::default(), session)
}

fn connect_error(url: &str, error: &tungstenite::Error) -> Error {
    match error {
        tungstenite::Error::Url(UrlError::TlsFeatureNotEnabled) => {
            Error::Usage(format!("{url}: this build has no TLS; use ws:// to a server or proxy that you trust"))
        }
        tungstenite::Error::Url(e) => Error::Usage(format!("{url}: {e}")),
        tungstenite::Error::Http(response) => {
            Error::Connection(format!("{url}: no WebSocket there (HTTP status {})", response.status().as_u16()))
        }
        error => Error::Connection(format!("cannot connect to {url}: {error}")),
    }
}
