//! Sums over windows, zeros around planes, and values one after the other.

use super::{plain, platform::Platform};
use crate::window::planes;
use crate::{Geometry, ring};

/// Sum of every window modulo `2^bits`; padding counts as zero.
pub fn sum_pool(x: &[u64], g: &Geometry, bits: u32) -> Vec<u64> {
    let (platform, mask) = (Platform::detect(), ring::mask(bits));
    let ones = vec![1; g.window.area()];
    let mut y = vec![0; g.channels * g.output_len()];
    for (sums, input) in y.chunks_exact_mut(g.output_len()).zip(x.chunks_exact(g.input_len())) {
        plain::add_plane(platform, bits <= u32::BITS, sums, &ones, input, g);
        sums.iter_mut().for_each(|sum| *sum &= mask);
    }
    y
}

/// `x` of `shape` with zeros around its planes; `pads` are top, left, bottom, right. A shape without planes has none.
pub fn pad(x: &[u64], shape: &[usize], [top, left, bottom, right]: [usize; 4]) -> Vec<u64> {
    let Some((channels, [height, width])) = planes(shape) else { return Vec::new() };
    let padded = left + width + right;
    let mut y = vec![0; channels * (top + height + bottom) * padded];
    for (y, x) in y.chunks_exact_mut((top + height + bottom) * padded).zip(x.chunks_exact(height * width)) {
        let rows = y.chunks_exact_mut(padded).skip(top);
        rows.zip(x.chunks_exact(width)).for_each(|(y, x)| y[left..left + width].copy_from_slice(x));
    }
    y
}

/// A value that is concatenated.
#[derive(Clone, Copy, Debug)]
pub struct Operand<'a> {
    /// Its elements.
    pub values: &'a [u64],
    /// Their shape.
    pub shape: &'a [usize],
    /// Left shift to the common scale, below 64.
    pub shift: u32,
}

/// The operands one after the other along `axis`, shifted, modulo `2^bits`.
pub fn concat(operands: &[Operand<'_>], axis: usize, bits: u32) -> Vec<u64> {
    let mask = ring::mask(bits);
    let repeats: usize = operands.first().map_or(0, |operand| operand.shape[..axis].iter().product());
    let mut y = Vec::with_capacity(operands.iter().map(|operand| operand.values.len()).sum());
    for r in 0..repeats {
        for Operand { values, shape, shift } in operands {
            let len: usize = shape[axis..].iter().product();
            y.extend(values[r * len..][..len].iter().map(|v| (v << shift) & mask));
        }
    }
    y
}
