//! Operations over planes, on plain integers modulo `2^bits`.

use super::tournament::max;
use crate::ring;
use crate::window::{Geometry, Window, planes};

/// Convolution with zero padding: `weight` is `[O, C/groups, kh, kw]`, `bias` has one entry per output channel. All of it modulo
/// `2^bits`.
pub fn conv(weight: &[i64], bias: Option<&[i64]>, x: &[i64], g: &Geometry, groups: usize, bits: u32) -> Vec<i64> {
    conv_wrapping(weight, bias, x, g, groups).into_iter().map(|v| ring::reduce(v, bits)).collect()
}

/// [`conv`] modulo 2^64, which reduces to every ring.
pub fn conv_wrapping(weight: &[i64], bias: Option<&[i64]>, x: &[i64], g: &Geometry, groups: usize) -> Vec<i64> {
    let (area, plane, outputs) = (g.window.area(), g.input_len(), g.output_len());
    let in_channels = g.channels / groups;
    let out_channels = weight.len() / (in_channels * area);
    let mut y = vec![0i64; out_channels * outputs];
    for (o, sums) in y.chunks_exact_mut(outputs).enumerate() {
        sums.fill(bias.map_or(0, |bias| bias[o]));
        let first = o / (out_channels / groups) * in_channels;
        for c in 0..in_channels {
            let kernel = &weight[(o * in_channels + c) * area..][..area];
            let input = &x[(first + c) * plane..][..plane];
            kernel.iter().enumerate().for_each(|(k, &w)| add_products(sums, w, input, g, k));
        }
    }
    y
}

/// Adds a weight's products with all elements of an input plane that it meets from place `k` of the kernel.
fn add_products(sums: &mut [i64], w: i64, input: &[i64], g: &Geometry, k: usize) {
    let Geometry { input: [_, width], output: [_, sums_width], window: Window { kernel, stride, pads }, .. } = *g;
    let (row, column) = (k / kernel[1], k % kernel[1]);
    let columns = g.reach(1, column);
    if columns.is_empty() {
        return;
    }
    for i in g.reach(0, row) {
        let start = (i * stride[0] + row - pads[0]) * width + columns.start * stride[1] + column - pads[1];
        let sums = &mut sums[i * sums_width..][columns.clone()];
        let add = |(sum, x): (&mut i64, &i64)| *sum = sum.wrapping_add(w.wrapping_mul(*x));
        match stride[1] {
            1 => sums.iter_mut().zip(&input[start..]).for_each(add),
            step => sums.iter_mut().zip(input[start..].iter().step_by(step)).for_each(add),
        }
    }
}

/// Places of every window in the value, channel by channel, each in row-major order.
pub fn windows(g: &Geometry) -> Vec<Vec<usize>> {
    let at = |c: usize, p: usize| g.taps(p).map(|tap| c * g.input_len() + tap.input).collect();
    (0..g.channels).flat_map(|c| (0..g.output_len()).map(move |p| at(c, p))).collect()
}

/// Largest value of every window, by the tree of [`argmax`](super::argmax).
pub fn max_pool(x: &[i64], g: &Geometry, bits: u32) -> Vec<i64> {
    let largest = |window: &Vec<usize>| {
        let values: Vec<i64> = window.iter().map(|&i| x[i]).collect();
        max(&values, bits).unwrap_or(0)
    };
    windows(g).iter().map(largest).collect()
}

/// Sum of every window modulo `2^bits`.
pub fn sum_pool(x: &[i64], g: &Geometry, bits: u32) -> Vec<i64> {
    let sum = |window: &Vec<usize>| window.iter().fold(0i64, |sum, &i| sum.wrapping_add(x[i]));
    windows(g).iter().map(|window| ring::reduce(sum(window), bits)).collect()
}

/// Where each element of a padded value comes from: `None` for a zero. `pads` are top, left, bottom, right.
pub(super) fn padded(shape: &[usize], pads: [usize; 4]) -> Vec<Option<usize>> {
    let Some((channels, [height, width])) = planes(shape) else { return Vec::new() };
    let [top, left, bottom, right] = pads;
    let mut places = Vec::new();
    for c in 0..channels {
        for y in 0..height + top + bottom {
            for x in 0..width + left + right {
                let inside = (top..top + height).contains(&y) && (left..left + width).contains(&x);
                places.push(inside.then(|| (c * height + y - top) * width + x - left));
            }
        }
    }
    places
}

/// Where each element of a concatenation along `axis` comes from: (operand, place).
pub(super) fn concatenated(shapes: &[&[usize]], axis: usize) -> Vec<(usize, usize)> {
    let lengths: Vec<usize> = shapes.iter().map(|shape| shape[axis..].iter().product()).collect();
    let repeats: usize = shapes.first().map_or(0, |shape| shape[..axis].iter().product());
    let mut places = Vec::new();
    for r in 0..repeats {
        for (k, &len) in lengths.iter().enumerate() {
            places.extend((r * len..(r + 1) * len).map(|i| (k, i)));
        }
    }
    places
}
