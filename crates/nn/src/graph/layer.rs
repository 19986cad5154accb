//! Layers with weights.

use crate::Window;
use crate::products::{Maps, dense};

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
        dense(&self.weight, self.bias.as_deref(), x)
    }
}

impl Conv {
    /// A convolution that multiplies every element of channel c by `scale[c]` and adds `shift[c]`.
    pub(crate) fn per_channel(norm: &BatchNorm) -> Self {
        let (channels, window) = (norm.scale.len(), Window { kernel: [1, 1], stride: [1, 1], pads: [0; 4] });
        let (weight, bias) = (norm.scale.clone(), Some(norm.shift.clone()));
        Self { outputs: channels, inputs: 1, groups: channels, window, weight, bias }
    }

    pub(super) fn run(&self, x: &[f64], from: [usize; 3], to: [usize; 3]) -> Vec<f64> {
        self.maps(from, to).apply(&self.weight, self.bias.as_deref(), x)
    }

    /// Adds to `into` what slopes of the output are as slopes of the input.
    pub(super) fn add_back(&self, slope: &[f64], into: &mut [f64], from: [usize; 3], to: [usize; 3]) {
        self.maps(from, to).add_back(&self.weight, slope, into);
    }

    /// What slopes of the output are as slopes of the weights.
    pub(crate) fn weight_slopes(&self, slope: &[f64], x: &[f64], from: [usize; 3], to: [usize; 3]) -> Vec<f64> {
        self.maps(from, to).weight_slopes(slope, x)
    }

    fn maps(&self, from: [usize; 3], [_, height, width]: [usize; 3]) -> Maps {
        Maps { outputs: self.outputs, groups: self.groups, window: self.window, from, to: [height, width] }
    }
}

impl BatchNorm {
    pub(super) fn run(&self, x: &[f64]) -> Vec<f64> {
        let channels = x.chunks_exact((x.len() / self.scale.len()).max(1));
        let coefficients = self.scale.iter().zip(&self.shift);
        channels.zip(coefficients).flat_map(|(x, (a, b))| x.iter().map(move |x| a * x + b)).collect()
    }
}
