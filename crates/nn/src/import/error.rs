//! Rows with truths, and why an import fails.

use thiserror::Error;

use crate::bundle::BundleError;
use crate::calibrate::CalibrationError;
use crate::card::{CardError, InputError, Outcome};
use crate::onnx::OnnxError;

/// A row with what is true of it.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledRow {
    /// Raw values in the order of the input's elements.
    pub values: Vec<f64>,
    /// Of the kind that the card's decision asks for.
    pub truth: Outcome,
}

/// Why an import fails.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The ONNX file.
    #[error("model: {0}")]
    Onnx(#[from] OnnxError),
    /// The card.
    #[error("card: {0}")]
    Card(#[from] CardError),
    /// A calibration row does not pass the card.
    #[error("calibration row {row}: {source}")]
    CalibrationRow {
        /// Index of the row.
        row: usize,
        /// What is wrong.
        source: InputError,
    },
    /// A test row cannot be used.
    #[error("test row {row}: {problem}")]
    TestRow {
        /// Index of the row.
        row: usize,
        /// What is wrong.
        problem: String,
    },
    /// No program can be made.
    #[error("calibration: {0}")]
    Calibration(#[from] CalibrationError),
    /// The parts don't fit together.
    #[error("{0}")]
    Bundle(#[from] BundleError),
    /// A sample cannot be run.
    #[error("sample '{sample}': {problem}")]
    Sample {
        /// Its name.
        sample: String,
        /// What is wrong.
        problem: String,
    },
}
