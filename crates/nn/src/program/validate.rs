//! The checks that make a program safe to run: after them no index, shape or width can fail.

use super::{Op, OpKind, Program, ProgramError, Sign, ValueType};
use crate::window::{Geometry, Window, planes, shape_like};
use crate::{Tensor, Weights, ring, tensor::element_count};

/// More operations than any network here needs; bounds the work that a peer's program causes.
const MAX_OPS: usize = 4096;
/// Elements of one value.
const MAX_ELEMENTS: usize = 1 << 26;
/// Elements of one weight tensor.
const MAX_WEIGHTS: usize = 1 << 28;
/// Elements that all operations together read and write: bounds the memory that a peer's program causes.
const MAX_TOTAL: u64 = 1 << 28;
/// Elements under all windows of all pools.
const MAX_POOLED: u64 = 1 << 24;
/// Products of a convolution; 64 bits, so that the same programs pass on every target.
const MAX_PRODUCTS: u64 = 1 << 36;
/// The largest divisor: a remainder's comparison must fit 64 bits.
const MAX_DIVISOR: u64 = 1 << 62;
/// Inputs of one operation.
const MAX_INPUTS: usize = 256;
/// Dimensions of one value.
const MAX_RANK: usize = 8;
/// Bytes of a name.
const MAX_NAME: usize = 256;
/// Fractional bits: enough for any scale and small enough for `2^frac_bits` to be exact.
const MAX_FRAC_BITS: u32 = 62;

/// What is wrong with one operation.
type Problem = String;

impl Program {
    /// Checks everything that the executors rely on: version, names, shapes, rings, value ids and shift amounts.
    pub fn validate(&self) -> Result<(), ProgramError> {
        if self.version != Self::VERSION {
            return Err(ProgramError::Version { found: self.version });
        }
        if self.ops.is_empty() {
            return Err(ProgramError::Program("it has no operations".into()));
        }
        if self.ops.len() > MAX_OPS {
            return Err(ProgramError::Program(format!(
                "it has {} operations, more than the {MAX_OPS} allowed",
                self.ops.len()
            )));
        }
        check_type(&self.input).map_err(ProgramError::Input)?;
        let (mut total, mut pooled) = (0, 0);
        for (index, op) in self.ops.iter().enumerate() {
            self.check_op(index, op).map_err(|problem| at(index, op, problem))?;
            total += op.inputs.iter().map(|&id| self.value(id).len() as u64).sum::<u64>() + op.output.len() as u64;
            pooled += self.pooled(op);
            if total > MAX_TOTAL || pooled > MAX_POOLED {
                let problem = format!(
                    "up to here the program reads and writes {total} elements, {pooled} under the windows of pools, and \
                     {MAX_TOTAL} and {MAX_POOLED} are allowed"
                );
                return Err(at(index, op, problem));
            }
        }
        Ok(())
    }

    /// Elements under a pool's windows; zero for another operation.
    fn pooled(&self, op: &Op) -> u64 {
        let (OpKind::MaxPool { window } | OpKind::SumPool { window }) = &op.kind else { return 0 };
        op.output.len() as u64 * window.area() as u64
    }

    /// Checks that `weights` holds every tensor that the program names, of the right shape and width, and nothing else.
    /// The program must be valid.
    pub fn validate_weights(&self, weights: &Weights) -> Result<(), ProgramError> {
        let mut used = std::collections::BTreeSet::new();
        for (index, op) in self.ops.iter().enumerate() {
            let Some((weight, bias, weight_bits)) = op.kind.weights() else { continue };
            let shape = self.weight_shape(op);
            check_tensor(weights, weight, &shape, weight_bits).map_err(|p| at(index, op, p))?;
            used.insert(weight);
            if let Some(bias) = bias {
                check_tensor(weights, bias, &shape[..1], op.output.bits).map_err(|p| at(index, op, p))?;
                used.insert(bias);
            }
        }
        match weights.iter().find(|(name, _)| !used.contains(name)) {
            Some((name, _)) => Err(ProgramError::Program(format!("no operation uses the weight tensor '{name}'"))),
            None => Ok(()),
        }
    }

    /// Shape of the weight tensor of an operation that has one.
    pub(crate) fn weight_shape(&self, op: &Op) -> Vec<usize> {
        let input = self.value(op.inputs[0]);
        match &op.kind {
            OpKind::Conv { window, groups, .. } => {
                vec![op.output.shape[0], input.shape[0] / groups, window.kernel[0], window.kernel[1]]
            }
            _ => vec![op.output.len(), input.len()],
        }
    }

    fn check_op(&self, index: usize, op: &Op) -> Result<(), Problem> {
        check_name("its name", &op.name)?;
        let wanted = match &op.kind {
            OpKind::Add { .. } => 2,
            OpKind::Concat { shifts, .. } => shifts.len().clamp(1, MAX_INPUTS),
            _ => 1,
        };
        if op.inputs.len() != wanted {
            return Err(format!("it reads {} values, but this kind of operation reads {wanted}", op.inputs.len()));
        }
        if let Some(id) = op.inputs.iter().find(|&&id| id > index) {
            return Err(format!("it reads value {id}, which is not computed before it"));
        }
        check_type(&op.output)?;
        let input = self.value(op.inputs[0]);
        match &op.kind {
            OpKind::Linear { .. } => {
                check_weights(input, op)?;
                match input.len().checked_mul(op.output.len()) {
                    Some(0..=MAX_WEIGHTS) => Ok(()),
                    _ => Err(format!("{}×{} weights are more than {MAX_WEIGHTS}", op.output.len(), input.len())),
                }
            }
            OpKind::Conv { window, groups, .. } => {
                check_weights(input, op)?;
                check_conv(input, &op.output, *window, *groups)
            }
            OpKind::MaxPool { window } => {
                check_pool(input, &op.output, *window)?;
                same_bits(input, &op.output)
            }
            OpKind::SumPool { window } => {
                check_pool(input, &op.output, *window)?;
                reduces(input, &op.output)
            }
            OpKind::Add { shift_a, shift_b } => {
                for (id, shift) in [(op.inputs[0], *shift_a), (op.inputs[1], *shift_b)] {
                    let operand = self.value(id);
                    same_shape(operand, &op.output)?;
                    reduces(operand, &op.output)?;
                    check_amount(shift, op.output.bits)?;
                }
                Ok(())
            }
            OpKind::Relu => {
                same_shape(input, &op.output)?;
                same_bits(input, &op.output)
            }
            OpKind::Shift { amount, sign } => {
                same_shape(input, &op.output)?;
                check_amount(*amount, input.bits)?;
                if *sign == Sign::Bounded && input.bits < amount + 2 {
                    return Err(format!(
                        "a bounded shift by {amount} needs a ring of at least {} bits, not {}",
                        amount + 2,
                        input.bits
                    ));
                }
                Ok(())
            }
            OpKind::ReluShift { amount } => {
                same_shape(input, &op.output)?;
                check_amount(*amount, input.bits)
            }
            OpKind::Clip { max, amount } => {
                same_shape(input, &op.output)?;
                check_amount(*amount, input.bits)?;
                if *max > ring::max(input.bits) as u64 {
                    return Err(format!("a clip to {max} in a ring of {} bits", input.bits));
                }
                Ok(())
            }
            OpKind::Divide { divisor, sign } => {
                same_shape(input, &op.output)?;
                if !(1..=MAX_DIVISOR).contains(divisor) || *divisor > ring::max(input.bits).max(1) as u64 {
                    return Err(format!("a division by {divisor} in a ring of {} bits", input.bits));
                }
                if *sign == Sign::Bounded && input.bits < 2 {
                    return Err("a bounded division needs a ring of at least 2 bits".into());
                }
                Ok(())
            }
            OpKind::Concat { axis, shifts } => self.check_concat(op, *axis, shifts),
            OpKind::Pad { pads } => {
                same_bits(input, &op.output)?;
                let padded = planes(&input.shape).and_then(|(channels, [height, width])| {
                    let height = height.checked_add(pads[0])?.checked_add(pads[2])?;
                    Some(shape_like(
                        &input.shape,
                        channels,
                        [height, width.checked_add(pads[1])?.checked_add(pads[3])?],
                    ))
                });
                let flat = input.shape.len() == 2 && (pads[0], pads[2]) != (0, 0);
                if flat || padded.as_ref() != Some(&op.output.shape) {
                    return Err(format!("padding {:?} by {pads:?} gives not {:?}", input.shape, op.output.shape));
                }
                Ok(())
            }
            OpKind::Argmax => check_argmax(input, &op.output),
            OpKind::Threshold { least } => check_threshold(input, &op.output, least),
            OpKind::Reshape => {
                same_bits(input, &op.output)?;
                if input.len() != op.output.len() {
                    return Err(format!("it reshapes {:?} to {:?}", input.shape, op.output.shape));
                }
                Ok(())
            }
        }
    }
}

impl Program {
    fn check_concat(&self, op: &Op, axis: usize, shifts: &[u32]) -> Result<(), Problem> {
        let first = &self.value(op.inputs[0]).shape;
        if shifts.len() != op.inputs.len() {
            return Err(format!("it has {} shifts for {} inputs", shifts.len(), op.inputs.len()));
        }
        if axis >= first.len() {
            return Err(format!("it concatenates the shape {first:?} along axis {axis}"));
        }
        let mut joined = first.clone();
        joined[axis] = 0;
        for (&id, &shift) in op.inputs.iter().zip(shifts) {
            let operand = self.value(id);
            let others = operand.shape.len() == joined.len()
                && operand.shape.iter().zip(&joined).enumerate().all(|(i, (a, b))| i == axis || a == b);
            if !others {
                return Err(format!("it concatenates the shapes {first:?} and {:?} along axis {axis}", operand.shape));
            }
            joined[axis] = joined[axis].saturating_add(operand.shape[axis]);
            reduces(operand, &op.output)?;
            check_amount(shift, op.output.bits)?;
        }
        if joined != op.output.shape {
            return Err(format!("its operands make the shape {joined:?}, not {:?}", op.output.shape));
        }
        Ok(())
    }
}

fn at(index: usize, op: &Op, problem: Problem) -> ProgramError {
    // The name may be a peer's, and is not checked yet when it is itself the problem.
    let name = op.name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
    ProgramError::Op { index, name, problem }
}

fn check_name(what: &str, name: &str) -> Result<(), Problem> {
    if name.is_empty() || name.len() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(format!("{what} must have 1 to {MAX_NAME} bytes and no control characters"));
    }
    Ok(())
}

fn check_type(value: &ValueType) -> Result<(), Problem> {
    let ValueType { shape, bits, frac_bits } = value;
    if !(1..=ring::MAX_BITS).contains(bits) {
        return Err(format!("a ring has 1 to 64 bits, not {bits}"));
    }
    if *frac_bits > MAX_FRAC_BITS {
        return Err(format!("a value has at most {MAX_FRAC_BITS} fractional bits, not {frac_bits}"));
    }
    if shape.len() > MAX_RANK {
        return Err(format!("a value has at most {MAX_RANK} dimensions, not {}", shape.len()));
    }
    match element_count(shape) {
        Some(1..=MAX_ELEMENTS) => Ok(()),
        Some(0) => Err(format!("the shape {shape:?} has no elements")),
        _ => Err(format!("the shape {shape:?} has more than {MAX_ELEMENTS} elements")),
    }
}

fn check_weights(input: &ValueType, op: &Op) -> Result<(), Problem> {
    let Some((weight, bias, weight_bits)) = op.kind.weights() else { return Ok(()) };
    check_name("the weight's name", weight)?;
    if let Some(bias) = bias {
        check_name("the bias's name", bias)?;
        if bias == weight {
            return Err(format!("weight and bias have the same name '{weight}'"));
        }
    }
    reduces(input, &op.output)?;
    if !(1..=op.output.bits).contains(&weight_bits) {
        return Err(format!("weights of {weight_bits} bits in a ring of {} bits", op.output.bits));
    }
    Ok(())
}

fn check_window(input: &ValueType, output: &ValueType, window: Window) -> Result<Geometry, Problem> {
    let g = Geometry::new(&input.shape, window)?;
    if planes(&output.shape).is_none_or(|(_, plane)| plane != g.output) || output.shape.len() != input.shape.len() {
        return Err(format!("its windows give planes of {:?}, not {:?}", g.output, output.shape));
    }
    Ok(g)
}

fn check_pool(input: &ValueType, output: &ValueType, window: Window) -> Result<(), Problem> {
    let g = check_window(input, output, window)?;
    if output.shape[0] != g.channels {
        return Err(format!("it reads {} channels and writes {}", g.channels, output.shape[0]));
    }
    Ok(())
}

fn check_conv(input: &ValueType, output: &ValueType, window: Window, groups: usize) -> Result<(), Problem> {
    let g = check_window(input, output, window)?;
    let outputs = output.shape[0];
    if groups == 0 || !g.channels.is_multiple_of(groups) || !outputs.is_multiple_of(groups) {
        return Err(format!("{groups} groups of {} input and {outputs} output channels", g.channels));
    }
    let kernel = element_count(&[outputs, g.channels / groups, window.kernel[0], window.kernel[1]]);
    let products = kernel.and_then(|kernel| (kernel as u64).checked_mul(g.output_len() as u64));
    match (kernel, products) {
        (Some(0..=MAX_WEIGHTS), Some(0..=MAX_PRODUCTS)) => Ok(()),
        _ => Err(format!("it has more than {MAX_WEIGHTS} weights or {MAX_PRODUCTS} products")),
    }
}

fn check_argmax(input: &ValueType, output: &ValueType) -> Result<(), Problem> {
    if output.len() != 1 {
        return Err(format!("an argmax has one element, not {}", output.len()));
    }
    if output.frac_bits != 0 {
        return Err("an argmax has no fractional bits".into());
    }
    let last = input.len() - 1;
    let needed = ring::signed_bits(last as i128);
    if output.bits < needed {
        return Err(format!("the index {last} needs {needed} bits, and its ring has {}", output.bits));
    }
    Ok(())
}

fn check_threshold(input: &ValueType, output: &ValueType, least: &[i64]) -> Result<(), Problem> {
    same_shape(input, output)?;
    if (output.bits, output.frac_bits) != (1, 0) {
        return Err(format!("what is above a threshold takes a ring of 1 bit, not {}", output.bits));
    }
    if least.len() != input.len() {
        return Err(format!("it has {} thresholds for {} values", least.len(), input.len()));
    }
    match least.iter().find(|&&t| !ring::contains(t, input.bits)) {
        Some(t) => Err(format!("a threshold of {t} in a ring of {} bits", input.bits)),
        None => Ok(()),
    }
}

fn same_shape(input: &ValueType, output: &ValueType) -> Result<(), Problem> {
    if input.shape != output.shape {
        return Err(format!("it reads shape {:?} and writes shape {:?}", input.shape, output.shape));
    }
    Ok(())
}

fn same_bits(input: &ValueType, output: &ValueType) -> Result<(), Problem> {
    if input.bits != output.bits {
        return Err(format!("it reads {} bits and writes {}; they must be equal", input.bits, output.bits));
    }
    Ok(())
}

/// A wider operand reduces to the ring of the operation; a narrower one has nothing to extend itself with.
fn reduces(input: &ValueType, output: &ValueType) -> Result<(), Problem> {
    if input.bits < output.bits {
        return Err(format!("it computes in {} bits, but its input has only {}", output.bits, input.bits));
    }
    Ok(())
}

fn check_amount(amount: u32, bits: u32) -> Result<(), Problem> {
    if amount >= bits {
        return Err(format!("a shift by {amount} in a ring of {bits} bits"));
    }
    Ok(())
}

fn check_tensor(weights: &Weights, name: &str, shape: &[usize], bits: u32) -> Result<(), Problem> {
    let tensor = weights.get(name).ok_or_else(|| format!("the weight tensor '{name}' is missing"))?;
    if tensor.shape() != shape {
        return Err(format!("the weight tensor '{name}' has shape {:?}, not {shape:?}", tensor.shape()));
    }
    let fits = |tensor: &Tensor| tensor.data().iter().all(|&v| ring::contains(v, bits));
    if !fits(tensor) {
        return Err(format!("a value of the weight tensor '{name}' does not fit {bits} bits"));
    }
    Ok(())
}
