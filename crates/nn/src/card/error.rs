//! What can be wrong with a card.

use thiserror::Error;

/// Why a card is refused.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum CardError {
    /// Not JSON, or not a card.
    #[error("not a model card: {0}")]
    Json(String),
    /// Something about the card as a whole.
    #[error("{0}")]
    Card(String),
    /// Something about a picture or a signal.
    #[error("input '{label}': {problem}")]
    Input {
        /// The input's label.
        label: String,
        /// What is wrong.
        problem: String,
    },
    /// Something about one field.
    #[error("field '{field}': {problem}")]
    Field {
        /// The field's name.
        field: String,
        /// What is wrong.
        problem: String,
    },
    /// Something about one sample.
    #[error("sample '{sample}': {problem}")]
    Sample {
        /// The sample's name.
        sample: String,
        /// What is wrong.
        problem: String,
    },
}
