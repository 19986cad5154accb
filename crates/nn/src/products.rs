//! Layers with weights over floating-point numbers, as products of matrices: a calibration runs a network some hundred times.
//!
//! Where all sums of a layer stay below 2^53, products of integers in doubles are exact here, in whatever order they are added.

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, s};

use crate::Window;
use crate::real::Real;

/// Bytes of a stripe, a run of a map's rows whose windows lie side by side in memory: few enough to stay in a cache.
const STRIPE: usize = 1 << 20;

/// Elements that are compared side by side.
const LANES: usize = 8;

/// The geometry of a convolution: `[O, C / groups, kh, kw]` weights over maps of `[C, H, W]`. A pool has as many outputs and groups as
/// channels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Maps {
    /// Number of output channels O.
    pub(crate) outputs: usize,
    /// Number of groups.
    pub(crate) groups: usize,
    /// Kernel, stride and padding.
    pub(crate) window: Window,
    /// C, H and W of the input.
    pub(crate) from: [usize; 3],
    /// Height and width of the output.
    pub(crate) to: [usize; 2],
}

impl Maps {
    /// A window over each channel's map.
    pub(crate) fn pooled(window: Window, from: [usize; 3], [_, height, width]: [usize; 3]) -> Self {
        Self { outputs: from[0], groups: from[0], window, from, to: [height, width] }
    }

    /// `b[o] + Σ_c w[o,c] ⋆ x[c]` over the channels c of o's group, for every o.
    pub(crate) fn apply<T: Real>(&self, weight: &[T], bias: Option<&[T]>, x: &[T]) -> Vec<T> {
        let mut y = match bias {
            Some(bias) => bias.iter().flat_map(|&b| std::iter::repeat_n(b, self.area())).collect(),
            None => vec![T::ZERO; self.outputs * self.area()],
        };
        let (each_in, each_out, each_weight) = self.per_group(weight);
        for (group, y) in y.chunks_exact_mut(each_out.max(1)).enumerate() {
            let (x, weight) = (&x[group * each_in..][..each_in], &weight[group * each_weight..][..each_weight]);
            if self.is_deep() {
                self.apply_deep(weight, x, y);
            } else {
                self.each_line(weight, |w, line, sums, step| {
                    along(&mut y[sums], &x[line..], step, |y, x| *y += w * *x)
                });
            }
        }
        y
    }

    /// Adds to `into` what slopes of the output are as slopes of the input.
    pub(crate) fn add_back<T: Real>(&self, weight: &[T], slope: &[T], into: &mut [T]) {
        let (each_in, each_out, each_weight) = self.per_group(weight);
        for (group, slope) in slope.chunks_exact(each_out.max(1)).enumerate() {
            let (into, weight) =
                (&mut into[group * each_in..][..each_in], &weight[group * each_weight..][..each_weight]);
            if self.is_deep() {
                self.add_back_deep(weight, slope, into);
            } else {
                self.each_line(weight, |w, line, sums, step| {
                    let into = into[line..].iter_mut().step_by(step);
                    into.zip(&slope[sums]).for_each(|(into, slope)| *into += w * *slope);
                });
            }
        }
    }

    /// What slopes of the output are as slopes of the weights.
    pub(crate) fn weight_slopes<T: Real>(&self, slope: &[T], x: &[T]) -> Vec<T> {
        let mut slopes = vec![T::ZERO; self.outputs * self.inputs() * self.window.area()];
        let (each_in, each_out, each_weight) = self.per_group(&slopes);
        for (group, into) in slopes.chunks_exact_mut(each_weight.max(1)).enumerate() {
            let (x, slope) = (&x[group * each_in..][..each_in], &slope[group * each_out..][..each_out]);
            if self.is_deep() {
                self.weight_slopes_deep(slope, x, into);
                continue;
            }
            for (into, slope) in into.chunks_exact_mut(self.window.area()).zip(slope.chunks_exact(self.area())) {
                self.each_place(0..self.to[0], |place, at, line, step| {
                    let products = slope[at].iter().zip(x[line..].iter().step_by(step)).map(|(s, x)| *s * *x);
                    into[place] += products.sum::<T>();
                });
            }
        }
        slopes
    }

    /// Combines the elements of every window, channel by channel, starting from `start`.
    pub(crate) fn pool<T: Copy>(&self, x: &[T], start: T, combine: impl Fn(T, T) -> T) -> Vec<T> {
        let mut y = vec![start; self.outputs * self.area()];
        let plane = self.from[1] * self.from[2];
        for (y, x) in y.chunks_exact_mut(self.area().max(1)).zip(x.chunks_exact(plane.max(1))) {
            self.each_place(0..self.to[0], |_, at, line, step| {
                along(&mut y[at], &x[line..], step, |y, x| *y = combine(*y, *x));
            });
        }
        y
    }

    fn area(&self) -> usize {
        self.to[0] * self.to[1]
    }

    /// Channels of a group.
    fn inputs(&self) -> usize {
        self.from[0] / self.groups
    }

    /// Elements of a group in the input, the output and the weights.
    fn per_group<T: Real>(&self, weight: &[T]) -> (usize, usize, usize) {
        let plane = self.from[1] * self.from[2];
        (self.inputs() * plane, self.outputs / self.groups * self.area(), weight.len() / self.groups)
    }

    /// Whether the sums are long enough for a product of matrices.
    fn is_deep(&self) -> bool {
        self.inputs() > 1
    }

    fn apply_deep<T: Real>(&self, weight: &[T], x: &[T], y: &mut [T]) {
        let depth = self.inputs() * self.window.area();
        let (Some(weight), Some(mut y)) = (matrix(weight, depth), matrix_mut(y, self.area())) else { return };
        for rows in self.stripes::<T>(depth) {
            let columns = rows.start * self.to[1]..rows.end * self.to[1];
            let windows = self.unfold(x, rows);
            let Some(windows) = matrix(&windows, columns.len()) else { continue };
            general_mat_mul(T::ONE, &weight, &windows, T::ONE, &mut y.slice_mut(s![.., columns]));
        }
    }

    fn add_back_deep<T: Real>(&self, weight: &[T], slope: &[T], into: &mut [T]) {
        let depth = self.inputs() * self.window.area();
        let (Some(weight), Some(slope)) = (matrix(weight, depth), matrix(slope, self.area())) else { return };
        for rows in self.stripes::<T>(depth) {
            let slope = slope.slice(s![.., rows.start * self.to[1]..rows.end * self.to[1]]);
            // Most of a map has no part in one element that was computed from it.
            if slope.iter().all(|&s| s == T::ZERO) {
                continue;
            }
            let mut windows = vec![T::ZERO; depth * slope.ncols()];
            let Some(mut all) = matrix_mut(&mut windows, slope.ncols()) else { continue };
            general_mat_mul(T::ONE, &weight.t(), &slope, T::ZERO, &mut all);
            self.fold(&windows, rows, into);
        }
    }

    fn weight_slopes_deep<T: Real>(&self, slope: &[T], x: &[T], into: &mut [T]) {
        let depth = self.inputs() * self.window.area();
        let (Some(slope), Some(mut into)) = (matrix(slope, self.area()), matrix_mut(into, depth)) else { return };
        for rows in self.stripes::<T>(depth) {
            let columns = rows.start * self.to[1]..rows.end * self.to[1];
            let windows = self.unfold(x, rows);
            let Some(windows) = matrix(&windows, columns.len()) else { continue };
            general_mat_mul(T::ONE, &slope.slice(s![.., columns]), &windows.t(), T::ONE, &mut into);
        }
    }

    fn stripes<T>(&self, depth: usize) -> impl Iterator<Item = std::ops::Range<usize>> + use<T> {
        let (rows, columns) = (self.to[0], self.to[1]);
        let height = (STRIPE / size_of::<T>() / (depth * columns).max(1)).max(1);
        (0..rows).step_by(height).map(move |start| start..(start + height).min(rows))
    }

    /// What lies under the windows of some rows of the output: `[C / groups · kh · kw, rows · columns]`.
    fn unfold<T: Real>(&self, x: &[T], rows: std::ops::Range<usize>) -> Vec<T> {
        let columns = rows.len() * self.to[1];
        let mut windows = vec![T::ZERO; self.inputs() * self.window.area() * columns];
        self.each_place(rows, |place, at, line, step| {
            along(&mut windows[place * columns..][at], &x[line..], step, |window, x| *window = *x);
        });
        windows
    }

    /// Adds to a group's input what [`unfold`](Self::unfold) would have taken from there.
    fn fold<T: Real>(&self, windows: &[T], rows: std::ops::Range<usize>, into: &mut [T]) {
        let columns = rows.len() * self.to[1];
        self.each_place(rows, |place, at, line, step| {
            let into = into[line..].iter_mut().step_by(step);
            into.zip(&windows[place * columns..][at]).for_each(|(into, window)| *into += *window);
        });
    }

    /// For every weight of a group whose windows have one channel: the weight, where the first element lies that it meets in a
    /// line of the input, which outputs those elements are for, and their distance.
    fn each_line<T: Real>(&self, weight: &[T], mut f: impl FnMut(T, usize, std::ops::Range<usize>, usize)) {
        for (o, weight) in weight.chunks_exact(self.window.area()).enumerate() {
            let first = o * self.area();
            self.each_place(0..self.to[0], |place, at, line, step| {
                f(weight[place], line, first + at.start..first + at.end, step);
            });
        }
    }

    /// For every channel of a group, element of the kernel and output row in `rows`: the place among a window's elements, the outputs,
    /// counted from the first row's, whose element is none of the padding, where the first such element lies, and their distance.
    fn each_place(&self, rows: std::ops::Range<usize>, mut f: impl FnMut(usize, std::ops::Range<usize>, usize, usize)) {
        let ([down, across], [top, left, ..], [_, height, width]) = (self.window.stride, self.window.pads, self.from);
        for place in 0..self.inputs() * self.window.area() {
            let (channel, tap) = (place / self.window.area(), place % self.window.area());
            let (ky, kx) = (tap / self.window.kernel[1], tap % self.window.kernel[1]);
            let columns = inside(width, self.to[1], across, kx, left);
            for row in inside(height, self.to[0], down, ky, top) {
                if !rows.contains(&row) || columns.is_empty() {
                    continue;
                }
                let first = (row - rows.start) * self.to[1];
                let line = (channel * height + row * down + ky - top) * width + columns.start * across + kx - left;
                f(place, first + columns.start..first + columns.end, line, across);
            }
        }
    }
}

/// Every element of `a` with one of `b`, `step` apart.
fn along<A, B>(a: &mut [A], b: &[B], step: usize, f: impl Fn(&mut A, &B)) {
    match step {
        1 => a.iter_mut().zip(b).for_each(|(a, b)| f(a, b)),
        _ => a.iter_mut().zip(b.iter().step_by(step)).for_each(|(a, b)| f(a, b)),
    }
}

/// Values one after the other along an axis; each comes with its number of elements per index of the axes before that one.
pub(crate) fn concat<T: Copy>(parts: &[(&[T], usize)]) -> Vec<T> {
    let mut y = Vec::with_capacity(parts.iter().map(|(part, _)| part.len()).sum());
    let outer = parts.first().map_or(0, |(part, inner)| part.len() / inner);
    for index in 0..outer {
        parts.iter().for_each(|(part, inner)| y.extend_from_slice(&part[index * inner..(index + 1) * inner]));
    }
    y
}

/// `W·x + b` for a row-major W with rows as long as `x`.
pub(crate) fn dense<T: Real>(weight: &[T], bias: Option<&[T]>, x: &[T]) -> Vec<T> {
    let mut y = bias.map_or_else(|| vec![T::ZERO; weight.len() / x.len().max(1)], <[T]>::to_vec);
    if let (Some(weight), Some(x), Some(mut y)) = (matrix(weight, x.len()), matrix(x, 1), matrix_mut(&mut y, 1)) {
        general_mat_mul(T::ONE, &weight, &x, T::ONE, &mut y);
    }
    y
}

/// Smallest and largest element; NaN is neither. Of none the ends of all numbers, the wrong way round.
pub(crate) fn extremes<T: Real>(values: &[T]) -> (T, T) {
    ends(values, (T::INFINITY, -T::INFINITY))
}

/// Smallest and largest element, and of none `nothing`, which every other element is between the other way round.
pub(crate) fn ends<T: Copy + PartialOrd>(values: &[T], nothing: (T, T)) -> (T, T) {
    // No `min` and `max`, which treat NaN in more than an instruction.
    let smaller = |a: T, b: T| if b < a { b } else { a };
    let larger = |a: T, b: T| if b > a { b } else { a };
    let (mut low, mut high) = ([nothing.0; LANES], [nothing.1; LANES]);
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        low.iter_mut().zip(chunk).for_each(|(low, &v)| *low = smaller(*low, v));
        high.iter_mut().zip(chunk).for_each(|(high, &v)| *high = larger(*high, v));
    }
    let low = low.iter().chain(rest).copied().fold(nothing.0, smaller);
    (low, high.iter().chain(rest).copied().fold(nothing.1, larger))
}

/// Bits that hold every integer in two's complement.
pub(crate) fn signed_bits(values: &[i64]) -> u32 {
    // What differs from the sign.
    let used = values.iter().fold(0, |used, v| used | (v ^ (v >> 63)));
    i64::BITS - used.leading_zeros() + 1
}

/// Smallest and largest integer, or zero of none.
pub(crate) fn integer_ends(values: &[i64]) -> (i64, i64) {
    match values.first() {
        None => (0, 0),
        // Machines have instructions for many small ones at once, and all know those for these.
        Some(_) if signed_bits(values) <= i32::BITS => {
            let (mut low, mut high) = (i32::MAX, i32::MIN);
            for &v in values {
                (low, high) = (low.min(v as i32), high.max(v as i32));
            }
            (low.into(), high.into())
        }
        Some(_) => ends(values, (i64::MAX, i64::MIN)),
    }
}

/// The sum of all elements, which are added side by side.
pub(crate) fn sum(values: &[f64]) -> f64 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for chunk in chunks {
        sums.iter_mut().zip(chunk).for_each(|(sum, v)| *sum += v);
    }
    sums.iter().chain(rest).sum()
}

/// The outputs, of `count`, whose element `tap` lies in the input and not in the padding.
pub(crate) fn inside(extent: usize, count: usize, stride: usize, tap: usize, before: usize) -> std::ops::Range<usize> {
    let first = before.saturating_sub(tap).div_ceil(stride);
    let end = (extent + before).saturating_sub(tap).div_ceil(stride).min(count);
    first..end.max(first)
}

/// Row-major elements with `columns` in a row; nothing for no elements.
fn matrix<T>(elements: &[T], columns: usize) -> Option<ArrayView2<'_, T>> {
    ArrayView2::from_shape((elements.len().checked_div(columns)?, columns), elements).ok()
}

fn matrix_mut<T>(elements: &mut [T], columns: usize) -> Option<ArrayViewMut2<'_, T>> {
    ArrayViewMut2::from_shape((elements.len().checked_div(columns)?, columns), elements).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_integers_of_every_size() {
        assert_eq!((integer_ends(&[]), signed_bits(&[])), ((0, 0), 1));
        for bits in 1..=64u32 {
            let (least, most) = (crate::ring::min(bits), crate::ring::max(bits));
            for values in [vec![least, 0, most], vec![most], vec![least; 9], [vec![most / 2; 11], vec![most]].concat()]
            {
                let sorted = (*values.iter().min().unwrap(), *values.iter().max().unwrap());
                assert_eq!(integer_ends(&values), sorted, "{bits} bits");
                let wanted = values.iter().map(|&v| crate::ring::signed_bits(v.into())).max().unwrap();
                assert_eq!(signed_bits(&values), wanted, "{values:?}");
            }
        }
    }
}
