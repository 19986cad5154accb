//! Layers with weights.

use super::columns::{dot, under};
use crate::Window;

/// A fully connected layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// Number of outputs M.
    pub outputs: usize,
    /// Number of inputs K.
    pub inputs: usize,
    /// `[M, K]`, row-major.
    pub weight: Vec<f64>,
    /// `[M]`.
    pub bias: Option<Vec<f64>>,
}

/// A convolution: `y[o] = b[o] + Σ_c w[o,c] ⋆ x[c]` over the channels c of o's group.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv {
    /// Number of output channels O.
    pub outputs: usize,
    /// Input channels of one group, C / groups.
    pub inputs: usize,
    /// Number of groups; input and output channels are split into that many runs.
    pub groups: usize,
    /// Kernel, stride and zero padding.
    pub window: Window,
    /// `[O, C / groups, kh, kw]`, row-major.
    pub weight: Vec<f64>,
    /// `[O]`.
    pub bias: Option<Vec<f64>>,
}

/// `scale[c]·x + shift[c]` on channel c, the first dimension: what a batch normalisation is at inference.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchNorm {
    /// Factors.
    pub scale: Vec<f64>,
    /// Summands.
    pub shift: Vec<f64>,
}

impl Linear {
    pub(super) fn run(&self, x: &[f64]) -> Vec<f64> {
        let rows = self.weight.chunks_exact(self.inputs).enumerate();
        rows.map(|(m, row)| dot(row, x) + self.bias.as_ref().map_or(0.0, |bias| bias[m])).collect()
    }
}

impl Conv {
    /// A convolution that multiplies every element of channel c by `scale[c]` and adds `shift[c]`.
    pub(crate) fn per_channel(norm: &BatchNorm) -> Self {
        let (channels, window) = (norm.scale.len(), Window { kernel: [1, 1], stride: [1, 1], pads: [0; 4] });
        let (weight, bias) = (norm.scale.clone(), Some(norm.shift.clone()));
        Self { outputs: channels, inputs: 1, groups: channels, window, weight, bias }
    }

    pub(super) fn run(&self, x: &[f64], [_, height, width]: [usize; 3], [_, rows, columns]: [usize; 3]) -> Vec<f64> {
        let each = self.inputs * self.window.area();
        let (per_group, area) = (self.outputs / self.groups, rows * columns);
        let mut y = vec![0.0; self.outputs * area];
        for group in 0..self.groups {
            let inputs = &x[group * self.inputs * height * width..][..self.inputs * height * width];
            for row in 0..rows {
                let elements = under(&self.window, inputs, [self.inputs, height, width], row, columns);
                for o in group * per_group..(group + 1) * per_group {
                    let (weights, bias) = (&self.weight[o * each..][..each], self.bias.as_ref().map_or(0.0, |b| b[o]));
                    let sums = &mut y[o * area + row * columns..][..columns];
                    sums.iter_mut().zip(elements.chunks_exact(each)).for_each(|(y, x)| *y = bias + dot(weights, x));
                }
            }
        }
        y
    }
}

impl BatchNorm {
    pub(super) fn run(&self, x: &[f64]) -> Vec<f64> {
        let channels = x.chunks_exact((x.len() / self.scale.len()).max(1));
        let coefficients = self.scale.iter().zip(&self.shift);
        channels.zip(coefficients).flat_map(|(x, (a, b))| x.iter().map(move |x| a * x + b)).collect()
    }
}
