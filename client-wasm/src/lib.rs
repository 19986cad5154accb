//! Browser bindings: the client of a private inference, for a Web Worker.
//!
//! Built by `cargo xtask web` into the npm package `@sotto/client`. The protocol itself is `sotto-mpc`; here are its
//! WebSocket pump, and JavaScript's view of its results, progress and errors.

mod abort;
mod arguments;
#[cfg(feature = "bench")]
pub mod bench;
mod client;
mod convert;
mod declare;
mod events;
mod failure;
mod fatal;
mod meter;
mod options;
mod slices;
mod socket;
mod tap;
mod types;

use js_sys::{Array, BigInt64Array};
use sotto_crypto::Platform;
use sotto_mpc::{ClientOptions, ErrorKind, MAX_PREPARED, MAX_TICKET, RESUME_WITHIN};
use sotto_nn::Description;
use sotto_nn::card::InputSchema;
use sotto_nn::picture::{Levels, Picture, jpeg};
use sotto_nn::signal;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;

use arguments::argument;
pub use client::Client;
use declare::number;
use failure::{Failure, Kind, SottoError, described};
use socket::{OPEN_MILLISECONDS, SILENT_SECONDS};

/// Rates of signals, in values a second, and values that one may have.
const MIN_RATE: f64 = 1.0;
const MAX_RATE: f64 = 1e5;
/// How many times lower a rate can be made: the low-pass grows with it.
const MAX_RATIO: f64 = 1000.0;
const MAX_VALUES: f64 = 1e8;

/// Runs once, when the module is loaded.
#[wasm_bindgen(start)]
fn start() {
    fatal::install();
}

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

/// What a model reads of a decoded picture, by the rule and filter of its card: of `grey` in thousandths of a level (255 000 is
/// white), or of `colour`, red, green and blue of each pixel; row after row. `description` is the server's JSON of the model.
#[wasm_bindgen(js_name = fitPicture, unchecked_return_type = "FittedPicture")]
pub fn fit_picture(
    #[wasm_bindgen(unchecked_param_type = "string")] description: JsValue,
    #[wasm_bindgen(unchecked_param_type = "number")] width: JsValue,
    #[wasm_bindgen(unchecked_param_type = "number")] height: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "Int32Array | null")] grey: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "Uint8Array | null")] colour: JsValue,
) -> Result<JsValue, SottoError> {
    let (grey, colour) = (optional("grey", &grey, arguments::levels)?, optional("colour", &colour, arguments::bytes)?);
    let levels = match (&grey, &colour) {
        (Some(grey), None) => Levels::Grey(grey),
        (None, Some(colour)) => Levels::Colour(colour),
        _ => return Err(Failure::new(Kind::Usage, "a picture is either grey or in colour").into()),
    };
    let card = described_by(&description)?.card;
    let InputSchema::Image(image) = &card.input else {
        return Err(input_error(&format!("this model reads {}, no picture", card.input.noun())).into());
    };
    let [width, height] = [("width", width), ("height", height)].map(|(name, value)| {
        argument(name, &value, arguments::count).map(|count| usize::try_from(count).unwrap_or(usize::MAX))
    });
    let picture = Picture::new(width?, height?, levels).map_err(|e| input_error(&e.to_string()))?;
    Ok(convert::fitted(&image.fit(&picture)))
}

/// Reads every scan of a JPEG file, symbol by symbol, and refuses one that does not hold its whole picture; the message is the end
/// of a sentence. The caller has checked the picture's size.
#[wasm_bindgen(js_name = checkJpegScans)]
pub fn check_jpeg_scans(#[wasm_bindgen(unchecked_param_type = "Uint8Array")] bytes: JsValue) -> Result<(), SottoError> {
    jpeg::check(&argument("the file", &bytes, arguments::bytes)?)
        .map_err(|error| input_error(&error.to_string()).into())
}

/// Decodes a JPEG file with one value per pixel, of 8 or 12 bits (browsers decode 8 alone), to its values row after row. The
/// message of an error is the end of a sentence. The caller has checked the picture's size.
#[wasm_bindgen(js_name = decodeGreyJpeg)]
pub fn decode_grey_jpeg(
    #[wasm_bindgen(unchecked_param_type = "Uint8Array")] bytes: JsValue,
) -> Result<Vec<u16>, SottoError> {
    let decoded = jpeg::decode_grey(&argument("the file", &bytes, arguments::bytes)?);
    Ok(decoded.map_err(|error| input_error(&error.to_string()))?.values)
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

fn described_by(description: &JsValue) -> Result<Description, Failure> {
    described(&argument("the description", description, arguments::json)?)
}

fn optional<T>(name: &str, value: &JsValue, read: fn(&JsValue) -> Result<T, String>) -> Result<Option<T>, Failure> {
    if value.is_undefined() || value.is_null() { Ok(None) } else { argument(name, value, read).map(Some) }
}

/// A recording at another rate, through a low-pass that [`low_pass`] describes; NaN is a gap. Rates are in values a second.
#[wasm_bindgen(js_name = resampleSignal)]
pub fn resample_signal(
    #[wasm_bindgen(unchecked_param_type = "Float64Array | readonly number[]")] values: JsValue,
    #[wasm_bindgen(unchecked_param_type = "number")] from: JsValue,
    #[wasm_bindgen(unchecked_param_type = "number")] to: JsValue,
) -> Result<Vec<f64>, SottoError> {
    let values = argument("values", &values, arguments::numbers)?;
    let (from, to) = rates(&from, &to)?;
    if values.len() as f64 * to / from > MAX_VALUES {
        return Err(input_error("this signal would have too many values").into());
    }
    Ok(signal::resample(&values, from, to))
}

/// What the low-pass between two rates does.
#[wasm_bindgen(js_name = signalLowPass, unchecked_return_type = "LowPass")]
pub fn low_pass(
    #[wasm_bindgen(unchecked_param_type = "number")] from: JsValue,
    #[wasm_bindgen(unchecked_param_type = "number")] to: JsValue,
) -> Result<JsValue, SottoError> {
    let (from, to) = rates(&from, &to)?;
    Ok(convert::low_pass(&signal::low_pass(from, to)))
}

/// The beats of an electrocardiogram, in order; NaN is a gap. A mark is where the beats lie that models are trained with.
#[wasm_bindgen(js_name = findBeats, unchecked_return_type = "Beat[]")]
pub fn find_beats(
    #[wasm_bindgen(unchecked_param_type = "Float64Array | readonly number[]")] values: JsValue,
    #[wasm_bindgen(unchecked_param_type = "number")] rate: JsValue,
) -> Result<Array, SottoError> {
    let values = argument("values", &values, arguments::numbers)?;
    Ok(signal::beats(&values, a_second("the rate", &rate)?).iter().map(convert::beat).collect())
}

/// The rate that values have, and the one that is wanted.
fn rates(from: &JsValue, to: &JsValue) -> Result<(f64, f64), Failure> {
    let (from, to) = (a_second("the rate that values have", from)?, a_second("the rate that is wanted", to)?);
    if from > MAX_RATIO * to {
        return Err(Failure::new(Kind::Usage, format!("a rate can be made at most {MAX_RATIO} times lower")));
    }
    Ok((from, to))
}

/// A rate in values a second.
fn a_second(name: &str, value: &JsValue) -> Result<f64, Failure> {
    let known = value.as_f64().filter(|rate| (MIN_RATE..=MAX_RATE).contains(rate));
    known.ok_or_else(|| {
        Failure::new(Kind::Usage, format!("{name} must be a number from {MIN_RATE} to {MAX_RATE} values a second"))
    })
}

fn input_error(message: &str) -> Failure {
    Failure::new(ErrorKind::Input, message)
}

/// Runs the known-answer tests of the cryptographic kernels in this browser.
#[wasm_bindgen(js_name = knownAnswers, unchecked_return_type = "KnownAnswer[]")]
pub fn known_answers() -> Array {
    let checks = sotto_crypto::known_answers::CHECKS.into_iter().chain(sotto_he::known_answers::CHECKS);
    checks.map(|(name, passes)| convert::known_answer(name, passes())).collect()
}

/// The kernels in use, for instance `wasm-simd128`.
#[wasm_bindgen]
pub fn platform() -> String {
    Platform::detect().to_string()
}

/// Every set of kernels of this module, the portable one first.
#[wasm_bindgen]
pub fn platforms() -> Vec<String> {
    Platform::all().iter().map(Platform::to_string).collect()
}

/// Values after `count` number-theoretic transforms of 4096 residues, by the kernels of the `platform` of this name: to compare
/// kernels, and to time them.
#[wasm_bindgen(js_name = transformRepeatedly)]
pub fn transform_repeatedly(
    #[wasm_bindgen(unchecked_param_type = "string")] platform: JsValue,
    count: u32,
) -> Option<Vec<u32>> {
    Some(sotto_he::known_answers::transform_repeatedly(named(&platform)?, count))
}

/// Bytes of the last of 1024 blocks after `count` encryptions of all by AES-128, by the kernels of the `platform` of this
/// name: to compare kernels, and to time them.
#[wasm_bindgen(js_name = encryptRepeatedly)]
pub fn encrypt_repeatedly(
    #[wasm_bindgen(unchecked_param_type = "string")] platform: JsValue,
    count: u32,
) -> Option<Vec<u8>> {
    let blocks = sotto_crypto::known_answers::encrypt_repeatedly(named(&platform)?, 1024, count);
    blocks.last().map(|block| block.to_bytes().to_vec())
}

/// The platform of this name.
fn named(platform: &JsValue) -> Option<Platform> {
    let platform = platform.as_string()?;
    Platform::all().into_iter().find(|p| p.to_string() == platform)
}

/// Size of this module's memory in bytes.
#[wasm_bindgen(js_name = memoryBytes)]
pub fn memory_bytes() -> f64 {
    let memory = wasm_bindgen::memory().unchecked_into::<js_sys::WebAssembly::Memory>();
    f64::from(memory.buffer().unchecked_into::<js_sys::ArrayBuffer>().byte_length())
}
