//! What scores mean, and how they decide.

use serde::{Deserialize, Serialize};

use super::Range;
use super::largest::largest;

/// What a model's scores mean, and how they decide.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Decision {
    /// A score for each class: the class of the largest, the lowest index among equals.
    #[default]
    Class,
    /// One score, the log-odds of the second of two classes: that class if its probability, the score's sigmoid, is above the
    /// threshold.
    Logit {
        /// A probability.
        #[serde(default = "half")]
        threshold: f64,
    },
    /// A score for each of several findings, the log-odds that it is present: present if its probability is above its threshold.
    Findings {
        /// A probability for each.
        thresholds: Vec<f64>,
    },
    /// One score: the number itself is `score · scale + offset`. The only class is what it is called.
    Value {
        /// Unit of the number, or empty.
        #[serde(default)]
        unit: String,
        /// What the model was made to answer; a number outside is not to be relied on.
        range: Range,
        /// See above.
        #[serde(default)]
        offset: f64,
        /// See above.
        #[serde(default = "one")]
        scale: f64,
    },
}

fn half() -> f64 {
    0.5
}

fn one() -> f64 {
    1.0
}

/// What scores decide, or what is true of an input.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The class of this index.
    Class(usize),
    /// Whether each finding is present.
    Findings(Vec<bool>),
    /// A number.
    Value(f64),
}

impl Outcome {
    /// The classes or findings that it names, by index; none for a number.
    pub fn named(&self) -> Vec<usize> {
        match self {
            Self::Class(class) => vec![*class],
            Self::Findings(present) => (0..present.len()).filter(|&i| present[i]).collect(),
            Self::Value(_) => Vec::new(),
        }
    }
}

impl Decision {
    /// Whether it is what a card means that says nothing of it.
    pub(super) fn is_class(&self) -> bool {
        *self == Self::Class
    }

    /// Number of scores that decide with this many classes.
    pub fn scores(&self, classes: usize) -> usize {
        match self {
            Self::Class | Self::Findings { .. } => classes,
            Self::Logit { .. } | Self::Value { .. } => 1,
        }
    }

    /// Classes or findings that `scores` scores can name; none for a number.
    pub fn named(&self, scores: usize) -> usize {
        match self {
            Self::Class | Self::Findings { .. } => scores,
            Self::Logit { .. } => 2,
            Self::Value { .. } => 0,
        }
    }

    /// What scores decide in real numbers; `None` without a score.
    pub fn of(&self, scores: &[f64]) -> Option<Outcome> {
        let above = scores.iter().zip(self.log_odds()).map(|(score, threshold)| *score > threshold).collect();
        self.outcome(scores, above)
    }

    /// What a program's scores decide, which have `frac_bits`.
    pub fn of_fixed(&self, scores: &[i64], frac_bits: u32) -> Option<Outcome> {
        let least = self.least(frac_bits);
        let above = scores.iter().zip(&least).map(|(score, least)| score >= least).collect();
        match self {
            Self::Class => largest(scores).map(Outcome::Class),
            _ => self.outcome(&scores.iter().map(|&v| real(v, frac_bits)).collect::<Vec<_>>(), above),
        }
    }

    /// What is decided, if this is what is above its threshold.
    pub(super) fn of_above(&self, above: Vec<bool>) -> Option<Outcome> {
        match self {
            Self::Logit { .. } => above.first().map(|&above| Outcome::Class(above.into())),
            Self::Findings { .. } => Some(Outcome::Findings(above)),
            Self::Class | Self::Value { .. } => None,
        }
    }

    fn outcome(&self, scores: &[f64], above: Vec<bool>) -> Option<Outcome> {
        match self {
            Self::Class => largest(scores).map(Outcome::Class),
            Self::Value { offset, scale, .. } => scores.first().map(|score| Outcome::Value(score * scale + offset)),
            _ => self.of_above(above),
        }
    }

    /// The probabilities that scores are compared with.
    pub(super) fn thresholds(&self) -> &[f64] {
        match self {
            Self::Logit { threshold } => std::slice::from_ref(threshold),
            Self::Findings { thresholds } => thresholds,
            Self::Class | Self::Value { .. } => &[],
        }
    }

    /// The thresholds as scores.
    fn log_odds(&self) -> Vec<f64> {
        self.thresholds().iter().map(|p| (p / (1.0 - p)).ln()).collect()
    }

    /// The smallest integer score above each threshold.
    pub(super) fn least(&self, frac_bits: u32) -> Vec<i64> {
        let least = |t: f64| ((t * (1u64 << frac_bits) as f64).floor() as i64).saturating_add(1);
        self.log_odds().into_iter().map(least).collect()
    }

    /// Checks it against the number of classes.
    pub(super) fn check(&self, classes: usize) -> Result<(), String> {
        let wrong = |wanted: &str| Err(format!("it lists {classes} classes, and {wanted}"));
        match self {
            Self::Class if classes < 2 => return Err("it needs at least two classes".into()),
            Self::Logit { .. } if classes != 2 => return wrong("a logit decides between two"),
            Self::Findings { thresholds } if classes == 0 || thresholds.len() != classes => {
                return Err(format!("it lists {classes} findings and {} thresholds", thresholds.len()));
            }
            Self::Value { .. } if classes != 1 => return wrong("a value has one: what it is called"),
            Self::Value { range, offset, scale, .. } => {
                let finite = [range.min, range.max, *offset, *scale].iter().all(|v| v.is_finite());
                if !finite || range.min >= range.max || *scale == 0.0 {
                    return Err("the value needs a range, and a finite offset and scale other than 0".into());
                }
            }
            _ => {}
        }
        match self.thresholds().iter().find(|t| !(**t > 0.0 && **t < 1.0)) {
            Some(t) => Err(format!("the threshold {t} is no probability between 0 and 1")),
            None => Ok(()),
        }
    }

    /// Checks the truth of a sample or row against the number of classes.
    pub(crate) fn check_truth(&self, truth: &Outcome, classes: usize) -> Result<(), String> {
        match (self, truth) {
            (Self::Class | Self::Logit { .. }, Outcome::Class(class)) if *class < classes => Ok(()),
            (Self::Class | Self::Logit { .. }, Outcome::Class(class)) => Err(format!("there is no class {class}")),
            (Self::Findings { .. }, Outcome::Findings(present)) if present.len() == classes => Ok(()),
            (Self::Value { .. }, Outcome::Value(value)) if value.is_finite() => Ok(()),
            _ => Err(format!("its truth is not {}", self.truth())),
        }
    }

    /// What a truth must be.
    fn truth(&self) -> &'static str {
        match self {
            Self::Class | Self::Logit { .. } => "a class (`label`)",
            Self::Findings { .. } => "whether each finding is present (`present`)",
            Self::Value { .. } => "a number (`value`)",
        }
    }
}

/// The number that an integer score stands for.
pub(super) fn real(score: i64, frac_bits: u32) -> f64 {
    score as f64 / (1u64 << frac_bits) as f64
}
