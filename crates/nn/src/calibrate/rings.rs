//! Ring widths: what was seen, what is possible, and what every value gets.

use super::compile::to_fixed;
use super::{CalibrationError, Range, ValueReport, computes_in_output_ring};
use crate::{Geometry, Op, OpKind, Program, ValueId, Weights, Window, reference, ring};

/// Smallest and largest integer, far from overflow: what passes 2^126 stays there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interval {
    low: i128,
    high: i128,
}

impl Interval {
    const LIMIT: i128 = 1 << 126;

    fn new(low: i128, high: i128) -> Self {
        Self { low: low.clamp(-Self::LIMIT, Self::LIMIT), high: high.clamp(-Self::LIMIT, Self::LIMIT) }
    }

    fn map(self, f: impl Fn(i128) -> i128) -> Self {
        let (a, b) = (f(self.low), f(self.high));
        Self::new(a.min(b), a.max(b))
    }

    fn plus(self, other: Self) -> Self {
        Self::new(self.low.saturating_add(other.low), self.high.saturating_add(other.high))
    }

    fn bits(self) -> u32 {
        ring::signed_bits(self.low).max(ring::signed_bits(self.high))
    }
}

/// Signed bits of the largest value of every program value over all inputs, by running a program with 64-bit rings.
pub(crate) fn seen(program: &Program, weights: &Weights, inputs: &[Vec<i64>]) -> Result<Vec<u32>, reference::RunError> {
    let mut seen = vec![1; program.ops.len() + 1];
    for input in inputs {
        for (seen, value) in seen.iter_mut().zip(reference::run(program, weights, input)?) {
            *seen = value.iter().map(|&v| ring::signed_bits(v.into())).fold(*seen, u32::max);
        }
    }
    Ok(seen)
}

/// Signed bits that hold every value which an accepted input can produce, by interval arithmetic per element.
pub(crate) fn bounds(program: &Program, weights: &Weights, input: &[Range]) -> Vec<u32> {
    let fixed = |v: f64| i128::from(to_fixed(v, program.input.frac_bits));
    let mut values: Vec<Vec<Interval>> =
        vec![input.iter().map(|r| Interval::new(fixed(r.low), fixed(r.high))).collect()];
    for op in &program.ops {
        let x = &values[op.inputs[0]];
        let each = |f: &dyn Fn(i128) -> i128| x.iter().map(|v| v.map(f)).collect();
        let value = match &op.kind {
            OpKind::Linear { weight, bias, .. } => {
                let bias = bias.as_deref().and_then(|name| weights.get(name)).map(|t| t.data());
                weights.get(weight).map_or(Vec::new(), |w| linear(w.data(), bias, x))
            }
            OpKind::Conv { weight, bias, window, groups, .. } => {
                let bias = bias.as_deref().and_then(|name| weights.get(name)).map(|t| t.data());
                let g = Geometry::new(&program.value(op.inputs[0]).shape, *window);
                g.ok().zip(weights.get(weight)).map_or(Vec::new(), |(g, w)| conv(w.data(), bias, x, &g, *groups))
            }
            OpKind::MaxPool { window } => {
                pooled(program, op, *window, x, |a, b| Interval { low: a.low.max(b.low), high: a.high.max(b.high) })
            }
            OpKind::SumPool { window } => pooled(program, op, *window, x, Interval::plus),
            OpKind::Clip { max, amount } => each(&|v| v.clamp(0, i128::from(*max)) >> amount),
            OpKind::Divide { divisor, .. } => each(&|v| v.div_euclid(i128::from(*divisor))),
            OpKind::Concat { axis, shifts } => {
                let shapes: Vec<&[usize]> = op.inputs.iter().map(|&id| &program.value(id).shape[..]).collect();
                let element = |(k, i): (usize, usize)| {
                    let operand: &Vec<Interval> = &values[op.inputs[k]];
                    operand[i].map(|v| v.saturating_mul(1 << shifts[k]))
                };
                reference::concatenated(&shapes, *axis).into_iter().map(element).collect()
            }
            OpKind::Pad { pads } => {
                let zero = Interval::new(0, 0);
                let places = reference::padded(&program.value(op.inputs[0]).shape, *pads);
                places.into_iter().map(|place| place.map_or(zero, |i| x[i])).collect()
            }
            OpKind::Add { shift_a, shift_b } => {
                let scaled = |v: &Interval, shift: u32| v.map(|v| v.saturating_mul(1 << shift));
                let pairs = x.iter().zip(&values[op.inputs[1]]);
                pairs.map(|(a, b)| scaled(a, *shift_a).plus(scaled(b, *shift_b))).collect()
            }
            OpKind::Relu => each(&|v| v.max(0)),
            OpKind::Shift { amount, .. } => each(&|v| v >> amount),
            OpKind::ReluShift { amount } => each(&|v| v.max(0) >> amount),
            OpKind::Argmax => vec![Interval::new(0, x.len() as i128 - 1)],
            OpKind::Reshape => x.clone(),
        };
        values.push(value);
    }
    values.iter().map(|value| value.iter().map(|v| v.bits()).max().unwrap_or(1)).collect()
}

fn linear(weight: &[i64], bias: Option<&[i64]>, x: &[Interval]) -> Vec<Interval> {
    let rows = weight.chunks_exact(x.len()).enumerate();
    rows.map(|(m, row)| {
        let start = bias.map_or(0, |bias| bias[m].into());
        let terms = row.iter().zip(x).map(|(&w, x)| x.map(|v| v.saturating_mul(w.into())));
        terms.fold(Interval::new(start, start), Interval::plus)
    })
    .collect()
}

/// [`reference::conv`] on intervals.
fn conv(weight: &[i64], bias: Option<&[i64]>, x: &[Interval], g: &Geometry, groups: usize) -> Vec<Interval> {
    let (area, in_channels) = (g.window.area(), g.channels / groups);
    let out_channels = weight.len() / (in_channels * area);
    let sum = |(o, p): (usize, usize)| {
        let start = bias.map_or(0, |bias| bias[o].into());
        let first = o / (out_channels / groups) * in_channels;
        let terms = (0..in_channels).flat_map(|c| g.taps(p).map(move |tap| (c, tap)));
        terms.fold(Interval::new(start, start), |sum, (c, tap)| {
            let w = i128::from(weight[(o * in_channels + c) * area + tap.kernel]);
            sum.plus(x[(first + c) * g.input_len() + tap.input].map(|v| v.saturating_mul(w)))
        })
    };
    (0..out_channels).flat_map(|o| (0..g.output_len()).map(move |p| (o, p))).map(sum).collect()
}

/// A pool on intervals.
fn pooled(
    program: &Program,
    op: &Op,
    window: Window,
    x: &[Interval],
    join: impl Fn(Interval, Interval) -> Interval,
) -> Vec<Interval> {
    let Ok(g) = Geometry::new(&program.value(op.inputs[0]).shape, window) else { return Vec::new() };
    let one = |places: &Vec<usize>| places.iter().map(|&i| x[i]).reduce(&join).unwrap_or(Interval::new(0, 0));
    reference::windows(&g).iter().map(one).collect()
}

/// Narrows every ring of a program. A value needs the ring of each later linear layer or addition that reads it, because
/// shares reduce freely but don't extend.
pub(crate) fn assign(
    program: &mut Program,
    weights: &Weights,
    seen: &[u32],
    bounds: &[u32],
    margin: u32,
) -> Result<Vec<ValueReport>, CalibrationError> {
    let mut bits: Vec<u32> = seen.iter().zip(bounds).map(|(&s, &b)| s.saturating_add(margin).min(b)).collect();
    // The card's range is a promise, not an estimate.
    bits[0] = bounds[0];
    for id in (1..bits.len()).rev() {
        let op = &program.ops[id - 1];
        bits[id] = bits[id].max(least(&op.kind, weights));
        for &input in &op.inputs {
            let needed = match op.kind {
                OpKind::Shift { amount, .. } | OpKind::ReluShift { amount } => amount + 1,
                OpKind::Clip { max, amount } => ring::signed_bits(max.into()).max(amount + 1),
                OpKind::Divide { divisor, .. } => ring::signed_bits(divisor.into()),
                _ if computes_in_output_ring(&op.kind) => bits[id],
                _ => 1,
            };
            bits[input] = bits[input].max(needed);
        }
    }
    for id in 1..bits.len() {
        let input = program.ops[id - 1].inputs[0];
        match program.ops[id - 1].kind {
            OpKind::Reshape | OpKind::MaxPool { .. } | OpKind::Pad { .. } => bits[id] = bits[input],
            // A change of ring, in either direction, is free in the fused form only.
            OpKind::Relu if bits[id] != bits[input] => program.ops[id - 1].kind = OpKind::ReluShift { amount: 0 },
            _ => {}
        }
    }
    for (id, &width) in bits.iter().enumerate() {
        set_bits(program, id, width)?;
    }
    Ok((0..bits.len()).map(|id| report(program, id, seen[id], bounds[id])).collect())
}

/// The narrowest ring that an operation's own constants fit.
fn least(kind: &OpKind, weights: &Weights) -> u32 {
    let Some((_, bias, weight_bits)) = kind.weights() else { return 1 };
    let bias = bias.and_then(|name| weights.get(name)).map_or(&[][..], |t| t.data());
    bias.iter().map(|&b| ring::signed_bits(b.into())).fold(weight_bits, u32::max)
}

fn set_bits(program: &mut Program, id: ValueId, bits: u32) -> Result<(), CalibrationError> {
    if bits > ring::MAX_BITS {
        let problem =
            format!("value {id} needs a ring of {bits} bits, and 64 is the most; lower the bits or the margin");
        return Err(CalibrationError::Program(problem));
    }
    match id {
        0 => program.input.bits = bits,
        _ => program.ops[id - 1].output.bits = bits,
    }
    Ok(())
}

fn report(program: &Program, id: ValueId, seen_bits: u32, bound_bits: u32) -> ValueReport {
    let name = if id == 0 { "input".to_owned() } else { program.ops[id - 1].name.clone() };
    let value = program.value(id);
    ValueReport { name, bits: value.bits, frac_bits: value.frac_bits, seen_bits, bound_bits }
}
