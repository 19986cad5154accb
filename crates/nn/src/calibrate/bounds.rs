//! What the values of a program can be, by interval arithmetic.
//!
//! Neighbouring elements share an interval: the elements of a channel's map after an operation over maps, none in a list of
//! features. A convolution then costs as much as its weights are many, whatever the size of the maps.

use super::Range;
use super::compile::to_fixed;
use crate::{Op, OpKind, Program, ValueType, Weights, Window, ring};

/// Smallest and largest integer, far from overflow: what passes 2^126 stays there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interval {
    pub(crate) low: i128,
    pub(crate) high: i128,
}

impl Interval {
    const LIMIT: i128 = 1 << 126;
    pub(crate) const ZERO: Self = Self { low: 0, high: 0 };

    pub(crate) fn new(low: i128, high: i128) -> Self {
        Self { low: low.clamp(-Self::LIMIT, Self::LIMIT), high: high.clamp(-Self::LIMIT, Self::LIMIT) }
    }

    /// Everything that a ring holds.
    fn ring(bits: u32) -> Self {
        Self::new(ring::min(bits).into(), ring::max(bits).into())
    }

    fn map(self, f: impl Fn(i128) -> i128) -> Self {
        let (a, b) = (f(self.low), f(self.high));
        Self::new(a.min(b), a.max(b))
    }

    fn plus(self, other: Self) -> Self {
        Self::new(self.low.saturating_add(other.low), self.high.saturating_add(other.high))
    }

    fn times(self, factor: i128) -> Self {
        self.map(|v| v.saturating_mul(factor))
    }

    /// The sum of elements times weights, all elements from this interval.
    fn dot(self, weights: &[i64]) -> Self {
        let sum =
            |positive: bool| -> i128 { weights.iter().filter(|&&w| (w > 0) == positive).map(|&w| i128::from(w)).sum() };
        self.times(sum(true)).plus(self.times(sum(false)))
    }

    pub(crate) fn union(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    /// Signed bits that hold every value.
    pub(crate) fn bits(self) -> u32 {
        ring::signed_bits(self.low).max(ring::signed_bits(self.high))
    }

    /// Signed bits that hold the difference of any two values.
    pub(crate) fn spread_bits(self) -> u32 {
        ring::signed_bits(self.high.saturating_sub(self.low)).max(self.bits())
    }
}

/// Intervals of a value's elements, one for every `each` neighbours.
#[derive(Clone, Debug)]
pub(crate) struct Bounds {
    intervals: Vec<Interval>,
    each: usize,
}

impl Bounds {
    fn grouped(&self, each: usize) -> Self {
        let groups = self.intervals.len() * self.each / each;
        let group = |g: usize| &self.intervals[g * each / self.each..=((g + 1) * each - 1) / self.each];
        Self { intervals: (0..groups).map(|g| union(group(g))).collect(), each }
    }

    fn map(&self, f: impl Fn(Interval) -> Interval) -> Self {
        Self { intervals: self.intervals.iter().map(|&v| f(v)).collect(), each: self.each }
    }

    /// The interval of every element.
    pub(crate) fn elements(&self) -> impl Iterator<Item = Interval> {
        self.intervals.iter().flat_map(|&interval| std::iter::repeat_n(interval, self.each))
    }

    /// One interval for all elements.
    pub(crate) fn all(&self) -> Interval {
        union(&self.intervals)
    }
}

fn union(intervals: &[Interval]) -> Interval {
    intervals.iter().copied().reduce(Interval::union).unwrap_or(Interval::ZERO)
}

/// What every value of a program can be for inputs within `input`, as if rings had no end.
pub(crate) fn unwrapped(program: &Program, weights: &Weights, input: &[Range]) -> Vec<Bounds> {
    propagate(program, weights, within(program, input), |bounds, _| bounds)
}

/// As [`unwrapped`], overflows included.
pub(crate) fn accepted(program: &Program, weights: &Weights, input: &[Range]) -> Vec<Bounds> {
    propagate(program, weights, within(program, input), in_ring)
}

/// The program's input for real ones within `input`.
fn within(program: &Program, input: &[Range]) -> Bounds {
    let fixed = |v: f64| i128::from(to_fixed(v, program.input.frac_bits));
    let intervals = input.iter().map(|r| Interval::new(fixed(r.low), fixed(r.high))).collect();
    Bounds { intervals, each: 1 }
}

/// What every value can be for whatever input the rings hold, overflows included.
pub(crate) fn wrapped(program: &Program, weights: &Weights) -> Vec<Bounds> {
    let intervals = vec![Interval::ring(program.input.bits)];
    propagate(program, weights, Bounds { intervals, each: program.input.len() }, in_ring)
}

/// What leaves its ring can come back anywhere in it.
fn in_ring(bounds: Bounds, value: &ValueType) -> Bounds {
    let ring = Interval::ring(value.bits);
    bounds.map(|v| if v.bits() <= value.bits { v } else { ring })
}

fn propagate(
    program: &Program,
    weights: &Weights,
    input: Bounds,
    limit: impl Fn(Bounds, &ValueType) -> Bounds,
) -> Vec<Bounds> {
    let mut values = vec![input];
    for op in &program.ops {
        let value = transfer(program, weights, op, &values);
        values.push(limit(value, &op.output));
    }
    values
}

/// Elements of one channel's map, 1 for features.
fn inner(value: &ValueType) -> usize {
    value.len() / value.shape.first().copied().unwrap_or(1)
}

fn transfer(program: &Program, weights: &Weights, op: &Op, values: &[Bounds]) -> Bounds {
    let tensor = |name: &String| weights.get(name).map_or(&[][..], |t| t.data());
    let bias = |name: &Option<String>| name.as_ref().map(tensor);
    let x = &values[op.inputs[0]];
    let per_channel = |index: usize| values[op.inputs[index]].grouped(inner(program.value(op.inputs[index])));
    let each = inner(&op.output);
    match &op.kind {
        OpKind::Linear { weight, bias: b, .. } => linear(tensor(weight), bias(b), x),
        OpKind::Conv { weight, bias: b, window, groups, .. } => {
            let channels = per_channel(0).map(|v| read(v, window)).intervals;
            let outputs = op.output.shape.first().copied().unwrap_or(1);
            Bounds { intervals: conv(tensor(weight), bias(b), &channels, outputs, *groups), each }
        }
        OpKind::Add { shift_a, shift_b } => {
            let (a, b) = (x.grouped(each), values[op.inputs[1]].grouped(each));
            let sum = |(a, b): (&Interval, &Interval)| a.times(1 << shift_a).plus(b.times(1 << shift_b));
            Bounds { intervals: a.intervals.iter().zip(&b.intervals).map(sum).collect(), each }
        }
        OpKind::Relu => x.map(|v| v.map(|v| v.max(0))),
        OpKind::Shift { amount, .. } => x.map(|v| v.map(|v| v >> amount)),
        OpKind::ReluShift { amount } => x.map(|v| v.map(|v| v.max(0) >> amount)),
        OpKind::Clip { max, amount } => x.map(|v| v.map(|v| v.clamp(0, (*max).into()) >> amount)),
        OpKind::Divide { divisor, .. } => x.map(|v| v.map(|v| v.div_euclid((*divisor).into()))),
        OpKind::MaxPool { .. } => Bounds { each, ..per_channel(0) },
        OpKind::SumPool { window } => {
            let size = window.kernel.iter().product::<usize>() as i128;
            Bounds { each, ..per_channel(0).map(|v| read(v, window).times(size)) }
        }
        OpKind::Concat { axis, shifts } => {
            let part = |index: usize| per_channel(index).map(|v| v.times(1 << shifts[index])).intervals;
            let parts: Vec<_> = (0..op.inputs.len()).map(part).collect();
            Bounds { intervals: join(parts, *axis), each }
        }
        OpKind::Pad { .. } => Bounds { each, ..per_channel(0).map(|v| v.union(Interval::ZERO)) },
        OpKind::Argmax => {
            let last = program.value(op.inputs[0]).len() as i128 - 1;
            Bounds { intervals: vec![Interval::new(0, last)], each: 1 }
        }
        OpKind::Threshold { .. } => x.map(|_| Interval::new(-1, 0)),
        OpKind::Reshape => x.clone(),
    }
}

/// What a window reads where its map holds `v`: zeros as well if there is padding.
fn read(v: Interval, window: &Window) -> Interval {
    if window.is_unpadded() { v } else { v.union(Interval::ZERO) }
}

fn linear(weight: &[i64], bias: Option<&[i64]>, x: &Bounds) -> Bounds {
    let rows = weight.chunks_exact(x.intervals.len() * x.each).enumerate();
    let row = |(m, row): (usize, &[i64])| {
        let start = bias.map_or(0, |bias| bias[m].into());
        let terms = row.chunks_exact(x.each).zip(&x.intervals).map(|(weights, v)| v.dot(weights));
        terms.fold(Interval::new(start, start), Interval::plus)
    };
    Bounds { intervals: rows.map(row).collect(), each: 1 }
}

fn conv(weight: &[i64], bias: Option<&[i64]>, channels: &[Interval], outputs: usize, groups: usize) -> Vec<Interval> {
    let (inputs, per_group) = (channels.len() / groups, outputs / groups);
    let kernels = weight.chunks_exact(weight.len() / outputs).enumerate();
    kernels
        .map(|(o, kernel)| {
            let start = bias.map_or(0, |bias| bias[o].into());
            let read = &channels[o / per_group * inputs..][..inputs];
            let terms = kernel.chunks_exact(kernel.len() / inputs).zip(read).map(|(weights, v)| v.dot(weights));
            terms.fold(Interval::new(start, start), Interval::plus)
        })
        .collect()
}

/// Along the channels they follow each other; along another axis every channel holds elements of all parts.
fn join(parts: Vec<Vec<Interval>>, axis: usize) -> Vec<Interval> {
    if axis == 0 {
        return parts.concat();
    }
    let both = |a: Vec<Interval>, b: Vec<Interval>| a.iter().zip(&b).map(|(a, b)| a.union(*b)).collect();
    parts.into_iter().reduce(both).unwrap_or_default()
}
