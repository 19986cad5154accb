//! Passes over the graph that leave what it computes unchanged, up to rounding.

use super::{BatchNorm, Conv, FloatOp, Graph, Linear, Node};
use crate::ValueId;

impl Graph {
    /// The same network with fewer operations: batch normalisations become part of the layer before or after them where
    /// nothing else reads the value in between, and padding part of the convolution after it.
    pub fn simplified(mut self) -> Self {
        self.fold_batch_norms();
        self.fold_into_readers();
        self.fold_pads();
        self
    }

    /// Folds each batch normalisation into the `Conv`, `Linear` or other batch normalisation before it, when it is that
    /// one's only reader: `a·(W·x + b) + c = (a·W)·x + (a·b + c)`.
    pub(crate) fn fold_batch_norms(&mut self) {
        let mut output = self.nodes.len();
        let readers = self.readers();
        // What stands for each value now. A folded node's value is the changed one of the layer before.
        let mut stands_for: Vec<ValueId> = (0..=output).collect();
        for index in 0..self.nodes.len() {
            let (before, rest) = self.nodes.split_at_mut(index);
            let node = &mut rest[0];
            let read = node.inputs.clone();
            node.inputs.iter_mut().for_each(|id| *id = stands_for[*id]);
            let FloatOp::BatchNorm(norm) = &node.op else { continue };
            let source = node.inputs[0];
            if source > 0 && readers[read[0]] == 1 && fold(&mut before[source - 1].op, norm) {
                stands_for[index + 1] = source;
            }
        }
        output = stands_for[output];
        self.keep_only(output);
    }

    /// Folds each batch normalisation that is left into the layer that alone reads it:
    /// `W·(a·x + c) + b = (W·a)·x + (W·c + b)`. Where that layer pads only without c: its zeros are not normalised.
    fn fold_into_readers(&mut self) {
        let readers = self.readers();
        for index in 0..self.nodes.len() {
            let (before, rest) = self.nodes.split_at_mut(index);
            let Node { op, inputs, .. } = &mut rest[0];
            let Some(source) = inputs[0].checked_sub(1).map(|source| &before[source]) else { continue };
            let FloatOp::BatchNorm(norm) = &source.op else { continue };
            if readers[inputs[0]] == 1 && absorb(op, norm) {
                inputs[0] = source.inputs[0];
            }
        }
        self.keep_only(self.nodes.len());
    }

    /// Lets a convolution or average pooling pad its own input.
    fn fold_pads(&mut self) {
        for index in 0..self.nodes.len() {
            let (before, rest) = self.nodes.split_at_mut(index);
            let Node { op, inputs, .. } = &mut rest[0];
            let (FloatOp::Conv(Conv { window, .. }) | FloatOp::AveragePool(window)) = op else { continue };
            while let Some(Node { op: FloatOp::Pad(pads), inputs: source, .. }) =
                inputs[0].checked_sub(1).map(|k| &before[k])
            {
                let sum = [0, 1, 2, 3].map(|side| window.pads[side] + pads[side]);
                // A program's windows hold at least one element each.
                if (0..4).any(|side| sum[side] >= window.kernel[side % 2]) {
                    break;
                }
                (window.pads, inputs[0]) = (sum, source[0]);
            }
        }
        self.keep_only(self.nodes.len());
    }
}

/// Applies `norm` to what `layer` computes; `false` leaves it as it is.
fn fold(layer: &mut FloatOp, norm: &BatchNorm) -> bool {
    let (weight, bias) = match layer {
        FloatOp::Conv(Conv { weight, bias, .. }) | FloatOp::Linear(Linear { weight, bias, .. }) => {
            (weight, bias.get_or_insert_with(|| vec![0.0; norm.shift.len()]))
        }
        FloatOp::BatchNorm(BatchNorm { scale, shift }) => (scale, shift),
        _ => return false,
    };
    let per_output = weight.len() / norm.scale.len();
    for (weights, scale) in weight.chunks_exact_mut(per_output).zip(&norm.scale) {
        weights.iter_mut().for_each(|w| *w *= scale);
    }
    for ((bias, scale), shift) in bias.iter_mut().zip(&norm.scale).zip(&norm.shift) {
        *bias = *bias * scale + shift;
    }
    true
}

/// Lets `layer` read what `norm` reads; `false` leaves it as it is.
fn absorb(layer: &mut FloatOp, norm: &BatchNorm) -> bool {
    let (weight, bias, outputs, taps, groups) = match layer {
        FloatOp::Linear(Linear { weight, bias, outputs, .. }) => (weight, bias, *outputs, 1, 1),
        FloatOp::Conv(Conv { weight, bias, outputs, window, groups, .. })
            if window.is_unpadded() || norm.shift.iter().all(|&shift| shift == 0.0) =>
        {
            (weight, bias, *outputs, window.area(), *groups)
        }
        _ => return false,
    };
    let (row, bias) = (weight.len() / outputs, bias.get_or_insert_with(|| vec![0.0; outputs]));
    for (o, weights) in weight.chunks_exact_mut(row).enumerate() {
        let first = o / (outputs / groups) * (row / taps);
        for (c, weights) in weights.chunks_exact_mut(taps).enumerate() {
            bias[o] += norm.shift[first + c] * weights.iter().sum::<f64>();
            weights.iter_mut().for_each(|w| *w *= norm.scale[first + c]);
        }
    }
    true
}
