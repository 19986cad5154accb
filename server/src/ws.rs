//! A session's WebSockets, one after the other, written once for the server and for native clients.
//!
//! Only binary messages carry data. [`pump`] moves them between a socket and the protocol's channel; when the socket is lost it goes
//! on over the next one, if there comes one. Whatever ends the session is turned into one [`Ending`]: it is told to the local session
//! as [`Incoming::Closed`](sotto_mpc::Incoming) and, unless the peer closed first, to the peer as a Close frame with the close code of
//! `sotto-mpc`'s error kinds.

mod account;
mod adapt;
mod budget;
mod pump;
mod sockets;
mod stage;

use std::time::Duration;

use futures_util::{Sink, SinkExt, Stream, StreamExt};
use sotto_mpc::{Error, ErrorKind, MAX_FRAME, Notice};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Bytes;
use tokio_util::sync::CancellationToken;

pub(crate) use adapt::{HARD_LIMIT, WRITE_LIMIT};
pub use adapt::{config, split_axum, split_tungstenite};
pub use pump::pump;
pub use sockets::{Next, OneSocket, Reader, Socket, Sockets, Writer};
pub use stage::{Limits, Stage};

/// Largest WebSocket message that either side accepts: a whole frame and some slack, so that a message that is a little
/// too long is answered by the protocol's own length check.
pub const MAX_MESSAGE: usize = MAX_FRAME + 1024;

/// WebSocket close code of an orderly end.
pub const NORMAL: u16 = 1000;

/// How long a peer may take to accept our Close frame and send its own.
const CLOSE_GRACE: Duration = Duration::from_secs(2);

/// What a peer sends, whichever WebSocket library reads it. The stream of these ends when the connection is gone.
#[derive(Debug)]
pub enum Received {
    /// A binary message.
    Data(Vec<u8>),
    /// A ping or pong, or a notice that is not known here.
    Alive,
    /// What is said beside the protocol.
    Notice(Notice),
    /// A Close frame.
    Close(Ending),
    /// The connection broke; nothing more can be read.
    Gone,
    /// A message that the protocol does not allow; more may follow.
    Refused(String),
    /// Something that is no WebSocket message within the limits; nothing more can be read.
    Unreadable(String),
}

/// What is sent to a peer.
#[derive(Debug)]
pub enum Sent {
    /// A binary message.
    Data(Bytes),
    /// A keep-alive.
    Ping,
    /// What is said beside the protocol.
    Notice(Notice),
    /// The end.
    Close(Ending),
}

/// A socket that nothing can be sent to any more.
#[derive(Clone, Copy, Debug)]
pub struct Broken;

/// Why a connection ends: WebSocket close code and reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Close code.
    pub code: u16,
    /// Reason of at most 123 bytes, possibly empty.
    pub reason: String,
}

impl Ending {
    /// An orderly end.
    pub fn normal() -> Self {
        Self { code: NORMAL, reason: String::new() }
    }

    /// An end of the given kind.
    pub fn of(kind: ErrorKind, reason: &str) -> Self {
        Self::from(&Error::new(kind, reason))
    }
}

impl<T> From<&Result<T, Error>> for Ending {
    fn from(result: &Result<T, Error>) -> Self {
        result.as_ref().map_or_else(Ending::from, |_| Ending::normal())
    }
}

impl From<&Error> for Ending {
    fn from(error: &Error) -> Self {
        Self { code: error.close_code(), reason: error.public_reason() }
    }
}

/// What the pump and its session tell each other besides frames.
#[derive(Clone, Debug, Default)]
pub struct Signals {
    /// Set by the session: what it does, and so how long its peer may be silent.
    pub stage: watch::Sender<Stage>,
    /// What a server's session says to its client beside the protocol: the last notice.
    pub says: watch::Sender<Option<Notice>>,
    /// Set from outside when the server shuts down: when it will be gone, which the peer is told.
    pub draining: watch::Sender<Option<Instant>>,
    /// Cancelled from outside to end the session, with WebSocket code 1001.
    pub stop: CancellationToken,
    /// Set from outside when the session is over for a reason that has nothing to do with this connection.
    pub over: watch::Sender<Option<Ending>>,
    /// Cancelled by the pump when there will be no connection any more, so that a session that waits for something else gives up.
    pub gone: CancellationToken,
}

impl Signals {
    /// How a stopped connection ends.
    fn going_away() -> Ending {
        Ending { code: 1001, reason: "the server is shutting down".into() }
    }
}

/// Sends a Close frame and reads until the peer's own, for a short time.
pub async fn close<R, W>(reader: &mut R, writer: &mut W, ending: &Ending)
where
    R: Stream<Item = Received> + Unpin,
    W: Sink<Sent> + Unpin,
{
    let both = async {
        if writer.send(Sent::Close(ending.clone())).await.is_ok() {
            while !matches!(
                reader.next().await,
                None | Some(Received::Close(_) | Received::Gone | Received::Unreadable(_))
            ) {}
        }
    };
    let _ = timeout(CLOSE_GRACE, both).await;
}
