//! `AbortSignal`: a call that its caller gives up.

use std::future::Future;

use futures_channel::oneshot;
use futures_util::future::{Either, FutureExt, Shared, select};
use futures_util::pin_mut;
use js_sys::Reflect;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::*;

use crate::failure::{Failure, Kind};

#[wasm_bindgen]
extern "C" {
    #[derive(Clone)]
    pub(crate) type AbortSignal;

    #[wasm_bindgen(method, getter)]
    fn aborted(this: &AbortSignal) -> bool;

    #[wasm_bindgen(method, getter)]
    fn reason(this: &AbortSignal) -> JsValue;

    #[wasm_bindgen(method, js_name = addEventListener)]
    fn add_event_listener(this: &AbortSignal, event: &str, listener: &js_sys::Function);

    #[wasm_bindgen(method, js_name = removeEventListener)]
    fn remove_event_listener(this: &AbortSignal, event: &str, listener: &js_sys::Function);
}

/// The value as a signal, by what is used of one: one of another realm is no instance of this realm's class.
pub(crate) fn signal(value: &JsValue) -> Option<AbortSignal> {
    let member = |name: &str| Reflect::get(value, &name.into()).unwrap_or_default();
    let is_signal = value.is_object()
        && member("aborted").as_bool().is_some()
        && ["addEventListener", "removeEventListener"].iter().all(|name| member(name).is_function());
    is_signal.then(|| value.clone().unchecked_into())
}

/// Listens to the signal of one call, if it has one, as long as it lives.
pub(crate) struct Abort {
    signal: Option<AbortSignal>,
    heard: Shared<oneshot::Receiver<()>>,
    listener: Closure<dyn FnMut()>,
}

impl Abort {
    pub(crate) fn by(signal: Option<AbortSignal>) -> Abort {
        let (sender, heard) = oneshot::channel();
        let mut sender = Some(sender);
        let listener = Closure::new(move || drop(sender.take()));
        if let Some(signal) = &signal {
            signal.add_event_listener("abort", listener.as_ref().unchecked_ref());
        }
        Abort { signal, heard: heard.shared(), listener }
    }

    /// What the work yields, or the failure if the caller gives it up before.
    pub(crate) async fn or<T>(&self, work: impl Future<Output = T>) -> Result<T, Failure> {
        if let Some(failure) = self.failure() {
            return Err(failure);
        }
        pin_mut!(work);
        match select(work, self.heard.clone()).await {
            Either::Left((value, _)) => Ok(value),
            Either::Right(_) => Err(self.failure().unwrap_or_else(|| Failure::new(Kind::Aborted, ABORTED))),
        }
    }

    fn failure(&self) -> Option<Failure> {
        let signal = self.signal.as_ref().filter(|signal| signal.aborted())?;
        Some(Failure { cause: Some(signal.reason()), ..Failure::new(Kind::Aborted, ABORTED) })
    }
}

const ABORTED: &str = "the caller gave it up";

impl Drop for Abort {
    fn drop(&mut self) {
        if let Some(signal) = &self.signal {
            signal.remove_event_listener("abort", self.listener.as_ref().unchecked_ref());
        }
    }
}
