//! The native client's connections to a server: requests of its API, and a session's WebSockets, pumped on the runtime, with the channel
//! for a blocking thread.

mod access;
mod address;
mod cause;
mod http;
mod redial;
mod remote;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::Builder;
use std::time::Duration;

use futures_channel::oneshot as recruiting;
use futures_executor::block_on;
use sotto_mpc::{Channel, ErrorKind, Recruit, Transport};
use sotto_server::ws::{self, Ending, Limits, Next, Signals};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tracing::warn;

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
pub struct Connection {
    outcome: oneshot::Sender<Ending>,
    pump: JoinHandle<Ending>,
    told: Arc<Told>,
    /// Where the session's further workers join.
    again: Remote,
    limits: Limits,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("told", &self.told).finish_non_exhaustive()
    }
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
        let socket = redial.open(remote).await?;
        let (outcome, ended) = oneshot::channel();
        // Whoever drops the connection without an outcome panicked or gave up.
        let session = async { ended.await.unwrap_or_else(|_| Ending::of(ErrorKind::Internal, "no outcome")) };
        let pump = tokio::spawn(ws::pump(socket, redial, transport, limits, Signals::default(), session));
        Ok(Connection { outcome, pump, told, again: remote.to_resume(), limits })
    }

    /// Makes the session's further workers when the server has said how many there are: each gets a thread, and a connection that ends
    /// when the session does.
    pub fn recruits(&self) -> recruiting::Sender<Vec<Recruit>> {
        let (sender, called) = recruiting::channel::<Vec<Recruit>>();
        let (again, told, limits) = (self.again.clone(), self.told.clone(), self.limits);
        tokio::spawn(async move {
            for recruit in called.await.unwrap_or_default() {
                let redial = Redial::of_worker(again.clone(), told.clone(), recruit.number);
                tokio::spawn(work(recruit, redial, limits));
            }
        });
        sender
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

/// A further worker of a session, on a thread of its own, and its connection.
async fn work(recruit: Recruit, mut redial: Redial, limits: Limits) {
    let number = recruit.number;
    let (channel, transport) = Channel::new();
    let worker = recruit.worker(channel);
    let (ended, end) = oneshot::channel();
    let thread = Builder::new().name(format!("worker-{number}")).spawn(move || {
        let mut worker = worker?;
        // Asked to rest, it waits for more, as it has the thread to itself.
        while let Ok(true) = block_on(worker.run()) {}
        drop(worker);
        // Nobody hears it when the connection has ended.
        let _ = ended.send(());
        Ok::<(), sotto_mpc::Error>(())
    });
    if let Err(error) = thread {
        return warn!(number, %error, "no thread for a worker of the session");
    }
    let session = async {
        let _ = end.await;
        Ending::normal()
    };
    match redial.join().await {
        Next::Socket(socket, _) => drop(ws::pump(socket, redial, transport, limits, Signals::default(), session).await),
        // The channel's other end is gone with the transport, which is the worker's error, and so the session's.
        Next::Refused(ending) => warn!(number, code = ending.code, ending.reason, "a worker may not join the session"),
        Next::None => warn!(number, "a worker cannot join the session"),
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
