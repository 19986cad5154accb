//! From raw measurements to the program's fixed-point input: the one place where that happens, natively and in the page.

use thiserror::Error;

use super::{Card, Element};
use crate::Program;

/// Why an input is refused.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum InputError {
    /// The wrong number of values.
    #[error("the model reads {expected} values, not {found}")]
    Count {
        /// What the card describes.
        expected: usize,
        /// What was given.
        found: usize,
    },
    /// A value that is no finite number; forms give NaN for an empty field.
    #[error("{field}: a number is missing")]
    Missing {
        /// The element's label.
        field: String,
    },
    /// A value outside the element's range.
    #[error("{field}: {value} is outside {min} to {max}{unit}", unit = spaced(unit))]
    OutOfRange {
        /// The element's label.
        field: String,
        /// The value.
        value: f64,
        /// Smallest value accepted.
        min: f64,
        /// Largest value accepted.
        max: f64,
        /// The element's unit, or empty.
        unit: String,
    },
    /// A value that is none of the field's choices.
    #[error("{field}: {value} is none of {choices}")]
    NotAChoice {
        /// The element's label.
        field: String,
        /// The value.
        value: f64,
        /// The choices, for people.
        choices: String,
    },
}

fn spaced(unit: &str) -> String {
    if unit.is_empty() { String::new() } else { format!(" {unit}") }
}

impl Card {
    /// The program's input for raw values in the order of the elements: `(raw − offset) · scale · 2^frac_bits`, rounded half away from
    /// zero. The card must be valid for the program, so that every accepted value fits the input's ring.
    pub fn quantise(&self, program: &Program, values: &[f64]) -> Result<Vec<i64>, InputError> {
        let standardised = self.standardise(values)?;
        Ok(standardised.into_iter().map(|v| to_fixed(v, program.input.frac_bits)).collect())
    }

    /// What the floating-point model reads for raw values in the order of the elements: `(raw − offset) · scale`.
    pub fn standardise(&self, values: &[f64]) -> Result<Vec<f64>, InputError> {
        let expected = self.input.count();
        if values.len() != expected {
            return Err(InputError::Count { expected, found: values.len() });
        }
        self.input.elements().zip(values).map(|(element, &value)| element.standardise(value)).collect()
    }
}

impl Element<'_> {
    /// `(raw − offset) · scale` of a value that is accepted here.
    pub fn standardise(&self, value: f64) -> Result<f64, InputError> {
        if !value.is_finite() {
            return Err(InputError::Missing { field: self.label() });
        }
        if !(self.min..=self.max).contains(&value) {
            let (min, max, unit) = (self.min, self.max, self.unit.to_owned());
            return Err(InputError::OutOfRange { field: self.label(), value, min, max, unit });
        }
        if !self.choices.is_empty() && self.choices.iter().all(|choice| choice.value != value) {
            let choices: Vec<_> = self.choices.iter().map(|c| format!("{} ({})", c.value, c.label)).collect();
            return Err(InputError::NotAChoice { field: self.label(), value, choices: choices.join(", ") });
        }
        Ok((value - self.offset) * self.scale)
    }
}

/// `value · 2^frac_bits` rounded half away from zero. Multiplying by a power of two is exact, so every platform agrees.
pub(crate) fn to_fixed(value: f64, frac_bits: u32) -> i64 {
    (value * (1u64 << frac_bits) as f64).round() as i64
}
