//! The loops, for any platform.

use crate::{Geometry, Window};

#[inline(always)]
fn product<const NARROW: bool>(w: u64, x: u64) -> u64 {
    if NARROW { u64::from(w as u32) * u64::from(x as u32) } else { w.wrapping_mul(x) }
}

#[inline(always)]
pub(super) fn dot(narrow: bool, weights: &[i64], x: &[u64]) -> u64 {
    if narrow { dot_of::<true>(weights, x) } else { dot_of::<false>(weights, x) }
}

#[inline(always)]
fn dot_of<const NARROW: bool>(weights: &[i64], x: &[u64]) -> u64 {
    // Sums that do not wait for each other.
    const LANES: usize = 16;
    let add = |sum: u64, w: i64, x: u64| sum.wrapping_add(product::<NARROW>(w as u64, x));
    let ((weights, last_weights), (x, last)) = (weights.as_chunks::<LANES>(), x.as_chunks::<LANES>());
    let mut sums = [0u64; LANES];
    for (weights, x) in weights.iter().zip(x) {
        for ((sum, w), x) in sums.iter_mut().zip(weights).zip(x) {
            *sum = add(*sum, *w, *x);
        }
    }
    let sum = sums.iter().fold(0u64, |sum, v| sum.wrapping_add(*v));
    last_weights.iter().zip(last).fold(sum, |sum, (w, x)| add(sum, *w, *x))
}

#[inline(always)]
pub(super) fn add_plane(narrow: bool, sums: &mut [u64], kernel: &[i64], x: &[u64], g: &Geometry) {
    for (k, &w) in kernel.iter().enumerate() {
        match narrow {
            true => add_products::<true>(sums, w as u64, x, g, k),
            false => add_products::<false>(sums, w as u64, x, g, k),
        }
    }
}

/// Adds `w` times all elements of an input plane that it meets from place `k` of the kernel.
#[inline(always)]
fn add_products<const NARROW: bool>(sums: &mut [u64], w: u64, x: &[u64], g: &Geometry, k: usize) {
    let Geometry { input: [_, width], output: [_, sums_width], window: Window { kernel, stride, pads }, .. } = *g;
    let (row, column) = (k / kernel[1], k % kernel[1]);
    let columns = g.reach(1, column);
    if columns.is_empty() {
        return;
    }
    for i in g.reach(0, row) {
        let start = (i * stride[0] + row - pads[0]) * width + columns.start * stride[1] + column - pads[1];
        let sums = &mut sums[i * sums_width..][columns.clone()];
        let add = |(sum, x): (&mut u64, &u64)| *sum = sum.wrapping_add(product::<NARROW>(w, *x));
        match stride[1] {
            1 => sums.iter_mut().zip(&x[start..]).for_each(add),
            step => sums.iter_mut().zip(x[start..].iter().step_by(step)).for_each(add),
        }
    }
}
