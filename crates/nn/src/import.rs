//! The whole way from an ONNX file and a card template to a bundle.

mod accuracy;
mod draft;
mod error;

pub use draft::{Column, draft};
pub use error::{ImportError, LabelledRow};

use crate::Card;
use crate::bundle::{self, Bundle};
use crate::calibrate::{Calibrated, CalibrationReport, Options, Price, Watch, Watcher, calibrate_watched};
use crate::card::{CardError, Decision, Statistics};
use crate::graph::Graph;
use crate::onnx::{self, Note, Reading};

/// Everything that an import reads.
#[derive(Clone)]
pub struct Source<'a> {
    /// The bundle's id.
    pub id: &'a str,
    /// The ONNX file.
    pub onnx: &'a [u8],
    /// Where it lies, and what to read of it.
    pub reading: &'a Reading,
    /// The card without accuracy (beyond the baseline) and without the samples' expected scores.
    pub card: Card,
    /// Rows of raw values like those that the model will see.
    pub calibration: &'a [Vec<f64>],
    /// Held-out rows for the accuracy; none leaves the card without one.
    pub test: &'a [LabelledRow],
    /// Whether the card gets rounded statistics of the calibration rows, if there are enough of them.
    pub statistics: bool,
    /// What a private inference of a program costs.
    pub price: Price<'a>,
    /// Who is told of every step.
    pub watcher: Option<Watcher<'a>>,
}

/// What an import makes.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The bundle.
    pub bundle: Bundle,
    /// How it was found, and how like its network it is.
    pub report: CalibrationReport,
    /// What was left out of the network, or read as something else.
    pub notes: Vec<Note>,
    /// The program's scores of each held-out row.
    pub scores: Vec<Vec<i64>>,
}

/// Makes a bundle: reads the network, calibrates it, fills in the samples' expected scores, the accuracy on the test
/// rows, and what the card says of the calibration rows. Goals that are missed are no error: the report names them.
pub fn import_model(source: Source<'_>, options: &Options) -> Result<Imported, ImportError> {
    bundle::check_id(source.id)?;
    let mut card = source.card;
    card.validate_template()?;
    let (graph, mut notes) = onnx::read(source.onnx, source.reading)?;
    notes.extend(take_as_logit(&mut card, &graph));
    check_counts(&card, &graph)?;
    let options = &Options { decision: card.decision.clone(), ..options.clone() };
    let range: Vec<(f64, f64)> = card.input.elements().map(|element| element.standardised_range()).collect();
    let standardised =
        source.calibration.iter().enumerate().map(|(row, values)| {
            card.standardise(values).map_err(|source| ImportError::CalibrationRow { row, source })
        });
    let rows = standardised.collect::<Result<Vec<_>, _>>()?;
    let watch = Watch(source.watcher);
    let calibrated = calibrate_watched(&graph, &range, &rows, options, source.price, watch)?;
    let Calibrated { program, weights, mut report } = calibrated;
    let mut bundle = Bundle { id: source.id.to_owned(), program, weights, card };
    bundle.card.possible = Some(bundle.possible_scores());
    fill_samples(&mut bundle)?;
    let mut scores = Vec::new();
    if !source.test.is_empty() {
        let measured = accuracy::measure(&bundle, &graph, source.test, options.class_agreement, watch)?;
        bundle.card.accuracy = Some(measured.accuracy);
        report.goals_met &= measured.missed.is_empty();
        report.missed.extend(measured.missed);
        scores = measured.scores;
    }
    bundle.card.overflow = Some(report.overflow.clone());
    bundle.card.statistics =
        source.statistics.then(|| Statistics::of(&bundle.card.input, source.calibration)).flatten();
    bundle.card.validate(&bundle.program)?;
    Ok(Imported { bundle, report, notes, scores })
}

/// One score can tell two classes apart in one way only: as the log-odds of the second.
fn take_as_logit(card: &mut Card, graph: &Graph) -> Option<Note> {
    let one = graph.len(graph.nodes.len()) == 1;
    let (Decision::Class, [_, second], true) = (&card.decision, &card.classes[..], one) else { return None };
    let message = format!("one score for two classes is the log-odds of '{second}', decided at a probability of 0.5");
    card.decision = Decision::Logit { threshold: 0.5 };
    Some(Note { node: "card".into(), message })
}

fn check_counts(card: &Card, graph: &Graph) -> Result<(), CardError> {
    let (noun, listed, reads) = (card.input.noun(), card.input.count(), graph.len(0));
    if listed != reads {
        return Err(CardError::Card(format!("it lists {listed} {noun}, and the network has {reads}")));
    }
    card.check_scores("network", graph.len(graph.nodes.len()))
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
