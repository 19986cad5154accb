//! What is known of inputs that overflow a ring of the program and so may get a wrong result.

use serde::{Deserialize, Serialize};

/// How the program's rings were chosen, and what follows for inputs that the card accepts; filled in by the importer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overflow {
    /// How rings were chosen.
    pub rule: OverflowRule,
    /// Number of calibration rows.
    pub rows: usize,
    /// Fewest bits beyond what calibration saw, of the rings that an accepted input might overflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin_bits: Option<u32>,
    /// An estimate from above of the probability that an input like the calibration rows overflows a ring; absent when
    /// there were too few rows for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// Number of accepted inputs among which large values were searched for.
    pub probed: usize,
    /// Number of those that overflow a ring.
    pub overflowing: usize,
}

/// How the rings of a program were chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OverflowRule {
    /// Every ring holds whatever an accepted input can produce.
    Excluded,
    /// Rings hold what inputs like the calibration rows produce but with a small probability, and what a search found.
    Estimated,
    /// So many bits beyond what calibration saw.
    Fixed,
}

impl Overflow {
    /// Whether an accepted input may overflow a ring.
    pub fn can_happen(&self) -> bool {
        self.rule != OverflowRule::Excluded
    }

    /// For people: one sentence.
    pub fn sentence(&self) -> String {
        if !self.can_happen() {
            return "no accepted input can overflow a ring".into();
        }
        let Self { rows, probed, overflowing, .. } = self;
        let margin = self.margin_bits.unwrap_or(0);
        let odds = match self.probability {
            Some(0.0) => format!("inputs like the {rows} calibration rows do not overflow"),
            Some(p) => {
                format!("an input like the {rows} calibration rows overflows with a probability below 2^{:.1}", ceil(p))
            }
            None => format!("{rows} calibration rows are too few to estimate how often inputs overflow"),
        };
        let found = match overflowing {
            0 => format!("none of {probed} accepted inputs of a search for large values does"),
            n => format!("{n} of {probed} accepted inputs of a search for large values do"),
        };
        format!("margin {margin} bits; {odds}; {found}")
    }

    pub(super) fn check(&self) -> Result<(), String> {
        match self.probability {
            Some(p) if !(0.0..=1.0).contains(&p) => Err(format!("{p} is no probability of an overflow")),
            _ if self.overflowing > self.probed => Err("more probed inputs overflow than there are".into()),
            _ => Ok(()),
        }
    }
}

/// The binary logarithm, rounded up to a tenth.
fn ceil(probability: f64) -> f64 {
    (10.0 * probability.log2()).ceil() / 10.0
}
