//! Signals: brought to a model's rate, and searched for beats.

use js_sys::Array;
use sotto_mpc::ErrorKind;
use sotto_nn::signal::{self, Beat, LowPass};
use wasm_bindgen::prelude::*;

use crate::arguments::{self, argument};
use crate::declare::number;
use crate::failure::{Failure, Kind, SottoError};
use crate::tools::types;

/// Rates of signals, in values a second, and values that one may have.
const MIN_RATE: f64 = 1.0;
const MAX_RATE: f64 = 1e5;
/// How many times lower a rate can be made: the low-pass grows with it.
const MAX_RATIO: f64 = 1000.0;
const MAX_VALUES: f64 = 1e8;

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
        return Err(Failure::new(ErrorKind::Input, "this signal would have too many values").into());
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
    Ok(described(&signal::low_pass(from, to)))
}

/// The beats of an electrocardiogram, in order; NaN is a gap. A mark is where the beats lie that models are trained with.
#[wasm_bindgen(js_name = findBeats, unchecked_return_type = "Beat[]")]
pub fn find_beats(
    #[wasm_bindgen(unchecked_param_type = "Float64Array | readonly number[]")] values: JsValue,
    #[wasm_bindgen(unchecked_param_type = "number")] rate: JsValue,
) -> Result<Array, SottoError> {
    let values = argument("values", &values, arguments::numbers)?;
    Ok(signal::beats(&values, a_second("the rate", &rate)?).iter().map(marked).collect())
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

fn described(filter: &LowPass) -> JsValue {
    let LowPass { taps, pass, half, stop } = *filter;
    types::LowPass { taps: number(taps as u64), pass: pass.into(), half: half.into(), stop: stop.into() }.into()
}

fn marked(&Beat { index, height }: &Beat) -> JsValue {
    types::Beat { index: number(index as u64), height: height.into() }.into()
}
