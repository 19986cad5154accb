//! What moves a window over maps or only moves elements.

use std::ops::Range;

use crate::Window;

/// Calls `f(tap, output, input)` for every element of every window that is not padding. `tap` counts the kernel's elements,
/// `output` and `input` those of one channel's map.
pub(super) fn each_tap(
    window: &Window,
    [height, width]: [usize; 2],
    [rows, columns]: [usize; 2],
    mut f: impl FnMut(usize, usize, usize),
) {
    let ([kernel_height, kernel_width], [down, across], [top, left, ..]) = (window.kernel, window.stride, window.pads);
    for (ky, kx) in (0..kernel_height).flat_map(|ky| (0..kernel_width).map(move |kx| (ky, kx))) {
        let across_positions = inside(width, columns, across, kx, left);
        for row in inside(height, rows, down, ky, top) {
            let line = (row * down + ky - top) * width;
            for column in across_positions.clone() {
                f(ky * kernel_width + kx, row * columns + column, line + column * across + kx - left);
            }
        }
    }
}

/// The outputs, of `count`, whose element `tap` lies in the input and not in the padding.
fn inside(extent: usize, count: usize, stride: usize, tap: usize, before: usize) -> Range<usize> {
    let first = before.saturating_sub(tap).div_ceil(stride);
    let end = (extent + before).saturating_sub(tap).div_ceil(stride);
    first..end.min(count)
}

/// Combines the elements of every window, starting from `start`.
pub(super) fn pool(
    window: &Window,
    x: &[f64],
    [_, height, width]: [usize; 3],
    [_, rows, columns]: [usize; 3],
    start: f64,
    combine: impl Fn(f64, f64) -> f64,
) -> Vec<f64> {
    let mut y = Vec::with_capacity(x.len() / (height * width).max(1) * rows * columns);
    for channel in x.chunks_exact(height * width) {
        let mut plane = vec![start; rows * columns];
        each_tap(window, [height, width], [rows, columns], |_, to, from| {
            plane[to] = combine(plane[to], channel[from]);
        });
        y.append(&mut plane);
    }
    y
}

/// Values one after the other along an axis; each comes with its number of elements per index of the axes before that one.
pub(super) fn concat(parts: &[(&[f64], usize)]) -> Vec<f64> {
    let mut y = Vec::with_capacity(parts.iter().map(|(part, _)| part.len()).sum());
    let outer = parts.first().map_or(0, |(part, inner)| part.len() / inner);
    for index in 0..outer {
        parts.iter().for_each(|(part, inner)| y.extend_from_slice(&part[index * inner..(index + 1) * inner]));
    }
    y
}

/// Zeros around every channel's map.
pub(super) fn pad(
    [top, left, ..]: [usize; 4],
    x: &[f64],
    [_, height, width]: [usize; 3],
    [channels, rows, columns]: [usize; 3],
) -> Vec<f64> {
    let mut y = vec![0.0; channels * rows * columns];
    for (index, line) in x.chunks_exact(width).enumerate() {
        let (channel, row) = (index / height, index % height);
        let start = (channel * rows + row + top) * columns + left;
        y[start..start + width].copy_from_slice(line);
    }
    y
}
