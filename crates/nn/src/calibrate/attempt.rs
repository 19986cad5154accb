//! One choice of widths: its program, how like the network it is, and its rings.

use std::collections::HashSet;

use rayon::prelude::*;

use super::compile::{self, Aim, Compiled, Scales, Widths, to_fixed};
use super::known::{Known, Margin, Runs};
use super::likeness::Likeness;
use super::options::Options;
use super::prices::{BitPrices, Price};
use super::range::Data;
use super::report::{Calibrated, CalibrationError, CalibrationReport, Prices, ValueReport};
use super::watch::{Stage, Steps};
use super::{bounds, probe, rings, rounding};
use crate::exact::Executor;
use crate::graph::{FloatOp, Graph};
use crate::passes::{self, Placed};
use crate::{Program, ValueId, Weights, reference};

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

/// What every attempt has in common.
pub(super) struct Setting<'a> {
    pub(super) graph: &'a Graph,
    pub(super) data: &'a Data<'a>,
    pub(super) prices: &'a BitPrices,
    pub(super) options: &'a Options,
}

/// One choice of widths, compiled with 64-bit rings and compared.
pub(super) struct Attempt {
    aim: Aim,
    pub(super) widths: Widths,
    program: Program,
    weights: Weights,
    lost_weights: Vec<String>,
    /// What the program did with the calibration rows.
    seen: Runs,
    /// What accepted inputs can produce.
    bounds: Vec<bounds::Interval>,
    pub(super) likeness: Likeness,
}

fn broken(error: impl std::fmt::Display) -> CalibrationError {
    CalibrationError::Program(error.to_string())
}

pub(super) fn attempt(setting: &Setting<'_>, aim: Aim) -> Result<Attempt, CalibrationError> {
    let Setting { graph, data, prices, options } = *setting;
    let scales = Scales::new(graph, data, prices, aim);
    let widths = scales.means();
    let Compiled { program: wide, weights, lost: lost_weights } = compile::compile(graph, data, &scales)?;
    wide.validate().map_err(broken)?;
    let inputs = quantised(data.rows, &wide);
    let steps = graph.nodes.iter().filter(|node| matches!(node.op, FloatOp::Steps { .. }));
    let exact = steps.map(|node| node.name.as_str()).collect();
    let stage = Stage::Widths { weight: widths.weight, activation: widths.activation };
    let steps = &data.watch.begin(stage, inputs.len());
    let (program, weights, seen) = rewritten(wide, &weights, &inputs, &exact, steps).map_err(broken)?;
    let bounds = bounds::unwrapped(&program, &weights, &data.input).iter().map(bounds::Bounds::all).collect();
    let likeness = Likeness::of(&seen.outputs, program.output().frac_bits, &data.scores, options);
    let attempt = Attempt { aim, widths, program, weights, lost_weights, seen, bounds, likeness };
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
    /// Whether it meets the goals where the other does not, or with less precision, or comes closer.
    pub(super) fn preferred(&self, other: &Self) -> bool {
        match (self.aim, other.aim) {
            (Aim::Precision(own), Aim::Precision(others)) if self.likeness.met() && other.likeness.met() => {
                own < others
            }
            _ => self.likeness.closer(&other.likeness),
        }
    }

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
    pub(super) fn narrowed(
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
        let Likeness { agreement, class_agreement, score_error, max_score, missed, .. } = self.likeness;
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
