//! Sessions that can go on over another connection, for whoever shows their secret.
//!
//! A session has one socket. The next one takes over from it, also while it still seems alive: a telephone that changes its network is
//! back before the server notices that it was gone.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use sotto_mpc::{ErrorKind, GIVEN_UP, Notice, ResumeSecret};
use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::admission::account::Account;
use crate::admission::places::{Places, Standing};
use crate::desk::Desk;
use crate::metrics::Meter;
use crate::ws::{self, Ending, Next, Received, Sent, Socket, Sockets};

/// All of a server's sessions.
pub(crate) struct Resumable {
    /// By their names, each with one for every worker.
    doors: Mutex<HashMap<(String, u32), Arc<Door>>>,
    /// Those that wait for their clients, the longest first.
    lost: Mutex<VecDeque<Arc<Door>>>,
    /// How long a session waits for another connection.
    within: Duration,
    places: Arc<Places>,
    /// Cancelled when nobody can come any more.
    closing: CancellationToken,
}

/// Where a session's client comes back.
struct Door {
    secret: ResumeSecret,
    /// Where its client came from first.
    address: Account,
    /// The last that came: its socket, and how many frames of this side it has.
    arrived: Mutex<Option<(Socket, u64)>>,
    /// The latest of its tries.
    latest: AtomicU64,
    knocked: Notify,
    /// Cancelled when another session needs the seat more.
    given_up: CancellationToken,
}

impl Resumable {
    pub(crate) fn new(within: Duration, places: Arc<Places>, closing: CancellationToken) -> Arc<Resumable> {
        Arc::new(Resumable { doors: Mutex::default(), lost: Mutex::default(), within, places, closing })
    }

    /// Whether there is any time to come back.
    pub(crate) fn is_possible(&self) -> bool {
        !self.within.is_zero()
    }

    /// Hands a socket on to the session that its client asks for, or tells the client that there is none; nothing tells a wrong secret
    /// from a session that is not there.
    pub(crate) async fn resume(&self, mut socket: Socket, patience: Option<Duration>) {
        let asked = timeout(patience.unwrap_or(Duration::MAX), socket.reader.next()).await;
        let refused = match asked {
            Ok(Some(Received::Notice(Notice::Resume { id, secret, frames, attempt, worker }))) => {
                match self.door(&(id, worker), &secret) {
                    Some(door) if door.latest.fetch_max(attempt, Ordering::Relaxed) < attempt => {
                        let before = lock(&door.arrived).replace((socket, frames));
                        door.knocked.notify_one();
                        return drop(before);
                    }
                    Some(_) => Ending::of(ErrorKind::Closed, "the session goes on over a later connection"),
                    None => Ending::of(ErrorKind::Closed, "the session is not here any more"),
                }
            }
            Ok(None | Some(Received::Gone | Received::Close(_))) => return,
            Ok(Some(_)) => {
                Ending::of(ErrorKind::Malformed, "the first message is no notice of a session to be resumed")
            }
            Err(_) => Ending::of(ErrorKind::Timeout, "the handshake took too long"),
        };
        warn!(reason = refused.reason, "refused: not to be resumed");
        ws::close(&mut socket.reader, &mut socket.writer, &refused).await;
    }

    /// Ends the session that waits for its client the longest, if one does: somebody who is there needs its seat.
    pub(crate) fn make_room(&self) -> bool {
        let longest = lock(&self.lost).pop_front();
        longest.inspect(|door| door.given_up.cancel()).is_some()
    }

    /// Ends the session from an address that waits for its client the longest, if one does: who is there counts more, and may be the
    /// same person with the page loaded again.
    pub(crate) fn make_room_at(&self, address: &Account) -> bool {
        let mut lost = lock(&self.lost);
        let longest = lost.iter().position(|door| door.address == *address).and_then(|place| lost.remove(place));
        longest.inspect(|door| door.given_up.cancel()).is_some()
    }

    /// A session does not wait for its client any more.
    fn found(&self, door: &Arc<Door>) {
        lock(&self.lost).retain(|lost| !Arc::ptr_eq(lost, door));
    }

    fn door(&self, name: &(String, u32), secret: &ResumeSecret) -> Option<Arc<Door>> {
        lock(&self.doors).get(name).filter(|door| door.secret == *secret).cloned()
    }
}

/// The further sockets of one session, which can be resumed until this is dropped.
pub(crate) struct Comebacks {
    resumable: Arc<Resumable>,
    name: (String, u32),
    door: Arc<Door>,
    desk: Desk,
    meter: Arc<Meter>,
}

impl Comebacks {
    /// Of a session by its name, and one of its workers, for whoever shows its secret; its place is at `desk`.
    pub(crate) fn new(
        resumable: &Arc<Resumable>,
        name: (String, u32),
        secret: ResumeSecret,
        address: Account,
        desk: Desk,
        meter: Arc<Meter>,
    ) -> Comebacks {
        let door = Arc::new(Door {
            secret,
            address,
            arrived: Mutex::default(),
            latest: AtomicU64::new(0),
            knocked: Notify::new(),
            given_up: CancellationToken::new(),
        });
        lock(&resumable.doors).insert(name.clone(), door.clone());
        Comebacks { resumable: resumable.clone(), name, door, desk, meter }
    }

    /// The first socket of a further worker, which comes as a later one does.
    pub(crate) async fn join(&self) -> Socket {
        loop {
            self.another().await;
            let Some((mut socket, frames)) = lock(&self.door.arrived).take() else { continue };
            if frames > 0 {
                let ending = Ending::of(ErrorKind::Malformed, "a worker that joins has got nothing yet");
                ws::close(&mut socket.reader, &mut socket.writer, &ending).await;
            } else if socket.writer.send(Sent::Notice(Notice::Resumed { frames: 0 })).await.is_ok() {
                info!(worker = self.name.1, "joined");
                return self.meter.count(socket);
            }
        }
    }

    /// Resolves when the client has come over another socket.
    async fn another(&self) {
        while lock(&self.door.arrived).is_none() {
            self.door.knocked.notified().await;
        }
    }

    /// Waits for a place to go on in, if the session was in the middle of a computation. The client hears where it stands.
    async fn sit_down(&self, Socket { reader, writer, .. }: &mut Socket) -> Waited {
        let Some(ask) = self.desk.wants() else { return Waited::Seated };
        let (standing, mut stands) = watch::channel(None);
        let tell = |Standing { position, seconds }| {
            standing.send_replace(Some(Notice::Queue { position, seconds }));
        };
        let entered = async { self.resumable.places.enter(ask, tell).await };
        let telling = async {
            // The sender is there as long as this is.
            while stands.changed().await.is_ok() {
                let notice = stands.borrow_and_update().clone();
                if let Some(notice) = notice
                    && writer.send(Sent::Notice(notice)).await.is_err()
                {
                    return Waited::Gone;
                }
            }
            std::future::pending().await
        };
        let listening = async {
            // It has nothing to say yet but that it lives, which it may some times.
            for _ in 0..SIGNS {
                match reader.next().await {
                    Some(Received::Alive) => {}
                    Some(Received::Close(ending)) if ending.code != GIVEN_UP => return Waited::Closed(ending),
                    _ => return Waited::Gone,
                }
            }
            Waited::Gone
        };
        tokio::select! {
            entered = entered => match entered {
                Ok((place, _)) => {
                    self.desk.return_to(place);
                    Waited::Seated
                }
                // It asks for no memory, of which there could be too little.
                Err(_) => Waited::Gone,
            },
            waited = telling => waited,
            waited = listening => waited,
            () = self.another() => Waited::Gone,
        }
    }

    /// Waits until the client is there; not for ever, nor when its seat is needed more, or nobody can come any more.
    async fn arrival(&self) -> Option<(Socket, u64)> {
        if let Some(arrived) = lock(&self.door.arrived).take() {
            return Some(arrived);
        }
        self.desk.leave();
        lock(&self.resumable.lost).push_back(self.door.clone());
        tokio::select! {
            _ = timeout(self.resumable.within, self.another()) => {}
            () = self.resumable.closing.cancelled() => {}
            () = self.door.given_up.cancelled() => {}
        }
        self.resumable.found(&self.door);
        lock(&self.door.arrived).take()
    }
}

/// How waiting for a place ended.
enum Waited {
    Seated,
    /// The client is gone again, or over another socket.
    Gone,
    /// It ends the session.
    Closed(Ending),
}

/// Signs of life that a client may give while it waits.
const SIGNS: usize = 1000;

impl Sockets for Comebacks {
    async fn taken_over(&mut self) {
        self.another().await;
    }

    async fn next(&mut self, received: u64) -> Next {
        if lock(&self.door.arrived).is_none() {
            self.meter.lost();
            info!("lost its connection");
        }
        while let Some((mut socket, frames)) = self.arrival().await {
            match self.sit_down(&mut socket).await {
                Waited::Seated => {}
                Waited::Gone => continue,
                Waited::Closed(ending) => return Next::Refused(ending),
            }
            let resumed = Sent::Notice(Notice::Resumed { frames: received });
            if socket.writer.send(resumed).await.is_ok() {
                self.meter.resumed();
                info!("goes on over another connection");
                return Next::Socket(self.meter.count(socket), frames);
            }
        }
        Next::None
    }
}

impl Drop for Comebacks {
    fn drop(&mut self) {
        lock(&self.resumable.doors).remove(&self.name);
        self.resumable.found(&self.door);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while it holds the lock.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
