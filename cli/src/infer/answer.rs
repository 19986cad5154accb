//! What a row's inference says, as data and for people.

use serde::Serialize;
use sotto_nn::card::{Prediction, revealed};
use sotto_nn::{Card, Program};
use sotto_server::printable;

use super::inputs::Row;

/// One inference's result.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// The row's name.
    pub name: String,
    /// The decision.
    pub prediction: Prediction,
    /// The program's result.
    pub output: Vec<i64>,
    /// Whether it equals the plain computation, where that is known.
    pub matches: Option<bool>,
    /// What is true of the input, where it is known.
    pub truth: Option<String>,
    /// Whether the decision is another than that.
    pub missed: bool,
    /// The classes of the largest scores, best first, as many as were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub top: Vec<Ranked>,
    /// What sets the input apart from the model's calibration data.
    pub remarks: Vec<String>,
}

/// A class and its score.
#[derive(Clone, Debug, Serialize)]
pub struct Ranked {
    /// The class's name.
    pub label: String,
    /// Its score.
    pub score: f64,
}

/// What a row has in place of an answer.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Refusal {
    pub(super) name: String,
    pub(super) error: String,
    /// Whether it was computed, and its result cannot be right.
    pub(super) damaged: bool,
}

/// What becomes of a row.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Outcome {
    Answer(Answer),
    Refusal(Refusal),
}

/// What is asked of a row, and what is said beside the answer. Its raw values are not kept: there may be many rows.
pub(super) struct Question {
    /// The program's input.
    pub(super) input: Vec<i64>,
    /// The class scores of the plain computation, where they are known.
    expected: Option<Vec<i64>>,
    /// What is true of it, where that is known.
    pub(super) truth: Option<String>,
    remarks: Vec<String>,
}

impl Question {
    /// Of a row.
    ///
    /// # Errors
    /// Says why the row does not fit the model.
    pub(super) fn new(card: &Card, program: &Program, row: Row) -> Result<Question, String> {
        let input = card.quantise(program, &row.values).map_err(|e| e.to_string())?;
        let truth = row.truth.as_ref().and_then(|truth| card.truth_words(truth));
        Ok(Question { input, expected: row.expected, truth, remarks: card.remarks(&row.values) })
    }
}

/// What an output says of a row; no output stands for one that cannot be right.
pub(super) fn outcome(
    card: &Card,
    program: &Program,
    name: &str,
    question: &Question,
    output: Option<Vec<i64>>,
    top: usize,
) -> Outcome {
    let name = name.to_owned();
    let decided = output.and_then(|output| Some((card.scores(program, &output)?, output)));
    let Some((prediction, output)) = decided else {
        let error = "the result was damaged on the way and is not shown".into();
        return Outcome::Refusal(Refusal { name, error, damaged: true });
    };
    let Question { expected, truth, remarks, .. } = question;
    let matches = expected.as_ref().map(|scores| revealed(program, scores) == output);
    // A number is never exactly right.
    let number = matches!(prediction, Prediction::Value { .. });
    let missed = !number && truth.as_ref().is_some_and(|truth| *truth != prediction.label());
    let (truth, remarks, top) = (truth.clone(), remarks.clone(), ranked(card, &prediction, top));
    Outcome::Answer(Answer { name, output, matches, truth, missed, top, prediction, remarks })
}

/// The classes of the `count` largest scores, best first.
fn ranked(card: &Card, prediction: &Prediction, count: usize) -> Vec<Ranked> {
    let Prediction::Class { scores, .. } = prediction else { return Vec::new() };
    let classes = card.classes.iter().zip(scores);
    let mut all: Vec<Ranked> = classes.map(|(label, &score)| Ranked { label: label.clone(), score }).collect();
    all.sort_by(|a, b| b.score.total_cmp(&a.score));
    all.truncate(count);
    all
}

impl Answer {
    pub(super) fn cells(&self) -> [String; 6] {
        let matches = match self.matches {
            Some(true) => "yes",
            Some(false) => "NO",
            None => "-",
        };
        let score = match &self.prediction {
            Prediction::Class { class, scores, .. } => scores.get(*class).map(|&score| percent(score)),
            Prediction::Findings { .. } | Prediction::Value { .. } => None,
        };
        let truth = match &self.truth {
            Some(truth) if self.missed => format!("{truth}{MISSED}"),
            Some(truth) => truth.clone(),
            None => "-".into(),
        };
        let (name, result) = (self.name.clone(), self.prediction.label());
        [name, result, truth, score.unwrap_or("-".into()), integers(&self.output), matches.into()]
    }

    /// What does not fit into a cell: the largest scores, every finding, a number that is not to be relied on.
    pub(super) fn details(&self) -> String {
        let mut lines: Vec<String> = self
            .top
            .iter()
            .map(|Ranked { label, score }| format!("{:>7}  {}", percent(*score), printable(label)))
            .collect();
        match &self.prediction {
            Prediction::Findings { findings } => lines.extend(findings.iter().map(|finding| {
                let score = finding.score.map_or(String::new(), percent);
                let sign = if finding.present { "present" } else { "absent" };
                format!("{score:>7}  {}: {sign}, threshold {}", printable(&finding.label), percent(finding.threshold))
            })),
            Prediction::Value { outside: true, .. } => {
                lines.push("outside of what the model was made to answer".into())
            }
            _ => {}
        }
        let name = printable(&self.name);
        if lines.is_empty() { String::new() } else { format!("{name}:\n  {}\n", lines.join("\n  ")) }
    }
}

/// Behind a truth that the decision is not.
pub(super) const MISSED: &str = ": MISSED";

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// The program's output, or the beginning of a long one.
pub(super) fn integers(output: &[i64]) -> String {
    const SHOWN: usize = 8;
    match output.len() {
        0..=SHOWN => format!("{output:?}"),
        len => format!("{:?} and {} more", &output[..SHOWN], len - SHOWN),
    }
}
