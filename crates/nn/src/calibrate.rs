//! From floating point to a program: picks scales and ring widths from data, and says how well the two agree.
//!
//! The network is compiled with 64-bit rings, rewritten by [`passes`](crate::passes), run on the calibration rows, and its
//! rings are narrowed to what is known of its values. Max pools stand where they then cost least.
//!
//! Scales: precision is bought where it costs least ([`noise`], [`prices`]), at the least level that meets the goals ([`search`]), or in
//! the mean at given widths. Weights are rounded so that a layer's result is off by the least ([`moments`]), and what they leave out in the
//! mean goes into biases. Values are first brought near one, just below a power of two ([`balance`]). Shifts round to the nearest where a layer
//! before them can add half a step with its bias, which is nearly everywhere.
//!
//! Rings hold everything that any accepted input can produce, where that costs at most [`EXCLUDED_PRICE`] times as much
//! as the estimate does. The estimate: what calibration and a search of accepted inputs saw, and what a row like the
//! calibration's exceeds with a probability of at most [`OVERFLOW_PROBABILITY`], over all rings, by the tail of the
//! rows' maxima. Rings are never narrower than a later operation on the same value needs.
//! `docs/decisions/0018-overflow.md`, `0030-bits-where-they-count.md` and `0039-the-cheapest-roundings.md` have the reasons.

mod attempt;
mod balance;
pub(crate) mod bounds;
mod compile;
mod known;
mod least;
mod likeness;
mod moments;
mod noise;
mod options;
mod prices;
mod probe;
mod range;
mod report;
mod rings;
mod rounding;
mod search;
mod tail;
mod watch;

use crate::Program;
use crate::graph::Graph;
use attempt::{Setting, attempt};
use compile::{Aim, Widths};
use prices::BitPrices;

pub use attempt::{EXCLUDED_PRICE, OVERFLOW_PROBABILITY};
pub use options::Options;
pub use prices::Price;
pub(crate) use range::{Data, Range};
pub use report::{Calibrated, CalibrationError, CalibrationReport, Prices, ValueReport};
pub(crate) use watch::Watch;
pub use watch::{Stage, Watcher};

/// Most bits of weights and activations.
const MAX_BITS: u32 = 30;

/// The bits of all rings: a price for those who know no better.
pub fn ring_bits(program: &Program) -> u64 {
    (0..=program.ops.len()).map(|id| program.value(id)).map(|v| v.len() as u64 * u64::from(v.bits)).sum()
}

/// Makes a program of a network. `range` holds the smallest and largest value of every input element that will ever be
/// accepted, `rows` inputs like those that the model will see, both as the network reads them (standardised).
pub fn calibrate(
    graph: &Graph,
    range: &[(f64, f64)],
    rows: &[Vec<f64>],
    options: &Options,
    price: Price<'_>,
) -> Result<Calibrated, CalibrationError> {
    calibrate_watched(graph, range, rows, options, price, Watch::default())
}

/// As [`calibrate`], before somebody who waits.
pub(crate) fn calibrate_watched(
    graph: &Graph,
    range: &[(f64, f64)],
    rows: &[Vec<f64>],
    options: &Options,
    price: Price<'_>,
    watch: Watch<'_>,
) -> Result<Calibrated, CalibrationError> {
    check(graph, range, rows, options)?;
    let graph = graph.clone().simplified();
    let prices = &BitPrices::new(&graph, price);
    let (graph, data) = prepared(graph, range, rows, watch);
    let graph = &graph;
    let most = Widths { weight: options.weight_bits, activation: options.activation_bits };
    let setting = Setting { graph, data: &data, prices, options };
    let found = if options.search { search::search(&setting, most) } else { attempt(&setting, Aim::Mean(most)) };
    found?.narrowed(graph, &data, options, price)
}

/// The network with values of sizes at which they are well rounded, and what it does on the rows.
fn prepared<'a>(graph: Graph, range: &[(f64, f64)], rows: &'a [Vec<f64>], watch: Watch<'a>) -> (Graph, Data<'a>) {
    let data = Data::new(&graph, range, rows, watch);
    match balance::balanced(&graph, &data) {
        Some(balanced) => {
            let data = Data::new(&balanced, range, rows, watch);
            (balanced, data)
        }
        None => (graph, data),
    }
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
