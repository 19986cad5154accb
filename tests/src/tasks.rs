//! One small model for each task, one that reads pictures in colour, and one of signals that the page has no form for.

use sotto_nn::bundle::Bundle;
use sotto_nn::card::{Decision, InputSchema, Outcome, Range, Sample, Signal};
use sotto_nn::{Op, OpKind, Program, Tensor, ValueType, Weights};

use crate::{plain_card, plain_field, plain_image, sample};

/// Fractional bits of scores.
const FRAC_BITS: u32 = 4;

/// The models by what they are called: each sums its two inputs with public weights of its own.
///
/// # Errors
/// Says what is wrong with a model.
pub fn tasks() -> Result<Vec<Bundle>, String> {
    let findings = vec![0.5, 0.9, 0.25];
    let years =
        Decision::Value { unit: "years".into(), range: Range { min: 0.0, max: 20.0 }, offset: 10.0, scale: 2.0 };
    Ok(vec![
        task("logit", &["benign", "malignant"], Decision::Logit { threshold: 0.75 }, &[[1, 1]])?,
        task(
            "findings",
            &["effusion", "mass", "nodule"],
            Decision::Findings { thresholds: findings },
            &[[1, 0], [0, 1], [1, 1]],
        )?,
        task("value", &["bone age"], years, &[[1, 0]])?,
        many()?,
        colour()?,
        leads()?,
    ])
}

/// A model of one linear layer over two numbers.
fn task(id: &str, classes: &[&str], decision: Decision, rows: &[[i64; 2]]) -> Result<Bundle, String> {
    let (program, weights) = layer(vec![2], rows.iter().map(|row| row.to_vec()).collect())?;
    let fields = (0..2).map(|k| plain_field(k, -8.0, 8.0, 0.25)).collect();
    let classes = classes.iter().map(|class| (*class).to_owned()).collect();
    let mut card = plain_card(id, InputSchema::Fields { fields }, classes);
    card.decision = decision;
    for values in [[2.0, -1.0], [1.0, 1.0], [-3.0, 8.0], [7.0, 0.5]] {
        let made = sample(format!("{values:?}"), values.to_vec(), (&card, &program, &weights))?;
        let truth = card.decision.of_fixed(&made.expected, FRAC_BITS);
        // What it decides is the truth, but for the first sample of a class.
        card.samples.push(match truth {
            Some(Outcome::Class(class)) => {
                Sample { label: Some(if card.samples.is_empty() { 1 - class } else { class }), ..made }
            }
            Some(Outcome::Findings(present)) => Sample { present: Some(present), ..made },
            Some(Outcome::Value(value)) => Sample { value: Some(value + 1.0), ..made },
            None => made,
        });
    }
    Ok(Bundle { id: id.into(), program, weights, card })
}

/// A model of 40 classes.
fn many() -> Result<Bundle, String> {
    let rows = (0..40).map(|k| vec![k % 7 - 3, k % 5 - 2]).collect();
    let (program, weights) = layer(vec![2], rows)?;
    let fields = (0..2).map(|k| plain_field(k, -8.0, 8.0, 0.25)).collect();
    let classes = (0..40).map(|k| format!("kind {k}")).collect();
    let mut card = plain_card("many", InputSchema::Fields { fields }, classes);
    card.samples = vec![sample("one", vec![1.0, 0.5], (&card, &program, &weights))?];
    Ok(Bundle { id: "many".into(), program, weights, card })
}

/// A model that reads two by two pixels in colour.
fn colour() -> Result<Bundle, String> {
    let (program, weights) = layer(vec![3, 2, 2], vec![vec![1; 12], vec![-1; 12]])?;
    let image = plain_image([3, 2, 2], 128.0, 128.0);
    let card = plain_card("colour", InputSchema::Image(image), ["light".into(), "dark".into()].to_vec());
    Ok(Bundle { id: "colour".into(), program, weights, card })
}

/// A model that reads two signals at once.
fn leads() -> Result<Bundle, String> {
    let (program, weights) = layer(vec![2, 4], vec![vec![1; 8], vec![-1; 8]])?;
    let signal = Signal {
        label: "Two leads".into(),
        channels: 2,
        length: 4,
        sample_rate: 1.0,
        unit: "mV".into(),
        min: -8.0,
        max: 8.0,
        offset: 0.0,
        scale: 1.0,
        marker: None,
        help: String::new(),
    };
    let card = plain_card("leads", InputSchema::Signal(signal), ["up".into(), "down".into()].to_vec());
    Ok(Bundle { id: "leads".into(), program, weights, card })
}

/// A linear layer without bias.
fn layer(shape: Vec<usize>, rows: Vec<Vec<i64>>) -> Result<(Program, Weights), String> {
    let value = |shape| ValueType { shape, bits: 16, frac_bits: FRAC_BITS };
    let kind = OpKind::Linear { weight: "w".into(), bias: None, weight_bits: 4 };
    let op = Op { name: "layer".into(), kind, inputs: vec![0], output: value(vec![rows.len()]) };
    let program = Program { version: Program::VERSION, input: value(shape), ops: vec![op] };
    let shape = vec![rows.len(), program.input.len()];
    let mut weights = Weights::new();
    weights.insert("w", Tensor::new(shape, rows.concat()).map_err(|e| e.to_string())?);
    Ok((program, weights))
}
