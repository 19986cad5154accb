//! The browser's events of a WebSocket, as a queue.

use std::cell::Cell;
use std::rc::Rc;

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::StreamExt;
use js_sys::{ArrayBuffer, Uint8Array};
use sotto_mpc::{ErrorKind, GIVEN_UP, MAX_NOTICE, Notice};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

/// A server that sends this far ahead of the protocol is misbehaving: browsers cannot hold a WebSocket's peer back.
const RECEIVE_AHEAD: usize = 256 << 20;

/// What the browser reports.
pub(crate) enum Event {
    Open,
    Message(Vec<u8>),
    Notice(Notice),
    /// The server's Close frame.
    Closed {
        code: u16,
        reason: String,
    },
    /// The connection broke, or there was none.
    Lost,
}

/// The events of one WebSocket, in order. Stops listening when dropped.
pub(crate) struct Events {
    pub(crate) socket: WebSocket,
    queue: UnboundedReceiver<Event>,
    /// For events that are not the browser's.
    own: UnboundedSender<Event>,
    /// Bytes in the queue.
    waiting: Rc<Cell<usize>>,
    _on_open: Closure<dyn FnMut()>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

impl Events {
    /// A WebSocket that opens; none for an address that is unusable.
    pub(crate) fn connect(url: &str) -> Option<Events> {
        let socket = WebSocket::new(url).ok()?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let (own, queue) = unbounded();
        let waiting = Rc::new(Cell::new(0));
        let on_open = Closure::new({
            let own = own.clone();
            move || put(&own, Event::Open)
        });
        let on_message = Closure::new({
            let (own, waiting, socket) = (own.clone(), waiting.clone(), socket.clone());
            move |event: MessageEvent| receive(&event, &own, &waiting, &socket)
        });
        let on_close = Closure::new({
            let own = own.clone();
            move |event: CloseEvent| {
                // Without both sides' Close frames the code is the browser's own.
                let clean = event.was_clean();
                put(
                    &own,
                    if clean { Event::Closed { code: event.code(), reason: event.reason() } } else { Event::Lost },
                );
            }
        });
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Some(Events { socket, queue, own, waiting, _on_open: on_open, _on_message: on_message, _on_close: on_close })
    }

    /// The next event.
    pub(crate) async fn next(&mut self) -> Event {
        // There is a sender as long as this is.
        let event = self.queue.next().await.unwrap_or(Event::Lost);
        if let Event::Message(frame) = &event {
            self.waiting.set(self.waiting.get() - frame.len());
        }
        event
    }

    /// Where to put an event behind those of the browser.
    pub(crate) fn own(&self) -> UnboundedSender<Event> {
        self.own.clone()
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // Whoever lost it, or gave up on it, has no more use for it; the session is another matter.
        self.socket.close_with_code_and_reason(GIVEN_UP, "").ok();
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
