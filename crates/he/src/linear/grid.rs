//! A convolution without strides: its inputs split by phases, 1×1 kernels laid out in a line.
//!
//! Element y of a padded axis is read by tap k of output i when `y = i·s + k`. Split by `y mod s`, a convolution of stride s is one of
//! stride 1 over up to s² as many channels, whose kernels are the taps of one phase. Phases beyond the kernel are read by nobody
//! and left out: a 1×1 kernel of stride 2 leaves a quarter.

use std::ops::Range;

/// Public shape of a convolution; a fully connected layer has kernel and planes 1×1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvShape {
    /// Input channels.
    pub channels: usize,
    /// Rows and columns of an input plane.
    pub input: [usize; 2],
    /// Rows and columns of an output plane.
    pub output: [usize; 2],
    /// Extents of the kernel.
    pub kernel: [usize; 2],
    /// Steps.
    pub stride: [usize; 2],
    /// Zeros above and left of the input; those below and right follow from `output`.
    pub pads: [usize; 2],
    /// Output channels.
    pub outputs: usize,
    /// Groups, which divide both numbers of channels.
    pub groups: usize,
}

impl ConvShape {
    /// Input elements, `[channel][row][column]`.
    pub fn input_len(&self) -> usize {
        self.channels * self.input[0] * self.input[1]
    }

    /// Output elements, `[channel][row][column]`.
    pub fn output_len(&self) -> usize {
        self.outputs * self.output[0] * self.output[1]
    }

    /// Weights behind an output: `[output channel][input channel of the group][row][column]` are all.
    pub fn taps(&self) -> usize {
        self.channels / self.groups * self.kernel[0] * self.kernel[1]
    }
}

/// The same convolution with stride 1.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    shape: ConvShape,
    /// Offset of each phase, row and column.
    phases: Vec<[usize; 2]>,
    /// Whether the output plane is laid out as a column.
    flat: bool,
    /// Channels, phases minor.
    pub(crate) channels: usize,
    /// Channels of a group.
    pub(crate) group_channels: usize,
    /// Extents of the kernel.
    pub(crate) kernel: [usize; 2],
    /// Extents of the output.
    pub(crate) output: [usize; 2],
    /// Rows and columns of the padded plane that are not all padding.
    pub(crate) inside: [Range<usize>; 2],
}

impl Grid {
    pub(crate) fn new(shape: ConvShape) -> Self {
        let [rows, columns] = [0, 1].map(|axis| shape.stride[axis].min(shape.kernel[axis]));
        let phases: Vec<_> = (0..rows).flat_map(|y| (0..columns).map(move |x| [y, x])).collect();
        let kernel = [0, 1].map(|axis| shape.kernel[axis].div_ceil(shape.stride[axis]));
        let inside = [0, 1].map(|axis| inside(&shape, axis, kernel[axis]));
        let channels = shape.channels * phases.len();
        let group_channels = channels / shape.groups;
        let flat = kernel == [1, 1];
        let (output, inside) = match flat {
            true => ([shape.output[0] * shape.output[1], 1], [0..shape.output[0] * shape.output[1], 0..1]),
            false => (shape.output, inside),
        };
        Self { shape, phases, flat, channels, group_channels, kernel, output, inside }
    }

    pub(crate) fn shape(&self) -> &ConvShape {
        &self.shape
    }

    /// The input element at a place of the padded plane of a channel, or nothing for padding.
    pub(crate) fn input(&self, channel: usize, row: usize, column: usize) -> Option<usize> {
        let shape = &self.shape;
        let place = if self.flat { [row / shape.output[1], row % shape.output[1]] } else { [row, column] };
        let phase = channel % self.phases.len();
        let (y, x) = (self.along(0, place[0], phase)?, self.along(1, place[1], phase)?);
        Some((channel / self.phases.len() * shape.input[0] + y) * shape.input[1] + x)
    }

    /// The weight of a tap of the kernel for an output channel and a channel of its group, or nothing where a phase's kernel is shorter.
    pub(crate) fn weight(&self, output: usize, channel: usize, tap: [usize; 2]) -> Option<usize> {
        let shape = &self.shape;
        let phase = self.phases[channel % self.phases.len()];
        let axis = |axis: usize| {
            let at = tap[axis] * shape.stride[axis] + phase[axis];
            (at < shape.kernel[axis]).then_some(at)
        };
        let (k, l) = (axis(0)?, axis(1)?);
        let in_group = channel % self.group_channels / self.phases.len();
        let row = output * (shape.channels / shape.groups) + in_group;
        Some((row * shape.kernel[0] + k) * shape.kernel[1] + l)
    }

    /// Channels that an output channel reads.
    pub(crate) fn reads(&self, output: usize) -> Range<usize> {
        let group = output / (self.shape.outputs / self.shape.groups);
        group * self.group_channels..(group + 1) * self.group_channels
    }

    /// Where a place along an axis of the padded plane lies in the input, for a phase.
    fn along(&self, axis: usize, place: usize, phase: usize) -> Option<usize> {
        let at = (place * self.shape.stride[axis] + self.phases[phase][axis]).checked_sub(self.shape.pads[axis])?;
        (at < self.shape.input[axis]).then_some(at)
    }

    /// Elements of some channels in rows and columns of the padded plane.
    pub(crate) fn count(&self, channels: Range<usize>, rows: Range<usize>, columns: Range<usize>) -> usize {
        let phases = self.phases.len();
        let in_phase = |phase: usize| {
            let channels = channels.clone().filter(|channel| channel % phases == phase).count();
            let along = |axis: usize, places: Range<usize>| {
                places.filter(|&place| self.along(axis, place, phase).is_some()).count()
            };
            channels
                * match self.flat {
                    true => rows.clone().filter(|&row| self.input(phase, row, 0).is_some()).count() * columns.len(),
                    false => along(0, rows.clone()) * along(1, columns.clone()),
                }
        };
        (0..phases).map(in_phase).sum()
    }

    /// Input elements that some output reads.
    pub(crate) fn elements(&self) -> usize {
        let [rows, columns] = self.inside.clone();
        self.count(0..self.channels, rows, columns)
    }

    /// Index of an output element.
    pub(crate) fn output(&self, channel: usize, row: usize, column: usize) -> usize {
        (channel * self.output[0] + row) * self.output[1] + column
    }
}

/// Places of an axis at which some phase has an input element.
fn inside(shape: &ConvShape, axis: usize, kernel: usize) -> Range<usize> {
    let (stride, pad) = (shape.stride[axis], shape.pads[axis]);
    let phases = stride.min(shape.kernel[axis]);
    let first = (pad + 1).saturating_sub(phases).div_ceil(stride);
    let last = (shape.input[axis] - 1 + pad) / stride;
    let end = (last + 1).min(shape.output[axis] + kernel - 1);
    first.min(end)..end
}
