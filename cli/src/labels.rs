//! Tables with what is true of each row, and the scores of such rows.

use std::path::Path;

use sotto_nn::card::{Card, Decision, Outcome};
use sotto_nn::import::LabelledRow;

use crate::rows::Cells;
use crate::{Error, Result, sources};

/// The columns of a table that hold the truth: `label`, or `label0`, `label1`, … for findings.
fn columns(card: &Card) -> Vec<String> {
    match card.decision {
        Decision::Findings { .. } => (0..card.classes.len()).map(|i| format!("label{i}")).collect(),
        _ => vec!["label".into()],
    }
}

/// Reads rows with labels.
pub(crate) fn labelled(file: &Path, card: &Card) -> Result<Vec<LabelledRow>> {
    let row = |Cells { name, values, labels }| {
        let truth = truth(card, &labels).map_err(|why| Error::Input(format!("{}: {name}: {why}", file.display())))?;
        Ok(LabelledRow { values, truth })
    };
    sources::read(file, card, &columns(card))?.into_iter().map(row).collect()
}

/// What labels say.
fn truth(card: &Card, labels: &[f64]) -> std::result::Result<Outcome, String> {
    let classes = card.classes.len();
    match (&card.decision, labels) {
        (Decision::Findings { .. }, _) => match labels.iter().find(|label| **label != 0.0 && **label != 1.0) {
            Some(label) => Err(format!("{label} says of no finding whether it is present: 1 or 0")),
            None => Ok(Outcome::Findings(labels.iter().map(|&label| label == 1.0).collect())),
        },
        (Decision::Value { .. }, [label]) if label.is_finite() => Ok(Outcome::Value(*label)),
        (Decision::Value { .. }, _) => Err("'label' is no number".into()),
        (_, [label]) if *label >= 0.0 && label.fract() == 0.0 && *label < classes as f64 => {
            Ok(Outcome::Class(*label as usize))
        }
        _ => Err(format!("'label' is not a class index below {classes}")),
    }
}

/// The program's scores of every row as CSV: `score0`, `score1`, …, and the columns of labels.
pub(crate) fn scores(card: &Card, rows: &[LabelledRow], scores: &[Vec<i64>]) -> String {
    let count = card.decision.scores(card.classes.len());
    let header: Vec<String> = (0..count).map(|score| format!("score{score}")).chain(columns(card)).collect();
    let mut text = header.join(",") + "\n";
    for (LabelledRow { truth, .. }, scores) in rows.iter().zip(scores) {
        let labels = match truth {
            Outcome::Class(class) => vec![class.to_string()],
            Outcome::Findings(present) => present.iter().map(|&present| u8::from(present).to_string()).collect(),
            Outcome::Value(value) => vec![value.to_string()],
        };
        text += &(scores.iter().map(i64::to_string).chain(labels).collect::<Vec<_>>().join(",") + "\n");
    }
    text
}
