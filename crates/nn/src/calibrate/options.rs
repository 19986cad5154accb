//! What a calibration aims for.

use serde::{Deserialize, Serialize};

use crate::card::Decision;

/// What a calibration aims for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// Bits of a weight in the mean over what layers compute; with [`search`](Self::search) the most.
    pub weight_bits: u32,
    /// Bits of an activation in the mean; with [`search`](Self::search) the most.
    pub activation_bits: u32,
    /// Bits that every ring has beyond what calibration saw, instead of the rule of [`calibrate`](super). 64 makes every ring
    /// wide enough for anything that an accepted input can produce.
    pub margin_bits: Option<u32>,
    /// Whether to look for smaller widths that still meet the goals below.
    pub search: bool,
    /// Goal: the share of calibration rows on which both models must pick the same class.
    pub agreement: f64,
    /// Goal: the same for the rows of each class, however few; and the least share of the floating-point model's recall
    /// of each class on held-out rows that the program keeps.
    pub class_agreement: f64,
    /// Goal: the largest error of a score, relative to the largest score seen.
    pub score_error: f64,
    /// Goal: the largest error of each class's score, relative to the largest score of that class: a class whose scores
    /// are small is not lost beside others. Scores below a hundredth of the largest seen count as that.
    pub class_score_error: f64,
    /// How scores decide, which the first two goals compare.
    pub decision: Decision,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            weight_bits: 16,
            activation_bits: 16,
            margin_bits: None,
            search: true,
            agreement: 1.0,
            class_agreement: 0.75,
            score_error: 0.02,
            class_score_error: 0.1,
            decision: Decision::Class,
        }
    }
}
