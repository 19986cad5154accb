//! From floating point to a program: picks scales and ring widths from data, and says how well the two agree.
//!
//! The network is compiled with 64-bit rings, rewritten by [`passes`](crate::passes), run on the calibration rows, and its
//! rings are narrowed to what is known of its values. Max pools stand where they then cost least.
//!
//! Scales: every weight tensor takes the largest scale at which it fits `weight_bits`, every activation (and the input,
//! over the card's whole range) the largest at which what calibration saw fits `activation_bits`; then scales move to where
//! bits are worth most ([`noise`]). What rounded weights leave out in the mean goes into biases. Shifts round to the nearest
//! where a layer before them can add half a step with its bias, which is nearly everywhere.
//!
//! Rings hold everything that any accepted input can produce, where that costs at most [`EXCLUDED_PRICE`] times as much
//! as the estimate does. The estimate: what calibration and a search of accepted inputs saw, and what a row like the
//! calibration's exceeds with a probability of at most [`OVERFLOW_PROBABILITY`], over all rings, by the tail of the
//! rows' maxima. Rings are never narrower than a later operation on the same value needs.
//! `docs/decisions/0018-overflow.md` and `0030-bits-where-they-count.md` have the reasons.

mod balance;
pub(crate) mod bounds;
mod compile;
mod known;
mod likeness;
mod noise;
mod options;
mod probe;
mod range;
mod report;
mod rings;
mod rounding;
mod tail;
mod watch;

use std::collections::HashSet;

use rayon::prelude::*;

use crate::exact::Executor;
use crate::graph::{FloatOp, Graph};
use crate::passes::{self, Placed};
use crate::{Program, ValueId, Weights, reference};
use compile::{Compiled, Widths, to_fixed};
use known::{Known, Margin, Runs};
use likeness::Likeness;
use watch::Steps;

pub use options::Options;
pub(crate) use range::{Data, Range};
pub use report::{Calibrated, CalibrationError, CalibrationReport, Prices, ValueReport};
pub(crate) use watch::Watch;
pub use watch::{Stage, Watcher};

/// Fewest bits that the search tries.
const MIN_BITS: u32 = 4;
/// Most bits of weights and activations.
const MAX_BITS: u32 = 30;
/// Bits of a value in a 64-bit ring from which overflows of others like it must be feared.
const MAX_SEEN: u32 = 56;
/// Most that rings which hold everything may cost, relative to estimated ones, to be taken.
pub const EXCLUDED_PRICE: f64 = 1.25;
/// Bound on the estimated probability that an inference overflows any ring.
pub const OVERFLOW_PROBABILITY: f64 = 1.0 / (1u64 << 20) as f64;
/// The search of accepted inputs may run the network so many times for each calibration row, and [`MORE_PROBES`] times.
const PROBES_PER_ROW: usize = 2;
const MORE_PROBES: usize = 256;

/// Rows that are run again with the final rings.
const CHECKED_ROWS: usize = 8;

/// What a private inference of a program costs, in any unit.
pub type Price<'a> = &'a dyn Fn(&Program) -> u64;

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
    let (mut graph, mut data) = (graph.clone().simplified(), None);
    let first = Data::new(&graph, range, rows, watch);
    if let Some(balanced) = balance::balanced(&graph, &first) {
        (data, graph) = (Some(Data::new(&balanced, range, rows, watch)), balanced);
    }
    let (graph, data) = (&graph, data.unwrap_or(first));
    let most = Widths { weight: options.weight_bits, activation: options.activation_bits };
    let found = if options.search { search(graph, &data, most, options) } else { attempt(graph, &data, most, options) };
    found?.narrowed(graph, &data, options, price)
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
fn search(graph: &Graph, data: &Data, most: Widths, options: &Options) -> Result<Attempt, CalibrationError> {
    let mut best: Option<Attempt> = None;
    for bits in MIN_BITS..=most.weight.max(most.activation) {
        let widths = Widths { weight: bits.min(most.weight), activation: bits.min(most.activation) };
        let next = match (attempt(graph, data, widths, options), &best) {
            (Ok(next), _) => next,
            // Wider ones fit no ring either.
            (Err(_), Some(_)) => break,
            (Err(error), None) => return Err(error),
        };
        if best.as_ref().is_none_or(|best| next.likeness.closer(&best.likeness)) {
            best = Some(next);
        }
        if best.as_ref().is_some_and(|best| best.likeness.met()) {
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
        while best.likeness.met() {
            let widths = lower(best.widths);
            if widths.weight < 2 || widths.activation < 2 {
                break;
            }
            let next = attempt(graph, data, widths, options)?;
            if !next.likeness.met() {
                break;
            }
            best = next;
        }
    }
    Ok(best)
}

/// One choice of widths, compiled with 64-bit rings and compared.
struct Attempt {
    widths: Widths,
    program: Program,
    weights: Weights,
    lost_weights: Vec<String>,
    /// What the program did with the calibration rows.
    seen: Runs,
    /// What accepted inputs can produce.
    bounds: Vec<bounds::Interval>,
    likeness: Likeness,
}

fn broken(error: impl std::fmt::Display) -> CalibrationError {
    CalibrationError::Program(error.to_string())
}

fn attempt(graph: &Graph, data: &Data, widths: Widths, options: &Options) -> Result<Attempt, CalibrationError> {
    let Compiled { program: wide, weights, lost: lost_weights } = compile::compile(graph, data, widths)?;
    wide.validate().map_err(broken)?;
    let inputs = quantised(data.rows, &wide);
    let steps = graph.nodes.iter().filter(|node| matches!(node.op, FloatOp::Steps { .. }));
    let exact = steps.map(|node| node.name.as_str()).collect();
    let stage = Stage::Widths { weight: widths.weight, activation: widths.activation };
    let steps = &data.watch.begin(stage, inputs.len());
    let (program, weights, seen) = rewritten(wide, &weights, &inputs, &exact, steps).map_err(broken)?;
    let bounds = bounds::unwrapped(&program, &weights, &data.input).iter().map(bounds::Bounds::all).collect();
    let likeness = Likeness::of(&seen.outputs, program.output().frac_bits, &data.scores, options);
    let attempt = Attempt { widths, program, weights, lost_weights, seen, bounds, likeness };
    // Widths that fit no ring are out of the question, whatever is found later.
    attempt.assigned(&Runs::none(&attempt.program), attempt.margin(options))?;
    Ok(attempt)
}

/// A program with fewer and cheaper operations that rounds to the nearest, but for those in `exact`, and what its values were. The
/// rewriting needs rings in which nothing overflows; should what was seen come near their end, the program stays as it is.
fn rewritten(
    wide: Program,
    weights: &Weights,
    inputs: &[Vec<i64>],
    exact: &HashSet<&str>,
    steps: &Steps<'_>,
) -> Result<(Program, Weights, Runs), reference::RunError> {
    let rounded = |mut program: Program| {
        let mut weights = weights.clone();
        rounding::to_nearest(&mut program, &mut weights, exact);
        let seen = Runs::of(&program, &weights, inputs, steps)?;
        Ok((program, weights, seen))
    };
    match rounded(passes::optimise(wide.clone())) {
        Ok(cheaper) if cheaper.2.bits() <= MAX_SEEN => Ok(cheaper),
        _ => rounded(wide),
    }
}

/// Inputs of a network as inputs of a program.
fn quantised(inputs: &[Vec<f64>], program: &Program) -> Vec<Vec<i64>> {
    let one = |input: &Vec<f64>| input.iter().map(|&v| to_fixed(v, program.input.frac_bits)).collect();
    inputs.iter().map(one).collect()
}

type Assigned = (Program, Vec<ValueReport>, crate::card::Overflow);

fn assigned(mut program: Program, weights: &Weights, known: &Known<'_>) -> Result<Assigned, CalibrationError> {
    let (values, overflow) = rings::assign(&mut program, weights, known)?;
    program.validate().map_err(broken)?;
    Ok((program, values, overflow))
}

impl Attempt {
    fn margin(&self, options: &Options) -> Margin {
        match options.margin_bits {
            None => Margin::Estimated(OVERFLOW_PROBABILITY),
            Some(64..) => Margin::All,
            Some(bits) => Margin::Fixed(bits),
        }
    }

    /// The program with the rings of a margin.
    fn assigned(&self, probed: &Runs, margin: Margin) -> Result<Assigned, CalibrationError> {
        let known = Known { seen: &self.seen, probed, bounds: &self.bounds, margin };
        assigned(self.program.clone(), &self.weights, &known)
    }

    /// Moves and splits max pools for the least price with the rings of a margin.
    fn place_max_pools(&mut self, probed: &mut Runs, margin: Margin, price: Price<'_>) {
        let bounds = |like: &[ValueId]| like.iter().map(|&id| self.bounds[id]).collect::<Vec<_>>();
        let placed = passes::place_max_pools(self.program.clone(), &|Placed { program, like }| {
            let (seen, probed, bounds) = (self.seen.like(like), probed.like(like), bounds(like));
            let known = Known { seen: &seen, probed: &probed, bounds: &bounds, margin };
            // What fits no ring has no price.
            assigned(program.clone(), &self.weights, &known).ok().map(|(program, ..)| price(&program))
        });
        let bounds = bounds(&placed.like);
        (self.seen, *probed) = (self.seen.like(&placed.like), probed.like(&placed.like));
        (self.program, self.bounds) = (placed.program, bounds);
    }

    /// What the search of accepted inputs makes of the program's values. Values that come near the end of 64 bits are
    /// none that a ring could hold.
    fn probed(&self, graph: &Graph, data: &Data) -> Result<Runs, CalibrationError> {
        let mut probed = Runs::none(&self.program);
        let mut result = Ok(());
        let runs = PROBES_PER_ROW * data.rows.len() + MORE_PROBES;
        let executor = Executor::new(&self.program, &self.weights);
        let steps = data.watch.begin(Stage::Search, runs);
        probe::search(graph, data, runs, |inputs, cost| {
            steps.add(cost);
            let inputs = quantised(inputs, &self.program);
            if result.is_ok() {
                result = probed.add(&executor, &inputs, |_| {});
            }
        });
        result.map_err(broken)?;
        if probed.bits() > MAX_SEEN {
            let problem = format!("accepted inputs drive values beyond {MAX_SEEN} bits; lower the bits or the ranges");
            return Err(CalibrationError::Program(problem));
        }
        Ok(probed)
    }

    /// The final program: its rings by the options' margin, or by the rule of this module.
    fn narrowed(
        mut self,
        graph: &Graph,
        data: &Data,
        options: &Options,
        price: Price<'_>,
    ) -> Result<Calibrated, CalibrationError> {
        let mut probed = self.probed(graph, data)?;
        self.place_max_pools(&mut probed, self.margin(options), price);
        let mut chosen = self.assigned(&probed, self.margin(options))?;
        let mut prices = None;
        if options.margin_bits.is_none() && chosen.2.can_happen() {
            let excluded = self.assigned(&probed, Margin::All).ok();
            let estimated = price(&chosen.0);
            let price = excluded.as_ref().map(|(program, ..)| price(program));
            prices = Some(Prices { estimated, excluded: price });
            if let (Some(excluded), Some(price)) = (excluded, price)
                && price as f64 <= EXCLUDED_PRICE * estimated as f64
            {
                chosen = excluded;
            }
        }
        let (program, values, overflow) = chosen;
        // What was seen fits the rings: some rows are enough to notice a fault of this module.
        let rows = &data.rows[..data.rows.len().min(CHECKED_ROWS)];
        let executor = Executor::new(&program, &self.weights);
        let outputs = quantised(rows, &program).into_par_iter().map(|input| executor.run_output(&input));
        let outputs = outputs.collect::<Result<Vec<_>, _>>().map_err(broken)?;
        if outputs != self.seen.outputs[..rows.len()] {
            return Err(broken("narrow rings change what calibration saw"));
        }
        let Likeness { agreement, class_agreement, score_error, max_score, missed } = self.likeness;
        let report = CalibrationReport {
            rows: data.rows.len(),
            weight_bits: self.widths.weight,
            activation_bits: self.widths.activation,
            argmax_agreement: agreement,
            class_agreement,
            max_score_error: score_error,
            max_score,
            goals_met: missed.is_empty(),
            missed,
            lost_weights: self.lost_weights,
            outliers: data.outliers.clone(),
            overflow_free: !overflow.can_happen(),
            overflow,
            prices,
            values,
        };
        Ok(Calibrated { program, weights: self.weights, report })
    }
}
