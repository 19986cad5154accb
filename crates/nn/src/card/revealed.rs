//! What a program must compute for a card's decision.

use super::{Card, CardError, Decision};
use crate::{Program, ring};

impl Card {
    /// The program with the decision alone as its result, unless it is that already.
    ///
    /// # Errors
    /// For a value, which decides nothing.
    pub fn revealing_decision(&self, program: Program) -> Result<Program, CardError> {
        let scores = program.value(program.scores());
        let (bits, least) = (scores.bits, self.decision.least(scores.frac_bits));
        match self.decision {
            Decision::Class => Ok(program.revealing_class_only()),
            // Beyond the scores' ring, all thresholds on one side say the same.
            Decision::Logit { .. } | Decision::Findings { .. } => {
                let (low, high) = (ring::min(bits), ring::max(bits).saturating_add(1));
                let least = least.into_iter().map(|t| t.clamp(low, high)).collect();
                Ok(program.revealing_above(least))
            }
            Decision::Value { .. } => {
                Err(CardError::Card("its answer is a number, which only its score says: reveal the scores".into()))
            }
        }
    }

    /// Checks that a network or program has the scores that the card's classes need.
    pub(crate) fn check_scores(&self, owner: &str, found: usize) -> Result<(), CardError> {
        let classes = self.classes.len();
        let wanted = self.decision.scores(classes);
        if found == wanted {
            return Ok(());
        }
        let hint = match (&self.decision, found, classes) {
            (Decision::Class, 1, 2) => ": one score for two classes is a decision of the kind logit",
            _ => "",
        };
        let listed = match wanted == classes {
            true => format!("it lists {classes} classes"),
            false => "its decision is made by one score".into(),
        };
        Err(CardError::Card(format!("{listed}, and the {owner} has {found}{hint}")))
    }
}
