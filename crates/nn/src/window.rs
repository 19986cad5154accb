//! Sliding windows of convolutions and pools over `[C, H, W]` values; `[C, L]` is `[C, 1, L]`.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// The largest extent and step of a window: their products stay far from overflow on every target.
const MAX_EXTENT: usize = 1 << 14;

/// A sliding window: kernel extents, strides and zero padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Height and width; `[1, k]` over `[C, L]`.
    pub kernel: [usize; 2],
    /// Steps down and right.
    pub stride: [usize; 2],
    /// Padding at the top, left, bottom and right; at each side less than the kernel's extent.
    pub pads: [usize; 4],
}

impl Window {
    /// Elements of the kernel.
    pub fn area(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Whether the padding is empty.
    pub fn is_unpadded(&self) -> bool {
        self.pads == [0; 4]
    }
}

/// A window's way over the planes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// C of the input.
    pub channels: usize,
    /// H and W of an input plane.
    pub input: [usize; 2],
    /// H' and W' of an output plane.
    pub output: [usize; 2],
    /// The window.
    pub window: Window,
}

/// An input element under a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tap {
    /// Index in the kernel, row-major.
    pub kernel: usize,
    /// Index in the input plane, row-major.
    pub input: usize,
}

/// Channels and plane of `[C, H, W]` or `[C, L]`.
pub(crate) fn planes(shape: &[usize]) -> Option<(usize, [usize; 2])> {
    match *shape {
        [channels, length] => Some((channels, [1, length])),
        [channels, height, width] => Some((channels, [height, width])),
        _ => None,
    }
}

/// `channels` planes under a shape of the same rank as `like`.
pub(crate) fn shape_like(like: &[usize], channels: usize, plane: [usize; 2]) -> Vec<usize> {
    if like.len() == 2 { vec![channels, plane[1]] } else { vec![channels, plane[0], plane[1]] }
}

impl Geometry {
    /// The way of `window` over a value of `shape`.
    ///
    /// # Errors
    /// What is wrong, for any numbers: a shape that has no planes, a kernel or stride of zero or beyond 2^14, padding that a window could lie in
    /// whole, or a kernel beyond the padded plane.
    pub fn new(shape: &[usize], window: Window) -> Result<Self, String> {
        let (channels, input) = planes(shape).ok_or_else(|| format!("a window over the shape {shape:?}"))?;
        let mut output = [0; 2];
        for axis in 0..2 {
            let (kernel, stride) = (window.kernel[axis], window.stride[axis]);
            let (before, after) = (window.pads[axis], window.pads[axis + 2]);
            let possible = (1..=MAX_EXTENT).contains(&kernel) && (1..=MAX_EXTENT).contains(&stride);
            if !possible || before >= kernel || after >= kernel {
                return Err(format!("a kernel of {kernel}, a stride of {stride} and padding of {before} and {after}"));
            }
            let padded = input[axis].checked_add(before).and_then(|v| v.checked_add(after));
            let room = padded.and_then(|padded| padded.checked_sub(kernel));
            let room = room.ok_or_else(|| format!("a kernel of {kernel} over {} elements", input[axis]))?;
            output[axis] = room / stride + 1;
        }
        Ok(Self { channels, input, output, window })
    }

    /// Elements of an input plane.
    pub fn input_len(&self) -> usize {
        self.input[0] * self.input[1]
    }

    /// Elements of an output plane.
    pub fn output_len(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// The output's shape with `channels` planes, of the rank of `like`.
    pub fn output_shape(&self, like: &[usize], channels: usize) -> Vec<usize> {
        shape_like(like, channels, self.output)
    }

    /// The elements under the window at an output position (an index in the output plane), in row-major order; padding is
    /// left out.
    pub fn taps(&self, output: usize) -> impl Iterator<Item = Tap> + '_ {
        let (i, j) = (output / self.output[1], output % self.output[1]);
        let [rows, columns] = self.under(output);
        rows.flat_map(move |k| {
            let row = (i * self.window.stride[0] + k - self.window.pads[0]) * self.input[1];
            columns.clone().map(move |l| Tap {
                kernel: k * self.window.kernel[1] + l,
                input: row + j * self.window.stride[1] + l - self.window.pads[1],
            })
        })
    }

    /// Rows and columns of the kernel that do not lie in the padding at an output position.
    pub(crate) fn under(&self, output: usize) -> [Range<usize>; 2] {
        [self.inside(0, output / self.output[1]), self.inside(1, output % self.output[1])]
    }

    /// The most elements under any window.
    pub fn largest_window(&self) -> usize {
        [0, 1]
            .map(|axis| (0..self.output[axis]).map(|at| self.inside(axis, at).len()).max().unwrap_or(0))
            .iter()
            .product()
    }

    /// Output places along one axis (0: rows, 1: columns) at which place `kernel` of the kernel does not lie in the padding.
    pub fn reach(&self, axis: usize, kernel: usize) -> Range<usize> {
        let (stride, pad) = (self.window.stride[axis], self.window.pads[axis]);
        let first = pad.saturating_sub(kernel).div_ceil(stride);
        let end = (self.input[axis] + pad).saturating_sub(kernel).div_ceil(stride);
        first..end.min(self.output[axis]).max(first)
    }

    /// Places of the kernel along one axis that lie in no padding, for an output place.
    fn inside(&self, axis: usize, output: usize) -> Range<usize> {
        let (start, pad, end) = (output * self.window.stride[axis], self.window.pads[axis], self.input[axis]);
        let first = pad.saturating_sub(start);
        let last = self.window.kernel[axis].min((end + pad).saturating_sub(start));
        first..last.max(first)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn taps_are_the_elements_inside(
            input in (1usize..8, 1usize..8), kernel in (1usize..5, 1usize..5), stride in (1usize..4, 1usize..4),
            pads in (0usize..4, 0usize..4, 0usize..4, 0usize..4),
        ) {
            let window = Window {
                kernel: [kernel.0, kernel.1],
                stride: [stride.0, stride.1],
                pads: [pads.0, pads.1, pads.2, pads.3],
            };
            let Ok(g) = Geometry::new(&[1, input.0, input.1], window) else {
                let fits = |i: usize, k: usize, a: usize, b: usize| a < k && b < k && i + a + b >= k;
                prop_assert!(!fits(input.0, kernel.0, pads.0, pads.2) || !fits(input.1, kernel.1, pads.1, pads.3));
                return Ok(());
            };
            for output in 0..g.output_len() {
                let (i, j) = (output / g.output[1], output % g.output[1]);
                let mut expected = Vec::new();
                for k in 0..kernel.0 {
                    for l in 0..kernel.1 {
                        let y = (i * stride.0 + k) as isize - pads.0 as isize;
                        let x = (j * stride.1 + l) as isize - pads.1 as isize;
                        if (0..input.0 as isize).contains(&y) && (0..input.1 as isize).contains(&x) {
                            let input = y as usize * input.1 + x as usize;
                            expected.push(Tap { kernel: k * kernel.1 + l, input });
                        }
                    }
                }
                for k in 0..kernel.0 * kernel.1 {
                    let reached = g.reach(0, k / kernel.1).contains(&i) && g.reach(1, k % kernel.1).contains(&j);
                    prop_assert_eq!(reached, expected.iter().any(|tap| tap.kernel == k));
                }
                prop_assert_eq!(g.taps(output).collect::<Vec<_>>(), expected);
            }
        }
    }

    #[test]
    fn every_number_is_an_error_or_a_geometry() {
        let huge = usize::MAX;
        for (shape, kernel, stride, pads) in [
            (vec![1, huge, huge], [huge, 1], [1, 1], [huge - 1, 0, huge - 1, 0]),
            (vec![1, 4, 4], [0, 1], [1, 1], [0; 4]),
            (vec![1, 4, 4], [1, 1], [1, huge], [0; 4]),
            (vec![1, 4, 4], [1, 1], [0, 1], [0; 4]),
            (vec![1, 4, 4], [2, 2], [1, 1], [2, 0, 0, 0]),
            (vec![1, 4, 4], [5, 1], [1, 1], [0; 4]),
            (vec![4], [1, 1], [1, 1], [0; 4]),
        ] {
            assert!(Geometry::new(&shape, Window { kernel, stride, pads }).is_err(), "{shape:?} {kernel:?}");
        }
        let window = Window { kernel: [1, 3], stride: [1, 2], pads: [0, 1, 0, 1] };
        let g = Geometry::new(&[5, 9], window).unwrap();
        assert_eq!((g.channels, g.output, g.output_shape(&[5, 9], 2)), (5, [1, 5], vec![2, 5]));
    }
}
