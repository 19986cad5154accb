//! The model card: what a person, a form or a command line needs to know to use a model. Public in full.

mod check;
mod decision;
mod domain;
mod error;
mod image;
mod input;
mod largest;
mod numbers;
mod overflow;
mod possible;
mod quantise;
mod revealed;
mod scores;
mod statistics;

use serde::{Deserialize, Serialize};

pub use decision::{Decision, Outcome};
pub use domain::{Domain, Range};
pub use error::CardError;
pub use image::{Filter, Fit, Image, Order, PerChannel};
pub use input::{Choice, Element, Field, InputSchema, Marker, Signal};
pub(crate) use largest::largest;
pub use overflow::{Overflow, OverflowRule};
pub use quantise::InputError;
#[cfg(feature = "import")]
pub(crate) use quantise::to_fixed;
pub use scores::{Finding, Prediction, revealed, sigmoid, softmax};
pub use statistics::{Feature, Statistics};

/// What a text of a card begins with that a person has yet to write.
pub const FILL_IN: &str = "FILL IN: ";

/// A model card, `card.json` of a bundle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Short title.
    pub title: String,
    /// What the model does, what it was made from and what it must not be used for; a few sentences.
    pub description: String,
    /// What is decided, as a question or a noun phrase: "benign or malignant".
    pub task: String,
    /// What the model reads.
    pub input: InputSchema,
    /// Names of the classes, or of the findings, in the order of the scores; or what a value is called.
    pub classes: Vec<String>,
    /// What the scores mean, and how they decide.
    #[serde(default, skip_serializing_if = "Decision::is_class")]
    pub decision: Decision,
    /// What inputs the model is meant for, to compare with what a file says of itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<Domain>,
    /// Where data and weights come from.
    pub provenance: String,
    /// Licence of data and weights, with attribution.
    pub licence: String,
    /// Accuracy of the fixed-point model on held-out rows; filled in by the importer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<Accuracy>,
    /// Smallest and largest integer score of each class that an accepted input can give, rounded outwards; filled in by the
    /// importer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub possible: Option<Vec<[i64; 2]>>,
    /// What is known of inputs that overflow a ring; filled in by the importer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overflow: Option<Overflow>,
    /// What the calibration data looked like; filled in by the importer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statistics: Option<Statistics>,
    /// Inputs to try the model with.
    #[serde(default)]
    pub samples: Vec<Sample>,
}

/// How good the fixed-point model is on rows that it was not trained on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accuracy {
    /// What `value` is: "accuracy", the share of rows, or of findings of rows, that are decided rightly; or "mean absolute error",
    /// in the value's unit.
    pub metric: String,
    /// Of the fixed-point program, which is what runs privately.
    pub value: f64,
    /// Of the floating-point model that it was made from.
    pub float_value: f64,
    /// Number of held-out rows.
    pub test_rows: usize,
    /// Share of each class, or of the rows with each finding, that is recognised by the fixed-point program, in class order; `null`
    /// for a class without test rows.
    #[serde(default)]
    pub recall: Vec<Option<f64>>,
    /// Share of the rows without each finding of which the program says so; empty for classes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub specificity: Vec<Option<f64>>,
    /// The mean of the recalls, and of the specificities: balanced accuracy, which always picking one class does not raise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balanced: Option<f64>,
    /// What always picking the most frequent class would be right on, its share of the held-out rows; or always the more frequent
    /// of present and absent, for findings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub majority: Option<f64>,
    /// A simple method's value for comparison.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<f64>,
    /// What that method is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline_source: Option<String>,
}

/// An input to try the model with, and what the program returns for it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// Name for people.
    pub name: String,
    /// Raw values in the order of the input's elements.
    #[serde(serialize_with = "numbers::reals")]
    pub values: Vec<f64>,
    /// The true class, an index into [`Card::classes`]; absent when nobody knows one, as for an input that was made up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<usize>,
    /// Whether each finding is present, where somebody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub present: Option<Vec<bool>>,
    /// The true value, where somebody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The scores as integers, before any decision; filled in by the importer.
    #[serde(default, serialize_with = "numbers::integers")]
    pub expected: Vec<i64>,
}

impl Sample {
    /// What is true of it, where somebody knows.
    pub fn truth(&self) -> Option<Outcome> {
        let class = self.label.map(Outcome::Class);
        class.or_else(|| self.present.clone().map(Outcome::Findings)).or(self.value.map(Outcome::Value))
    }
}

impl Card {
    /// Reads a card. What it says of the program is checked by [`Card::validate`].
    pub fn from_json(json: &[u8]) -> Result<Self, CardError> {
        serde_json::from_slice(json).map_err(|e| CardError::Json(e.to_string()))
    }

    /// The card as JSON without spaces: what a server tells its clients, and a [`ModelDigest`](crate::ModelDigest) is of.
    pub fn to_public_json(&self) -> Result<String, CardError> {
        serde_json::to_string(self).map_err(|e| CardError::Json(e.to_string()))
    }

    /// The card as JSON for people: indented.
    pub fn to_json(&self) -> Result<String, CardError> {
        serde_json::to_string_pretty(self).map_err(|e| CardError::Json(e.to_string()))
    }

    /// What sets an input in raw values apart from the calibration data, in sentences. Nothing for an input of another
    /// length or a card without statistics.
    pub fn remarks(&self, values: &[f64]) -> Vec<String> {
        self.statistics.as_ref().map_or_else(Vec::new, |statistics| statistics.remarks(&self.input, values))
    }
}
