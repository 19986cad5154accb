//! The native client's connections to a server: requests of its API, and a session's WebSockets, pumped on the runtime, with the channel
//! for a blocking thread.

mod access;
mod address;
mod cause;
mod http;
mod redial;
mod remote;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use sotto_mpc::{Channel, ErrorKind, Transport};
use sotto_server::ws::{self, Ending, Limits, Signals};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use access::{Access, GivenHeader};
use address::Address;
use redial::{Redial, Told};
pub(crate) use remote::{Failed, Remote};

use crate::Result;

/// How long a server may be silent, and how often it is asked whether it is there: a connection that died without a word is replaced. LOCAL.
pub const LIMITS: Limits = Limits {
    handshake: None,
    idle: Some(Duration::from_secs(120)),
    ping: Some(Duration::from_secs(20)),
    stall: None,
    unused: None,
};

/// A connection that is pumped on the runtime until either side ends it.
#[derive(Debug)]
pub struct Connection {
    outcome: oneshot::Sender<Ending>,
    pump: JoinHandle<Ending>,
    told: Arc<Told>,
}

impl Connection {
    /// Opens a session's connection.
    pub(crate) async fn open(remote: &Remote, limits: Limits) -> std::result::Result<(Channel, Connection), Failed> {
        let (channel, transport) = Channel::new();
        let connection = Self::open_with(remote, transport, limits).await?;
        Ok((channel, connection))
    }

    async fn open_with(
        remote: &Remote,
        transport: Transport,
        limits: Limits,
    ) -> std::result::Result<Connection, Failed> {
        let told = Arc::<Told>::default();
        let mut redial = Redial::new(remote.to_resume(), told.clone());
        let socket = redial.connect(remote).await?;
        let (outcome, ended) = oneshot::channel();
        // Whoever drops the connection without an outcome panicked or gave up.
        let session = async { ended.await.unwrap_or_else(|_| Ending::of(ErrorKind::Internal, "no outcome")) };
        let pump = tokio::spawn(ws::pump(socket, redial, transport, limits, Signals::default(), session));
        Ok(Connection { outcome, pump, told })
    }

    /// The server's name for the session, once it has said it: the server's log has it, too.
    pub fn session_id(&self) -> Option<&str> {
        self.told.session_id()
    }

    /// Becomes true when the server is shutting down: what is prepared can still be used, and more should be asked of another one.
    pub fn draining(&self) -> Arc<AtomicBool> {
        self.told.draining()
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
    Connection::open_with(&remote, transport, limits).await.map_err(|failed| failed.error)
}
