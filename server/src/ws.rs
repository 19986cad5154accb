//! The pump between a WebSocket and a protocol channel, written once for the server and for native clients.
//!
//! Only binary messages carry data. Whatever ends the connection is turned into one [`Ending`]: it is told to the local
//! session as [`Incoming::Closed`] and, unless the peer closed first, to the peer as a Close frame with the close code of
//! `sotto-mpc`'s error kinds.

mod adapt;
mod budget;
mod stage;

use std::future::Future;
use std::time::Duration;

use futures_channel::mpsc;
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use sotto_mpc::{Error, ErrorKind, Incoming, MAX_FRAME, Notice, Transport};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

pub(crate) use adapt::{HARD_LIMIT, WRITE_LIMIT};
pub use adapt::{config, split_axum, split_tungstenite};
use budget::Budget;
use stage::{Clock, Late};
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
    /// What a server says beside the protocol.
    Notice(Notice),
    /// A Close frame.
    Close(Ending),
    /// A message that the protocol does not allow; more may follow.
    Refused(String),
    /// Something that is no WebSocket message within the limits; nothing more can be read.
    Unreadable(String),
}

/// What is sent to a peer.
#[derive(Debug)]
pub enum Sent {
    /// A binary message.
    Data(Vec<u8>),
    /// A keep-alive.
    Ping,
    /// What a server says beside the protocol.
    Notice(Notice),
    /// The end.
    Close(Ending),
}

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
    /// Cancelled from outside to end the connection, with WebSocket code 1001.
    pub stop: CancellationToken,
    /// Cancelled by the pump when the connection is over, so that a session that waits for something else gives up.
    pub gone: CancellationToken,
}

impl Signals {
    /// How a stopped connection ends.
    fn going_away() -> Ending {
        Ending { code: 1001, reason: "the server is shutting down".into() }
    }
}

/// Moves frames until either side ends the connection, then closes it. `session` resolves when the local session is over,
/// with the ending that the peer is to be told.
///
/// Returns how the connection ended, as seen from here.
pub async fn pump<R, W>(
    mut reader: R,
    mut writer: W,
    transport: Transport,
    limits: Limits,
    signals: Signals,
    session: impl Future<Output = Ending>,
) -> Ending
where
    R: Stream<Item = Received> + Unpin,
    W: Sink<Sent> + Unpin,
{
    let Transport { mut outgoing, mut incoming } = transport;
    let cut = tokio::select! {
        cut = receive(&mut reader, &mut incoming, limits, &signals) => Some(cut),
        cut = transmit(&mut writer, &mut outgoing, limits.ping, signals.says.subscribe()) => cut,
        () = signals.stop.cancelled() => Some(Cut::Local(Signals::going_away())),
    };
    signals.gone.cancel();
    if let Some(cut) = &cut {
        let Ending { code, reason } = cut.ending().clone();
        // A fresh sender has a slot of its own, so a full queue does not lose the reason.
        let _ = incoming.clone().try_send(Incoming::Closed { code, reason });
    }
    drop(incoming);
    // What the session still sends is dropped, not refused: so it comes to its next receive, which knows the reason.
    let drained = async {
        while outgoing.next().await.is_some() {}
        session.await
    };
    let ending = match cut {
        None => {
            let ending = drained.await;
            close(&mut reader, &mut writer, &ending).await;
            ending
        }
        Some(Cut::Peer(ending)) => {
            drained.await;
            ending
        }
        Some(Cut::Local(ending)) => {
            tokio::join!(close(&mut reader, &mut writer, &ending), drained);
            ending
        }
        Some(Cut::Unreadable(ending)) => {
            let _ = timeout(CLOSE_GRACE, writer.send(Sent::Close(ending.clone()))).await;
            // What the peer still sends stays unread, and closing a socket with unread data discards the Close frame.
            tokio::join!(tokio::time::sleep(CLOSE_GRACE), drained);
            ending
        }
    };
    let _ = timeout(CLOSE_GRACE, writer.close()).await;
    ending
}

/// Sends a Close frame and reads until the peer's own, for a short time.
pub async fn close<R, W>(reader: &mut R, writer: &mut W, ending: &Ending)
where
    R: Stream<Item = Received> + Unpin,
    W: Sink<Sent> + Unpin,
{
    let both = async {
        if writer.send(Sent::Close(ending.clone())).await.is_ok() {
            while !matches!(reader.next().await, None | Some(Received::Close(_) | Received::Unreadable(_))) {}
        }
    };
    let _ = timeout(CLOSE_GRACE, both).await;
}

/// Why the pump stopped before the session did.
#[derive(Debug)]
enum Cut {
    /// The peer closed, or the connection broke: nobody is left to be told.
    Peer(Ending),
    /// This side ends it and owes the peer a Close frame.
    Local(Ending),
    /// As `Local`, when nothing more can or should be read.
    Unreadable(Ending),
}

impl Cut {
    fn ending(&self) -> &Ending {
        match self {
            Cut::Peer(ending) | Cut::Local(ending) | Cut::Unreadable(ending) => ending,
        }
    }

    fn timeout(reason: &str) -> Self {
        Cut::Local(Ending::of(ErrorKind::Timeout, reason))
    }

    fn broken(reason: &str) -> Self {
        Cut::Peer(Ending::of(ErrorKind::Transport, reason))
    }
}

/// Hands the peer's messages to the session until the connection has to end.
async fn receive(
    reader: &mut (impl Stream<Item = Received> + Unpin),
    incoming: &mut mpsc::Sender<Incoming>,
    limits: Limits,
    signals: &Signals,
) -> Cut {
    let mut stages = signals.stage.subscribe();
    let mut clock = Clock::new(limits, *stages.borrow_and_update(), Instant::now());
    let mut budget = Budget::new(Instant::now());
    loop {
        let (deadline, late) = clock.deadline();
        let received = tokio::select! {
            received = reader.next() => received,
            // The sender is this function's caller's, so there is always one.
            _ = stages.changed() => {
                clock.enter(*stages.borrow_and_update(), Instant::now());
                continue;
            }
            () = sleep_until(deadline) => return late.cut(),
        };
        let now = Instant::now();
        match received {
            None => return Cut::broken("the connection is gone"),
            Some(Received::Alive | Received::Notice(_)) if !budget.allows(now) => {
                // Nothing more of it is read.
                return Cut::Unreadable(Ending::of(ErrorKind::Malformed, "too many pings"));
            }
            Some(Received::Alive) => {}
            // Whoever wants to hear it listens to the reader; a session that waits for its turn is not silent.
            Some(Received::Notice(_)) => clock.heard(now),
            Some(Received::Close(ending)) => return Cut::Peer(ending),
            Some(Received::Refused(why)) => return Cut::Local(Ending::of(ErrorKind::Malformed, &why)),
            Some(Received::Unreadable(why)) => return Cut::Unreadable(Ending::of(ErrorKind::Malformed, &why)),
            Some(Received::Data(frame)) => {
                let sent = incoming.send(Incoming::Frame(frame));
                let delivered = match limits.idle {
                    Some(limit) => timeout(limit, sent).await,
                    None => Ok(sent.await),
                };
                match delivered {
                    // The peer sends and sends, and does not read what the session has to send first.
                    Err(_) => return Cut::timeout("the session made no progress for too long"),
                    // The session is over; the sending half finds that out and ends the pump in order.
                    Ok(Err(_)) => std::future::pending().await,
                    Ok(Ok(())) => clock.heard(Instant::now()),
                }
            }
        }
        clock.alive(Instant::now());
    }
}

impl Late {
    fn cut(self) -> Cut {
        match self {
            Late::Handshake => Cut::timeout("the handshake took too long"),
            Late::Idle => Cut::timeout("the session was idle for too long"),
            Late::Unused => Cut::timeout("the session was not used"),
            Late::Stalled => Cut::timeout("the client was silent for too long in the middle of its work"),
            Late::Gone => Cut::broken("the peer answers no pings"),
        }
    }
}

/// Sends the session's frames, notices and pings, until the session is over (`None`) or the connection breaks.
async fn transmit(
    writer: &mut (impl Sink<Sent> + Unpin),
    outgoing: &mut mpsc::Receiver<Vec<u8>>,
    ping: Option<Duration>,
    mut notices: watch::Receiver<Option<Notice>>,
) -> Option<Cut> {
    let period = ping.unwrap_or(Duration::from_secs(3600));
    let mut pings = interval_at(Instant::now() + period, period);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    notices.mark_unchanged();
    loop {
        let sent = tokio::select! {
            biased;
            _ = pings.tick() => writer.send(Sent::Ping).await,
            frame = outgoing.next() => writer.send(Sent::Data(frame?)).await,
            // The sender is this function's caller's, so there is always one.
            _ = notices.changed() => {
                let notice = notices.borrow_and_update().clone();
                match notice {
                    Some(notice) => writer.send(Sent::Notice(notice)).await,
                    None => continue,
                }
            }
        };
        if sent.is_err() {
            // A peer that closed has said why in a frame that may still be unread: the receiving half goes first.
            tokio::time::sleep(CLOSE_GRACE).await;
            return Some(Cut::broken("the connection is gone"));
        }
    }
}
