//! From floating point to a program: picks scales and ring widths from data, and says how well the two agree.
//!
//! The network is compiled with 64-bit rings, rewritten by [`passes`](crate::passes), run on the calibration rows, and its
//! rings are narrowed to what was found.
//!
//! Scales: every weight tensor takes the largest scale at which it fits `weight_bits`, every activation (and the input,
//! over the card's whole range) the largest at which what calibration saw fits `activation_bits`. Rings: the smallest that
//! holds what calibration saw plus a margin, or everything that any accepted input can produce where that is less, and
//! never narrower than a later operation on the same value needs.

pub(crate) mod bounds;
mod compile;
mod range;
mod rings;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::card::largest;
use crate::graph::Graph;
use crate::{Program, Weights, passes, reference};
use compile::{Widths, to_fixed};

pub(crate) use range::{Data, Range};

/// Fewest bits that the search tries.
const MIN_BITS: u32 = 4;
/// Most bits of weights and activations.
const MAX_BITS: u32 = 30;
/// Bits of a value in a 64-bit ring from which overflows of others like it must be feared.
const MAX_SEEN: u32 = 56;

/// What a calibration aims for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// Bits of a weight; with [`search`](Self::search) the most.
    pub weight_bits: u32,
    /// Bits of an activation; with [`search`](Self::search) the most.
    pub activation_bits: u32,
    /// Bits that every ring has beyond what calibration saw. 64 makes every ring wide enough for anything that an
    /// accepted input can produce.
    pub margin_bits: u32,
    /// Whether to look for smaller widths that still meet the two goals below.
    pub search: bool,
    /// Goal: the share of calibration rows on which both models must pick the same class.
    pub agreement: f64,
    /// Goal: the largest error of a score, relative to the largest score seen.
    pub score_error: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { weight_bits: 16, activation_bits: 16, margin_bits: 2, search: true, agreement: 1.0, score_error: 0.02 }
    }
}

/// How the program and the floating-point model compare on the calibration rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalibrationReport {
    /// Number of rows.
    pub rows: usize,
    /// Bits of weights.
    pub weight_bits: u32,
    /// Bits of activations.
    pub activation_bits: u32,
    /// Bits beyond what was seen.
    pub margin_bits: u32,
    /// Share of rows on which both pick the same class.
    pub argmax_agreement: f64,
    /// Largest difference of a score.
    pub max_score_error: f64,
    /// Largest score of the floating-point model, in magnitude.
    pub max_score: f64,
    /// Whether the goals of the [`Options`] are met.
    pub goals_met: bool,
    /// Whether no accepted input can overflow any ring.
    pub overflow_free: bool,
    /// Every value of the program, the input first.
    pub values: Vec<ValueReport>,
}

/// The ring of one value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueReport {
    /// Name of the operation, "input" for the input.
    pub name: String,
    /// Ring width.
    pub bits: u32,
    /// Fractional bits.
    pub frac_bits: u32,
    /// Signed bits of the largest value seen.
    pub seen_bits: u32,
    /// Signed bits of the largest value that an accepted input could produce, by interval arithmetic.
    pub bound_bits: u32,
}

/// Why a calibration fails.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum CalibrationError {
    /// No data.
    #[error("calibration needs at least one row")]
    NoRows,
    /// A row of another length than the network's input.
    #[error("the model reads {expected} values, but calibration row {row} has {found}")]
    RowLength {
        /// Index of the row.
        row: usize,
        /// What the network reads.
        expected: usize,
        /// What the row has.
        found: usize,
    },
    /// Options outside their range.
    #[error("{0}")]
    Options(String),
    /// A value that no ring holds.
    #[error(
        "the value of '{name}' reaches {magnitude:.3e}, which does not fit a ring of 64 bits at its scale; use fewer bits"
    )]
    TooWide {
        /// The operation.
        name: String,
        /// Its largest magnitude as a real number.
        magnitude: f64,
    },
    /// The outcome does not pass the program's own checks; other options may help.
    #[error("no valid program at these widths: {0}")]
    Program(String),
}

/// A program with its weights and how they were found.
#[derive(Clone, Debug)]
pub struct Calibrated {
    /// The program.
    pub program: Program,
    /// Its weights.
    pub weights: Weights,
    /// The comparison.
    pub report: CalibrationReport,
}

/// Makes a program of a network. `range` holds the smallest and largest value of every input element that will ever be
/// accepted, `rows` inputs like those that the model will see, both as the network reads them (standardised).
pub fn calibrate(
    graph: &Graph,
    range: &[(f64, f64)],
    rows: &[Vec<f64>],
    options: &Options,
) -> Result<Calibrated, CalibrationError> {
    check(graph, range, rows, options)?;
    let graph = &graph.clone().simplified();
    let data = Data::new(graph, range, rows);
    let most = Widths { weight: options.weight_bits, activation: options.activation_bits };
    if options.search { search(graph, &data, most, options) } else { attempt(graph, &data, most, options) }
}

fn check(graph: &Graph, range: &[(f64, f64)], rows: &[Vec<f64>], options: &Options) -> Result<(), CalibrationError> {
    for (name, bits) in [("weight_bits", options.weight_bits), ("activation_bits", options.activation_bits)] {
        if !(2..=MAX_BITS).contains(&bits) {
            return Err(CalibrationError::Options(format!("{name} must be 2 to {MAX_BITS}, not {bits}")));
        }
    }
    let expected = graph.len(0);
    if range.len() != expected {
        return Err(CalibrationError::Options(format!("{} ranges for {expected} inputs", range.len())));
    }
    if rows.is_empty() {
        return Err(CalibrationError::NoRows);
    }
    match rows.iter().position(|row| row.len() != expected) {
        Some(row) => Err(CalibrationError::RowLength { row, expected, found: rows[row].len() }),
        None => Ok(()),
    }
}

/// Finds the smallest equal widths that meet the goals, then lowers each of the two as far as the goals allow. When even the
/// largest widths miss the goals, the closest attempt wins.
fn search(graph: &Graph, data: &Data, most: Widths, options: &Options) -> Result<Calibrated, CalibrationError> {
    let mut best: Option<Calibrated> = None;
    for bits in MIN_BITS..=most.weight.max(most.activation) {
        let widths = Widths { weight: bits.min(most.weight), activation: bits.min(most.activation) };
        let next = match (attempt(graph, data, widths, options), &best) {
            (Ok(next), _) => next,
            // Wider ones fit no ring either.
            (Err(_), Some(_)) => break,
            (Err(error), None) => return Err(error),
        };
        if best.as_ref().is_none_or(|best| closer(&next.report, &best.report)) {
            best = Some(next);
        }
        if best.as_ref().is_some_and(|best| best.report.goals_met) {
            break;
        }
    }
    let mut best = match best {
        Some(best) => best,
        None => return attempt(graph, data, most, options),
    };
    let lower_activation = |w: Widths| Widths { activation: w.activation - 1, ..w };
    let lower_weight = |w: Widths| Widths { weight: w.weight - 1, ..w };
    for lower in [lower_activation as fn(Widths) -> Widths, lower_weight] {
        while best.report.goals_met {
            let widths = lower(Widths { weight: best.report.weight_bits, activation: best.report.activation_bits });
            if widths.weight < 2 || widths.activation < 2 {
                break;
            }
            let next = attempt(graph, data, widths, options)?;
            if !next.report.goals_met {
                break;
            }
            best = next;
        }
    }
    Ok(best)
}

fn closer(a: &CalibrationReport, b: &CalibrationReport) -> bool {
    let key = |r: &CalibrationReport| (r.goals_met, r.argmax_agreement, -r.max_score_error);
    key(a) > key(b)
}

/// One choice of widths, compiled and compared.
fn attempt(graph: &Graph, data: &Data, widths: Widths, options: &Options) -> Result<Calibrated, CalibrationError> {
    let (wide, weights) = compile::compile(graph, data, widths)?;
    let broken = |e: &dyn std::fmt::Display| CalibrationError::Program(e.to_string());
    wide.validate().map_err(|e| broken(&e))?;
    let inputs: Vec<Vec<i64>> = data.rows.iter().map(|row| quantise(row, wide.input.frac_bits)).collect();
    let (mut program, seen) = rewritten(wide, &weights, &inputs).map_err(|e| broken(&e))?;
    let bounds: Vec<_> = bounds::unwrapped(&program, &weights, &data.input).iter().map(bounds::Bounds::all).collect();
    let known = rings::Known { seen: &seen, bounds: &bounds, margin: options.margin_bits };
    let (values, overflow_free) = rings::assign(&mut program, &weights, &known)?;
    program.validate().map_err(|e| broken(&e))?;
    let mut report = CalibrationReport {
        rows: data.rows.len(),
        weight_bits: widths.weight,
        activation_bits: widths.activation,
        margin_bits: options.margin_bits,
        argmax_agreement: 0.0,
        max_score_error: 0.0,
        max_score: 0.0,
        goals_met: false,
        overflow_free,
        values,
    };
    compare(&mut report, &program, &weights, data, &inputs).map_err(|e| broken(&e))?;
    let relative = report.max_score_error <= options.score_error * report.max_score;
    report.goals_met = report.argmax_agreement >= options.agreement && relative;
    Ok(Calibrated { program, weights, report })
}

/// A program with fewer and cheaper operations, and what its values were. The rewriting needs rings in which nothing
/// overflows; should what was seen come near their end, the program stays as it is.
fn rewritten(
    wide: Program,
    weights: &Weights,
    inputs: &[Vec<i64>],
) -> Result<(Program, Vec<bounds::Interval>), reference::RunError> {
    let cheaper = passes::optimise(wide.clone());
    match rings::seen(&cheaper, weights, inputs) {
        Ok(seen) if seen.iter().all(|v| v.bits() <= MAX_SEEN) => Ok((cheaper, seen)),
        _ => rings::seen(&wide, weights, inputs).map(|seen| (wide, seen)),
    }
}

fn quantise(row: &[f64], frac_bits: u32) -> Vec<i64> {
    row.iter().map(|&v| to_fixed(v, frac_bits)).collect()
}

fn compare(
    report: &mut CalibrationReport,
    program: &Program,
    weights: &Weights,
    data: &Data,
    inputs: &[Vec<i64>],
) -> Result<(), reference::RunError> {
    let scale = (1u64 << program.output().frac_bits) as f64;
    let mut agreeing = 0;
    for (input, scores) in inputs.iter().zip(&data.scores) {
        let output = reference::run_output(program, weights, input)?;
        agreeing += usize::from(largest(&output) == largest(scores));
        for (fixed, score) in output.iter().zip(scores) {
            report.max_score_error = report.max_score_error.max((*fixed as f64 / scale - score).abs());
            report.max_score = report.max_score.max(score.abs());
        }
    }
    report.argmax_agreement = agreeing as f64 / inputs.len() as f64;
    Ok(())
}
