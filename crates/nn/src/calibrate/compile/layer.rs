//! Layers with weights.

use super::lost::{Lost, lost};
use super::scales::peak;
use super::{Compiler, to_fixed};
use crate::calibrate::least;
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
    pub(super) fn linear(&mut self, id: ValueId, node: &Node, linear: &Linear, x: ValueId) -> ValueId {
        let shape = vec![linear.outputs, linear.inputs];
        let Fixed { weight, bias, weight_bits, frac_bits } =
            self.fixed(id, &node.name, shape, &linear.weight, linear.bias.as_deref(), x);
        self.push(&node.name, OpKind::Linear { weight, bias, weight_bits }, vec![x], node.shape.clone(), frac_bits)
    }

    pub(super) fn conv(&mut self, id: ValueId, name: &str, conv: &Conv, x: ValueId, to: Vec<usize>) -> ValueId {
        let Conv { outputs, inputs, groups, ref window, ref weight, ref bias } = *conv;
        let shape = vec![outputs, inputs, window.kernel[0], window.kernel[1]];
        let Fixed { weight, bias, weight_bits, frac_bits } = self.fixed(id, name, shape, weight, bias.as_deref(), x);
        let kind = OpKind::Conv { weight, bias, weight_bits, window: *window, groups };
        self.push(name, kind, vec![x], to, frac_bits)
    }

    /// As a convolution that reads one element of one channel, which takes a map: anything else is reshaped there and back.
    pub(super) fn batch_norm(&mut self, id: ValueId, node: &Node, norm: &BatchNorm, x: ValueId) -> ValueId {
        let conv = Conv::per_channel(norm);
        if matches!(node.shape.len(), 2 | 3) {
            return self.conv(id, &node.name, &conv, x, node.shape.clone());
        }
        let map = vec![conv.outputs, node.shape.iter().skip(1).product()];
        let x = self.push(&node.name, OpKind::Reshape, vec![x], map.clone(), self.frac_bits(x));
        let y = self.conv(id, &node.name, &conv, x, map);
        self.push(&node.name, OpKind::Reshape, vec![y], node.shape.clone(), self.frac_bits(y))
    }

    /// Of the layer that computes graph value `id` from `x`.
    fn fixed(
        &mut self,
        id: ValueId,
        name: &str,
        shape: Vec<usize>,
        weight: &[f64],
        bias: Option<&[f64]>,
        x: ValueId,
    ) -> Fixed {
        let weight_frac = self.scales.of_weights(id);
        let frac_bits = self.frac_bits(x) + weight_frac;
        let exact = weight;
        let mut weight: Vec<i64> = exact.iter().map(|&w| to_fixed(w, weight_frac)).collect();
        if let Some(moments) = self.data.moments.get(id - 1).and_then(Option::as_ref) {
            let steps: Vec<f64> = exact.iter().map(|w| w * (1u64 << weight_frac) as f64).collect();
            weight = least::rounded(&steps, shape[0], moments);
        }
        let weight_bits = weight.iter().map(|&w| ring::signed_bits(w.into())).max().unwrap_or(1);
        self.lost.extend(lost(name, &shape, exact, &weight));
        let asked = self.scales.means().weight;
        if weight_frac == 0 && weight_bits > asked {
            let peak = peak(exact);
            let sentence = format!("the weights of '{name}' reach {peak:.3e} and take {weight_bits} bits, not {asked}");
            self.lost.push(Lost::Layer(sentence));
        }
        let index = self.program.ops.len();
        let mut bias = bias.map(<[f64]>::to_vec);
        if !self.graph.is_quantised() {
            let means = &self.data.means[self.graph.nodes[id - 1].inputs[0]];
            let missing = missing(&shape, exact, &weight, weight_frac, means);
            let bias = bias.get_or_insert_with(|| vec![0.0; missing.len()]);
            bias.iter_mut().zip(missing).for_each(|(bias, missing)| *bias += missing);
        }
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

/// What rounded weights of `[outputs, inputs, …]` leave out of each output in the mean, by the means of what all groups read: of
/// its channels, or for a layer that reads all elements of several of them in a row.
fn missing(shape: &[usize], exact: &[f64], fixed: &[i64], frac_bits: u32, means: &[f64]) -> Vec<f64> {
    let (outputs, inputs) = (shape[0], shape[1]);
    let groups = (means.len() / inputs).max(1);
    let taps = (exact.len() / (outputs * inputs)).max(1);
    let rows = exact.chunks_exact(inputs * taps).zip(fixed.chunks_exact(inputs * taps)).enumerate();
    rows.map(|(output, (exact, fixed))| {
        let first = output * groups / outputs * inputs;
        let mean = |input: usize| means[(first + input) * means.len() / (groups * inputs)];
        let errors = exact.iter().zip(fixed).map(|(w, &f)| w - f as f64 / (1u64 << frac_bits) as f64);
        errors.enumerate().map(|(i, error)| error * mean(i / taps)).sum()
    })
    .collect()
}
