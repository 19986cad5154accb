//! The WebSockets under a session, one after the other: opening them, pumping frames between them and the protocol's channel, closing.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_channel::oneshot;
use futures_util::future::{Either, FutureExt, Shared, join, select};
use futures_util::{SinkExt, StreamExt, pin_mut};
use js_sys::{Function, Promise};
use sotto_mpc::{
    CONFIRM_WITHIN, Channel, Due, Error, ErrorKind, Incoming, Ledger, Notice, Params, RESUME_WITHIN, ResumeSecret,
    Transport,
};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::WebSocket;
use web_time::{Duration, Instant};

use crate::failure::Failure;
use crate::session::convert;
use crate::session::events::{Event, Events};
use crate::session::tap::Tap;

/// Sending pauses while the browser holds more than this many bytes that the network has not taken.
const SEND_AHEAD: u32 = 4 << 20;
/// How long opening may take.
pub(crate) const OPEN_MILLISECONDS: i32 = 15_000;
/// A call fails when nothing has moved either way for so long. On a slow link, what the network has buffered counts as moved:
/// this is what a megabit per second takes for 7 MB.
pub(crate) const SILENT_SECONDS: u32 = 60;
/// Another connection is tried after so long: the browser may not notice for many minutes that its network is another one.
const DOUBTFUL_SECONDS: u32 = 30;
/// How long the server may take to answer a close.
const CLOSE_MILLISECONDS: i32 = 2_000;
/// The first wait before another try to connect; each further one is twice as long.
const FIRST_WAIT_MILLISECONDS: i32 = 250;
/// The longest wait.
const LONGEST_WAIT_MILLISECONDS: i32 = 5_000;

/// Longest name of a session that is taken from a server.
const LONGEST_NAME: usize = 32;

const NORMAL_CLOSURE: u16 = 1000;

/// Further workers of a session.
const MOST_OTHERS: usize = *Params::WORKERS.end() as usize - 1;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, milliseconds: i32) -> JsValue;
}

/// Whom a session tells what happens beside the protocol. A listener that throws is the page's concern.
#[derive(Default)]
pub(crate) struct Listeners {
    /// Where in the server's queue it stands.
    pub(crate) queue: Option<Function>,
    /// `"lost"`, `"open"` again, or `"closed"`.
    pub(crate) connection: Option<Function>,
}

/// A session's connection. Clones are the same.
#[derive(Clone)]
pub(crate) struct Socket(Rc<State>);

struct State {
    /// Where the session was opened.
    url: String,
    /// The WebSocket that is open, if one is.
    open: RefCell<Option<WebSocket>>,
    /// Makes the pump take the WebSocket for lost.
    give_up: RefCell<Box<dyn Fn()>>,
    /// The server's name for the session.
    name: RefCell<Option<String>>,
    /// Which of the session's workers has it.
    worker: u32,
    /// Bytes that the connections of further workers have sent and received, by number from 1.
    others: RefCell<[(u64, u64); MOST_OTHERS]>,
    /// What opens the session over another connection.
    session: RefCell<Option<(String, ResumeSecret)>>,
    ledger: RefCell<Ledger<Vec<u8>>>,
    /// Whether a confirmation is on its way.
    confirming: Cell<bool>,
    /// Tries to go on, over the whole session.
    attempts: Cell<u64>,
    /// Whether this side ends the session.
    closing: Cell<bool>,
    /// Whether the session is over.
    over: Cell<bool>,
    /// Whether the server is shutting down.
    draining: Cell<bool>,
    tap: RefCell<Tap>,
    /// Counts the server's notices, which are signs of life.
    signs: Cell<u32>,
    listeners: Listeners,
    /// Resolves when the pump has ended.
    closed: Shared<oneshot::Receiver<()>>,
}

impl Socket {
    /// Connects to `url` and pumps frames until the returned channel is dropped.
    pub(crate) async fn open(url: &str, listeners: Listeners) -> Result<(Socket, Channel), Failure> {
        let unusable = || Failure::new(ErrorKind::Transport, format!("{url} is not a usable WebSocket address"));
        let mut events = Events::connect(url).ok_or_else(unusable)?;
        match within(events.next(), OPEN_MILLISECONDS).await {
            Some(Event::Open) => {}
            Some(Event::Closed { code, reason }) => return Err(Error::from_close(code, &reason).into()),
            _ => return Err(Failure::new(ErrorKind::Transport, format!("cannot connect to {url}"))),
        }
        let (socket, pumping) = Socket::new(url, listeners, 0);
        Ok((socket.clone(), socket.start(events, pumping)))
    }

    /// As [`Socket::open`], for a further worker of a session, whose first one has this [invitation](Socket::invitation).
    pub(crate) async fn join(url: &str, invitation: Notice) -> Result<(Socket, Channel), Failure> {
        let Notice::Resume { id, secret, worker, .. } = invitation else {
            return Err(Failure::new(ErrorKind::Internal, "no invitation to a session"));
        };
        let (socket, pumping) = Socket::new(url, Listeners::default(), worker);
        socket.0.session.replace(Some((id, secret)));
        let events = socket.resume().await.map_err(|(code, reason)| Error::from_close(code, &reason))?;
        Ok((socket.clone(), socket.start(events, pumping)))
    }

    /// What lets a further worker join the session, if it can be resumed.
    pub(crate) fn invitation(&self, worker: u32) -> Option<Notice> {
        let (id, secret) = self.0.session.borrow().clone()?;
        Some(Notice::Resume { id, secret, frames: 0, attempt: 0, worker })
    }

    /// Where the session was opened.
    pub(crate) fn url(&self) -> &str {
        &self.0.url
    }

    /// A further worker has sent and received so many bytes.
    pub(crate) fn others_moved(&self, worker: usize, moved: (u64, u64)) {
        if let Some(other) = self.0.others.borrow_mut().get_mut(worker - 1) {
            *other = moved;
        }
    }

    fn new(url: &str, listeners: Listeners, worker: u32) -> (Socket, oneshot::Sender<()>) {
        let (pumping, closed) = oneshot::channel();
        let socket = Socket(Rc::new(State {
            url: url.into(),
            worker,
            others: RefCell::default(),
            open: RefCell::default(),
            give_up: RefCell::new(Box::new(|| ())),
            name: RefCell::default(),
            session: RefCell::default(),
            ledger: RefCell::default(),
            confirming: Cell::default(),
            attempts: Cell::default(),
            closing: Cell::default(),
            over: Cell::default(),
            draining: Cell::default(),
            tap: RefCell::new(Tap::new()),
            signs: Cell::default(),
            listeners,
            closed: closed.shared(),
        }));
        (socket, pumping)
    }

    fn start(&self, events: Events, pumping: oneshot::Sender<()>) -> Channel {
        self.use_socket(&events);
        let (channel, transport) = Channel::new();
        let socket = self.clone();
        spawn_local(async move {
            socket.pump(events, transport).await;
            drop(pumping);
        });
        channel
    }

    /// Starts closing, with a code and a reason of at most 123 bytes for the server. Does nothing when already closing.
    pub(crate) fn close(&self, code: u16, reason: &str) {
        self.0.closing.set(true);
        if let Some(open) = &*self.0.open.borrow() {
            // Fails only for codes and reasons that RFC 6455 forbids; then the browser's default has to do.
            if open.close_with_code_and_reason(code, reason).is_err() {
                open.close().ok();
            }
        }
    }

    /// Starts closing because the session is over.
    pub(crate) fn close_normally(&self) {
        self.close(NORMAL_CLOSURE, "");
    }

    /// Waits until the channel is dropped and the connection is closed, for a short time.
    pub(crate) async fn closed(&self) {
        within(self.0.closed.clone(), CLOSE_MILLISECONDS).await;
    }

    /// Waits until the server has been silent for too long, and closes the connection then. Before that, it tries another one.
    ///
    /// Counts the seconds in which the event loop ran: not those in which the machine slept, or computed.
    pub(crate) async fn silence(&self) -> Failure {
        let (mut before, mut silent) = (self.moved(), 0);
        while silent < SILENT_SECONDS {
            sleep(1000).await;
            let now = self.moved();
            if now != before {
                (before, silent) = (now, 0);
            } else if self.0.open.borrow().is_some() {
                silent += 1;
            }
            if silent == DOUBTFUL_SECONDS && self.0.session.borrow().is_some() {
                // Once: it does not count on without a connection.
                silent += 1;
                (self.0.give_up.borrow())();
            }
        }
        let error = Error::new(ErrorKind::Timeout, format!("the server was silent for {SILENT_SECONDS} seconds"));
        self.close(error.close_code(), &error.public_reason());
        Failure::new(error.kind(), error.message())
    }

    /// Changes with everything that is sent or received.
    fn moved(&self) -> (u64, u64, u32, u32) {
        let (sent, received) = self.bytes();
        let buffered = self.0.open.borrow().as_ref().map_or(0, WebSocket::buffered_amount);
        (sent, received, self.0.signs.get(), buffered)
    }

    /// The server's name for the session, once it is known.
    pub(crate) fn session_id(&self) -> Option<String> {
        self.0.name.borrow().clone()
    }

    /// The failure, with the session's name in its message: the server's log has that, too.
    pub(crate) fn named(&self, failure: Failure) -> Failure {
        match self.session_id() {
            Some(id) => Failure { message: format!("{} (session {id})", failure.message), ..failure },
            None => failure,
        }
    }

    /// Whether the server is shutting down, and more should be asked of another session.
    pub(crate) fn is_draining(&self) -> bool {
        self.0.draining.get()
    }

    /// Bytes that the session's workers have sent and received so far.
    pub(crate) fn bytes(&self) -> (u64, u64) {
        let tap = self.0.tap.borrow();
        let others = self.0.others.borrow();
        others.iter().fold((tap.sent, tap.received), |sum, other| (sum.0 + other.0, sum.1 + other.1))
    }

    /// What has passed so far.
    pub(crate) fn tap(&self) -> Tap {
        self.0.tap.borrow().clone()
    }

    /// Moves frames both ways until the channel is dropped and the socket is closed.
    async fn pump(&self, mut events: Events, transport: Transport) {
        let Transport { mut outgoing, mut incoming } = transport;
        let send = async {
            while let Some(frame) = outgoing.next().await {
                // What is sent to a closed socket is dropped, not refused: so the session comes to its next receive, which
                // knows the reason.
                while !self.0.over.get() && !self.may_send() {
                    sleep(1).await;
                }
                self.send(frame);
            }
            self.close_normally();
        };
        let receive = async {
            let (code, reason) = loop {
                match events.next().await {
                    Event::Open => {}
                    Event::Notice(notice) => {
                        if let Err(error) = self.hear(notice) {
                            self.close(error.close_code(), &error.public_reason());
                            break (error.close_code(), error.message().to_owned());
                        }
                    }
                    Event::Message(frame) => {
                        let bytes = frame.len();
                        self.0.tap.borrow_mut().count_received(bytes);
                        incoming.send(Incoming::Frame(frame)).await.ok();
                        let due = self.0.ledger.borrow_mut().received(bytes);
                        self.confirm(due);
                    }
                    Event::Closed { code, reason } => break (code, reason),
                    Event::Lost => match self.resume().await {
                        Ok(next) => events = next,
                        Err(ending) => break ending,
                    },
                }
            };
            self.0.over.set(true);
            self.0.open.take();
            incoming.send(Incoming::Closed { code, reason }).await.ok();
            drop(incoming);
            self.tell("closed");
        };
        join(send, receive).await;
    }

    /// Whether another frame may be sent now.
    fn may_send(&self) -> bool {
        // A socket that closed keeps for ever what it had buffered.
        let takes = |open: &WebSocket| open.ready_state() != WebSocket::OPEN || open.buffered_amount() <= SEND_AHEAD;
        self.0.open.borrow().as_ref().is_some_and(takes) && self.0.ledger.borrow().has_room()
    }

    /// Sends a frame, and keeps it until the server has confirmed it.
    fn send(&self, frame: Vec<u8>) {
        if self.0.over.get() {
            return;
        }
        // What is lost now is sent again.
        if let Some(open) = &*self.0.open.borrow() {
            open.send_with_u8_array(&frame).ok();
        }
        self.0.tap.borrow_mut().count_sent(&frame);
        self.0.ledger.borrow_mut().sent(frame);
    }

    fn say(&self, notice: &Notice) {
        if let Some(open) = &*self.0.open.borrow() {
            open.send_with_str(&notice.to_json()).ok();
        }
    }

    /// Tells the server what was received, when that is due.
    fn confirm(&self, due: Due) {
        let now = |socket: &Socket| {
            let frames = socket.0.ledger.borrow_mut().confirm();
            if let Some(frames) = frames {
                socket.say(&Notice::Received { frames });
            }
        };
        match due {
            Due::Now => now(self),
            Due::Soon if !self.0.confirming.replace(true) => {
                let socket = self.clone();
                spawn_local(async move {
                    sleep(CONFIRM_WITHIN.as_millis() as i32).await;
                    socket.0.confirming.set(false);
                    now(&socket);
                });
            }
            Due::Soon | Due::AsBefore => {}
        }
    }

    fn hear(&self, notice: Notice) -> Result<(), Error> {
        self.0.signs.set(self.0.signs.get().wrapping_add(1));
        match notice {
            Notice::Queue { position, seconds } => {
                if let Some(listener) = &self.0.listeners.queue {
                    listener.call1(&JsValue::UNDEFINED, &convert::standing(position, seconds)).ok();
                }
            }
            // The first is the session's.
            Notice::Session { id, secret } if self.0.name.borrow().is_none() && is_name(&id) => {
                self.0.name.replace(Some(id.clone()));
                self.0.session.replace(secret.map(|secret| (id, secret)));
            }
            Notice::Received { frames } => drop(self.0.ledger.borrow_mut().confirmed(frames)?),
            Notice::Draining { .. } => self.0.draining.set(true),
            Notice::Session { .. } | Notice::Resume { .. } | Notice::Resumed { .. } => {}
        }
        Ok(())
    }

    fn tell(&self, connection: &str) {
        if let Some(listener) = &self.0.listeners.connection {
            listener.call1(&JsValue::UNDEFINED, &connection.into()).ok();
        }
    }

    fn use_socket(&self, events: &Events) {
        self.0.open.replace(Some(events.socket.clone()));
        let own = events.own();
        // Nobody listens any more when the session is over.
        *self.0.give_up.borrow_mut() = Box::new(move || {
            own.unbounded_send(Event::Lost).ok();
        });
    }

    /// Goes on over another connection, or says how the session ends.
    async fn resume(&self) -> Result<Events, (u16, String)> {
        let gone = || (ErrorKind::Transport.close_code(), "the connection is gone".to_owned());
        let State { session, closing, attempts, worker, .. } = &*self.0;
        self.0.open.take();
        let known = session.borrow().clone();
        let Some((id, secret)) = known.filter(|_| !closing.get()) else { return Err(gone()) };
        self.tell("lost");
        let (since, mut wait) = (Instant::now(), FIRST_WAIT_MILLISECONDS);
        loop {
            let attempt = attempts.get() + 1;
            attempts.set(attempt);
            let (id, secret, frames) = (id.clone(), secret.clone(), self.position());
            let resume = Notice::Resume { id, secret, frames, attempt, worker: *worker };
            match self.try_to_resume(&resume).await {
                Ok(Some(_)) if closing.get() => {
                    self.close_normally();
                    return Err(gone());
                }
                Ok(Some(events)) => {
                    self.tell("open");
                    return Ok(events);
                }
                Err(ending) => return Err(ending),
                Ok(None) if closing.get() || since.elapsed() + millis(wait) > RESUME_WITHIN => return Err(gone()),
                Ok(None) => sleep(wait).await,
            }
            wait = (2 * wait).min(LONGEST_WAIT_MILLISECONDS);
        }
    }

    /// One try: nothing if there was no connection, an ending if the server does not go on.
    async fn try_to_resume(&self, resume: &Notice) -> Result<Option<Events>, (u16, String)> {
        let Some(mut events) = Events::connect(&format!("{}/resume", self.0.url)) else { return Ok(None) };
        loop {
            match within(events.next(), OPEN_MILLISECONDS).await {
                Some(Event::Open) => drop(events.socket.send_with_str(&resume.to_json()).ok()),
                Some(Event::Notice(Notice::Resumed { frames })) => {
                    let confirmed = self.0.ledger.borrow_mut().confirmed(frames);
                    confirmed.map_err(|error| (error.close_code(), error.message().to_owned()))?;
                    // The notice has told the server of all.
                    self.0.ledger.borrow_mut().confirm();
                    self.use_socket(&events);
                    for frame in self.0.ledger.borrow().kept() {
                        events.socket.send_with_u8_array(frame).ok();
                    }
                    return Ok(Some(events));
                }
                // As where it stands in the server's queue.
                Some(Event::Notice(notice)) => {
                    self.hear(notice).map_err(|error| (error.close_code(), error.message().to_owned()))?;
                }
                Some(Event::Closed { code, reason }) => return Err((code, reason)),
                Some(Event::Message(_)) => {
                    let what = "what the server said does not go on with the session";
                    return Err((ErrorKind::Malformed.close_code(), what.into()));
                }
                Some(Event::Lost) | None => return Ok(None),
            }
        }
    }

    fn position(&self) -> u64 {
        self.0.ledger.borrow().position()
    }
}

/// Whether that can be shown: short, and of letters and digits.
fn is_name(id: &str) -> bool {
    id.len() <= LONGEST_NAME && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn millis(milliseconds: i32) -> Duration {
    Duration::from_millis(milliseconds.unsigned_abs().into())
}

/// What a future yields, or nothing if that takes longer.
async fn within<T>(future: impl Future<Output = T>, milliseconds: i32) -> Option<T> {
    let patience = sleep(milliseconds);
    pin_mut!(future, patience);
    match select(future, patience).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(_) => None,
    }
}

/// Waits so long, or longer in a tab in the background.
pub(crate) async fn sleep(milliseconds: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        set_timeout(&resolve, milliseconds);
    });
    // A timer cannot fail.
    JsFuture::from(promise).await.ok();
}
