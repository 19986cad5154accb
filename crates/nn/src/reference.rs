//! What a program computes, on plain integers. The secure executor returns the same bits.
//!
//! Values are in signed form (see [`ring`]). Everything wraps: an accumulator that overflows its ring gives the wrapped
//! value in both executors, and a comparison is the sign of the wrapped difference.

mod spatial;
mod tournament;

use thiserror::Error;

use crate::{OpKind, Program, Sign, Tensor, Weights, Window, ring};
use spatial::{concatenated, padded};
pub use spatial::{conv, conv_wrapping, max_pool, sum_pool, windows};
pub use tournament::{argmax, drelu, max};

/// Why a run stopped.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RunError {
    /// The input has the wrong number of elements.
    #[error("the model reads {expected} numbers, not {found}")]
    InputLength {
        /// What the program reads.
        expected: usize,
        /// What was given.
        found: usize,
    },
    /// A weight tensor is missing or has the wrong shape; [`Program::validate_weights`] says so beforehand.
    #[error("operation {index} ({name}): the weight tensor '{tensor}' is missing or has the wrong shape")]
    Weights {
        /// Index of the operation.
        index: usize,
        /// Name of the operation.
        name: String,
        /// Name of the tensor.
        tensor: String,
    },
    /// A window does not fit its input; [`Program::validate`] says so beforehand.
    #[error("operation {index} ({name}): {problem}")]
    Window {
        /// Index of the operation.
        index: usize,
        /// Name of the operation.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// A value lies outside what the program guarantees.
    #[error("operation {index} ({name}): {source}")]
    Guarantee {
        /// Index of the operation.
        index: usize,
        /// Name of the operation.
        name: String,
        /// The value.
        source: GuaranteeBroken,
    },
}

/// A value that is shifted lies outside its [`Sign`] guarantee: the secure protocol has no defined result for it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("element {element} is {value} in a ring of {bits} bits, but the program guarantees {sign:?}")]
pub struct GuaranteeBroken {
    /// Index of the element.
    pub element: usize,
    /// Its signed value.
    pub value: i64,
    /// The ring's width.
    pub bits: u32,
    /// The guarantee.
    pub sign: Sign,
}

/// Runs a valid program. Returns every value in signed form, indexed by [`ValueId`](crate::ValueId); inputs are reduced
/// to the input's ring.
pub fn run(program: &Program, weights: &Weights, input: &[i64]) -> Result<Vec<Vec<i64>>, RunError> {
    run_by(program, input, |index, values| run_op(program, weights, index, values))
}

/// Runs a program whose operations `run_op` computes from the values before theirs.
pub(crate) fn run_by(
    program: &Program,
    input: &[i64],
    run_op: impl Fn(usize, &[Vec<i64>]) -> Result<Vec<i64>, RunError>,
) -> Result<Vec<Vec<i64>>, RunError> {
    if input.len() != program.input.len() {
        return Err(RunError::InputLength { expected: program.input.len(), found: input.len() });
    }
    let mut values = Vec::with_capacity(program.ops.len() + 1);
    values.push(input.iter().map(|&v| ring::reduce(v, program.input.bits)).collect());
    for index in 0..program.ops.len() {
        values.push(run_op(index, &values)?);
    }
    Ok(values)
}

/// Runs a valid program and returns its result.
pub fn run_output(program: &Program, weights: &Weights, input: &[i64]) -> Result<Vec<i64>, RunError> {
    Ok(run(program, weights, input)?.pop().unwrap_or_default())
}

pub(crate) fn run_op(
    program: &Program,
    weights: &Weights,
    index: usize,
    values: &[Vec<i64>],
) -> Result<Vec<i64>, RunError> {
    let op = &program.ops[index];
    let x = &values[op.inputs[0]];
    let (in_bits, out_bits) = (program.value(op.inputs[0]).bits, op.output.bits);
    let tensor = |name: &str, shape: &[usize]| -> Result<&Tensor, RunError> {
        weights.get(name).filter(|t| t.shape() == shape).ok_or_else(|| RunError::Weights {
            index,
            name: op.name.clone(),
            tensor: name.to_owned(),
        })
    };
    let geometry = |window: Window| {
        let error = |problem| RunError::Window { index, name: op.name.clone(), problem };
        program.geometry(op, window).map_err(error)
    };
    let broken = |source| RunError::Guarantee { index, name: op.name.clone(), source };
    Ok(match &op.kind {
        OpKind::Linear { weight, bias, .. } | OpKind::Conv { weight, bias, .. } => {
            let shape = program.weight_shape(op);
            let weight = tensor(weight, &shape)?.data();
            let bias = bias.as_deref().map(|name| tensor(name, &shape[..1])).transpose()?.map(Tensor::data);
            match &op.kind {
                OpKind::Conv { window, groups, .. } => conv(weight, bias, x, &geometry(*window)?, *groups, out_bits),
                _ => linear(weight, bias, x, out_bits),
            }
        }
        OpKind::MaxPool { window } => max_pool(x, &geometry(*window)?, in_bits),
        OpKind::SumPool { window } => sum_pool(x, &geometry(*window)?, out_bits),
        OpKind::Add { shift_a, shift_b } => add(x, *shift_a, &values[op.inputs[1]], *shift_b, out_bits),
        OpKind::Relu => relu(x, in_bits),
        OpKind::Shift { amount, sign } => shift(x, in_bits, *amount, *sign, out_bits).map_err(broken)?,
        OpKind::ReluShift { amount } => relu_shift(x, in_bits, *amount, out_bits),
        OpKind::Clip { max, amount } => clip(x, in_bits, *max, *amount, out_bits),
        OpKind::Divide { divisor, sign } => divide(x, in_bits, *divisor, *sign, out_bits).map_err(broken)?,
        OpKind::Concat { axis, shifts } => {
            let shapes: Vec<&[usize]> = op.inputs.iter().map(|&id| &program.value(id).shape[..]).collect();
            let element = |(k, i): (usize, usize)| ring::reduce(values[op.inputs[k]][i] << shifts[k], out_bits);
            concatenated(&shapes, *axis).into_iter().map(element).collect()
        }
        OpKind::Pad { pads } => {
            let places = padded(&program.value(op.inputs[0]).shape, *pads);
            places.into_iter().map(|place| place.map_or(0, |i| x[i])).collect()
        }
        OpKind::Argmax => vec![argmax(x, in_bits) as i64],
        OpKind::Threshold { least } => threshold(x, least, in_bits),
        OpKind::Reshape => x.clone(),
    })
}

/// `W·x + b` modulo `2^bits`. `weight` is row-major, one row of `x.len()` per output; `bias` has one entry per output.
pub fn linear(weight: &[i64], bias: Option<&[i64]>, x: &[i64], bits: u32) -> Vec<i64> {
    let rows = weight.chunks_exact(x.len()).enumerate();
    rows.map(|(m, row)| {
        let start = bias.map_or(0, |bias| bias[m]);
        let sum = row.iter().zip(x).fold(start, |sum, (w, x)| sum.wrapping_add(w.wrapping_mul(*x)));
        ring::reduce(sum, bits)
    })
    .collect()
}

/// `(a << shift_a) + (b << shift_b)` modulo `2^bits`, elementwise; both shifts are below 64.
pub fn add(a: &[i64], shift_a: u32, b: &[i64], shift_b: u32, bits: u32) -> Vec<i64> {
    a.iter().zip(b).map(|(a, b)| ring::reduce((a << shift_a).wrapping_add(b << shift_b), bits)).collect()
}

/// `max(x, 0)` in the ring of `bits`, elementwise.
pub fn relu(x: &[i64], bits: u32) -> Vec<i64> {
    x.iter().map(|&x| ring::reduce(x, bits).max(0)).collect()
}

/// −1 where `x − least` is ≥ 0 in the ring of `bits`, otherwise 0, elementwise.
pub fn threshold(x: &[i64], least: &[i64], bits: u32) -> Vec<i64> {
    x.iter().zip(least).map(|(x, t)| -i64::from(drelu(x.wrapping_sub(*t), bits))).collect()
}

/// `⌊x / 2^amount⌋` of the signed value in the ring of `in_bits`, then reduced to (or, as it is exact over the integers,
/// extended to) the ring of `out_bits`.
///
/// # Errors
/// A value outside the guarantee, because the secure protocol has no answer for it either.
pub fn shift(x: &[i64], in_bits: u32, amount: u32, sign: Sign, out_bits: u32) -> Result<Vec<i64>, GuaranteeBroken> {
    guaranteed(x, in_bits, sign, |value| ring::reduce(value >> amount, out_bits))
}

/// `⌊x / divisor⌋` of the signed value in the ring of `in_bits`, then written to the ring of `out_bits`.
///
/// # Errors
/// As [`shift`].
pub fn divide(x: &[i64], in_bits: u32, divisor: u64, sign: Sign, out_bits: u32) -> Result<Vec<i64>, GuaranteeBroken> {
    guaranteed(x, in_bits, sign, |value| ring::reduce(i128::from(value).div_euclid(divisor.into()) as i64, out_bits))
}

fn guaranteed(x: &[i64], bits: u32, sign: Sign, f: impl Fn(i64) -> i64) -> Result<Vec<i64>, GuaranteeBroken> {
    let one = |(element, &x): (usize, &i64)| {
        let value = ring::reduce(x, bits);
        let kept = match sign {
            Sign::Any => true,
            Sign::NonNegative => value >= 0,
            Sign::Bounded => ring::contains(value, bits - 1),
        };
        if kept { Ok(f(value)) } else { Err(GuaranteeBroken { element, value, bits, sign }) }
    };
    x.iter().enumerate().map(one).collect()
}

/// `min(max(x, 0), max) >> amount` in the ring of `in_bits`, then written to the ring of `out_bits`. `max` is at most
/// `2^63 − 1`.
pub fn clip(x: &[i64], in_bits: u32, max: u64, amount: u32, out_bits: u32) -> Vec<i64> {
    let one = |&x: &i64| ring::reduce(ring::reduce(x, in_bits).max(0).min(max as i64) >> amount, out_bits);
    x.iter().map(one).collect()
}

/// `max(x, 0) >> amount` in the ring of `in_bits`, then written to the ring of `out_bits`.
pub fn relu_shift(x: &[i64], in_bits: u32, amount: u32, out_bits: u32) -> Vec<i64> {
    x.iter().map(|&x| ring::reduce(ring::reduce(x, in_bits).max(0) >> amount, out_bits)).collect()
}
