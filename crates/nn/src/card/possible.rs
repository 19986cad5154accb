//! Which scores a model can give, as far as its card says so: whatever else arrives is not its result.

use super::quantise::to_fixed;
use super::{Card, CardError};
use crate::{Program, ring};

impl Card {
    /// Whether the program can give this result for this input, both in fixed point, by what is public. What the card says of scores
    /// holds for inputs that it accepts; for others, rings alone limit what may come.
    pub fn can_give(&self, program: &Program, input: &[i64], output: &[i64]) -> bool {
        let possible = match &self.possible {
            Some(ranges) if program.gives_scores() && self.accepts(program, input) => &ranges[..],
            _ => &[],
        };
        program.can_give(output)
            && possible.iter().zip(output).all(|([low, high], score)| (low..=high).contains(&score))
    }

    /// Whether every element of a fixed-point input lies in the range that the card accepts.
    fn accepts(&self, program: &Program, input: &[i64]) -> bool {
        let accepts = |(range, value): ((f64, f64), &i64)| {
            let [low, high] = [range.0, range.1].map(|v| to_fixed(v, program.input.frac_bits));
            (low..=high).contains(value)
        };
        self.input.elements().map(|element| element.standardised_range()).zip(input).all(accepts)
    }

    /// Checks the ranges of scores against the program.
    pub(super) fn check_possible(&self, program: &Program) -> Result<(), CardError> {
        let Some(ranges) = &self.possible else { return Ok(()) };
        let bits = program.value(program.scores()).bits;
        let good = |&[low, high]: &[i64; 2]| low <= high && [low, high].iter().all(|&v| ring::contains(v, bits));
        if ranges.len() == self.decision.scores(self.classes.len()) && ranges.iter().all(good) {
            return Ok(());
        }
        Err(CardError::Card(format!("the possible scores are not one range in {bits} bits for each score")))
    }
}
