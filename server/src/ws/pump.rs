//! Moving frames between a session's sockets and its channel.

use std::future::Future;
use std::time::Duration;

use futures_channel::mpsc;
use futures_util::{SinkExt, StreamExt};
use sotto_mpc::{ErrorKind, GIVEN_UP, Incoming, Notice, Transport};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};

use super::account::Account;
use super::budget::Budget;
use super::sockets::{Next, Reader, Socket, Sockets, Writer};
use super::stage::{Clock, Late};
use super::{Broken, CLOSE_GRACE, Ending, Limits, Received, Sent, Signals, close};

/// Moves frames until either side ends the session, then closes its socket. `session` resolves when the local session is over, with the
/// ending that the peer is to be told. A socket that is lost is replaced by the next of `sockets`.
///
/// Returns how the session ended, as seen from here.
pub async fn pump(
    socket: Socket,
    mut sockets: impl Sockets,
    transport: Transport,
    limits: Limits,
    signals: Signals,
    session: impl Future<Output = Ending>,
) -> Ending {
    let Transport { mut outgoing, mut incoming } = transport;
    let account = Account::default();
    let mut clock = Clock::new(limits, *signals.stage.borrow(), Instant::now());
    let mut socket = Some(socket);
    let mut session = std::pin::pin!(session);
    let (mut over, mut ended) = (None, signals.over.subscribe());
    let cut = loop {
        // There is one at each turn.
        let Some(Socket { reader, writer, .. }) = &mut socket else { break Some(Cut::lost("the connection is gone")) };
        let cut = tokio::select! {
            cut = receive(reader, &mut incoming, limits.idle, &mut clock, &signals, &account) => Some(cut),
            cut = transmit(writer, &mut outgoing, limits.ping, &signals, &account) => cut,
            () = signals.stop.cancelled() => Some(Cut::Local(Signals::going_away())),
            ending = elsewhere(&mut ended) => Some(Cut::Local(ending)),
            () = sockets.taken_over() => Some(Cut::lost("the client came back over another connection")),
        };
        let Some(Cut::Lost(ending)) = cut else { break cut };
        let (lost, _) = (Instant::now(), socket.take());
        let next = tokio::select! {
            next = sockets.next(account.position()) => next,
            () = signals.stop.cancelled() => Next::None,
            _ = elsewhere(&mut ended) => Next::None,
            ending = &mut session => {
                over = Some(ending);
                Next::None
            }
        };
        match next {
            Next::None => break Some(Cut::Lost(ending)),
            Next::Refused(ending) => break Some(Cut::Peer(ending)),
            Next::Socket(next, frames) => {
                socket = Some(next);
                clock.pause(lost, Instant::now());
                if let Err(error) = account.resume(frames) {
                    break Some(Cut::Local(Ending::from(&error)));
                }
            }
        }
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
        match over {
            Some(ending) => ending,
            None => session.await,
        }
    };
    let Some(Socket { mut reader, mut writer, .. }) = socket else {
        drained.await;
        return cut.map_or_else(Ending::normal, |cut| cut.ending().clone());
    };
    let ending = match cut {
        None => {
            let ending = drained.await;
            close(&mut reader, &mut writer, &ending).await;
            ending
        }
        Some(Cut::Peer(ending) | Cut::Lost(ending)) => {
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

/// Why a socket is left before the session is over.
#[derive(Debug)]
enum Cut {
    /// The connection broke, or nothing is heard of the peer: it may come back over another one.
    Lost(Ending),
    /// The peer closed: nobody is left to be told.
    Peer(Ending),
    /// This side ends it and owes the peer a Close frame.
    Local(Ending),
    /// As `Local`, when nothing more can or should be read.
    Unreadable(Ending),
}

impl Cut {
    fn ending(&self) -> &Ending {
        match self {
            Cut::Lost(ending) | Cut::Peer(ending) | Cut::Local(ending) | Cut::Unreadable(ending) => ending,
        }
    }

    fn timeout(reason: &str) -> Self {
        Cut::Local(Ending::of(ErrorKind::Timeout, reason))
    }

    fn lost(reason: &str) -> Self {
        Cut::Lost(Ending::of(ErrorKind::Transport, reason))
    }
}

/// Hands the peer's messages to the session until the socket is over.
async fn receive(
    reader: &mut Reader,
    incoming: &mut mpsc::Sender<Incoming>,
    patience: Option<Duration>,
    clock: &mut Clock,
    signals: &Signals,
    account: &Account,
) -> Cut {
    let mut stages = signals.stage.subscribe();
    clock.enter(*stages.borrow_and_update(), Instant::now());
    let mut budget = Budget::new(Instant::now());
    let flood = || Cut::Unreadable(Ending::of(ErrorKind::Malformed, "too many pings"));
    loop {
        let (deadline, late) = clock.deadline(account.owes());
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
            None | Some(Received::Gone) => return Cut::lost("the connection is gone"),
            // Nothing more of it is read.
            Some(Received::Alive) if !budget.allows(now) => return flood(),
            Some(Received::Alive) => {}
            Some(Received::Notice(Notice::Received { frames })) => match account.confirmed(frames) {
                // It takes what this side sends: it is not silent.
                Ok(true) => clock.heard(now),
                Ok(false) if !budget.allows(now) => return flood(),
                Ok(false) => {}
                Err(error) => return Cut::Unreadable(Ending::from(&error)),
            },
            Some(Received::Notice(Notice::Resume { .. })) => {
                let why = "a session goes on over another connection than its own";
                return Cut::Local(Ending::of(ErrorKind::Malformed, why));
            }
            Some(Received::Notice(_)) if !budget.allows(now) => return flood(),
            // Whoever wants to hear it listens to the reader; a session that waits for its turn is not silent.
            Some(Received::Notice(_)) => clock.heard(now),
            Some(Received::Close(ending)) if ending.code == GIVEN_UP => {
                return Cut::lost("the client gave this connection up");
            }
            Some(Received::Close(ending)) => return Cut::Peer(ending),
            Some(Received::Refused(why)) => return Cut::Local(Ending::of(ErrorKind::Malformed, &why)),
            Some(Received::Unreadable(why)) => return Cut::Unreadable(Ending::of(ErrorKind::Malformed, &why)),
            Some(Received::Data(frame)) => {
                // Counted only when there is a slot for it, and then it is in: what a lost socket interrupts here is sent again.
                let slot = std::future::poll_fn(|context| incoming.poll_ready(context));
                let slot = match patience {
                    Some(limit) => timeout(limit, slot).await,
                    None => Ok(slot.await),
                };
                match slot {
                    // The peer sends and sends, and does not read what the session has to send first.
                    Err(_) => return Cut::timeout("the session made no progress for too long"),
                    Ok(free) => {
                        let bytes = frame.len();
                        if free.is_err() || incoming.start_send(Incoming::Frame(frame)).is_err() {
                            // The session is over; the sending half finds that out and ends the pump in order.
                            return std::future::pending().await;
                        }
                        account.received(bytes);
                        clock.heard(Instant::now());
                    }
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
            Late::Gone => Cut::lost("the peer answers no pings"),
        }
    }
}

/// Sends what the peer of an earlier socket may not have got, then the session's frames, notices and pings, until the session is over
/// (`None`) or the socket breaks.
async fn transmit(
    writer: &mut Writer,
    outgoing: &mut mpsc::Receiver<Vec<u8>>,
    ping: Option<Duration>,
    signals: &Signals,
    account: &Account,
) -> Option<Cut> {
    let sent = async {
        for frame in account.kept() {
            writer.send(Sent::Data(frame)).await?;
        }
        send_on(writer, outgoing, ping, signals, account).await
    };
    if sent.await.is_ok() {
        return None;
    }
    // A peer that closed has said why in a frame that may still be unread: the receiving half goes first.
    tokio::time::sleep(CLOSE_GRACE).await;
    Some(Cut::lost("the connection is gone"))
}

async fn send_on(
    writer: &mut Writer,
    outgoing: &mut mpsc::Receiver<Vec<u8>>,
    ping: Option<Duration>,
    signals: &Signals,
    account: &Account,
) -> Result<(), Broken> {
    let period = ping.unwrap_or(Duration::from_secs(3600));
    let mut pings = interval_at(Instant::now() + period, period);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut notices, mut draining) = (signals.says.subscribe(), signals.draining.subscribe());
    // What was said last may not have come over an earlier socket.
    notices.mark_changed();
    let mut told = false;
    loop {
        let has_room = account.has_room();
        let sent = tokio::select! {
            biased;
            _ = pings.tick() => Sent::Ping,
            frames = account.due() => Sent::Notice(Notice::Received { frames }),
            frame = outgoing.next(), if has_room => match frame {
                Some(frame) => Sent::Data(account.sent(frame)),
                None => return Ok(()),
            },
            left = left(&mut draining), if !told => {
                told = true;
                Sent::Notice(Notice::Draining { seconds: left.as_secs() })
            }
            // The sender is this function's caller's, so there is always one.
            _ = notices.changed() => match notices.borrow_and_update().clone() {
                Some(notice) => Sent::Notice(notice),
                None => continue,
            },
            () = account.room(), if !has_room => continue,
        };
        writer.send(sent).await?;
    }
}

/// How the session ended, once it did so elsewhere.
async fn elsewhere(ended: &mut watch::Receiver<Option<Ending>>) -> Ending {
    // The sender is the pump's caller's, so there is always one.
    let ending = ended.wait_for(Option::is_some).await.ok().and_then(|ending| ending.clone());
    ending.unwrap_or_else(Ending::normal)
}

/// The time until the server is gone, once it is known.
async fn left(draining: &mut watch::Receiver<Option<Instant>>) -> Duration {
    // The sender is the pump's caller's, so there is always one.
    let gone = draining.wait_for(Option::is_some).await.ok().and_then(|gone| *gone);
    gone.unwrap_or_else(Instant::now).saturating_duration_since(Instant::now())
}
