//! What moves a window over maps or only moves elements.

use crate::Window;
use crate::products::inside;
use crate::real::Real;

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

/// Zeros around every channel's map.
pub(super) fn pad<T: Real>(
    [top, left, ..]: [usize; 4],
    x: &[T],
    [_, height, width]: [usize; 3],
    [channels, rows, columns]: [usize; 3],
) -> Vec<T> {
    let mut y = vec![T::ZERO; channels * rows * columns];
    for (index, line) in x.chunks_exact(width).enumerate() {
        let (channel, row) = (index / height, index % height);
        let start = (channel * rows + row + top) * columns + left;
        y[start..start + width].copy_from_slice(line);
    }
    y
}
