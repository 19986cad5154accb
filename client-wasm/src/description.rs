//! The server's public description of a model: what raw values mean and what the result means.

use serde::Deserialize;
use sotto_mpc::ErrorKind;
use sotto_nn::Program;
use sotto_nn::card::{Card, Prediction};

use crate::failure::Failure;

/// The JSON that `/api/models/{id}` answers with; further members are not for the protocol.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Description {
    /// How raw values become the program's input, and what the outputs are called.
    pub(crate) card: Card,
    /// The public architecture.
    pub(crate) program: Program,
}

impl Description {
    /// Reads and checks a description.
    pub(crate) fn from_json(json: &str) -> Result<Self, Failure> {
        let bad = |what: String| Failure::new(ErrorKind::Input, format!("the model's description is unusable: {what}"));
        let description: Description = serde_json::from_str(json).map_err(|error| bad(error.to_string()))?;
        description.program.validate().map_err(|error| bad(error.to_string()))?;
        description.card.validate(&description.program).map_err(|error| bad(error.to_string()))?;
        Ok(description)
    }

    /// The fixed-point input of `program` for raw values.
    pub(crate) fn quantise(&self, program: &Program, values: &[f64]) -> Result<Vec<i64>, Failure> {
        self.card.quantise(program, values).map_err(|error| Failure::new(ErrorKind::Input, error.to_string()))
    }

    /// The decision for a result.
    pub(crate) fn predict(&self, output: &[i64]) -> Option<Prediction> {
        self.card.scores(&self.program, output)
    }
}
