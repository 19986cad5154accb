//! Ring widths: what was seen, what is possible, and what every value gets.

use super::bounds::{Interval, wrapped};
use super::known::{Extent, Known};
use super::{CalibrationError, ValueReport};
use crate::card::Overflow;
use crate::{OpKind, Program, Sign, ValueId, Weights, ring};

/// Narrows every ring of a program and states the signs that follow. Returns the rings, and what is known of inputs
/// that overflow one.
pub(crate) fn assign(
    program: &mut Program,
    weights: &Weights,
    known: &Known<'_>,
) -> Result<(Vec<ValueReport>, Overflow), CalibrationError> {
    let mut bits = needed(program, weights, known);
    widen_for_signs(program, &mut bits);
    for id in 1..bits.len() {
        let input = program.ops[id - 1].inputs[0];
        let kind = &mut program.ops[id - 1].kind;
        match *kind {
            OpKind::Reshape | OpKind::Pad { .. } | OpKind::MaxPool { .. } => bits[id] = bits[input],
            // A change of ring, in either direction, is free in the fused form only.
            OpKind::Relu if bits[id] != bits[input] => *kind = OpKind::ReluShift { amount: 0 },
            // A bound beyond the ring is none.
            OpKind::Clip { max, amount } if bits[input] < ring::signed_bits(max.into()) => {
                *kind = OpKind::ReluShift { amount };
            }
            _ => {}
        }
    }
    for (id, &width) in bits.iter().enumerate() {
        set_bits(program, id, width)?;
    }
    state_signs(program, weights);
    Ok(((0..bits.len()).map(|id| report(program, id, known)).collect(), known.overflow(program)))
}

/// A value needs the ring of each later operation that computes with it in its own ring, because shares reduce freely but
/// don't extend.
fn needed(program: &Program, weights: &Weights, known: &Known<'_>) -> Vec<u32> {
    let mut bits: Vec<u32> = (0..=program.ops.len()).map(|id| known.bits(program, id, Extent::Values)).collect();
    // The card's range is a promise, not an estimate.
    bits[0] = known.bounds[0].bits();
    for id in (1..bits.len()).rev() {
        let op = &program.ops[id - 1];
        bits[id] = bits[id].max(least(&op.kind, weights));
        for &input in &op.inputs {
            let own = match op.kind {
                OpKind::Shift { amount, .. } | OpKind::ReluShift { amount } | OpKind::Clip { amount, .. } => amount + 1,
                OpKind::Divide { divisor, .. } => ring::signed_bits(divisor.into()),
                OpKind::MaxPool { .. } => bits[id].max(known.bits(program, input, Extent::Differences)),
                OpKind::Argmax => known.bits(program, input, Extent::Differences),
                // A bit more for the difference.
                OpKind::Threshold { ref least } => {
                    least.iter().map(|&t| ring::signed_bits(t.into()) + 1).fold(1, u32::max)
                }
                OpKind::Relu => 1,
                _ => bits[id],
            };
            bits[input] = bits[input].max(own);
        }
    }
    bits
}

/// The narrowest ring that an operation's own constants fit.
fn least(kind: &OpKind, weights: &Weights) -> u32 {
    match kind {
        OpKind::Linear { bias, weight_bits, .. } | OpKind::Conv { bias, weight_bits, .. } => {
            let bias = bias.as_deref().and_then(|name| weights.get(name)).map_or(&[][..], |t| t.data());
            bias.iter().map(|&b| ring::signed_bits(b.into())).fold(*weight_bits, u32::max)
        }
        OpKind::Add { shift_a, shift_b } => shift_a.max(shift_b) + 1,
        OpKind::Concat { shifts, .. } => shifts.iter().max().map_or(1, |shift| shift + 1),
        _ => 1,
    }
}

/// A shift or division of sums of ReLUs is cheaper when no overflow can make them negative: their rings then hold whatever
/// the ReLUs' own rings let through.
fn widen_for_signs(program: &Program, bits: &mut [u32]) {
    let mut wanted = vec![false; bits.len()];
    for (index, op) in program.ops.iter().enumerate().rev() {
        let passes = wanted[index + 1] && keeps_sign(&op.kind);
        if passes || matches!(op.kind, OpKind::Shift { .. } | OpKind::Divide { .. }) {
            op.inputs.iter().for_each(|&input| wanted[input] = true);
        }
    }
    // The largest value of each that cannot be negative.
    let mut largest: Vec<Option<i128>> = vec![None; bits.len()];
    for (index, op) in program.ops.iter().enumerate() {
        let Some(high) = non_negative(&op.kind, &op.inputs, bits, &largest) else { continue };
        if wanted[index + 1] && ring::signed_bits(high) <= ring::MAX_BITS {
            bits[index + 1] = bits[index + 1].max(ring::signed_bits(high));
            largest[index + 1] = Some(high);
        }
    }
    for (index, op) in program.ops.iter().enumerate().rev() {
        if largest[index + 1].is_some() && keeps_sign(&op.kind) {
            op.inputs.iter().for_each(|&input| bits[input] = bits[input].max(bits[index + 1]));
        }
    }
}

fn keeps_sign(kind: &OpKind) -> bool {
    use OpKind::{Add, Concat, MaxPool, Pad, Reshape, SumPool};
    matches!(kind, Add { .. } | Concat { .. } | MaxPool { .. } | Pad { .. } | Reshape | SumPool { .. })
}

/// The largest value of an operation whose result is ≥ 0 for every input; `None` where it may be negative.
fn non_negative(kind: &OpKind, inputs: &[ValueId], bits: &[u32], largest: &[Option<i128>]) -> Option<i128> {
    let ring = i128::from(ring::max(bits[inputs[0]].min(ring::MAX_BITS)));
    let operand = |index: usize| largest[inputs[index]];
    match kind {
        OpKind::Relu => Some(ring),
        OpKind::ReluShift { amount } => Some(ring >> amount),
        OpKind::Clip { max, amount } => Some(ring.min((*max).into()) >> amount),
        OpKind::Reshape | OpKind::Pad { .. } | OpKind::MaxPool { .. } => operand(0),
        OpKind::Shift { amount, .. } => operand(0).map(|high| high >> amount),
        OpKind::Divide { divisor, .. } => operand(0).map(|high| high / i128::from(*divisor)),
        OpKind::SumPool { window } => operand(0)?.checked_mul(window.kernel.iter().product::<usize>() as i128),
        OpKind::Add { shift_a, shift_b } => Some((operand(0)? << shift_a) + (operand(1)? << shift_b)),
        OpKind::Concat { shifts, .. } => {
            let parts = shifts.iter().enumerate().map(|(index, shift)| Some(operand(index)? << shift));
            parts.collect::<Option<Vec<_>>>()?.into_iter().max()
        }
        _ => None,
    }
}

/// Promises what holds for whatever input the rings hold.
fn state_signs(program: &mut Program, weights: &Weights) {
    let bounds = wrapped(program, weights);
    for index in 0..program.ops.len() {
        let input = program.ops[index].inputs[0];
        let (range, bits) = (bounds[input].all(), program.value(input).bits);
        let (OpKind::Shift { sign, .. } | OpKind::Divide { sign, .. }) = &mut program.ops[index].kind else { continue };
        *sign = match range.low {
            0.. => Sign::NonNegative,
            _ if range.bits() < bits => Sign::Bounded,
            _ => Sign::Any,
        };
        if let OpKind::Shift { amount, sign: sign @ Sign::Bounded } = &mut program.ops[index].kind
            && bits < *amount + 2
        {
            *sign = Sign::Any;
        }
    }
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

fn report(program: &Program, id: ValueId, known: &Known<'_>) -> ValueReport {
    let name = if id == 0 { "input".to_owned() } else { program.ops[id - 1].name.clone() };
    let value = program.value(id);
    let bits = [known.seen.all(id), known.probed.all(id), known.bounds[id]].map(Interval::bits);
    let [seen_bits, probed_bits, bound_bits] = bits;
    ValueReport { name, bits: value.bits, frac_bits: value.frac_bits, seen_bits, probed_bits, bound_bits }
}
