//! A linear layer as its kernels take it.

use crate::ring;

/// What a linear layer multiplies by, and the ring of its result.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a> {
    /// `[outputs, inputs]`, or `[O, C/groups, kh, kw]`.
    pub weights: &'a [i64],
    /// Every weight fits this many bits in two's complement.
    pub weight_bits: u32,
    /// One number for each output (channel).
    pub bias: Option<&'a [i64]>,
    /// ℓ of the result's ring.
    pub bits: u32,
}

impl Layer<'_> {
    /// Adds the bias to the sums of output (channel) `output`, and reduces them.
    pub(super) fn finish(&self, output: usize, sums: &mut [u64]) {
        let (bias, mask) = (self.bias.map_or(0, |bias| bias[output] as u64), ring::mask(self.bits));
        sums.iter_mut().for_each(|sum| *sum = sum.wrapping_add(bias) & mask);
    }
}
