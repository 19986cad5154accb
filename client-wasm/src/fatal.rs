//! Panics. The module is compiled to abort, so a panic traps in the middle of whatever ran, and the promise that it was to settle
//! would stay pending forever. Every promise handed out is therefore raced against one that the panic hook rejects.

use std::cell::OnceCell;
use std::future::Future;
use std::panic::PanicHookInfo;

use js_sys::{Array, Function, Promise};
use sotto_mpc::ErrorKind;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use crate::failure::{Failure, SottoError};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console)]
    fn error(message: &str);
}

struct Fatal {
    promise: Promise,
    reject: Function,
}

thread_local! {
    static FATAL: OnceCell<Fatal> = const { OnceCell::new() };
}

/// Installs the hook.
pub(crate) fn install() {
    let mut reject = None;
    let promise = Promise::new(&mut |_, f| reject = Some(f));
    let Some(reject) = reject else { return };
    FATAL.with(|fatal| fatal.set(Fatal { promise, reject }).ok());
    std::panic::set_hook(Box::new(report));
}

/// Reports where a panic happened, and not its message: an assertion's would show the values that it compared.
fn report(info: &PanicHookInfo<'_>) {
    let place = info.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
    let message = format!("the client failed{place}; load it again");
    error(&message);
    FATAL.with(|fatal| {
        let Some(fatal) = fatal.get() else { return };
        let reason = SottoError::from(Failure::new(ErrorKind::Internal, message));
        fatal.reject.call1(&JsValue::UNDEFINED, &reason).ok();
    });
}

/// A promise for a future that also settles when the module panics.
pub(crate) fn guarded(future: impl Future<Output = Result<JsValue, Failure>> + 'static) -> Promise {
    let outcome = future_to_promise(async { future.await.map_err(|failure| SottoError::from(failure).into()) });
    FATAL.with(|fatal| match fatal.get() {
        Some(fatal) => Promise::race(&Array::of2(&fatal.promise, &outcome)),
        None => outcome,
    })
}
