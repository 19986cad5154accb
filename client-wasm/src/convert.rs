//! Plain JavaScript objects for progress, results and statistics. Their declarations are in `types`.

use js_sys::{Array, BigInt64Array, BigUint64Array, Float64Array, Object, Reflect};
use sotto_mpc::{Inference, Progress, Stats, Traffic};
use sotto_nn::ModelDigest;
use sotto_nn::card::{Finding, Prediction};
use sotto_nn::picture::{Fitted, Rect};
use wasm_bindgen::JsValue;

use crate::tap::Tap;

/// An object with these members.
pub(crate) fn object(members: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in members {
        // Setting a member of a fresh plain object cannot fail.
        Reflect::set(&object, &JsValue::from_str(name), value).ok();
    }
    object.into()
}

/// Counts as JavaScript's numbers, exact up to 2^53.
fn number(count: u64) -> JsValue {
    JsValue::from_f64(count as f64)
}

/// `expected` is how many bytes the phase takes in all.
pub(crate) fn progress(progress: &Progress, expected: u64) -> JsValue {
    object(&[
        ("phase", progress.phase.name().into()),
        ("layer", number(progress.layer as u64)),
        ("layers", number(progress.layers as u64)),
        ("name", progress.name.as_str().into()),
        ("bytesSent", number(progress.bytes_sent)),
        ("bytesReceived", number(progress.bytes_received)),
        ("bytesExpected", number(expected)),
        ("seconds", progress.seconds.into()),
        ("done", progress.done.into()),
    ])
}

pub(crate) fn standing(position: usize, seconds: Option<u64>) -> JsValue {
    object(&[("position", number(position as u64)), ("seconds", seconds.map_or(JsValue::NULL, number))])
}

pub(crate) fn inference(
    inference: &Inference,
    input: &[i64],
    prediction: Option<Prediction>,
    digest: Option<ModelDigest>,
    stats: &Stats,
) -> JsValue {
    object(&[
        ("output", BigInt64Array::from(&inference.output[..]).into()),
        ("prediction", prediction.map_or(JsValue::NULL, self::prediction)),
        ("digest", digest.map_or(JsValue::NULL, |digest| digest.to_string().into())),
        ("quantisedInput", BigInt64Array::from(input).into()),
        ("maskedInput", BigUint64Array::from(&inference.masked_input[..]).into()),
        ("stats", self::stats(stats)),
    ])
}

fn prediction(prediction: Prediction) -> JsValue {
    match prediction {
        Prediction::Class { class, label, scores } => object(&[
            ("kind", "class".into()),
            ("class", number(class as u64)),
            ("label", label.into()),
            ("scores", Float64Array::from(&scores[..]).into()),
        ]),
        Prediction::Findings { findings } => {
            let findings: Array = findings.into_iter().map(finding).collect();
            object(&[("kind", "findings".into()), ("findings", findings.into())])
        }
        Prediction::Value { label, value, unit, outside } => object(&[
            ("kind", "value".into()),
            ("label", label.into()),
            ("value", value.into()),
            ("unit", unit.into()),
            ("outside", outside.into()),
        ]),
    }
}

pub(crate) fn fitted(fitted: &Fitted) -> JsValue {
    let Rect { x, y, width, height } = fitted.crop;
    let crop = [("x", x), ("y", y), ("width", width), ("height", height)].map(|(name, value)| (name, value.into()));
    object(&[("values", Float64Array::from(&fitted.values[..]).into()), ("crop", object(&crop))])
}

fn finding(Finding { label, present, score, threshold }: Finding) -> JsValue {
    object(&[
        ("label", label.into()),
        ("present", present.into()),
        ("score", score.map_or(JsValue::NULL, JsValue::from)),
        ("threshold", threshold.into()),
    ])
}

pub(crate) fn stats(stats: &Stats) -> JsValue {
    let phases: Vec<_> =
        stats.phases.iter().map(|(phase, traffic)| (phase.name(), object(&counters(traffic)))).collect();
    let layers: Array = stats
        .layers
        .iter()
        .map(|layer| {
            let mut members = vec![("phase", layer.phase.name().into()), ("name", layer.name.as_str().into())];
            members.extend(counters(&layer.traffic));
            object(&members)
        })
        .collect();
    object(&[("phases", object(&phases)), ("layers", layers.into()), ("inferences", number(stats.inferences))])
}

fn counters(traffic: &Traffic) -> [(&'static str, JsValue); 5] {
    [
        ("bytesSent", number(traffic.bytes_sent)),
        ("bytesReceived", number(traffic.bytes_received)),
        ("rounds", number(traffic.rounds)),
        ("seconds", traffic.seconds.into()),
        ("correlations", number(traffic.correlations)),
    ]
}

pub(crate) fn tap(tap: &Tap) -> JsValue {
    let histogram: Vec<f64> = tap.histogram.iter().map(|&count| count as f64).collect();
    object(&[
        ("bytesSent", number(tap.sent)),
        ("bytesReceived", number(tap.received)),
        ("framesSent", number(tap.frames_sent)),
        ("framesReceived", number(tap.frames_received)),
        ("histogram", Float64Array::from(&histogram[..]).into()),
    ])
}
