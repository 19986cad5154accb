//! Layers with weights.

use super::scales::scale;
use super::{Compiler, to_fixed};
use crate::calibrate::Range;
use crate::graph::{BatchNorm, Conv, Linear, Node};
use crate::{OpKind, Tensor, ValueId, ring};

/// Weights in fixed point, under their names.
struct Fixed {
    weight: String,
    bias: Option<String>,
    weight_bits: u32,
    /// Scale of the layer's result.
    frac_bits: u32,
}

impl Compiler<'_> {
    pub(super) fn linear(&mut self, node: &Node, linear: &Linear, x: ValueId) -> ValueId {
        let shape = vec![linear.outputs, linear.inputs];
        let Fixed { weight, bias, weight_bits, frac_bits } =
            self.fixed(shape, &linear.weight, linear.bias.as_deref(), x);
        self.push(&node.name, OpKind::Linear { weight, bias, weight_bits }, vec![x], node.shape.clone(), frac_bits)
    }

    pub(super) fn conv(&mut self, name: &str, conv: &Conv, x: ValueId, to: Vec<usize>) -> ValueId {
        let Conv { outputs, inputs, groups, ref window, ref weight, ref bias } = *conv;
        let shape = vec![outputs, inputs, window.kernel[0], window.kernel[1]];
        let Fixed { weight, bias, weight_bits, frac_bits } = self.fixed(shape, weight, bias.as_deref(), x);
        let kind = OpKind::Conv { weight, bias, weight_bits, window: *window, groups };
        self.push(name, kind, vec![x], to, frac_bits)
    }

    /// As a convolution that reads one element of one channel, which takes a map: anything else is reshaped there and back.
    pub(super) fn batch_norm(&mut self, node: &Node, norm: &BatchNorm, x: ValueId) -> ValueId {
        let conv = Conv::per_channel(norm);
        if matches!(node.shape.len(), 2 | 3) {
            return self.conv(&node.name, &conv, x, node.shape.clone());
        }
        let map = vec![conv.outputs, node.shape.iter().skip(1).product()];
        let x = self.push(&node.name, OpKind::Reshape, vec![x], map.clone(), self.frac_bits(x));
        let y = self.conv(&node.name, &conv, x, map);
        self.push(&node.name, OpKind::Reshape, vec![y], node.shape.clone(), self.frac_bits(y))
    }

    fn fixed(&mut self, shape: Vec<usize>, weight: &[f64], bias: Option<&[f64]>, x: ValueId) -> Fixed {
        let peak = weight.iter().fold(0.0f64, |peak, w| peak.max(w.abs()));
        let weight_frac = scale(Range { low: -peak, high: peak }, self.widths.weight);
        let frac_bits = self.frac_bits(x) + weight_frac;
        let weight: Vec<i64> = weight.iter().map(|&w| to_fixed(w, weight_frac)).collect();
        let weight_bits = weight.iter().map(|&w| ring::signed_bits(w.into())).max().unwrap_or(1);
        let index = self.program.ops.len();
        let (weight_name, bias_name) = (format!("op{index}.weight"), format!("op{index}.bias"));
        self.insert(&weight_name, shape, weight);
        let bias = bias.map(|bias| {
            let fixed: Vec<i64> = bias.iter().map(|&b| to_fixed(b, frac_bits)).collect();
            self.insert(&bias_name, vec![fixed.len()], fixed);
            bias_name
        });
        Fixed { weight: weight_name, bias, weight_bits, frac_bits }
    }

    fn insert(&mut self, name: &str, shape: Vec<usize>, data: Vec<i64>) {
        let tensor = Tensor::new(shape, data).expect("the graph's shapes are those of its weights");
        self.weights.insert(name, tensor);
    }
}
