//! How good the fixed-point program and its network are on held-out rows.

use rayon::prelude::*;

use super::error::{ImportError, LabelledRow};
use crate::bundle::Bundle;
use crate::calibrate::{Stage, Watch};
use crate::card::{Accuracy, Outcome};
use crate::exact::Executor;
use crate::graph::Graph;

/// Rows of a class, or with a finding, or without it; and which of them each model says so of.
#[derive(Clone, Copy, Default)]
struct Count {
    rows: usize,
    fixed: usize,
    float: usize,
}

impl Count {
    fn add(&mut self, fixed: bool, float: bool) {
        self.rows += 1;
        self.fixed += usize::from(fixed);
        self.float += usize::from(float);
    }

    fn share(self) -> Option<f64> {
        share(self.fixed, self.rows)
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// What was counted of all rows.
#[derive(Default)]
struct Tally {
    /// Rows of each class, or with each finding.
    of: Vec<Count>,
    /// Rows without each finding; none for classes.
    without: Vec<Count>,
    /// Of numbers: the truths, and the sums of both models' absolute errors.
    values: Vec<f64>,
    errors: [f64; 2],
}

/// What held-out rows show.
pub(super) struct Measured {
    pub(super) accuracy: Accuracy,
    /// What falls below the floating-point model's, in sentences.
    pub(super) missed: Vec<String>,
    /// The program's scores of each row.
    pub(super) scores: Vec<Vec<i64>>,
}

/// Accuracy of both models on the test rows, of which there is at least one; a baseline in the card's template is kept. What falls
/// below `kept` times the floating-point model's is missed.
pub(super) fn measure(
    bundle: &Bundle,
    graph: &Graph,
    test: &[LabelledRow],
    kept: f64,
    watch: Watch<'_>,
) -> Result<Measured, ImportError> {
    let card = &bundle.card;
    let frac_bits = bundle.program.value(bundle.program.scores()).frac_bits;
    let executor = Executor::new(&bundle.program, &bundle.weights);
    let steps = watch.begin(Stage::HeldOut, test.len());
    let outcomes = |(row, LabelledRow { values, truth }): (usize, &LabelledRow)| {
        let at = |problem: String| ImportError::TestRow { row, problem };
        card.decision.check_truth(truth, card.classes.len()).map_err(at)?;
        let input = card.quantise(&bundle.program, values).map_err(|e| at(e.to_string()))?;
        let mut all = executor.run(&input).map_err(|e| at(e.to_string()))?;
        let scores = all.swap_remove(bundle.program.scores());
        let fixed = card.decision.of_fixed(&scores, frac_bits);
        let standardised = card.standardise(values).map_err(|e| at(e.to_string()))?;
        let float = card.decision.of(&graph.run(&standardised).pop().unwrap_or_default());
        steps.add(1);
        let outcomes = fixed.zip(float).ok_or_else(|| at("the network has no score".into()))?;
        Ok((scores, outcomes))
    };
    let outcomes: Vec<Result<_, ImportError>> = test.par_iter().enumerate().map(outcomes).collect();
    let (mut tally, mut scores) = (Tally::default(), Vec::with_capacity(test.len()));
    for (LabelledRow { truth, .. }, outcomes) in test.iter().zip(outcomes) {
        let (row_scores, (fixed, float)) = outcomes?;
        scores.push(row_scores);
        tally.add(card.classes.len(), truth, &fixed, &float);
    }
    let missed = tally.missed(&card.classes, kept);
    let mut accuracy = if tally.values.is_empty() { tally.decisions() } else { tally.numbers() };
    if let Some(earlier) = card.accuracy.as_ref().filter(|earlier| earlier.baseline.is_some()) {
        accuracy.baseline = earlier.baseline;
        accuracy.baseline_source = earlier.baseline_source.clone();
    }
    accuracy.test_rows = test.len();
    Ok(Measured { accuracy, missed, scores })
}

impl Tally {
    fn add(&mut self, classes: usize, truth: &Outcome, fixed: &Outcome, float: &Outcome) {
        self.of.resize(classes, Count::default());
        match (truth, fixed, float) {
            (Outcome::Class(class), ..) => self.of[*class].add(fixed == truth, float == truth),
            (Outcome::Findings(truth), Outcome::Findings(fixed), Outcome::Findings(float)) => {
                self.without.resize(classes, Count::default());
                for (i, ((truth, fixed), float)) in truth.iter().zip(fixed).zip(float).enumerate() {
                    let counts = if *truth { &mut self.of } else { &mut self.without };
                    counts[i].add(fixed == truth, float == truth);
                }
            }
            (Outcome::Value(truth), Outcome::Value(fixed), Outcome::Value(float)) => {
                self.values.push(*truth);
                self.errors[0] += (fixed - truth).abs();
                self.errors[1] += (float - truth).abs();
            }
            // Truths were checked, and outcomes are of the card's decision.
            _ => {}
        }
    }

    fn missed(&self, classes: &[String], kept: f64) -> Vec<String> {
        let lost = |count: &Count| (count.fixed as f64) < kept * count.float as f64;
        let sentence = |counts: &[Count], of: &str| -> Vec<String> {
            let lost = counts.iter().zip(classes).filter(|(count, _)| lost(count));
            lost.map(|(Count { rows, fixed, float }, name)| {
                format!("of {rows} held-out rows {of} '{name}' it recognises {fixed}, and the network {float}")
            })
            .collect()
        };
        let mut missed = sentence(&self.of, if self.without.is_empty() { "of" } else { "with" });
        missed.extend(sentence(&self.without, "without"));
        let [fixed, float] = self.errors.map(|sum| sum / self.values.len() as f64);
        if kept * fixed > float {
            missed
                .push(format!("on held-out rows its mean absolute error is {fixed:.4}, and the network's {float:.4}"));
        }
        missed
    }

    /// Of classes or findings.
    fn decisions(&self) -> Accuracy {
        let all = || self.of.iter().chain(&self.without);
        let rows: usize = all().map(|count| count.rows).sum();
        let overall = |right: fn(&Count) -> usize| all().map(right).sum::<usize>() as f64 / rows as f64;
        let [recall, specificity] = [&self.of, &self.without].map(|counts| counts.iter().map(|c| c.share()).collect());
        let known: Vec<f64> = all().filter_map(|count| count.share()).collect();
        // Of classes the most frequent one; of each finding the more frequent of with and without.
        let most = match self.without.is_empty() {
            true => self.of.iter().map(|count| count.rows).max().unwrap_or(0),
            false => self.of.iter().zip(&self.without).map(|(with, without)| with.rows.max(without.rows)).sum(),
        };
        Accuracy {
            metric: "accuracy".into(),
            value: overall(|count| count.fixed),
            float_value: overall(|count| count.float),
            recall,
            specificity,
            balanced: Some(known.iter().sum::<f64>() / known.len() as f64),
            majority: share(most, rows),
            ..Accuracy::default()
        }
    }

    /// Of numbers.
    fn numbers(&self) -> Accuracy {
        let mean = |sum: f64| sum / self.values.len() as f64;
        let middle = mean(self.values.iter().sum());
        Accuracy {
            metric: "mean absolute error".into(),
            value: mean(self.errors[0]),
            float_value: mean(self.errors[1]),
            baseline: Some(mean(self.values.iter().map(|value| (value - middle).abs()).sum())),
            baseline_source: Some("always their mean, the same rows".into()),
            ..Accuracy::default()
        }
    }
}
