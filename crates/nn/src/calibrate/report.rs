//! What a calibration says of its outcome.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::card::Overflow;
use crate::{Program, Weights};

/// How the program and the floating-point model compare on the calibration rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalibrationReport {
    /// Number of rows.
    pub rows: usize,
    /// Bits of weights, in the mean over what layers compute.
    pub weight_bits: u32,
    /// Bits of activations, in the mean.
    pub activation_bits: u32,
    /// Share of rows on which both pick the same class.
    pub argmax_agreement: f64,
    /// Of the rows of which the floating-point model picks a class, the share on which the program does, too; `None`
    /// for a class that it never picks.
    pub class_agreement: Vec<Option<f64>>,
    /// Largest difference of a score.
    pub max_score_error: f64,
    /// Largest score of the floating-point model, in magnitude.
    pub max_score: f64,
    /// Whether the goals of the [`Options`](super::Options) are met.
    pub goals_met: bool,
    /// The goals that are not, in sentences.
    pub missed: Vec<String>,
    /// Weights that the fixed-point numbers cannot hold, in sentences that name the operation.
    pub lost_weights: Vec<String>,
    /// Values of which one row has far larger ones than most, in sentences that name the operation.
    pub outliers: Vec<String>,
    /// Whether no accepted input can overflow any ring.
    pub overflow_free: bool,
    /// What is known of inputs that do.
    pub overflow: Overflow,
    /// What the two ways to choose rings cost, where both were looked at.
    pub prices: Option<Prices>,
    /// Every value of the program, the input first.
    pub values: Vec<ValueReport>,
}

/// The price of rings that hold everything that an accepted input can produce, in the unit of the caller's price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prices {
    /// With rings that hold what rows like the calibration's reach but rarely.
    pub estimated: u64,
    /// With rings that hold everything; `None` when that takes more than 64 bits.
    pub excluded: Option<u64>,
}

/// The ring of one value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueReport {
    /// Name of the operation, "input" for the input.
    pub name: String,
    /// Ring width.
    pub bits: u32,
    /// Fractional bits.
    pub frac_bits: u32,
    /// Signed bits of the largest value seen.
    pub seen_bits: u32,
    /// Signed bits of the largest value that the search of accepted inputs found.
    pub probed_bits: u32,
    /// Signed bits of the largest value that an accepted input could produce, by interval arithmetic.
    pub bound_bits: u32,
}

/// Why a calibration fails.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum CalibrationError {
    /// No data.
    #[error("calibration needs at least one row")]
    NoRows,
    /// A row of another length than the network's input.
    #[error("the model reads {expected} values, but calibration row {row} has {found}")]
    RowLength {
        /// Index of the row.
        row: usize,
        /// What the network reads.
        expected: usize,
        /// What the row has.
        found: usize,
    },
    /// Options outside their range.
    #[error("{0}")]
    Options(String),
    /// A value that no ring holds.
    #[error(
        "the value of '{name}' reaches {magnitude:.3e}, which does not fit a ring of 64 bits at its scale; use fewer bits"
    )]
    TooWide {
        /// The operation.
        name: String,
        /// Its largest magnitude as a real number.
        magnitude: f64,
    },
    /// The outcome does not pass the program's own checks; other options may help.
    #[error("no valid program at these widths: {0}")]
    Program(String),
}

/// A program with its weights and how they were found.
#[derive(Clone, Debug)]
pub struct Calibrated {
    /// The program.
    pub program: Program,
    /// Its weights.
    pub weights: Weights,
    /// The comparison.
    pub report: CalibrationReport,
}
