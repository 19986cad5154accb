//! Shifts and divisions round down; half of a step, added first, makes that rounding to the nearest. It costs nothing where a layer's bias can
//! take it in. What rounds down for want of one is off by half a step in the mean.

use std::collections::HashSet;

use crate::{OpKind, Program, Tensor, ValueId, Weights, ring};

/// Adds half a step before every shift and division that has a layer to take it in. Operations in `exact` round down on purpose.
/// The rings are 64 bits wide, and nothing overflows.
pub(super) fn to_nearest(program: &mut Program, weights: &mut Weights, exact: &HashSet<&str>) {
    let mut readers = vec![0; program.ops.len() + 1];
    program.ops.iter().flat_map(|op| &op.inputs).for_each(|&id| readers[id] += 1);
    for index in 0..program.ops.len() {
        let op = &program.ops[index];
        let half = match op.kind {
            OpKind::Shift { amount, .. } | OpKind::ReluShift { amount } | OpKind::Clip { amount, .. } => {
                amount.checked_sub(1).map_or(0, |one_less| 1i64 << one_less)
            }
            OpKind::Divide { divisor, .. } => (divisor / 2) as i64,
            _ => continue,
        };
        if half == 0 || exact.contains(op.name.as_str()) {
            continue;
        }
        let Some(summands) = (Shares { program, readers: &readers }).of(op.inputs[0], half) else { continue };
        summands.into_iter().for_each(|(layer, summand)| add_bias(program, weights, layer, summand));
        if let OpKind::Clip { max, .. } = &mut program.ops[index].kind {
            *max = (*max + half as u64).min(ring::max(ring::MAX_BITS) as u64);
        }
    }
}

struct Shares<'a> {
    program: &'a Program,
    readers: &'a [usize],
}

impl Shares<'_> {
    /// What to add to which operations' biases, so that a value that is read once grows by `summand` in every element.
    fn of(&self, id: ValueId, summand: i64) -> Option<Vec<(usize, i64)>> {
        let index = id.checked_sub(1).filter(|_| self.readers[id] == 1)?;
        let op = &self.program.ops[index];
        let shifted = |operand: usize, shift: u32| {
            let (whole, rest) = (summand >> shift, summand & ((1 << shift) - 1));
            if rest == 0 { self.of(op.inputs[operand], whole) } else { None }
        };
        match &op.kind {
            OpKind::Linear { .. } | OpKind::Conv { .. } => Some(vec![(index, summand)]),
            OpKind::MaxPool { .. } | OpKind::Reshape => self.of(op.inputs[0], summand),
            OpKind::Add { shift_a, shift_b } => shifted(0, *shift_a).or_else(|| shifted(1, *shift_b)),
            OpKind::Concat { shifts, .. } => {
                let parts = shifts.iter().enumerate().map(|(part, &shift)| shifted(part, shift));
                Some(parts.collect::<Option<Vec<_>>>()?.concat())
            }
            OpKind::SumPool { window } if window.is_unpadded() && summand % window.area() as i64 == 0 => {
                self.of(op.inputs[0], summand / window.area() as i64)
            }
            _ => None,
        }
    }
}

fn add_bias(program: &mut Program, weights: &mut Weights, index: usize, summand: i64) {
    let outputs = program.weight_shape(&program.ops[index])[0];
    let (OpKind::Linear { weight, bias, .. } | OpKind::Conv { weight, bias, .. }) = &mut program.ops[index].kind else {
        return;
    };
    let name = bias.get_or_insert_with(|| format!("{}.bias", weight.trim_end_matches(".weight")));
    let before = weights.get(name).map_or_else(|| vec![0; outputs], |bias| bias.data().to_vec());
    let after = before.into_iter().map(|b| b.saturating_add(summand)).collect();
    let tensor = Tensor::new(vec![outputs], after).expect("a bias has one number for each output");
    weights.insert(name.as_str(), tensor);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Op, Sign, ValueType, Window, reference};

    fn value(shape: &[usize]) -> ValueType {
        ValueType { shape: shape.to_vec(), bits: 64, frac_bits: 0 }
    }

    fn op(kind: OpKind, inputs: &[ValueId], shape: &[usize]) -> Op {
        Op { name: format!("{inputs:?}"), kind, inputs: inputs.to_vec(), output: value(shape) }
    }

    fn identity(name: &str) -> OpKind {
        OpKind::Linear { weight: format!("{name}.weight"), bias: None, weight_bits: 2 }
    }

    /// Layers that compute what they read, and some operations after them, for one number.
    fn run(ops: Vec<Op>, x: i64) -> i64 {
        let mut program = Program { version: Program::VERSION, input: value(&[1]), ops };
        let mut weights = Weights::new();
        for name in ["a.weight", "b.weight"] {
            weights.insert(name, Tensor::new(vec![1, 1], vec![1]).unwrap());
        }
        to_nearest(&mut program, &mut weights, &HashSet::new());
        program.validate().unwrap();
        reference::run_output(&program, &weights, &[x]).unwrap()[0]
    }

    #[test]
    fn steps_after_a_layer_round_to_the_nearest() {
        let step = |kind: OpKind| move |x| run(vec![op(identity("a"), &[0], &[1]), op(kind.clone(), &[1], &[1])], x);
        let nearest = |x: i64, d: i64| (2 * x + d).div_euclid(2 * d);
        for x in -70..70 {
            assert_eq!(step(OpKind::Shift { amount: 3, sign: Sign::Any })(x), nearest(x, 8), "{x}");
            assert_eq!(step(OpKind::ReluShift { amount: 3 })(x), nearest(x.max(0), 8), "{x}");
            assert_eq!(step(OpKind::Clip { max: 43, amount: 3 })(x), nearest(x.clamp(0, 43), 8), "{x}");
            assert_eq!(step(OpKind::Divide { divisor: 6, sign: Sign::Any })(x), nearest(x, 6), "{x}");
            assert_eq!(step(OpKind::Shift { amount: 0, sign: Sign::Any })(x), x);
        }
    }

    #[test]
    fn what_lies_between_layer_and_step_is_passed() {
        let shift = |amount, id: ValueId| op(OpKind::Shift { amount, sign: Sign::Any }, &[id], &[1]);
        for x in -70..70 {
            let nearest = |v: i64, bits: u32| (v + (1 << bits >> 1)) >> bits;
            // 4·x + x, where only the second operand can be a half finer.
            let add = OpKind::Add { shift_a: 2, shift_b: 0 };
            assert_eq!(
                run(vec![op(identity("a"), &[0], &[1]), op(add, &[0, 1], &[1]), shift(2, 2)], x),
                nearest(5 * x, 2)
            );
            let window = Window { kernel: [1, 2], stride: [1, 2], pads: [0; 4] };
            let both = OpKind::Concat { axis: 0, shifts: vec![0, 0] };
            // Two layers' results side by side, and their sum.
            let ops = vec![
                op(identity("a"), &[0], &[1]),
                op(identity("b"), &[0], &[1]),
                op(both, &[1, 2], &[2]),
                op(OpKind::Reshape, &[3], &[1, 2]),
                op(OpKind::SumPool { window }, &[4], &[1, 1]),
                op(OpKind::Reshape, &[5], &[1]),
                shift(3, 6),
            ];
            assert_eq!(run(ops, x), nearest(2 * x, 3));
            // Who else reads a layer's result gets it as it is.
            let ops = vec![
                op(identity("a"), &[0], &[1]),
                shift(2, 1),
                op(OpKind::Add { shift_a: 0, shift_b: 0 }, &[1, 2], &[1]),
            ];
            assert_eq!(run(ops, x), x + (x >> 2));
        }
    }
}
