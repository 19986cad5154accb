//! The checks that make a program safe to run: after them no index, shape or width can fail.

use super::{Op, OpKind, Program, ProgramError, Sign, ValueType};
use crate::{Tensor, Weights, ring, tensor::element_count};

/// More operations than any network here needs; bounds the work that a peer's program causes.
const MAX_OPS: usize = 4096;
/// Elements of one value.
const MAX_ELEMENTS: usize = 1 << 26;
/// Elements of one weight tensor.
const MAX_WEIGHTS: usize = 1 << 28;
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
        for (index, op) in self.ops.iter().enumerate() {
            self.check_op(index, op).map_err(|problem| at(index, op, problem))?;
        }
        Ok(())
    }

    /// Checks that `weights` holds every tensor that the program names, of the right shape and width, and nothing else.
    /// The program must be valid.
    pub fn validate_weights(&self, weights: &Weights) -> Result<(), ProgramError> {
        let mut used = std::collections::BTreeSet::new();
        for (index, op) in self.ops.iter().enumerate() {
            let OpKind::Linear { weight, bias, weight_bits } = &op.kind else { continue };
            let (outputs, inputs) = (op.output.len(), self.value(op.inputs[0]).len());
            check_tensor(weights, weight, &[outputs, inputs], *weight_bits).map_err(|p| at(index, op, p))?;
            used.insert(weight.as_str());
            if let Some(bias) = bias {
                check_tensor(weights, bias, &[outputs], op.output.bits).map_err(|p| at(index, op, p))?;
                used.insert(bias.as_str());
            }
        }
        match weights.iter().find(|(name, _)| !used.contains(name)) {
            Some((name, _)) => Err(ProgramError::Program(format!("no operation uses the weight tensor '{name}'"))),
            None => Ok(()),
        }
    }

    fn check_op(&self, index: usize, op: &Op) -> Result<(), Problem> {
        check_name("its name", &op.name)?;
        let wanted = if matches!(op.kind, OpKind::Add { .. }) { 2 } else { 1 };
        if op.inputs.len() != wanted {
            return Err(format!("it reads {} values, but this kind of operation reads {wanted}", op.inputs.len()));
        }
        if let Some(id) = op.inputs.iter().find(|&&id| id > index) {
            return Err(format!("it reads value {id}, which is not computed before it"));
        }
        check_type(&op.output)?;
        let input = self.value(op.inputs[0]);
        match &op.kind {
            OpKind::Linear { weight, bias, weight_bits } => {
                check_linear(input, &op.output, weight, bias.as_deref(), *weight_bits)
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
            OpKind::Argmax => check_argmax(input, &op.output),
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

fn check_linear(
    input: &ValueType,
    output: &ValueType,
    weight: &str,
    bias: Option<&str>,
    weight_bits: u32,
) -> Result<(), Problem> {
    check_name("the weight's name", weight)?;
    if let Some(bias) = bias {
        check_name("the bias's name", bias)?;
        if bias == weight {
            return Err(format!("weight and bias have the same name '{weight}'"));
        }
    }
    reduces(input, output)?;
    if !(1..=output.bits).contains(&weight_bits) {
        return Err(format!("weights of {weight_bits} bits in a ring of {} bits", output.bits));
    }
    match input.len().checked_mul(output.len()) {
        Some(0..=MAX_WEIGHTS) => Ok(()),
        _ => Err(format!("{}×{} weights are more than {MAX_WEIGHTS}", output.len(), input.len())),
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
