//! Convolutions and fully connected layers modulo 2^64, which reduces to every ring.

use crate::{Geometry, Window, ring};

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

/// Convolution with zero padding: `x` is `[C, H, W]`, the result `[O, H', W']`.
pub fn conv(layer: &Layer<'_>, x: &[u64], g: &Geometry, groups: usize) -> Vec<u64> {
    let (area, plane, outputs) = (g.window.area(), g.input_len(), g.output_len());
    let in_channels = g.channels / groups;
    let out_channels = layer.weights.len() / (in_channels * area);
    let mut y = vec![0; out_channels * outputs];
    for (o, sums) in y.chunks_exact_mut(outputs).enumerate() {
        let first = o / (out_channels / groups) * in_channels;
        for c in 0..in_channels {
            let kernel = &layer.weights[(o * in_channels + c) * area..][..area];
            let input = &x[(first + c) * plane..][..plane];
            kernel.iter().enumerate().for_each(|(k, &w)| add_products(sums, w as u64, input, g, k));
        }
        finish(layer, o, sums);
    }
    y
}

/// `W·x + b`; a row of weights has as many as `x`.
pub fn dense(layer: &Layer<'_>, x: &[u64]) -> Vec<u64> {
    let product = |sum: u64, (w, x): (&i64, &u64)| sum.wrapping_add((*w as u64).wrapping_mul(*x));
    let rows = layer.weights.chunks_exact(x.len());
    let mut y: Vec<u64> = rows.map(|row| row.iter().zip(x).fold(0, product)).collect();
    y.chunks_exact_mut(1).enumerate().for_each(|(o, sums)| finish(layer, o, sums));
    y
}

/// Adds the bias to the sums of output (channel) `o`, and reduces them.
fn finish(layer: &Layer<'_>, o: usize, sums: &mut [u64]) {
    let (bias, mask) = (layer.bias.map_or(0, |bias| bias[o] as u64), ring::mask(layer.bits));
    sums.iter_mut().for_each(|sum| *sum = sum.wrapping_add(bias) & mask);
}

/// Adds `w` times all elements of an input plane that it meets from place `k` of the kernel.
pub(super) fn add_products(sums: &mut [u64], w: u64, input: &[u64], g: &Geometry, k: usize) {
    let Geometry { input: [_, width], output: [_, sums_width], window: Window { kernel, stride, pads }, .. } = *g;
    let (row, column) = (k / kernel[1], k % kernel[1]);
    let columns = g.reach(1, column);
    if columns.is_empty() {
        return;
    }
    for i in g.reach(0, row) {
        let start = (i * stride[0] + row - pads[0]) * width + columns.start * stride[1] + column - pads[1];
        let sums = &mut sums[i * sums_width..][columns.clone()];
        let add = |(sum, x): (&mut u64, &u64)| *sum = sum.wrapping_add(w.wrapping_mul(*x));
        match stride[1] {
            1 => sums.iter_mut().zip(&input[start..]).for_each(add),
            step => sums.iter_mut().zip(input[start..].iter().step_by(step)).for_each(add),
        }
    }
}
