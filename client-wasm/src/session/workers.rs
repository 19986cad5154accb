//! A session's further workers, each in a Web Worker with an instance of this module: what goes through the port between them.
//!
//! The first message is an array: what the worker is to do, the server's address, what lets it join. Then there is an array for each
//! letter, and ten times a second one without: the letter or nothing, and the bytes that its worker's connection has sent and received.
//! Whatever else comes is the end. Letters' buffers are moved, and wiped where they arrive.

use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use futures_channel::oneshot;
use futures_util::future::{join, select};
use futures_util::{StreamExt, pin_mut};
use js_sys::{Array, Function, Promise, Uint8Array};
use sotto_mpc::{Letter, Notice, Post, Recruit, Worker};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{MessageEvent, MessagePort};

use crate::failure::{Failure, Kind};
use crate::fatal::guarded;
use crate::session::slices::in_slices;
use crate::session::socket::{Socket, sleep};

/// Time between two looks at the bytes.
const TICK_MILLISECONDS: i32 = 100;

/// Makes the workers that a session waits for, by a function of the page that gives a port to each.
pub(crate) async fn make(called: oneshot::Receiver<Vec<Recruit>>, make: Function, first: Socket) {
    for recruit in called.await.unwrap_or_default() {
        let made = make.call0(&JsValue::UNDEFINED).ok().and_then(|port| port.dyn_into::<MessagePort>().ok());
        // One that does not come, as nobody could tell it where to, is missed when it is to answer.
        let (Some(port), Some(invitation)) = (made, first.invitation(recruit.number)) else { continue };
        let number = recruit.number as usize;
        let (letter, post) = recruit.abroad();
        let port = Port::of(port);
        port.post(&Array::of3(&bytes(&letter), &first.url().into(), &invitation.to_json().into()));
        let first = first.clone();
        spawn_local(async move {
            port.carry(post, move |moved| first.others_moved(number, moved), || (0, 0)).await;
        });
    }
}

/// Works for a session that another Worker has, at the other end of `port`: resolves when that is over. `port` is the first one that the
/// function `makeWorker` of `connect` makes, and comes from there.
#[wasm_bindgen]
pub fn assist(#[wasm_bindgen(unchecked_param_type = "MessagePort")] port: JsValue) -> Promise {
    guarded(async move {
        let wrong = || Failure::new(Kind::Usage, "assist takes the port of a makeWorker");
        let mut port = Port::of(port.dyn_into().map_err(|_| wrong())?);
        let first: Array = port.queue.next().await.and_then(|first| first.dyn_into().ok()).ok_or_else(wrong)?;
        let letter: Uint8Array = first.get(0).dyn_into().map_err(|_| wrong())?;
        let url = first.get(1).as_string().ok_or_else(wrong)?;
        let invitation = first.get(2).as_string().and_then(|text| Notice::from_json(&text)).ok_or_else(wrong)?;
        // Dropped in what follows, the port says that this is the end.
        let (socket, channel) = Socket::join(&url, invitation).await?;
        let (near, far) = Post::pair();
        let mut worker = Worker::recruited(&letter.to_vec(), channel, far)?;
        let work = async move { while let Ok(true) = worker.run().await {} };
        let moved = socket.clone();
        join(in_slices(work), port.carry(near, |_| (), move || moved.bytes())).await;
        socket.closed().await;
        Ok(JsValue::UNDEFINED)
    })
}

/// One end of what two Workers say to each other. Dropped, it says that this is the end.
struct Port {
    port: MessagePort,
    queue: UnboundedReceiver<JsValue>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

impl Port {
    fn of(port: MessagePort) -> Port {
        let (sender, queue) = unbounded();
        let on_message = Closure::new(move |event: MessageEvent| {
            sender.unbounded_send(event.data()).ok();
        });
        port.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Port { port, queue, _on_message: on_message }
    }

    fn post(&self, message: &JsValue) {
        // It can all be copied.
        self.port.post_message(message).ok();
    }

    /// Carries letters between the port and a post, until both ends have no more. `told` hears the other side's bytes, `moved` says this
    /// side's.
    async fn carry(mut self, post: Post, told: impl Fn((u64, u64)), moved: impl Fn() -> (u64, u64)) {
        let Post { outgoing, mut incoming } = post;
        let Port { port, queue, .. } = &mut self;
        let say = |letter: &JsValue, (sent, received): (u64, u64), moves: &Array| {
            let message = Array::of3(letter, &(sent as f64).into(), &(received as f64).into());
            port.post_message_with_transferable(&message, moves).ok();
        };
        let send = async {
            while let Some(letter) = incoming.next().await {
                let letter = bytes(&letter);
                say(&letter, moved(), &Array::of1(&letter.buffer()));
            }
            port.post_message(&JsValue::NULL).ok();
        };
        let hear = async {
            while let Some(Ok(message)) = queue.next().await.map(JsCast::dyn_into::<Array>) {
                told((count(&message.get(1)), count(&message.get(2))));
                if let Ok(letter) = message.get(0).dyn_into::<Uint8Array>() {
                    outgoing.unbounded_send(Letter::new(letter.to_vec())).ok();
                    letter.fill(0, 0, letter.length());
                }
            }
            drop(outgoing);
        };
        let tick = async {
            let mut before = moved();
            loop {
                sleep(TICK_MILLISECONDS).await;
                let now = moved();
                if now != before {
                    say(&JsValue::NULL, now, &Array::new());
                    before = now;
                }
            }
        };
        let both = join(send, hear);
        pin_mut!(both, tick);
        // The ticks never end.
        select(both, tick).await;
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.port.post_message(&JsValue::NULL).ok();
        self.port.set_onmessage(None);
        self.port.close();
    }
}

fn bytes(letter: &[u8]) -> Uint8Array {
    Uint8Array::from(letter)
}

fn count(value: &JsValue) -> u64 {
    value.as_f64().unwrap_or(0.0) as u64
}
