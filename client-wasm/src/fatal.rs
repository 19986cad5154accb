//! Panics. The module is compiled to abort, so a panic traps in the middle of whatever ran, and the promise that it was to settle
//! would stay pending forever. The panic hook therefore rejects every promise that is still open, and so are later ones.

use std::cell::{OnceCell, RefCell};
use std::future::Future;
use std::panic::PanicHookInfo;

use js_sys::{Function, Promise};
use sotto_mpc::ErrorKind;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::failure::{Failure, SottoError};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console)]
    fn error(message: &str);
}

/// Calls that have not settled: how to reject them.
#[derive(Default)]
struct Calls {
    made: u64,
    open: Vec<(u64, Function)>,
}

thread_local! {
    static CALLS: RefCell<Calls> = RefCell::default();
    /// Why the module is of no use any more.
    static REASON: OnceCell<JsValue> = const { OnceCell::new() };
}

/// Installs the hook.
pub(crate) fn install() {
    std::panic::set_hook(Box::new(report));
}

/// Reports where a panic happened, and not its message: an assertion's would show the values that it compared.
fn report(info: &PanicHookInfo<'_>) {
    let place = info.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
    let message = format!("the client failed{place}; load it again");
    error(&message);
    let reason = JsValue::from(SottoError::from(Failure::new(ErrorKind::Internal, message)));
    let open = CALLS.with(|calls| calls.try_borrow_mut().map(|mut calls| std::mem::take(&mut calls.open)));
    for (_, reject) in &open.unwrap_or_default() {
        settle(reject, &reason);
    }
    REASON.with(|first| first.set(reason).ok());
}

/// A promise for a future that also settles when the module panics.
pub(crate) fn guarded(future: impl Future<Output = Result<JsValue, Failure>> + 'static) -> Promise {
    if let Some(reason) = REASON.with(|reason| reason.get().cloned()) {
        return Promise::reject(&reason);
    }
    let mut ends = None;
    let promise = Promise::new(&mut |resolve, reject| ends = Some((resolve, reject)));
    // `Promise` calls what it is given at once.
    let Some((resolve, reject)) = ends else { return promise };
    let call = CALLS.with_borrow_mut(|calls| {
        calls.made += 1;
        calls.open.push((calls.made, reject.clone()));
        calls.made
    });
    spawn_local(async move {
        let outcome = future.await;
        CALLS.with_borrow_mut(|calls| calls.open.retain(|(open, _)| *open != call));
        match outcome {
            Ok(value) => settle(&resolve, &value),
            Err(failure) => settle(&reject, &SottoError::from(failure)),
        }
    });
    promise
}

/// Calls one of a promise's two functions.
fn settle(end: &Function, with: &JsValue) {
    // They never throw.
    end.call1(&JsValue::UNDEFINED, with).ok();
}
