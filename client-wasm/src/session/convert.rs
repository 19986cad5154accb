//! Plain JavaScript objects for progress, results and statistics. Their declarations are in `types`.

use js_sys::{Array, BigInt64Array, BigUint64Array, Float64Array};
use sotto_mpc::{Inference, LayerStats, Progress, Stats, Traffic};
use sotto_nn::ModelDigest;
use sotto_nn::card::{Finding, Prediction};
use wasm_bindgen::JsValue;

use crate::declare::{number, object};
use crate::session::tap::Tap;
use crate::session::types;

/// `expected` is how many bytes the phase takes in all.
pub(crate) fn progress(progress: &Progress, expected: u64) -> JsValue {
    types::Progress {
        phase: progress.phase.name().into(),
        layer: number(progress.layer as u64),
        layers: number(progress.layers as u64),
        name: progress.name.as_str().into(),
        bytesSent: number(progress.bytes_sent),
        bytesReceived: number(progress.bytes_received),
        bytesExpected: number(expected),
        seconds: progress.seconds.into(),
        done: progress.done.into(),
    }
    .into()
}

pub(crate) fn standing(position: usize, seconds: Option<u64>) -> JsValue {
    types::Standing { position: number(position as u64), seconds: seconds.map_or(JsValue::NULL, number) }.into()
}

pub(crate) fn inference(
    inference: &Inference,
    input: &[i64],
    prediction: Option<Prediction>,
    digest: Option<ModelDigest>,
    stats: &Stats,
) -> JsValue {
    types::InferenceResult {
        output: BigInt64Array::from(&inference.output[..]).into(),
        prediction: prediction.map_or(JsValue::NULL, self::prediction),
        digest: digest.map_or(JsValue::NULL, |digest| digest.to_string().into()),
        quantisedInput: BigInt64Array::from(input).into(),
        maskedInput: BigUint64Array::from(&inference.masked_input[..]).into(),
        stats: self::stats(stats),
    }
    .into()
}

fn prediction(prediction: Prediction) -> JsValue {
    match prediction {
        Prediction::Class { class, label, scores } => types::ClassPrediction {
            kind: "class".into(),
            class: number(class as u64),
            label: label.into(),
            scores: Float64Array::from(&scores[..]).into(),
        }
        .into(),
        Prediction::Findings { findings } => {
            let findings: Array = findings.into_iter().map(finding).collect();
            types::FindingsPrediction { kind: "findings".into(), findings: findings.into() }.into()
        }
        Prediction::Value { label, value, unit, outside } => types::ValuePrediction {
            kind: "value".into(),
            label: label.into(),
            value: value.into(),
            unit: unit.into(),
            outside: outside.into(),
        }
        .into(),
    }
}

fn finding(Finding { label, present, score, threshold }: Finding) -> JsValue {
    types::Finding {
        label: label.into(),
        present: present.into(),
        score: score.map_or(JsValue::NULL, JsValue::from),
        threshold: threshold.into(),
    }
    .into()
}

pub(crate) fn stats(stats: &Stats) -> JsValue {
    let phases: Vec<_> = stats.phases.iter().map(|(phase, traffic)| (phase.name(), phase_traffic(traffic))).collect();
    let layers: Array = stats
        .layers
        .iter()
        .map(|LayerStats { phase, name, traffic }| types::StepTraffic {
            phase: phase.name().into(),
            name: name.as_str().into(),
            bytesSent: number(traffic.bytes_sent),
            bytesReceived: number(traffic.bytes_received),
            rounds: number(traffic.rounds),
            seconds: traffic.seconds.into(),
            correlations: number(traffic.correlations),
        })
        .map(JsValue::from)
        .collect();
    types::Stats { phases: object(&phases), layers: layers.into(), inferences: number(stats.inferences) }.into()
}

fn phase_traffic(traffic: &Traffic) -> JsValue {
    types::PhaseTraffic {
        bytesSent: number(traffic.bytes_sent),
        bytesReceived: number(traffic.bytes_received),
        rounds: number(traffic.rounds),
        seconds: traffic.seconds.into(),
        correlations: number(traffic.correlations),
    }
    .into()
}

pub(crate) fn tap(tap: &Tap) -> JsValue {
    let histogram: Vec<f64> = tap.histogram.iter().map(|&count| count as f64).collect();
    types::Traffic {
        bytesSent: number(tap.sent),
        bytesReceived: number(tap.received),
        framesSent: number(tap.frames_sent),
        framesReceived: number(tap.frames_received),
        histogram: Float64Array::from(&histogram[..]).into(),
    }
    .into()
}
