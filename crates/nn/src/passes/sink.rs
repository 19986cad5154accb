//! Steps move down: past maxima, to run on fewer values, and past additions and reshapes, to meet the next step.

use super::fuse::Step;
use super::rewrite::{everywhere, sole_producer, sole_reader};
use super::tidy::remove_dead;
use crate::{Op, OpKind, Program, Sign, ValueId, ValueType, ring};

/// Finest scale of a value.
const MAX_FRAC_BITS: u32 = 62;

/// A pool with fewer windows than elements runs before the ReLU, clip or shift on its operand: all of these are monotone.
pub fn hoist_max_pools(program: Program) -> Program {
    everywhere(program, |program, index| {
        let op = &program.ops[index];
        let fewer = op.output.len() < program.value(op.inputs[0]).len();
        if !matches!(op.kind, OpKind::MaxPool { .. }) || !fewer {
            return None;
        }
        let made = sole_producer(program, index, op.inputs[0])?;
        Step::of(&program.ops[made].kind)?;
        swap(program, made, index);
        Some(())
    })
}

/// Right shifts sink where another step can take them in: `(a >> s) + b = (a + b·2^s) >> s`, any step past a reshape; and
/// equal shifts of all parts of a concatenation become one.
pub fn sink_shifts(program: Program) -> Program {
    let sunk = everywhere(program, |program, index| match program.ops[index].kind {
        OpKind::Reshape if absorbed(program, index + 1) => {
            let made = sole_producer(program, index, program.ops[index].inputs[0])?;
            Step::of(&program.ops[made].kind)?;
            swap(program, made, index);
            Some(())
        }
        OpKind::Add { .. } if absorbed(program, index + 1) => past_add(program, index),
        OpKind::Concat { .. } => past_concat(program, index),
        _ => None,
    });
    remove_dead(sunk)
}

/// Whether a step follows that a shift of this value can become part of.
fn absorbed(program: &Program, mut id: ValueId) -> bool {
    while let Some(reader) = sole_reader(program, id) {
        let op = &program.ops[reader];
        match op.kind {
            _ if Step::of(&op.kind).is_some() => return true,
            OpKind::Reshape | OpKind::MaxPool { .. } => {}
            OpKind::Add { shift_a, shift_b } if [shift_a, shift_b][usize::from(op.inputs[0] != id)] == 0 => {}
            _ => return false,
        }
        id = reader + 1;
    }
    false
}

/// Puts the move at `index` before the step at `made`, which is its operand and read by nothing else.
fn swap(program: &mut Program, made: usize, index: usize) {
    let read = program.value(program.ops[made].inputs[0]);
    let moved = ValueType { shape: program.ops[index].output.shape.clone(), ..read.clone() };
    let inputs = program.ops[made].inputs.clone();
    program.ops.swap(made, index);
    // Each operation keeps its name; the step's result has the type that the move's had.
    let result = std::mem::replace(&mut program.ops[made].output, moved);
    program.ops[made].inputs = inputs;
    program.ops[index].output = result;
    program.ops[index].inputs = vec![made + 1];
}

fn past_add(program: &mut Program, index: usize) -> Option<()> {
    let Op { kind: OpKind::Add { shift_a, shift_b }, inputs, output, .. } = &program.ops[index] else { return None };
    let mut shifts = [*shift_a, *shift_b];
    let mut operands = inputs.clone();
    let mut sum = output.clone();
    let (operand, made, amount) = (0..2).filter(|&k| shifts[k] == 0).find_map(|k| {
        let made = sole_producer(program, index, operands[k])?;
        let OpKind::Shift { amount, .. } = program.ops[made].kind else { return None };
        Some((k, made, amount))
    })?;
    operands[operand] = program.ops[made].inputs[0];
    shifts[1 - operand] += amount;
    sum.frac_bits += amount;
    if shifts[1 - operand] >= ring::MAX_BITS || sum.frac_bits > MAX_FRAC_BITS {
        return None;
    }
    let [shift_a, shift_b] = shifts;
    rewrite(program, index, made, OpKind::Add { shift_a, shift_b }, operands, sum, (amount, Sign::Any));
    Some(())
}

fn past_concat(program: &mut Program, index: usize) -> Option<()> {
    let Op { kind: OpKind::Concat { axis, shifts }, inputs, output, .. } = &program.ops[index] else { return None };
    let part = |&id: &ValueId| {
        let made = sole_producer(program, index, id)?;
        let OpKind::Shift { amount, sign } = program.ops[made].kind else { return None };
        Some((made, amount, sign))
    };
    let parts = inputs.iter().map(part).collect::<Option<Vec<_>>>()?;
    let (first, amount, sign) = parts[0];
    if shifts.iter().any(|&shift| shift != 0) || parts.iter().any(|part| part.1 != amount) {
        return None;
    }
    let frac_bits = output.frac_bits + amount;
    if frac_bits > MAX_FRAC_BITS {
        return None;
    }
    let sign = if parts.iter().all(|part| part.2 == sign) { sign } else { Sign::Any };
    let operands = parts.iter().map(|part| program.ops[part.0].inputs[0]).collect();
    let joined = ValueType { frac_bits, ..output.clone() };
    let kind = OpKind::Concat { axis: *axis, shifts: shifts.clone() };
    rewrite(program, index, first, kind, operands, joined, (amount, sign));
    Some(())
}

/// Operation `index` becomes `kind`, and the shift that was at `made` follows it.
fn rewrite(
    program: &mut Program,
    index: usize,
    made: usize,
    kind: OpKind,
    inputs: Vec<ValueId>,
    output: ValueType,
    (amount, sign): (u32, Sign),
) {
    let shift = Op {
        name: program.ops[made].name.clone(),
        kind: OpKind::Shift { amount, sign },
        inputs: vec![index + 1],
        output: program.ops[index].output.clone(),
    };
    let op = &mut program.ops[index];
    (op.kind, op.inputs, op.output) = (kind, inputs, output);
    for id in program.ops[index + 1..].iter_mut().flat_map(|op| &mut op.inputs) {
        *id += usize::from(*id > index);
    }
    program.ops.insert(index + 1, shift);
}
