//! A card against itself and against its program.

use std::collections::HashSet;

use thiserror::Error;

use super::quantise::to_fixed;
use super::{Card, Field, InputError};
use crate::{Program, ring};

/// Why a card is refused.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum CardError {
    /// Not JSON, or not a card.
    #[error("not a model card: {0}")]
    Json(String),
    /// Something about the card as a whole.
    #[error("{0}")]
    Card(String),
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

impl Card {
    /// Checks a finished card against its valid program: counts, ranges that fit the input's ring, samples.
    pub fn validate(&self, program: &Program) -> Result<(), CardError> {
        self.validate_template()?;
        let scores = program.value(program.scores());
        count("fields", self.fields().len(), program.input.len())?;
        count("classes", self.classes.len(), scores.len())?;
        for field in self.fields() {
            field.check_ring(program).map_err(|problem| CardError::Field { field: field.name.clone(), problem })?;
        }
        for sample in &self.samples {
            let at = |problem| CardError::Sample { sample: sample.name.clone(), problem };
            if sample.expected.len() != scores.len() {
                let (found, wanted) = (sample.expected.len(), scores.len());
                return Err(at(format!("it expects {found} integers, and the program has {wanted} scores")));
            }
            if let Some(v) = sample.expected.iter().find(|&&v| !ring::contains(v, scores.bits)) {
                return Err(at(format!("the expected score {v} does not fit {} bits", scores.bits)));
            }
        }
        Ok(())
    }

    /// Checks what does not depend on a program: the card as it is given to the importer, which adds the accuracy and
    /// the samples' expected scores.
    pub fn validate_template(&self) -> Result<(), CardError> {
        if self.title.trim().is_empty() {
            return Err(CardError::Card("the title is empty".into()));
        }
        if self.fields().is_empty() || self.classes.len() < 2 {
            return Err(CardError::Card("it needs at least one field and two classes".into()));
        }
        let mut names = HashSet::new();
        for field in self.fields() {
            let at = |problem| CardError::Field { field: field.name.clone(), problem };
            field.check().map_err(at)?;
            if !names.insert(field.name.as_str()) {
                return Err(at("another field has the same name".into()));
            }
        }
        for sample in &self.samples {
            let at = |problem| CardError::Sample { sample: sample.name.clone(), problem };
            self.standardise(&sample.values).map_err(|e: InputError| at(e.to_string()))?;
            if sample.label >= self.classes.len() {
                return Err(at(format!("there is no class {}", sample.label)));
            }
        }
        Ok(())
    }
}

impl Field {
    fn check(&self) -> Result<(), String> {
        let (low, high) = self.standardised_range();
        let numbers = [self.min, self.max, self.step, self.offset, self.scale, self.example, low, high];
        if numbers.iter().any(|v| !v.is_finite()) {
            return Err("all its numbers must be finite, also when offset and scale are applied".into());
        }
        if self.name.is_empty() || self.label.is_empty() {
            return Err("name and label must not be empty".into());
        }
        if self.min >= self.max {
            return Err(format!("the range {} to {} is empty", self.min, self.max));
        }
        if self.step <= 0.0 || self.scale == 0.0 {
            return Err("step must be positive and scale not zero".into());
        }
        if let Some(choice) = self.choices.iter().find(|c| !(self.min..=self.max).contains(&c.value)) {
            return Err(format!("the choice {} ({}) is outside its range", choice.value, choice.label));
        }
        self.standardise(self.example).map(|_| ()).map_err(|e| format!("its example is not accepted: {e}"))
    }

    fn check_ring(&self, program: &Program) -> Result<(), String> {
        for raw in [self.min, self.max] {
            let value = to_fixed((raw - self.offset) * self.scale, program.input.frac_bits);
            if !ring::contains(value, program.input.bits) {
                return Err(format!(
                    "{raw} becomes {value}, which does not fit the input's {} bits",
                    program.input.bits
                ));
            }
        }
        Ok(())
    }
}

fn count(what: &str, found: usize, wanted: usize) -> Result<(), CardError> {
    if found != wanted {
        return Err(CardError::Card(format!("it lists {found} {what}, and the program has {wanted}")));
    }
    Ok(())
}
