//! What is known of a program's values: what runs saw, what is possible, and what follows for a ring.

use rayon::prelude::*;

use super::bounds::Interval;
use super::tail::Tail;
use super::watch::Steps;
use crate::card::{Overflow, OverflowRule};
use crate::exact::Executor;
use crate::products::integer_ends;
use crate::reference::RunError;
use crate::{OpKind, Program, ValueId, Weights, ring};

/// Bits beyond what was seen when rows are too few to estimate anything.
const FEW_ROWS: u32 = 8;
/// No estimate from rows of data says less, unless overflow is impossible.
const LEAST_PROBABILITY: f64 = 1.0 / (1u64 << 40) as f64;

/// What a program with 64-bit rings did with some inputs.
pub(crate) struct Runs {
    /// Smallest and largest element of every program value, for each input: `[value][input]`.
    pub(crate) values: Vec<Vec<Interval>>,
    /// The program's result for each input.
    pub(crate) outputs: Vec<Vec<i64>>,
}

impl Runs {
    /// None yet.
    pub(crate) fn none(program: &Program) -> Self {
        Self { values: vec![Vec::new(); program.ops.len() + 1], outputs: Vec::new() }
    }

    /// Runs more inputs, and says so of each.
    pub(crate) fn add(
        &mut self,
        executor: &Executor<'_>,
        inputs: &[Vec<i64>],
        done: impl Fn(usize) + Sync,
    ) -> Result<(), RunError> {
        let one = |input: &Vec<i64>| {
            let mut run = executor.run(input)?;
            done(1);
            Ok((run.iter().map(|value| extremes(value)).collect::<Vec<_>>(), run.pop()))
        };
        for (extremes, output) in inputs.par_iter().map(one).collect::<Result<Vec<_>, RunError>>()? {
            self.values.iter_mut().zip(extremes).for_each(|(values, interval)| values.push(interval));
            self.outputs.extend(output);
        }
        Ok(())
    }

    /// Runs of all inputs.
    pub(crate) fn of(
        program: &Program,
        weights: &Weights,
        inputs: &[Vec<i64>],
        steps: &Steps<'_>,
    ) -> Result<Self, RunError> {
        let mut runs = Self::none(program);
        runs.add(&Executor::new(program, weights), inputs, |more| steps.add(more))?;
        Ok(runs)
    }

    /// The same inputs' runs of a program whose values have the extremes of these.
    pub(super) fn like(&self, values: &[ValueId]) -> Self {
        Self { values: values.iter().map(|&id| self.values[id].clone()).collect(), outputs: self.outputs.clone() }
    }

    /// All of a value's elements over all inputs, and zero.
    pub(super) fn all(&self, id: ValueId) -> Interval {
        self.values[id].iter().copied().fold(Interval::ZERO, Interval::union)
    }

    /// The most bits of any value.
    pub(crate) fn bits(&self) -> u32 {
        (0..self.values.len()).map(|id| self.all(id).bits()).max().unwrap_or(0)
    }
}

/// Smallest and largest element.
fn extremes(value: &[i64]) -> Interval {
    let (low, high) = integer_ends(value);
    Interval::new(low.into(), high.into())
}

/// How rings get their widths.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Margin {
    /// So many bits beyond what calibration saw.
    Fixed(u32),
    /// What the search of accepted inputs found, and what an input like the calibration rows reaches with this
    /// probability, over all rings.
    Estimated(f64),
    /// Everything that accepted inputs can produce.
    All,
}

/// What is known of a program's values.
pub(crate) struct Known<'a> {
    /// What calibration saw.
    pub(crate) seen: &'a Runs,
    /// What the search of accepted inputs saw.
    pub(crate) probed: &'a Runs,
    /// What accepted inputs can produce.
    pub(crate) bounds: &'a [Interval],
    /// What rings must hold of that.
    pub(crate) margin: Margin,
}

/// What is compared with a ring: the values themselves, or differences of a value's elements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Extent {
    Values,
    Differences,
}

impl Extent {
    fn bits(self, interval: Interval) -> u32 {
        match self {
            Self::Values => interval.bits(),
            Self::Differences => interval.spread_bits(),
        }
    }

    fn magnitude(self, Interval { low, high }: Interval) -> f64 {
        let peak = (low.abs().max(high.abs())) as f64;
        if self == Self::Differences { peak.max((high - low) as f64) } else { peak }
    }
}

impl Known<'_> {
    pub(super) fn bits(&self, program: &Program, id: ValueId, of: Extent) -> u32 {
        let bound = of.bits(self.bounds[id]);
        match self.margin {
            Margin::All => bound,
            Margin::Fixed(margin) => of.bits(self.seen.all(id)).saturating_add(margin).min(bound),
            Margin::Estimated(probability) => {
                let met = of.bits(self.seen.all(id)).max(of.bits(self.probed.all(id)));
                if met >= bound {
                    return bound;
                }
                let limit = probability / extents(program).count() as f64;
                let rare = match self.tail(id, of) {
                    // 2^100 is more than any ring holds.
                    Some(tail) => ring::signed_bits(tail.quantile(limit).min(1e30).ceil() as i128),
                    None => of.bits(self.seen.all(id)) + FEW_ROWS,
                };
                met.max(rare).min(bound)
            }
        }
    }

    fn tail(&self, id: ValueId, of: Extent) -> Option<Tail> {
        Tail::fit(self.seen.values[id].iter().map(|&interval| of.magnitude(interval)).collect())
    }

    /// What is to be said of a program whose rings were chosen.
    pub(super) fn overflow(&self, program: &Program) -> Overflow {
        let bits = |id: ValueId| program.value(id).bits;
        let open: Vec<_> = extents(program).filter(|&(id, of)| bits(id) < of.bits(self.bounds[id])).collect();
        let reached = |&(id, of): &(ValueId, Extent)| {
            self.tail(id, of).map(|tail| tail.probability(2f64.powi(bits(id) as i32 - 1)))
        };
        let probability = open.iter().map(reached).sum::<Option<f64>>().map(|sum| sum.min(1.0));
        let spare = |&(id, of): &(ValueId, Extent)| bits(id).saturating_sub(of.bits(self.seen.all(id)));
        let beyond = |k: usize| open.iter().any(|&(id, of)| of.bits(self.probed.values[id][k]) > bits(id));
        Overflow {
            rule: match self.margin {
                _ if open.is_empty() => OverflowRule::Excluded,
                Margin::Estimated(_) => OverflowRule::Estimated,
                Margin::Fixed(_) | Margin::All => OverflowRule::Fixed,
            },
            rows: self.seen.outputs.len(),
            margin_bits: open.iter().map(spare).min(),
            // Two digits say what an estimate can, and none reaches further than this.
            probability: probability.map(|p| two_digits(if p > 0.0 { p.max(LEAST_PROBABILITY) } else { 0.0 })),
            probed: self.probed.outputs.len(),
            overflowing: (0..self.probed.outputs.len()).filter(|&k| beyond(k)).count(),
        }
    }
}

/// Everything that some ring must hold: every value, and the differences of those that are compared.
fn extents(program: &Program) -> impl Iterator<Item = (ValueId, Extent)> {
    let compared = program.ops.iter().filter(|op| compares(&op.kind)).map(|op| (op.inputs[0], Extent::Differences));
    (0..=program.ops.len()).map(|id| (id, Extent::Values)).chain(compared)
}

/// Rounded up to two significant digits.
fn two_digits(value: f64) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    let exponent = value.log10().floor() as i32 - 1;
    let text = format!("{}e{exponent}", (value / 10f64.powi(exponent)).ceil());
    text.parse().unwrap_or(value)
}

/// Whether an operation takes signs of differences.
pub(super) fn compares(kind: &OpKind) -> bool {
    matches!(kind, OpKind::MaxPool { .. } | OpKind::Argmax)
}
