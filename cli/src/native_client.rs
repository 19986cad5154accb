//! The native client's connections to a server: requests of its API, and one WebSocket, pumped on the runtime, with the channel for a
//! blocking thread. Within TLS where the address says so.

mod access;
mod address;
mod cause;
mod http;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::StreamExt;
use hyper::StatusCode;
use hyper::body::Bytes;
use sotto_mpc::{Channel, ErrorKind, Notice, Transport};
use sotto_server::ws::{self, Ending, Limits, Received, Signals};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async_with_config, tungstenite};
use tokio_util::either::Either;
use tracing::{info, warn};

use access::Headers;
pub use access::{Access, GivenHeader};
use address::Address;

use crate::{Error, Result};

/// How long a server may take to accept a connection and upgrade it. LOCAL.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// How long a server may take to answer a request. LOCAL.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a server may be silent. LOCAL.
pub const LIMITS: Limits =
    Limits { handshake: None, idle: Some(Duration::from_secs(120)), ping: None, stall: None, unused: None };

/// A connection that is pumped on the runtime until either side ends it.
#[derive(Debug)]
pub struct Connection {
    outcome: oneshot::Sender<Ending>,
    pump: JoinHandle<Ending>,
    session: Arc<OnceLock<String>>,
}

/// Longest name of a session that is taken from a server.
const LONGEST_ID: usize = 32;

impl Connection {
    /// The server's name for the session, once it has said it: the server's log has it, too.
    pub fn session_id(&self) -> Option<&str> {
        self.session.get().map(String::as_str)
    }

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
    let remote = Remote::of(Address::of_socket(url)?, &Access::default())?;
    remote.open_with(transport, limits).await.map_err(|failed| failed.error)
}

/// Why a server could not be asked.
#[derive(Debug)]
pub(crate) struct Failed {
    /// The error.
    pub(crate) error: Error,
    /// Whether it may pass: the server is full, or not there for a moment.
    pub(crate) passing: bool,
}

impl Failed {
    fn new(why: String, passing: bool) -> Self {
        Failed { error: Error::Connection(why), passing }
    }
}

type Stream = Either<TcpStream, TlsStream<TcpStream>>;

/// A server, and how it is asked.
pub(crate) struct Remote {
    address: Address,
    headers: Headers,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Remote {
    /// As for `--server`.
    ///
    /// # Errors
    /// [`Error::Usage`] about the address, a file or a variable.
    pub(crate) fn new(server: &str, access: &Access) -> Result<Remote> {
        Self::of(Address::parse(server)?, access)
    }

    fn of(address: Address, access: &Access) -> Result<Remote> {
        let headers = access.headers()?;
        if !address.secure && !headers.are_none() && !address.is_on_this_machine() {
            warn!("what is sent for a proxy crosses the network unencrypted: {address} is asked without TLS");
        }
        let tls = if address.secure {
            let name = ServerName::try_from(address.name().to_owned());
            let name =
                name.map_err(|_| Error::Usage(format!("--server {address}: no name that a certificate could have")))?;
            Some((access.connector()?, name))
        } else {
            None
        };
        Ok(Remote { address, headers, tls })
    }

    /// The address, for people.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// What the server answers to a GET of a route; nothing when there is no such thing (status 404).
    pub(crate) async fn get(&self, route: &str) -> std::result::Result<Option<Bytes>, Failed> {
        let url = self.address.url(route);
        let answer = async {
            let stream = self.stream().await.map_err(|(why, passing)| http::Failure::Connection { why, passing })?;
            http::get(stream, &self.address, route, &self.headers).await
        };
        let late = |_| Failed::new(format!("{url}: no answer within {} seconds", PATIENCE.as_secs()), true);
        match timeout(PATIENCE, answer).await.map_err(late)? {
            Ok(body) => Ok(Some(body)),
            Err(http::Failure::Status(StatusCode::NOT_FOUND, _)) => Ok(None),
            Err(http::Failure::Status(status, headers)) => {
                let why = format!("{url}: {}", http::status_words(status, &headers));
                Err(Failed::new(why, http::is_passing(status)))
            }
            Err(http::Failure::Connection { why, passing }) => {
                Err(Failed::new(format!("cannot reach {}: {why}", self.address), passing))
            }
        }
    }

    /// Opens a session's connection.
    pub(crate) async fn open(&self, limits: Limits) -> std::result::Result<(Channel, Connection), Failed> {
        let (channel, transport) = Channel::new();
        let connection = self.open_with(transport, limits).await?;
        Ok((channel, connection))
    }

    async fn open_with(&self, transport: Transport, limits: Limits) -> std::result::Result<Connection, Failed> {
        let (reader, writer) = ws::split_tungstenite(self.connect().await?);
        let (outcome, told) = oneshot::channel();
        // Whoever drops the connection without an outcome panicked or gave up.
        let session = async { told.await.unwrap_or_else(|_| Ending::of(ErrorKind::Internal, "no outcome")) };
        let named = Arc::<OnceLock<String>>::default();
        let name = named.clone();
        let reader = reader.inspect(move |received| match received {
            Received::Notice(Notice::Session { id })
                if id.len() <= LONGEST_ID
                    && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
                    && name.set(id.clone()).is_ok() =>
            {
                info!(session = id, "opened");
            }
            Received::Notice(Notice::Queue { position: position @ 1.., seconds }) => {
                let when = seconds.map(|seconds| format!(", about {seconds} s")).unwrap_or_default();
                warn!("the server is busy: number {position} in its queue{when}");
            }
            _ => {}
        });
        let pump = tokio::spawn(ws::pump(reader, writer, transport, limits, Signals::default(), session));
        Ok(Connection { outcome, pump, session: named })
    }

    /// A WebSocket, with the limits that both sides use.
    async fn connect(&self) -> std::result::Result<WebSocketStream<Stream>, Failed> {
        let address = &self.address;
        let seconds = CONNECT_TIMEOUT.as_secs();
        let late = |_| Failed::new(format!("cannot connect to {address}: no answer within {seconds} seconds"), true);
        let connecting = async {
            let request = address.to_string().into_client_request();
            let mut request =
                request.map_err(|e| Failed { error: Error::Usage(format!("{address}: {e}")), passing: false })?;
            self.headers.add_to(request.headers_mut());
            let stream = self.stream().await;
            let stream =
                stream.map_err(|(why, passing)| Failed::new(format!("cannot connect to {address}: {why}"), passing))?;
            let upgraded = client_async_with_config(request, stream, Some(ws::config())).await;
            upgraded.map(|(socket, _)| socket).map_err(|e| upgrade_error(address, &e))
        };
        timeout(CONNECT_TIMEOUT, connecting).await.map_err(late)?
    }

    /// A connection without delay of small messages; or why not, and whether that may pass.
    async fn stream(&self) -> std::result::Result<Stream, (String, bool)> {
        let stream = TcpStream::connect(self.address.host_and_port()).await.map_err(|e| (e.to_string(), true))?;
        stream.set_nodelay(true).map_err(|e| (e.to_string(), true))?;
        match &self.tls {
            None => Ok(Either::Left(stream)),
            Some((connector, name)) => {
                let secure = connector.connect(name.clone(), stream).await;
                secure.map(Either::Right).map_err(|e| (cause::words(&e), cause::tls(&e).is_none()))
            }
        }
    }
}

fn upgrade_error(address: &Address, error: &tungstenite::Error) -> Failed {
    match error {
        tungstenite::Error::Http(response) => {
            let (status, headers) = (response.status(), response.headers());
            let why = format!("{address}: no WebSocket there ({})", http::status_words(status, headers));
            Failed::new(why, http::is_passing(status))
        }
        error => {
            let passing = matches!(error, tungstenite::Error::Io(_)) && cause::tls(error).is_none();
            Failed::new(format!("cannot connect to {address}: {}", cause::words(error)), passing)
        }
    }
}
