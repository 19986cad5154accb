//! Layers with weights.

use super::local::each_tap;
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
        rows.map(|(m, row)| {
            let sum: f64 = row.iter().zip(x).map(|(w, x)| w * x).sum();
            sum + self.bias.as_ref().map_or(0.0, |bias| bias[m])
        })
        .collect()
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
        let kernel: usize = self.window.kernel.iter().product();
        let mut y = Vec::with_capacity(self.outputs * rows * columns);
        for (o, weights) in self.weight.chunks_exact(self.inputs * kernel).enumerate() {
            let first = o / (self.outputs / self.groups) * self.inputs;
            let mut plane = vec![self.bias.as_ref().map_or(0.0, |bias| bias[o]); rows * columns];
            let channels = x.chunks_exact(height * width).skip(first);
            for (weights, channel) in weights.chunks_exact(kernel).zip(channels) {
                each_tap(&self.window, [height, width], [rows, columns], |tap, to, from| {
                    plane[to] += weights[tap] * channel[from];
                });
            }
            y.append(&mut plane);
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
