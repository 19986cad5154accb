//! The native client's connection: one WebSocket, pumped on the runtime, with the channel for a blocking thread.

use std::time::Duration;

use sotto_mpc::{Channel, ErrorKind, Transport};
use sotto_server::ws::{self, Ending, Limits, Signals};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::error::UrlError;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config, tungstenite};

use crate::{Error, Result};

/// How long a server may take to accept a connection and upgrade it. LOCAL.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// How long a server may be silent. LOCAL.
pub const LIMITS: Limits = Limits { handshake: None, idle: Some(Duration::from_secs(120)), ping: None };

/// A connection that is pumped on the runtime until either side ends it.
#[derive(Debug)]
pub struct Connection {
    outcome: oneshot::Sender<Ending>,
    pump: JoinHandle<Ending>,
}

impl Connection {
    /// Waits for the end of the connection, which the server learns as the session's `outcome`. The channel must be
    /// dropped by then. Resolves with how the connection ended.
    pub async fn finish<T>(self, outcome: &sotto_mpc::Result<T>) -> Ending {
        // The pump is gone already when the server ended the connection.
        let _ = self.outcome.send(Ending::from(outcome));
        self.pump.await.unwrap_or_else(|_| Ending::of(ErrorKind::Internal, "the pump panicked"))
    }
}

/// Opens a connection to a server's WebSocket, with [`LIMITS`].
pub async fn open(url: &str) -> Result<(Channel, Connection)> {
    open_within(url, LIMITS).await
}

/// As [`open`], with other limits.
pub async fn open_within(url: &str, limits: Limits) -> Result<(Channel, Connection)> {
    let (channel, transport) = Channel::new();
    let connection = open_with(url, transport, limits).await?;
    Ok((channel, connection))
}

/// As [`open`], for a transport that the caller holds (to record what passes, say) and other limits.
pub async fn open_with(url: &str, transport: Transport, limits: Limits) -> Result<Connection> {
    let (reader, writer) = ws::split_tungstenite(connect(url).await?);
    let (outcome, told) = oneshot::channel();
    // Whoever drops the connection without an outcome panicked or gave up.
    let session = async { told.await.unwrap_or_else(|_| Ending::of(ErrorKind::Internal, "no outcome")) };
    let pump = tokio::spawn(ws::pump(reader, writer, transport, limits, Signals::default(), session));
    Ok(Connection { outcome, pump })
}

/// A WebSocket to `url`, with the limits that both sides use and without delay of small messages.
async fn connect(url: &str) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>> {
    let late = |_| {
        let seconds = CONNECT_TIMEOUT.as_secs();
        Error::Connection(format!("cannot connect to {url}: no answer within {seconds} seconds"))
    };
    let connecting = connect_async_with_config(url, Some(ws::config()), true);
    let (socket, _) = timeout(CONNECT_TIMEOUT, connecting).await.map_err(late)?.map_err(|e| connect_error(url, &e))?;
    Ok(socket)
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
