//! Fully connected layers.

use super::layer::Layer;
use super::plain;
use super::platform::Platform;

/// `W·x + b`; a row of weights has as many as `x`.
pub fn dense(layer: &Layer<'_>, x: &[u64]) -> Vec<u64> {
    dense_on(Platform::detect(), layer, x)
}

/// As [`dense`], by one platform's kernels.
pub fn dense_on(platform: Platform, layer: &Layer<'_>, x: &[u64]) -> Vec<u64> {
    let narrow = layer.bits <= u32::BITS;
    let rows = layer.weights.chunks_exact(x.len());
    let mut y: Vec<u64> = rows.map(|row| plain::dot(platform, narrow, row, x)).collect();
    y.chunks_exact_mut(1).enumerate().for_each(|(output, sum)| layer.finish(output, sum));
    y
}
