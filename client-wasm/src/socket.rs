//! The WebSocket under a session: opening it, pumping frames between it and the protocol's channel, closing it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_channel::oneshot;
use futures_util::future::{Either, FutureExt, Shared, join, select};
use futures_util::{SinkExt, StreamExt, pin_mut};
use js_sys::{ArrayBuffer, Function, Promise, Uint8Array};
use sotto_mpc::{Channel, Error, ErrorKind, Incoming, MAX_NOTICE, Notice, Transport};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

use crate::convert;
use crate::failure::Failure;
use crate::tap::Tap;

/// Sending pauses while the browser holds more than this many bytes that the network has not taken.
const SEND_AHEAD: u32 = 4 << 20;
/// A server that sends this far ahead of the protocol is misbehaving: browsers cannot hold a WebSocket's peer back.
const RECEIVE_AHEAD: usize = 256 << 20;
/// How long opening may take.
const OPEN_MILLISECONDS: i32 = 15_000;
/// A call fails when nothing has moved either way for so long. On a slow link, what the network has buffered counts as moved:
/// this is what a megabit per second takes for 7 MB.
const SILENT_SECONDS: u32 = 60;
/// How long the server may take to answer a close.
const CLOSE_MILLISECONDS: i32 = 2_000;

const NORMAL_CLOSURE: u16 = 1000;
/// What the browser reports when the connection broke without a close frame.
const ABNORMAL_CLOSURE: u16 = 1006;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, milliseconds: i32) -> JsValue;
}

/// What the browser reports.
enum Event {
    Open,
    Message(Vec<u8>),
    Notice(Notice),
    Closed { code: u16, reason: String },
}

/// An open connection.
#[derive(Clone)]
pub(crate) struct Socket {
    inner: WebSocket,
    tap: Rc<RefCell<Tap>>,
    /// Notices that were heard.
    notices: Rc<Cell<u32>>,
    on_queue: Option<Function>,
    /// Resolves when the pump has ended.
    closed: Shared<oneshot::Receiver<()>>,
}

impl Socket {
    /// Connects to `url` and pumps frames until the returned channel is dropped. `on_queue` hears where in the
    /// server's queue it stands.
    pub(crate) async fn open(url: &str, on_queue: Option<Function>) -> Result<(Socket, Channel), Failure> {
        let unusable = |_| Failure::new(ErrorKind::Transport, format!("{url} is not a usable WebSocket address"));
        let inner = WebSocket::new(url).map_err(unusable)?;
        inner.set_binary_type(BinaryType::Arraybuffer);
        let mut events = Events::listen(&inner);
        let (pumping, closed) = oneshot::channel();
        let tap = Rc::new(RefCell::new(Tap::new()));
        let socket = Socket { inner, tap, notices: Rc::default(), on_queue, closed: closed.shared() };
        let opened = {
            let (first, patience) = (events.queue.next(), sleep(OPEN_MILLISECONDS));
            pin_mut!(first, patience);
            match select(first, patience).await {
                Either::Left((event, _)) => event,
                Either::Right(_) => None,
            }
        };
        match opened {
            Some(Event::Open) => {}
            Some(Event::Closed { code, reason }) if code != ABNORMAL_CLOSURE => {
                return Err(Error::from_close(code, &reason).into());
            }
            _ => {
                socket.close(NORMAL_CLOSURE, "");
                return Err(Failure::new(ErrorKind::Transport, format!("cannot connect to {url}")));
            }
        }
        let (channel, transport) = Channel::new();
        spawn_local({
            let socket = socket.clone();
            async move {
                pump(socket, events, transport).await;
                drop(pumping);
            }
        });
        Ok((socket, channel))
    }

    /// Starts closing, with a code and a reason of at most 123 bytes for the server. Does nothing when already closing.
    pub(crate) fn close(&self, code: u16, reason: &str) {
        // Fails only for codes and reasons that RFC 6455 forbids; then the browser's default has to do.
        if self.inner.close_with_code_and_reason(code, reason).is_err() {
            self.inner.close().ok();
        }
    }

    /// Starts closing because the session is over.
    pub(crate) fn close_normally(&self) {
        self.close(NORMAL_CLOSURE, "");
    }

    /// Waits until the channel is dropped and the connection is closed, for a short time.
    pub(crate) async fn closed(&self) {
        let patience = sleep(CLOSE_MILLISECONDS);
        pin_mut!(patience);
        select(self.closed.clone(), patience).await;
    }

    /// Waits until the server has been silent for too long, and closes the connection then.
    ///
    /// Counts the seconds in which the event loop ran: not those in which the machine slept, or computed.
    pub(crate) async fn silence(&self) -> Failure {
        let (mut before, mut silent) = (self.moved(), 0);
        while silent < SILENT_SECONDS {
            sleep(1000).await;
            let now = self.moved();
            silent = if now == before { silent + 1 } else { 0 };
            before = now;
        }
        let error = Error::new(ErrorKind::Timeout, format!("the server was silent for {SILENT_SECONDS} seconds"));
        self.close(error.close_code(), &error.public_reason());
        Failure::new(error.kind(), error.message())
    }

    /// Changes with everything that is sent or received.
    fn moved(&self) -> (u64, u64, u32, u32) {
        let tap = self.tap.borrow();
        (tap.frames_sent, tap.frames_received, self.notices.get(), self.inner.buffered_amount())
    }

    fn hear(&self, notice: Notice) {
        self.notices.set(self.notices.get().wrapping_add(1));
        let Notice::Queue { position, seconds } = notice else { return };
        if let Some(listener) = &self.on_queue {
            // A listener that throws is the page's concern, not the protocol's.
            listener.call1(&JsValue::UNDEFINED, &convert::standing(position, seconds)).ok();
        }
    }

    fn is_open(&self) -> bool {
        self.inner.ready_state() == WebSocket::OPEN
    }

    /// Bytes sent and received so far.
    pub(crate) fn bytes(&self) -> (u64, u64) {
        let tap = self.tap.borrow();
        (tap.sent, tap.received)
    }

    /// What has passed so far.
    pub(crate) fn tap(&self) -> Tap {
        self.tap.borrow().clone()
    }
}

/// The browser's events of one WebSocket, in order. Stops listening when dropped.
struct Events {
    socket: WebSocket,
    queue: UnboundedReceiver<Event>,
    /// Bytes in the queue.
    waiting: Rc<Cell<usize>>,
    _on_open: Closure<dyn FnMut()>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

impl Events {
    fn listen(socket: &WebSocket) -> Events {
        let (sender, queue) = unbounded();
        let waiting = Rc::new(Cell::new(0));
        let on_open = Closure::new({
            let sender = sender.clone();
            move || put(&sender, Event::Open)
        });
        let on_message = Closure::new({
            let (sender, waiting, socket) = (sender.clone(), waiting.clone(), socket.clone());
            move |event: MessageEvent| receive(&event, &sender, &waiting, &socket)
        });
        let on_close = Closure::new(move |event: CloseEvent| {
            put(&sender, Event::Closed { code: event.code(), reason: event.reason() });
        });
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        let socket = socket.clone();
        Events { socket, queue, waiting, _on_open: on_open, _on_message: on_message, _on_close: on_close }
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
    }
}

fn put(sender: &UnboundedSender<Event>, event: Event) {
    // Nobody listens any more when the session is over.
    sender.unbounded_send(event).ok();
}

fn receive(event: &MessageEvent, sender: &UnboundedSender<Event>, waiting: &Cell<usize>, socket: &WebSocket) {
    let refuse = |what: &str| {
        socket.close_with_code_and_reason(ErrorKind::Malformed.close_code(), what).ok();
        put(sender, Event::Closed { code: ErrorKind::Malformed.close_code(), reason: what.into() });
    };
    match event.data().dyn_into::<ArrayBuffer>() {
        Err(text) => match text.as_string() {
            Some(text) if text.len() <= MAX_NOTICE => {
                if let Some(notice) = Notice::from_json(&text) {
                    put(sender, Event::Notice(notice));
                }
            }
            _ => refuse("a notice is too long"),
        },
        Ok(data) if waiting.get() + data.byte_length() as usize > RECEIVE_AHEAD => refuse("too much at once"),
        Ok(data) => {
            waiting.set(waiting.get() + data.byte_length() as usize);
            put(sender, Event::Message(Uint8Array::new(&data).to_vec()));
        }
    }
}

/// Moves frames both ways until the channel is dropped and the socket is closed.
async fn pump(socket: Socket, events: Events, transport: Transport) {
    let Transport { mut outgoing, mut incoming } = transport;
    let send = async {
        while let Some(frame) = outgoing.next().await {
            // A socket that closed keeps for ever what it had buffered.
            while socket.is_open() && socket.inner.buffered_amount() > SEND_AHEAD {
                sleep(1).await;
            }
            // What is sent to a closed socket is dropped, not refused: so the session comes to its next receive, which knows
            // the reason.
            if socket.is_open() && socket.inner.send_with_u8_array(&frame).is_ok() {
                socket.tap.borrow_mut().count_sent(&frame);
            }
        }
        socket.close_normally();
    };
    let receive = async {
        let mut events = events;
        while let Some(event) = events.queue.next().await {
            match event {
                Event::Open => {}
                Event::Notice(notice) => socket.hear(notice),
                Event::Message(frame) => {
                    events.waiting.set(events.waiting.get() - frame.len());
                    socket.tap.borrow_mut().count_received(frame.len());
                    incoming.send(Incoming::Frame(frame)).await.ok();
                }
                Event::Closed { code, reason } => {
                    incoming.send(Incoming::Closed { code, reason }).await.ok();
                    break;
                }
            }
        }
        drop(incoming);
    };
    join(send, receive).await;
}

/// Waits so long, or longer in a tab in the background.
pub(crate) async fn sleep(milliseconds: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        set_timeout(&resolve, milliseconds);
    });
    // A timer cannot fail.
    JsFuture::from(promise).await.ok();
}
