//! The client's halves of the benches. Not in the module that pages load: built with the feature `bench`.

use js_sys::Promise;
use sotto_bench::{CpuSeconds, Error, Op, Record, Spec, model, peer};
use sotto_mpc::{ClientOptions, ErrorKind};
use sotto_nn::Description;
use wasm_bindgen::prelude::*;

use crate::failure::{Failure, SottoError, described};
use crate::fatal::guarded;
use crate::session::socket::{Listeners, Socket};

/// An operation's bench over 32 bits, as JSON: to change and to give to [`bench_op`].
#[wasm_bindgen(js_name = benchSpec)]
pub fn bench_spec(op: &str) -> Result<String, SottoError> {
    let op: Op = serde_json::from_value(op.into()).map_err(unusable)?;
    serde_json::to_string(&Spec::new(op)).map_err(|e| unusable(e).into())
}

/// Runs one protocol with a server that was started with `--bench`, checks every result, and resolves to the record as JSON.
#[wasm_bindgen(js_name = benchOp, unchecked_return_type = "Promise<string>")]
pub fn bench_op(url: String, spec: String) -> Promise {
    guarded(async move {
        let spec = serde_json::from_str(&spec).map_err(unusable)?;
        let (_socket, channel) = Socket::open(&url, Listeners::default()).await?;
        json(&peer::ask(channel, spec).await?)
    })
}

/// Runs so many inferences of a model on its card's samples, compares them with what the card says, and resolves to the record
/// as JSON. `description` is the server's JSON of the model.
#[wasm_bindgen(js_name = benchModel, unchecked_return_type = "Promise<string>")]
pub fn bench_model(url: String, id: String, description: String, n: usize) -> Promise {
    guarded(async move {
        let Description { card, program, .. } = described(&description)?;
        let samples = model::samples(&card, &program).map_err(unusable)?;
        let inputs: Vec<_> = samples.into_iter().cycle().take(n).collect();
        let expected: Vec<_> = card.samples.iter().map(|sample| sample.expected.clone()).cycle().take(n).collect();
        let options = ClientOptions { model: id.clone(), ..ClientOptions::default() };
        let params = options.params;
        let (_socket, channel) = Socket::open(&url, Listeners::default()).await?;
        let done = model::infer(channel, options, &inputs).await?;
        model::check(&id, &done.outputs, &expected)?;
        // The processor's time of either party is unknown here.
        json(&model::record(&id, &program, params, &done, CpuSeconds::default()))
    })
}

fn json(record: &Record) -> Result<JsValue, Failure> {
    serde_json::to_string(record).map(JsValue::from).map_err(unusable)
}

fn unusable(error: impl std::fmt::Display) -> Failure {
    Failure::new(ErrorKind::Input, error.to_string())
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Session(error) => error.into(),
            Error::Spec(message) => Failure::new(ErrorKind::Input, message),
            Error::Mismatch(message) => Failure::new(ErrorKind::Internal, message),
        }
    }
}
