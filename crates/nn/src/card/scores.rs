//! From the program's integers to what a person reads.

use serde::{Deserialize, Serialize};

use super::Card;
use super::largest::largest;
use crate::Program;

/// A decision with its scores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Index of the predicted class.
    pub class: usize,
    /// The class's name.
    pub label: String,
    /// One score per class, summing to 1: softmax of the dequantised outputs. Empty when the program reveals the
    /// argmax only.
    pub scores: Vec<f64>,
}

impl Card {
    /// The decision for a program's result, or `None` when the result does not belong to this card and program.
    /// The class is picked from the integers, by the largest; ties go to the lowest index.
    pub fn scores(&self, program: &Program, output: &[i64]) -> Option<Prediction> {
        if !program.can_give(output) {
            return None;
        }
        let (class, scores) = if program.scores() == program.ops.len() {
            let scale = (1u64 << program.output().frac_bits) as f64;
            let logits: Vec<f64> = output.iter().map(|&v| v as f64 / scale).collect();
            (largest(output)?, softmax(&logits))
        } else {
            (usize::try_from(output[0]).ok()?, Vec::new())
        };
        let label = self.classes.get(class)?.clone();
        Some(Prediction { class, label, scores })
    }
}

/// What a program reveals when its class scores are these: the scores, or the class alone.
pub fn revealed(program: &Program, scores: &[i64]) -> Vec<i64> {
    if program.scores() == program.ops.len() {
        scores.to_vec()
    } else {
        largest(scores).into_iter().map(|class| class as i64).collect()
    }
}

/// `exp(v_i) / Σ exp(v_j)`, without overflow.
pub fn softmax(logits: &[f64]) -> Vec<f64> {
    let top = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exps: Vec<f64> = logits.iter().map(|v| (v - top).exp()).collect();
    let sum: f64 = exps.iter().sum();
    exps.into_iter().map(|e| e / sum).collect()
}
