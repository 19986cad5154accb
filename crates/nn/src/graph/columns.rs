//! A convolution as products of weights with what lies under each window, which memory holds side by side.

use crate::Window;

/// Sums that run side by side in a product.
const LANES: usize = 8;

/// What lies under the windows of one group of channels at row `row` of `columns` outputs, `[columns, inputs, kh, kw]`: the place
/// in the group's input, if it is none of the padding.
pub(super) fn places(
    window: &Window,
    [inputs, height, width]: [usize; 3],
    row: usize,
    columns: usize,
) -> Vec<Option<usize>> {
    let ([kernel_height, kernel_width], [down, across], [top, left, ..]) = (window.kernel, window.stride, window.pads);
    let mut places = Vec::with_capacity(columns * inputs * window.area());
    for column in 0..columns {
        for channel in 0..inputs {
            for y in (0..kernel_height).map(|y| (row * down + y).checked_sub(top).filter(|&y| y < height)) {
                let x = |x: usize| (column * across + x).checked_sub(left).filter(|&x| x < width);
                let place = |x| Some((channel * height + y?) * width + x?);
                places.extend((0..kernel_width).map(|at| place(x(at))));
            }
        }
    }
    places
}

/// The elements there, zeros in the padding.
pub(super) fn under(window: &Window, x: &[f64], map: [usize; 3], row: usize, columns: usize) -> Vec<f64> {
    places(window, map, row, columns).into_iter().map(|place| place.map_or(0.0, |place| x[place])).collect()
}

/// `Σ a·b`.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a.iter().zip(b) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (a, b))| *sum += a * b);
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}
