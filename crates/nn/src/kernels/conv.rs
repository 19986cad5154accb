//! Convolutions as sums over shifted planes.
//!
//! The input is written once as padded planes of digits, one for every remainder of rows and columns by the strides.
//! What a weight multiplies then lies at a fixed distance behind the output's position, whatever stride and padding
//! are, and vectors of neighbouring positions are read where they lie. The positions between the end of an output row
//! and the end of a padded one are computed and dropped.

use std::ops::Range;

use super::digits::Scheme;
use super::layer::Layer;
use super::pairs::{self, Operands, ROWS, SPAN, TILE};
use super::plain;
use super::platform::Platform;
use crate::Geometry;

/// A convolution with its input. Outputs can be computed part by part, on as many threads as the caller has.
pub struct Conv<'a> {
    layer: &'a Layer<'a>,
    geometry: Geometry,
    groups: usize,
    platform: Platform,
    input: Input<'a>,
}

enum Input<'a> {
    /// Few products for each element: as it is.
    Plain(&'a [u64]),
    Packed(Packed),
}

/// Padded planes of digits.
struct Packed {
    scheme: Scheme,
    words: Vec<u32>,
    /// Words of one digit.
    stride: usize,
    /// Words of one group of channels.
    group: usize,
    /// Rows and columns of a plane.
    plane: [usize; 2],
    /// Where each word of weights meets position 0 of a group: pair of channels, row and column of the kernel.
    taps: Vec<usize>,
}

impl<'a> Conv<'a> {
    /// A convolution with zero padding: `x` is `[C, H, W]`; weights are `[O, C/groups, kh, kw]`.
    pub fn new(layer: &'a Layer<'a>, x: &'a [u64], geometry: &Geometry, groups: usize) -> Self {
        Self::on(Platform::detect(), layer, x, geometry, groups)
    }

    /// As [`Conv::new`], by one platform's kernels.
    pub fn on(platform: Platform, layer: &'a Layer<'a>, x: &'a [u64], geometry: &Geometry, groups: usize) -> Self {
        Self::of(platform, layer, x, geometry, groups, layer.bits)
    }

    /// As [`Conv::on`], for elements that all fit `element_bits` in two's complement, or the ring: narrower ones have fewer digits.
    pub fn of(
        platform: Platform,
        layer: &'a Layer<'a>,
        x: &'a [u64],
        geometry: &Geometry,
        groups: usize,
        element_bits: u32,
    ) -> Self {
        let mut conv = Self { layer, geometry: *geometry, groups, platform, input: Input::Plain(x) };
        if conv.channels() / groups >= ROWS {
            let scheme = Scheme::new(layer.bits, element_bits.min(layer.bits), layer.weight_bits);
            conv.input = Input::Packed(Packed::new(scheme, x, geometry, groups));
        }
        conv
    }

    /// Number of output channels.
    pub fn channels(&self) -> usize {
        self.layer.weights.len() / self.weights_each()
    }

    /// Weights of one output channel.
    fn weights_each(&self) -> usize {
        self.geometry.channels / self.groups * self.geometry.window.area()
    }

    /// `[H', W']` of some output channels, one after the other.
    ///
    /// # Panics
    /// When there are not so many.
    pub fn outputs(&self, channels: Range<usize>) -> Vec<u64> {
        let len = self.geometry.output_len();
        let mut y = vec![0; channels.len() * len];
        match &self.input {
            Input::Plain(x) => self.plain(x, channels.clone(), &mut y),
            Input::Packed(packed) => {
                let each = self.channels() / self.groups;
                let mut done = channels.start;
                while done < channels.end {
                    let group = done / each;
                    let some = done..channels.end.min((group + 1) * each);
                    let y = &mut y[(done - channels.start) * len..][..some.len() * len];
                    done = some.end;
                    self.packed(packed, group, some, y);
                }
            }
        }
        y.chunks_exact_mut(len).zip(channels).for_each(|(y, channel)| self.layer.finish(channel, y));
        y
    }

    fn plain(&self, x: &[u64], channels: Range<usize>, y: &mut [u64]) {
        let (g, area, inputs) = (&self.geometry, self.geometry.window.area(), self.geometry.channels / self.groups);
        let narrow = self.layer.bits <= u32::BITS;
        for (y, channel) in y.chunks_exact_mut(g.output_len()).zip(channels) {
            let first = channel / (self.channels() / self.groups) * inputs;
            let weights = &self.layer.weights[channel * self.weights_each()..][..self.weights_each()];
            let planes = x[first * g.input_len()..].chunks_exact(g.input_len());
            planes.zip(weights.chunks_exact(area)).for_each(|(x, kernel)| {
                plain::add_plane(self.platform, narrow, y, kernel, x, g);
            });
        }
    }

    /// Some channels of one group.
    fn packed(&self, packed: &Packed, group: usize, channels: Range<usize>, y: &mut [u64]) {
        let [height, width] = self.geometry.output;
        let positions = (height - 1) * packed.plane[1] + width;
        let len = self.geometry.output_len();
        let weights = self.pack_weights(packed.scheme, channels);
        for first in (0..positions).step_by(SPAN) {
            let count = SPAN.min(positions - first);
            for (y, weights) in y.chunks_mut(ROWS * len).zip(weights.chunks_exact(packed.scheme.weights.count)) {
                let mut sums = [[0; SPAN]; ROWS];
                for (digit, weights) in weights.iter().enumerate() {
                    let depth = packed.scheme.depth;
                    for (taps, weights) in packed.taps.chunks(depth).zip(weights.chunks(depth)) {
                        let operands = Operands {
                            words: &packed.words[group * packed.group..],
                            stride: packed.stride,
                            taps,
                            weights,
                            digits: packed.scheme.elements,
                            shift: packed.scheme.weights.width * digit as u32,
                        };
                        pairs::add_to(self.platform, &operands, &mut sums, first, count);
                    }
                }
                for (y, sums) in y.chunks_exact_mut(len).zip(&sums) {
                    copy_rows(y, width, &sums[..count], first, packed.plane[1]);
                }
            }
        }
    }

    /// Words of weights in blocks of [`ROWS`] channels, each digit after digit. What is missing to whole pairs and
    /// blocks is zero.
    fn pack_weights(&self, scheme: Scheme, channels: Range<usize>) -> Vec<Vec<[u32; ROWS]>> {
        let area = self.geometry.window.area();
        let pairs = (self.geometry.channels / self.groups).div_ceil(2);
        let blocks = channels.len().div_ceil(ROWS);
        let mut packed = vec![vec![[0; ROWS]; pairs * area]; blocks * scheme.weights.count];
        for (i, channel) in channels.enumerate() {
            let digits = &mut packed[i / ROWS * scheme.weights.count..][..scheme.weights.count];
            let weights = &self.layer.weights[channel * self.weights_each()..][..self.weights_each()];
            for (c, kernel) in weights.chunks_exact(area).enumerate() {
                for (k, &weight) in kernel.iter().enumerate() {
                    let mut rest = weight;
                    for digit in digits.iter_mut() {
                        let half = u32::from(scheme.weights.take(&mut rest) as u16) << (16 * (c % 2));
                        digit[c / 2 * area + k][i % ROWS] |= half;
                    }
                }
            }
        }
        packed
    }
}

/// [`Conv`] at once, on this thread.
pub fn conv(layer: &Layer<'_>, x: &[u64], g: &Geometry, groups: usize) -> Vec<u64> {
    let conv = Conv::new(layer, x, g, groups);
    conv.outputs(0..conv.channels())
}

/// Writes sums at consecutive positions of rows of `padded` columns into rows of `width`.
fn copy_rows(y: &mut [u64], width: usize, sums: &[u64], first: usize, padded: usize) {
    let mut position = first;
    while position < first + sums.len() {
        let (row, column) = (position / padded, position % padded);
        let next = (position - column + padded).min(first + sums.len());
        let kept = width.saturating_sub(column).min(next - position);
        y[row * width..][..width][column.min(width)..][..kept].copy_from_slice(&sums[position - first..][..kept]);
        position = next;
    }
}

impl Packed {
    fn new(scheme: Scheme, x: &[u64], g: &Geometry, groups: usize) -> Self {
        let (kernel, stride) = (g.window.kernel, g.window.stride);
        let phases = [0, 1].map(|axis| stride[axis].min(kernel[axis]));
        let plane = [0, 1].map(|axis| g.output[axis] + (kernel[axis] - 1) / stride[axis]);
        let (area, inputs) = (plane[0] * plane[1], g.channels / groups);
        let pair = phases[0] * phases[1] * area;
        let group = inputs.div_ceil(2) * pair;
        let words = groups * group + TILE;
        let tap = |k: usize, l: usize| {
            let phase = (k % stride[0]) * phases[1] + l % stride[1];
            phase * area + k / stride[0] * plane[1] + l / stride[1]
        };
        let kernel_taps =
            |p: usize| (0..kernel[0]).flat_map(move |k| (0..kernel[1]).map(move |l| p * pair + tap(k, l)));
        let mut packed = Self {
            scheme,
            words: vec![0; scheme.elements.count * words],
            stride: words,
            group,
            plane,
            taps: (0..inputs.div_ceil(2)).flat_map(kernel_taps).collect(),
        };
        for first in (0..inputs).step_by(2) {
            for number in 0..groups {
                let start = number * group + first / 2 * pair;
                let channel = |c: usize| &x[(number * inputs + c) * g.input_len()..][..g.input_len()];
                // A channel without a neighbour is its own, times zero.
                let (second, kept) = if first + 1 < inputs { (first + 1, !0) } else { (first, 0) };
                for phase in 0..phases[0] * phases[1] {
                    let rest = [phase / phases[1], phase % phases[1]];
                    packed.write_plane(start + phase * area, [channel(first), channel(second)], kept, g, rest);
                }
            }
        }
        packed
    }

    /// Writes the elements of two channels in rows and columns that leave these remainders; all else stays zero.
    fn write_plane(&mut self, start: usize, channels: [&[u64]; 2], kept: u64, g: &Geometry, rest: [usize; 2]) {
        let inside = |axis: usize| {
            let (stride, pad) = (g.window.stride[axis], g.window.pads[axis]);
            let place = |at: usize| at.saturating_sub(rest[axis]).div_ceil(stride).min(self.plane[axis]);
            (place(pad)..place(g.input[axis] + pad), move |at: usize| at * stride + rest[axis] - pad)
        };
        let ((rows, row), (columns, column)) = (inside(0), inside(1));
        if columns.is_empty() {
            return;
        }
        let (step, digits) = (g.window.stride[1], self.scheme.elements);
        for i in rows {
            let [a, b] =
                channels.map(|x| x[row(i) * g.input[1]..][column(columns.start)..g.input[1]].iter().step_by(step));
            let to = start + i * self.plane[1];
            for ((place, &a), &b) in (to + columns.start..to + columns.end).zip(a).zip(b) {
                let (mut a, mut b) = (a as i64, (b & kept) as i64);
                for digit in 0..digits.count {
                    let word = u32::from(digits.take(&mut a) as u16) | u32::from(digits.take(&mut b) as u16) << 16;
                    self.words[digit * self.stride + place] = word;
                }
            }
        }
    }
}
