//! From the program's integers to what a person reads.

use serde::{Deserialize, Serialize};

use super::decision::{Decision, Outcome, real};
use super::{Card, largest};
use crate::{Op, OpKind, Program, reference};

/// What a result says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Prediction {
    /// One of several classes.
    Class {
        /// Its index.
        class: usize,
        /// Its name.
        label: String,
        /// One score per class, summing to 1: softmax of the scores, or a logit's sigmoid. Empty when the program reveals the
        /// decision only.
        scores: Vec<f64>,
    },
    /// Which findings are present.
    Findings {
        /// All of them, in the order of the card.
        findings: Vec<Finding>,
    },
    /// A number.
    Value {
        /// What it is called.
        label: String,
        /// The number.
        value: f64,
        /// Its unit, or empty.
        unit: String,
        /// Whether it is outside what the model was made to answer.
        outside: bool,
    },
}

/// One of several findings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Its name.
    pub label: String,
    /// Whether its score is above the threshold.
    pub present: bool,
    /// Sigmoid of its score; absent when the program reveals the decision only.
    pub score: Option<f64>,
    /// What the score is compared with.
    pub threshold: f64,
}

impl Prediction {
    /// What was decided, in words.
    pub fn label(&self) -> String {
        match self {
            Self::Class { label, .. } => label.clone(),
            Self::Findings { findings } => {
                let present: Vec<_> = findings.iter().filter(|f| f.present).map(|f| f.label.as_str()).collect();
                if present.is_empty() { "no finding".into() } else { present.join(", ") }
            }
            Self::Value { value, unit, .. } => value_words(*value, unit),
        }
    }
}

/// A number with its unit.
fn value_words(value: f64, unit: &str) -> String {
    if unit.is_empty() { format!("{value:.3}") } else { format!("{value:.3} {unit}") }
}

impl Card {
    /// What a program's result says, or `None` when the result does not belong to this card and program. What is decided, is
    /// decided by the integers.
    pub fn scores(&self, program: &Program, output: &[i64]) -> Option<Prediction> {
        if !program.can_give(output) {
            return None;
        }
        let frac_bits = program.output().frac_bits;
        let (outcome, scores) = match program.ops.last().map(|op| &op.kind) {
            Some(OpKind::Argmax) => (Outcome::Class(usize::try_from(output[0]).ok()?), Vec::new()),
            Some(OpKind::Threshold { .. }) => {
                (self.decision.of_above(output.iter().map(|&bit| bit != 0).collect())?, Vec::new())
            }
            _ => {
                let scores = output.iter().map(|&v| real(v, frac_bits)).collect();
                (self.decision.of_fixed(output, frac_bits)?, scores)
            }
        };
        self.prediction(outcome, &scores)
    }

    /// The words and figures of an outcome; `scores` are real numbers, or none.
    fn prediction(&self, outcome: Outcome, scores: &[f64]) -> Option<Prediction> {
        Some(match outcome {
            Outcome::Class(class) => {
                let scores = match (&self.decision, scores) {
                    (Decision::Logit { .. }, [score]) => vec![1.0 - sigmoid(*score), sigmoid(*score)],
                    _ => softmax(scores),
                };
                Prediction::Class { class, label: self.classes.get(class)?.clone(), scores }
            }
            Outcome::Findings(present) => {
                let named = self.classes.iter().zip(present).zip(self.decision.thresholds()).enumerate();
                let finding = |(i, ((label, present), threshold)): (usize, ((&String, bool), &f64))| Finding {
                    label: label.clone(),
                    present,
                    score: scores.get(i).map(|&score| sigmoid(score)),
                    threshold: *threshold,
                };
                Prediction::Findings { findings: named.map(finding).collect() }
            }
            Outcome::Value(value) => {
                let Decision::Value { unit, range, .. } = &self.decision else { return None };
                let outside = !(range.min..=range.max).contains(&value);
                Prediction::Value { label: self.classes.first()?.clone(), value, unit: unit.clone(), outside }
            }
        })
    }

    /// What is true of an input, in words; `None` for what does not belong to this card.
    pub fn truth_words(&self, truth: &Outcome) -> Option<String> {
        self.decision.check_truth(truth, self.classes.len()).ok()?;
        self.prediction(truth.clone(), &[]).map(|prediction| prediction.label())
    }
}

/// What a program reveals when its scores are these: the scores, or what they decide.
pub fn revealed(program: &Program, scores: &[i64]) -> Vec<i64> {
    match program.ops.last() {
        Some(Op { kind: OpKind::Argmax, .. }) => largest(scores).into_iter().map(|class| class as i64).collect(),
        Some(Op { kind: OpKind::Threshold { least }, .. }) => {
            reference::threshold(scores, least, program.value(program.scores()).bits)
        }
        _ => scores.to_vec(),
    }
}

/// `exp(v_i) / Σ exp(v_j)`, without overflow.
pub fn softmax(logits: &[f64]) -> Vec<f64> {
    let top = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exps: Vec<f64> = logits.iter().map(|v| (v - top).exp()).collect();
    let sum: f64 = exps.iter().sum();
    exps.into_iter().map(|e| e / sum).collect()
}

/// `1 / (1 + exp(−v))`.
pub fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}
