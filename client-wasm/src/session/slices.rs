//! Computing in slices, so that the event loop gets its turns: a page can call `close()`, and timers and progress go on, while a
//! protocol computes for seconds.

use std::future::{Future, poll_fn};
use std::task::ready;
use std::time::Duration;

use futures_channel::oneshot;
use futures_util::future::FutureExt;
use futures_util::pin_mut;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageChannel, MessageEvent};
use web_time::Instant;

/// How long is computed before the event loop gets a turn, as soon as the computation comes to a point where it can rest. Short
/// beside the tenth of a second that people notice, long beside a turn.
const SLICE: Duration = Duration::from_millis(50);

/// Runs `work`. A task that is woken at once would go on without a turn of the event loop: that is what happens at a full queue of
/// frames, or a received frame of many.
pub(crate) async fn in_slices<T>(work: impl Future<Output = T>) -> T {
    pin_mut!(work);
    let mut computed = Duration::ZERO;
    let mut turn: Option<Turn> = None;
    poll_fn(move |context| {
        if computed >= SLICE {
            ready!(turn.get_or_insert_with(Turn::request).done.poll_unpin(context)).ok();
            (turn, computed) = (None, Duration::ZERO);
        }
        let start = Instant::now();
        let polled = work.as_mut().poll(context);
        computed += start.elapsed();
        polled
    })
    .await
}

/// A turn of the event loop: a message that a port sends to itself. Timers would wait longer, in a tab in the background a second.
struct Turn {
    channel: MessageChannel,
    done: oneshot::Receiver<()>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

impl Turn {
    fn request() -> Turn {
        // Every environment with a WebSocket has message channels.
        let channel = MessageChannel::new().expect("a message channel");
        let (sender, done) = oneshot::channel();
        let mut sender = Some(sender);
        let on_message = Closure::new(move |_| {
            if let Some(sender) = sender.take() {
                sender.send(()).ok();
            }
        });
        channel.port1().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        channel.port2().post_message(&JsValue::NULL).ok();
        Turn { channel, done, _on_message: on_message }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.channel.port1().set_onmessage(None);
        self.channel.port1().close();
    }
}
