//! What [`reference`] computes, faster, for calibration: convolutions by the kernels of the secure executor, other linear layers as
//! products of doubles, which are exact while every sum stays below 2^53, and maxima where no difference wraps. Whatever else
//! there is, is the reference's own.

use crate::kernels::{self, Conv, Platform};
use crate::products::{Maps, concat, dense, integer_ends, signed_bits};
use crate::reference::{self, RunError};
use crate::{Geometry, Op, OpKind, Program, Weights, Window, ring};

/// Integers up to here, and so sums and products that stay below, are exact in doubles.
const LIMIT: f64 = (1u64 << f64::MANTISSA_DIGITS) as f64;

/// A valid program with its weights as doubles.
pub(crate) struct Executor<'a> {
    program: &'a Program,
    weights: &'a Weights,
    layers: Vec<Option<Layer<'a>>>,
}

struct Layer<'a> {
    bias: Option<&'a [i64]>,
    by: By<'a>,
}

enum By<'a> {
    /// A convolution's weights, their bits, and its geometry.
    Kernels { weights: &'a [i64], weight_bits: u32, geometry: Geometry, groups: usize },
    /// A matrix, and the largest sum of one output's magnitudes: with the largest input, a bound of all partial sums.
    Doubles { weights: Vec<f64>, norm: f64 },
}

impl<'a> Executor<'a> {
    pub(crate) fn new(program: &'a Program, weights: &'a Weights) -> Self {
        let layers = program.ops.iter().map(|op| Layer::new(program, weights, op)).collect();
        Self { program, weights, layers }
    }

    /// As [`reference::run`].
    pub(crate) fn run(&self, input: &[i64]) -> Result<Vec<Vec<i64>>, RunError> {
        reference::run_by(self.program, input, |index, values| {
            let fast = self.run_op(index, values);
            fast.map_or_else(|| reference::run_op(self.program, self.weights, index, values), Ok)
        })
    }

    /// As [`reference::run_output`].
    pub(crate) fn run_output(&self, input: &[i64]) -> Result<Vec<i64>, RunError> {
        Ok(self.run(input)?.pop().unwrap_or_default())
    }

    fn run_op(&self, index: usize, values: &[Vec<i64>]) -> Option<Vec<i64>> {
        let op = &self.program.ops[index];
        let (x, bits) = (&values[op.inputs[0]], op.output.bits);
        match &op.kind {
            OpKind::Linear { .. } | OpKind::Conv { .. } => self.layers[index].as_ref()?.run(x, bits),
            OpKind::MaxPool { window } => {
                let (low, high) = integer_ends(x);
                let exact = ring::contains(high.checked_sub(low)?, self.program.value(op.inputs[0]).bits);
                exact.then(|| self.maps(op, *window))?.map(|maps| maps.pool(x, i64::MIN, i64::max))
            }
            OpKind::SumPool { window } => {
                let mut sums = self.maps(op, *window)?.pool(x, 0, i64::wrapping_add);
                sums.iter_mut().for_each(|sum| *sum = ring::reduce(*sum, bits));
                Some(sums)
            }
            OpKind::Concat { axis, shifts } => {
                let part =
                    |(&id, &shift): (&usize, &u32)| values[id].iter().map(|v| ring::reduce(v << shift, bits)).collect();
                let shifted: Vec<Vec<i64>> = op.inputs.iter().zip(shifts).map(part).collect();
                let inner = |&id: &usize| self.program.value(id).shape[*axis..].iter().product();
                let parts: Vec<_> = shifted.iter().map(Vec::as_slice).zip(op.inputs.iter().map(inner)).collect();
                Some(concat(&parts))
            }
            _ => None,
        }
    }

    /// A pool's geometry.
    fn maps(&self, op: &Op, window: Window) -> Option<Maps> {
        let geometry = self.program.geometry(op, window).ok()?;
        let ([height, width], [rows, columns]) = (geometry.input, geometry.output);
        Some(Maps::pooled(geometry.window, [geometry.channels, height, width], [geometry.channels, rows, columns]))
    }
}

impl<'a> Layer<'a> {
    /// Nothing for what is no linear layer, or one whose tensors the reference will refuse.
    fn new(program: &Program, weights: &'a Weights, op: &Op) -> Option<Self> {
        let (OpKind::Linear { weight, bias, .. } | OpKind::Conv { weight, bias, .. }) = &op.kind else { return None };
        let (shape, weight) = (program.weight_shape(op), weights.get(weight)?);
        let bias = match bias {
            Some(name) => Some(weights.get(name).filter(|bias| bias.shape() == &shape[..1])?.data()),
            None => None,
        };
        if weight.shape() != shape || weight.data().is_empty() {
            return None;
        }
        let data = weight.data();
        let by = match &op.kind {
            OpKind::Conv { window, groups, .. } => By::Kernels {
                weights: data,
                weight_bits: data.iter().map(|&w| ring::signed_bits(w.into())).max()?,
                geometry: program.geometry(op, *window).ok()?,
                groups: *groups,
            },
            _ => {
                let norms =
                    data.chunks(data.len() / shape[0]).map(|row| row.iter().map(|w| w.unsigned_abs() as f64).sum());
                By::Doubles { weights: data.iter().map(|&w| w as f64).collect(), norm: norms.fold(0.0, f64::max) }
            }
        };
        Some(Self { bias, by })
    }

    /// The layer's output in a ring. Of doubles nothing where they do not hold all sums.
    fn run(&self, x: &[i64], bits: u32) -> Option<Vec<i64>> {
        match &self.by {
            By::Kernels { weights, weight_bits, geometry, groups } => {
                let layer = kernels::Layer { weights, weight_bits: *weight_bits, bias: self.bias, bits };
                let elements: Vec<u64> = x.iter().map(|&x| x as u64).collect();
                let conv = Conv::of(Platform::detect(), &layer, &elements, geometry, *groups, signed_bits(x));
                Some(conv.outputs(0..conv.channels()).into_iter().map(|v| ring::from_ring(v, bits)).collect())
            }
            By::Doubles { weights, norm } => {
                let peak = x.iter().map(|x| x.unsigned_abs()).max()?;
                if (peak as f64).max(1.0) * norm >= LIMIT || peak as f64 >= LIMIT {
                    return None;
                }
                let x: Vec<f64> = x.iter().map(|&x| x as f64).collect();
                let bias = |i: usize| self.bias.map_or(0, |bias| bias[i]);
                let sum = |(i, &sum): (usize, &f64)| ring::reduce((sum as i64).wrapping_add(bias(i)), bits);
                Some(dense(weights, None, &x).iter().enumerate().map(sum).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{Case, cases, cnn_cases};

    fn agrees(case: &Case) {
        let executor = Executor::new(&case.program, &case.weights);
        for input in &case.inputs {
            assert_eq!(executor.run(input), reference::run(&case.program, &case.weights, input));
        }
    }

    proptest! {
        #[test]
        fn random_programs_give_what_the_reference_gives(case in cases(4)) {
            agrees(&case);
        }

        #[test]
        fn random_convolutional_programs_give_what_the_reference_gives(case in cnn_cases(4)) {
            agrees(&case);
        }
    }
}
