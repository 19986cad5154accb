//! The session's module: the client, and what a page needs of a model to run it.

mod client;
mod convert;
mod events;
mod meter;
mod options;
mod slices;
pub(crate) mod socket;
mod tap;
mod types;
#[cfg(feature = "workers")]
mod workers;

use js_sys::BigInt64Array;
use sotto_mpc::{ClientOptions, MAX_PREPARED, MAX_TICKET, RESUME_WITHIN};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;

use crate::arguments::{self, argument, described_by};
use crate::declare::number;
use crate::failure::SottoError;
pub use client::Client;
use socket::{OPEN_MILLISECONDS, SILENT_SECONDS};
#[cfg(feature = "workers")]
pub use workers::assist;

/// The fixed-point input for raw values in the order of the card's fields. `description` is the server's JSON of the model.
#[wasm_bindgen]
pub fn quantise(
    #[wasm_bindgen(unchecked_param_type = "string")] description: JsValue,
    #[wasm_bindgen(unchecked_param_type = "Float64Array | readonly number[]")] values: JsValue,
) -> Result<BigInt64Array, SottoError> {
    let input = client::quantise(&described_by(&description)?, &argument("values", &values, arguments::numbers)?)?;
    Ok(BigInt64Array::from(&input[..]))
}

/// What sets raw values apart from the data that the model was calibrated with, in sentences; none where the card has
/// no statistics of that data. `description` is the server's JSON of the model.
#[wasm_bindgen]
pub fn remarks(
    #[wasm_bindgen(unchecked_param_type = "string")] description: JsValue,
    #[wasm_bindgen(unchecked_param_type = "Float64Array | readonly number[]")] values: JsValue,
) -> Result<Vec<String>, SottoError> {
    let values = argument("values", &values, arguments::numbers)?;
    Ok(described_by(&description)?.card.remarks(&values))
}

/// The limits that this package, and a server, set.
#[wasm_bindgen(unchecked_return_type = "Limits")]
pub fn limits() -> JsValue {
    types::Limits {
        prepared: number(MAX_PREPARED as u64),
        maxBytes: number(ClientOptions::default().max_bytes),
        ticketBytes: number(MAX_TICKET as u64),
        openSeconds: number(u64::from(OPEN_MILLISECONDS.unsigned_abs()) / 1000),
        silentSeconds: number(SILENT_SECONDS.into()),
        resumeSeconds: number(RESUME_WITHIN.as_secs()),
    }
    .into()
}

/// Size of this module's memory in bytes.
#[wasm_bindgen(js_name = memoryBytes)]
pub fn memory_bytes() -> f64 {
    let memory = wasm_bindgen::memory().unchecked_into::<js_sys::WebAssembly::Memory>();
    f64::from(memory.buffer().unchecked_into::<js_sys::ArrayBuffer>().byte_length())
}
