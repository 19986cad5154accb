//! Layers with weights.

use crate::Window;
use crate::products::{Maps, dense};
use crate::real::Real;

/// A fully connected layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear<T = f64> {
    /// Number of outputs M.
    pub outputs: usize,
    /// Number of inputs K.
    pub inputs: usize,
    /// `[M, K]`, row-major.
    pub weight: Vec<T>,
    /// `[M]`.
    pub bias: Option<Vec<T>>,
}

/// A convolution: `y[o] = b[o] + Σ_c w[o,c] ⋆ x[c]` over the channels c of o's group.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv<T = f64> {
    /// Number of output channels O.
    pub outputs: usize,
    /// Input channels of one group, C / groups.
    pub inputs: usize,
    /// Number of groups; input and output channels are split into that many runs.
    pub groups: usize,
    /// Kernel, stride and zero padding.
    pub window: Window,
    /// `[O, C / groups, kh, kw]`, row-major.
    pub weight: Vec<T>,
    /// `[O]`.
    pub bias: Option<Vec<T>>,
}

/// `scale[c]·x + shift[c]` on channel c, the first dimension: what a batch normalisation is at inference.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchNorm<T = f64> {
    /// Factors.
    pub scale: Vec<T>,
    /// Summands.
    pub shift: Vec<T>,
}

impl<T: Real> Linear<T> {
    pub(super) fn run(&self, x: &[T]) -> Vec<T> {
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
}

impl<T: Real> Conv<T> {
    pub(super) fn run(&self, x: &[T], from: [usize; 3], to: [usize; 3]) -> Vec<T> {
        self.maps(from, to).apply(&self.weight, self.bias.as_deref(), x)
    }

    /// Adds to `into` what slopes of the output are as slopes of the input.
    pub(super) fn add_back(&self, slope: &[T], into: &mut [T], from: [usize; 3], to: [usize; 3]) {
        self.maps(from, to).add_back(&self.weight, slope, into);
    }

    /// What slopes of the output are as slopes of the weights.
    pub(crate) fn weight_slopes(&self, slope: &[T], x: &[T], from: [usize; 3], to: [usize; 3]) -> Vec<T> {
        self.maps(from, to).weight_slopes(slope, x)
    }

    fn maps(&self, from: [usize; 3], [_, height, width]: [usize; 3]) -> Maps {
        Maps { outputs: self.outputs, groups: self.groups, window: self.window, from, to: [height, width] }
    }
}

impl<T: Real> BatchNorm<T> {
    pub(super) fn run(&self, x: &[T]) -> Vec<T> {
        let channels = x.chunks_exact((x.len() / self.scale.len()).max(1));
        let coefficients = self.scale.iter().zip(&self.shift);
        channels.zip(coefficients).flat_map(|(x, (a, b))| x.iter().map(move |x| *a * *x + *b)).collect()
    }
}
