//! The whole way from an ONNX file and a card template to a bundle.

use thiserror::Error;

use crate::Card;
use crate::bundle::{self, Bundle, BundleError};
use crate::calibrate::{Calibrated, CalibrationError, CalibrationReport, Options, calibrate};
use crate::card::{Accuracy, CardError, InputError, largest};
use crate::graph::Graph;
use crate::onnx::{self, Note, OnnxError};

/// Everything that an import reads.
#[derive(Clone, Debug)]
pub struct Source<'a> {
    /// The bundle's id.
    pub id: &'a str,
    /// The ONNX file.
    pub onnx: &'a [u8],
    /// The card without accuracy (beyond the baseline) and without the samples' expected scores.
    pub card: Card,
    /// Rows of raw values like those that the model will see.
    pub calibration: &'a [Vec<f64>],
    /// Held-out rows for the accuracy; none leaves the card without one.
    pub test: &'a [LabelledRow],
}

/// A row with its true class.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledRow {
    /// Raw values in the order of the input's elements.
    pub values: Vec<f64>,
    /// Index of the class.
    pub label: usize,
}

/// Why an import fails.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The ONNX file.
    #[error("model: {0}")]
    Onnx(#[from] OnnxError),
    /// The card.
    #[error("card: {0}")]
    Card(#[from] CardError),
    /// A calibration row does not pass the card.
    #[error("calibration row {row}: {source}")]
    CalibrationRow {
        /// Index of the row.
        row: usize,
        /// What is wrong.
        source: InputError,
    },
    /// A test row cannot be used.
    #[error("test row {row}: {problem}")]
    TestRow {
        /// Index of the row.
        row: usize,
        /// What is wrong.
        problem: String,
    },
    /// No program can be made.
    #[error("calibration: {0}")]
    Calibration(#[from] CalibrationError),
    /// The parts don't fit together.
    #[error("{0}")]
    Bundle(#[from] BundleError),
    /// A sample cannot be run.
    #[error("sample '{sample}': {problem}")]
    Sample {
        /// Its name.
        sample: String,
        /// What is wrong.
        problem: String,
    },
}

/// Makes a bundle: reads the network, calibrates it, fills in the samples' expected scores and the accuracy on the test
/// rows.
pub fn import_model(
    source: Source<'_>,
    options: &Options,
) -> Result<(Bundle, CalibrationReport, Vec<Note>), ImportError> {
    bundle::check_id(source.id)?;
    let card = source.card;
    card.validate_template()?;
    let (graph, notes) = onnx::read(source.onnx)?;
    check_counts(&card, &graph)?;
    let range: Vec<(f64, f64)> = card.input.elements().map(|element| element.standardised_range()).collect();
    let standardised =
        source.calibration.iter().enumerate().map(|(row, values)| {
            card.standardise(values).map_err(|source| ImportError::CalibrationRow { row, source })
        });
    let rows = standardised.collect::<Result<Vec<_>, _>>()?;
    let Calibrated { program, weights, report } = calibrate(&graph, &range, &rows, options)?;
    let mut bundle = Bundle { id: source.id.to_owned(), program, weights, card };
    bundle.card.possible = Some(bundle.possible_scores());
    fill_samples(&mut bundle)?;
    if !source.test.is_empty() {
        bundle.card.accuracy = Some(accuracy(&bundle, &graph, source.test)?);
    }
    bundle.card.validate(&bundle.program)?;
    Ok((bundle, report, notes))
}

fn check_counts(card: &Card, graph: &Graph) -> Result<(), CardError> {
    let outputs = graph.len(graph.nodes.len());
    for (what, listed, reads) in
        [(card.input.noun(), card.input.count(), graph.len(0)), ("classes", card.classes.len(), outputs)]
    {
        if listed != reads {
            return Err(CardError::Card(format!("it lists {listed} {what}, and the network has {reads}")));
        }
    }
    Ok(())
}

fn fill_samples(bundle: &mut Bundle) -> Result<(), ImportError> {
    for index in 0..bundle.card.samples.len() {
        let sample = &bundle.card.samples[index];
        let scores = bundle.scores(&sample.values);
        let scores = scores.map_err(|problem| ImportError::Sample { sample: sample.name.clone(), problem })?;
        bundle.card.samples[index].expected = scores;
    }
    Ok(())
}

/// Accuracy of both models on the test rows; a baseline in the card's template is kept.
fn accuracy(bundle: &Bundle, graph: &Graph, test: &[LabelledRow]) -> Result<Accuracy, ImportError> {
    let classes = bundle.card.classes.len();
    let (mut total, mut recognised, mut float_correct) = (vec![0usize; classes], vec![0usize; classes], 0usize);
    for (row, LabelledRow { values, label }) in test.iter().enumerate() {
        let at = |problem: String| ImportError::TestRow { row, problem };
        if *label >= classes {
            return Err(at(format!("there is no class {label}")));
        }
        let fixed = bundle.scores(values).map_err(at)?;
        let standardised = bundle.card.standardise(values).map_err(|e| at(e.to_string()))?;
        let float = graph.run(&standardised).pop().unwrap_or_default();
        total[*label] += 1;
        recognised[*label] += usize::from(largest(&fixed) == Some(*label));
        float_correct += usize::from(largest(&float) == Some(*label));
    }
    let share = |part: usize, whole: usize| (whole > 0).then(|| part as f64 / whole as f64);
    let earlier = bundle.card.accuracy.as_ref();
    Ok(Accuracy {
        metric: "accuracy".into(),
        value: recognised.iter().sum::<usize>() as f64 / test.len() as f64,
        float_value: float_correct as f64 / test.len() as f64,
        test_rows: test.len(),
        recall: recognised.iter().zip(&total).map(|(&part, &whole)| share(part, whole)).collect(),
        baseline: earlier.and_then(|a| a.baseline),
        baseline_source: earlier.and_then(|a| a.baseline_source.clone()),
    })
}
