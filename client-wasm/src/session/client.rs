//! The `Client` class: one session with one model.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use futures_channel::oneshot;
use futures_util::future::{Either, FutureExt, Shared, select};
use futures_util::lock::Mutex;
use futures_util::pin_mut;
use js_sys::{BigInt64Array, Float64Array, Function, Promise};
use sotto_mpc::{ClientOptions, ErrorKind, MAX_PREPARED, Stats, Ticket};
use sotto_nn::card::revealed;
use sotto_nn::{Description, Program};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
#[cfg(feature = "workers")]
use wasm_bindgen_futures::spawn_local;
use zeroize::Zeroizing;

use crate::abort::Abort;
use crate::arguments::{self, argument};
use crate::failure::{Failure, Kind, SottoError, described};
use crate::fatal::guarded;
use crate::session::convert;
use crate::session::meter::Meter;
use crate::session::options::params;
use crate::session::slices::in_slices;
use crate::session::socket::{Listeners, Socket};
use crate::session::types::{CallOptions, ConnectOptions};
#[cfg(feature = "workers")]
use crate::session::workers;

/// A private session with one model of a server.
///
/// Calls queue up: each waits for those before it. A session is over after an error of any kind but `input`, `usage` and `damaged`.
#[wasm_bindgen]
pub struct Client {
    inner: Rc<Inner>,
}

struct Inner {
    /// The protocol's side; `None` when the session is over.
    session: Mutex<Option<sotto_mpc::Client>>,
    socket: Socket,
    meter: Option<Rc<Meter>>,
    program: Arc<Program>,
    description: Option<Arc<Description>>,
    /// Copies of the session's counters, readable while it works.
    prepared: Cell<usize>,
    stats: RefCell<Stats>,
    /// Dropping the sender interrupts what runs.
    running: RefCell<Option<oneshot::Sender<()>>>,
    interrupted: Shared<oneshot::Receiver<()>>,
}

#[wasm_bindgen]
impl Client {
    /// Opens a WebSocket to `url` and a session with `options.model` on it.
    #[wasm_bindgen(unchecked_return_type = "Promise<Client>")]
    pub fn connect(
        #[wasm_bindgen(unchecked_param_type = "string | URL")] url: JsValue,
        #[wasm_bindgen(unchecked_param_type = "ConnectOptions")] options: JsValue,
    ) -> Promise {
        guarded(async move {
            let url = argument("the server's address", &url, arguments::address)?;
            let options = ConnectOptions::read(&options)?;
            let params = params(&options)?;
            let model =
                options.model.ok_or_else(|| Failure::new(Kind::Usage, "options.model of connect is missing"))?;
            let description = options.description.map(|json| described(&json).map(Arc::new)).transpose()?;
            let default = ClientOptions::default();
            let max_bytes = options.maxBytes.unwrap_or(default.max_bytes);
            let ticket = options.ticket.map(|text| Ticket::new(&Zeroizing::new(text)));
            let listeners = Listeners { queue: options.onQueue, connection: options.onConnection };
            let make = options.makeWorker.filter(|_| cfg!(feature = "workers") && params.workers > 1);
            let (progress, abort) = (options.onProgress, Abort::by(options.signal));
            let options = ClientOptions { model, description, params, max_bytes, ticket, ..default };
            let inner = Inner::connect(&url, options, make, progress, listeners, &abort).await?;
            Ok(JsValue::from(Client { inner: Rc::new(inner) }))
        })
    }

    /// Prepares one more inference, of which a server keeps `limits().prepared`. Needs no input: run it while the person is still typing.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn preprocess(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "CallOptions")] options: JsValue,
    ) -> Promise {
        let inner = self.inner.clone();
        guarded(async move {
            let abort = Abort::by(CallOptions::read(&options)?.signal);
            inner.run(&abort, has_room, async |session| session.preprocess().await).await?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Inferences that are prepared.
    #[wasm_bindgen(getter)]
    pub fn prepared(&self) -> usize {
        self.inner.prepared.get()
    }

    /// The server's name for the session, which its log has, too; it opens nothing. `undefined` where a server has said none.
    #[wasm_bindgen(getter, js_name = sessionId)]
    pub fn session_id(&self) -> Option<String> {
        self.inner.socket.session_id()
    }

    /// Whether the server is shutting down: what is prepared can still be used, and another session is needed for more.
    #[wasm_bindgen(getter)]
    pub fn draining(&self) -> bool {
        self.inner.socket.is_draining()
    }

    /// Runs one inference on raw values (`Float64Array`) or on the fixed-point input (`BigInt64Array`); prepares it first when
    /// nothing is prepared.
    #[wasm_bindgen(unchecked_return_type = "Promise<InferenceResult>")]
    pub fn infer(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Float64Array | BigInt64Array")] values: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "CallOptions")] options: JsValue,
    ) -> Promise {
        let inner = self.inner.clone();
        guarded(async move {
            let abort = Abort::by(CallOptions::read(&options)?.signal);
            let input = inner.input(&values)?;
            let inference = inner.run(&abort, |_| Ok(()), async |session| session.infer(&input).await).await?;
            let described = inner.description.as_deref();
            let prediction = described.and_then(|d| d.card.scores(&d.program, &inference.output));
            let digest = described.map(|d| d.digest);
            Ok(convert::inference(&inference, &input, prediction, digest, &inner.stats.borrow()))
        })
    }

    /// What the plain computation reveals for the card's sample of this index, in the form of a result's `output`; `undefined`
    /// without a `description`, or such a sample.
    #[wasm_bindgen(js_name = expectedOutput)]
    pub fn expected_output(
        &self,
        #[wasm_bindgen(unchecked_param_type = "number")] sample: JsValue,
    ) -> Result<Option<BigInt64Array>, SottoError> {
        let sample = usize::try_from(argument("the sample's index", &sample, arguments::count)?).ok();
        let Some(described) = self.inner.description.as_deref() else { return Ok(None) };
        let sample = sample.and_then(|sample| described.card.samples.get(sample));
        Ok(sample.map(|sample| BigInt64Array::from(&revealed(&described.program, &sample.expected)[..])))
    }

    /// The program that the server announced, as JSON.
    #[wasm_bindgen(getter, js_name = programJson)]
    pub fn program_json(&self) -> String {
        // Programs consist of numbers and strings, which JSON always holds.
        serde_json::to_string(&*self.inner.program).unwrap_or_default()
    }

    /// Digest of the card and program that this session is about, in hexadecimal; `undefined` without a `description`.
    #[wasm_bindgen(getter)]
    pub fn digest(&self) -> Option<String> {
        self.inner.description.as_ref().map(|d| d.digest.to_string())
    }

    /// The session's statistics after the last completed call.
    #[wasm_bindgen(unchecked_return_type = "Stats")]
    pub fn stats(&self) -> JsValue {
        convert::stats(&self.inner.stats.borrow())
    }

    /// What has gone through the WebSocket so far.
    #[wasm_bindgen(unchecked_return_type = "Traffic")]
    pub fn traffic(&self) -> JsValue {
        convert::tap(&self.inner.socket.tap())
    }

    /// Ends the session and resolves to its statistics when the connection is closed. A call that is still running rejects with kind `closed`.
    #[wasm_bindgen(unchecked_return_type = "Promise<Stats>")]
    pub fn close(&self) -> Promise {
        let inner = self.inner.clone();
        guarded(async move {
            inner.close().await?;
            Ok(convert::stats(&inner.stats.borrow()))
        })
    }
}

/// `free()` and the garbage collector end the session too.
impl Drop for Client {
    fn drop(&mut self) {
        self.inner.interrupt();
    }
}

/// Whether one more may be prepared: a server ends a session that asks for too many.
fn has_room(session: &sotto_mpc::Client) -> Result<(), Failure> {
    if session.prepared() < MAX_PREPARED {
        return Ok(());
    }
    Err(Failure::new(
        Kind::Usage,
        format!("{MAX_PREPARED} inferences are prepared, and a server keeps no more of a session"),
    ))
}

/// The fixed-point input of a model for raw values.
pub(crate) fn quantise(described: &Description, values: &[f64]) -> Result<Vec<i64>, Failure> {
    let input = described.card.quantise(&described.program, values);
    input.map_err(|error| Failure::new(ErrorKind::Input, error.to_string()))
}

impl Inner {
    async fn connect(
        url: &str,
        mut options: ClientOptions,
        make: Option<Function>,
        progress: Option<Function>,
        listeners: Listeners,
        abort: &Abort,
    ) -> Result<Inner, Failure> {
        let (socket, channel) = abort.or(Socket::open(url, listeners)).await??;
        let description = options.description.clone();
        let meter = progress.map(|listener| Meter::new(listener, socket.clone()));
        #[cfg(feature = "workers")]
        if let Some(make) = make {
            let (recruits, called) = oneshot::channel();
            options.recruits = Some(recruits);
            spawn_local(workers::make(called, make, socket.clone()));
        }
        options.observer = meter.as_ref().map(Meter::observer);
        let connected = {
            let connect = in_slices(sotto_mpc::Client::connect(channel, options));
            let silence = socket.silence();
            pin_mut!(connect, silence);
            match abort.or(select(connect, silence)).await {
                Ok(Either::Left((connected, _))) => connected,
                Ok(Either::Right((silent, _))) => return Err(socket.named(silent)),
                Err(aborted) => {
                    socket.close_normally();
                    return Err(socket.named(aborted));
                }
            }
        };
        let session = match connected {
            Ok(session) => session,
            Err(error) => {
                socket.close(error.close_code(), &error.public_reason());
                return Err(socket.named(error.into()));
            }
        };
        let (running, interrupted) = oneshot::channel();
        let program = Arc::new(session.program().clone());
        if let Some(meter) = &meter {
            meter.plan_for(program.clone(), session.params());
        }
        Ok(Inner {
            program,
            stats: RefCell::new(session.stats().clone()),
            session: Mutex::new(Some(session)),
            socket,
            meter,
            description,
            prepared: Cell::new(0),
            running: RefCell::new(Some(running)),
            interrupted: interrupted.shared(),
        })
    }

    /// Runs one call on the session, once it may be made. A failure ends the session, as do [`Inner::interrupt`] and a caller who gives
    /// the call up; but not a call that may not be made, a wrong input, nor a damaged result, which the server must not learn of.
    async fn run<T>(
        &self,
        abort: &Abort,
        may: impl FnOnce(&sotto_mpc::Client) -> Result<(), Failure>,
        call: impl AsyncFnOnce(&mut sotto_mpc::Client) -> sotto_mpc::Result<T>,
    ) -> Result<T, Failure> {
        let mut slot = abort.or(self.session.lock()).await?;
        may(slot.as_ref().ok_or_else(Failure::over)?)?;
        // Out of the slot while it works: when this future is dropped, the half-done session goes with it.
        let mut session = slot.take().ok_or_else(Failure::over)?;
        let outcome = {
            let (work, silence) = (in_slices(call(&mut session)), self.silence());
            pin_mut!(work, silence);
            match abort.or(select(work, select(self.interrupted.clone(), silence))).await {
                Ok(Either::Left((outcome, _))) => outcome,
                Ok(Either::Right((Either::Left(_), _))) => return Err(Failure::over()),
                Ok(Either::Right((Either::Right((silent, _)), _))) => {
                    self.prepared.set(0);
                    return Err(self.socket.named(silent));
                }
                Err(aborted) => {
                    self.interrupt();
                    return Err(self.socket.named(aborted));
                }
            }
        };
        self.prepared.set(session.prepared());
        self.stats.replace(session.stats().clone());
        match outcome {
            Ok(value) => {
                *slot = Some(session);
                Ok(value)
            }
            Err(error) => {
                if error.kind() == ErrorKind::Input {
                    *slot = Some(session);
                    return Err(error.into());
                }
                if error.kind() == ErrorKind::Damaged {
                    *slot = Some(session);
                } else {
                    self.prepared.set(0);
                    self.socket.close(error.close_code(), &error.public_reason());
                }
                Err(self.socket.named(error.into()))
            }
        }
    }

    /// As [`Socket::silence`]; meanwhile the listener hears how far the bytes are.
    async fn silence(&self) -> Failure {
        let silence = self.socket.silence();
        let Some(meter) = &self.meter else { return silence.await };
        let ticking = meter.ticking();
        pin_mut!(silence, ticking);
        match select(silence, ticking).await {
            Either::Left((silent, _)) => silent,
            Either::Right((never, _)) => match never {},
        }
    }

    /// The program's input for raw or fixed-point values.
    fn input(&self, values: &JsValue) -> Result<Vec<i64>, Failure> {
        if let Some(quantised) = values.dyn_ref::<BigInt64Array>() {
            return Ok(quantised.to_vec());
        }
        let wrong = "infer takes a Float64Array of raw values or a BigInt64Array of fixed-point ones";
        let raw = values.dyn_ref::<Float64Array>().ok_or_else(|| Failure::new(Kind::Usage, wrong))?;
        let missing = "raw values need the model's description in the options of connect";
        let description = self.description.as_ref().ok_or_else(|| Failure::new(Kind::Usage, missing))?;
        quantise(description, &raw.to_vec())
    }

    /// Ends the session: in order when it is idle, at once when it works. Waits a little for the server to close too.
    async fn close(&self) -> Result<(), Failure> {
        let idle = self.session.try_lock().and_then(|mut slot| slot.take());
        match idle {
            Some(session) => {
                self.prepared.set(0);
                // Whoever ends the session now leaves the socket to the pump, which has the command still to send.
                self.running.borrow_mut().take();
                self.stats.replace(session.close().await?);
            }
            None => self.interrupt(),
        }
        self.socket.closed().await;
        Ok(())
    }

    /// Makes what runs and what waits fail, and closes the socket unless that has been seen to.
    fn interrupt(&self) {
        self.prepared.set(0);
        if self.running.borrow_mut().take().is_some() {
            self.socket.close_normally();
        }
    }
}
