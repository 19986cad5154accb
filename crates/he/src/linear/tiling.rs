//! How a layer is cut: channels in a polynomial, outputs in a polynomial, tiles of the output plane.

use std::ops::Range;

use super::grid::Grid;
use crate::params::ParamSet;

/// The cut of a layer. Places are counted in units of `channels` coefficients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tiling {
    /// Parameter set.
    pub set: ParamSet,
    /// Channels in a polynomial, C_w.
    pub channels: usize,
    /// Output channels in a polynomial.
    pub outputs: usize,
    /// Rows and columns of the output in a tile.
    pub tile: [usize; 2],
    /// Places from one row of a tile to the next.
    pub pitch: usize,
    /// Places from one output channel to the next, S.
    pub span: usize,
}

/// What a cut amounts to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tiles.
    pub tiles: usize,
    /// Groups of channels that share a polynomial.
    pub blocks: usize,
    /// Groups of output channels that share a polynomial.
    pub output_groups: usize,
    /// Ciphertexts from the client: tiles × blocks.
    pub inputs: usize,
    /// Ciphertexts that the server computes: tiles × output groups.
    pub outputs: usize,
    /// Products of a ciphertext with a polynomial of weights.
    pub products: usize,
    /// Coefficients of the client's ciphertexts that are read.
    pub places: usize,
}

/// One axis of a tile: the part of the padded axis that it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Strip {
    /// First output.
    pub(super) first: usize,
    /// Outputs.
    pub(super) outputs: usize,
    /// First place of the padded axis that is not padding.
    pub(super) start: usize,
    /// Places that are not padding.
    pub(super) len: usize,
    /// Padding read before and after those.
    pub(super) before: usize,
    pub(super) after: usize,
}

/// Places that are read of a tile, from its first element on.
pub(super) struct Extent {
    /// Up to the last element.
    pub(super) elements: usize,
    /// Up to the last padding.
    pub(super) after: usize,
    /// Before the first element.
    pub(super) before: usize,
}

pub(super) fn strip(grid: &Grid, axis: usize, tile: usize, index: usize) -> Strip {
    let first = index * tile;
    let outputs = tile.min(grid.output[axis] - first);
    let needed = first..first + outputs + grid.kernel[axis] - 1;
    let inside = &grid.inside[axis];
    let start = inside.start.clamp(needed.start, needed.end);
    let end = inside.end.clamp(start, needed.end);
    Strip { first, outputs, start, len: end - start, before: start - needed.start, after: needed.end - end }
}

impl Tiling {
    /// The cut with so many channels in a polynomial and tiles of so many outputs; as many output channels in a polynomial as fit, or
    /// nothing when not even one does.
    pub(super) fn new(grid: &Grid, set: ParamSet, channels: usize, tile: [usize; 2]) -> Option<Self> {
        let strips = [0, 1].map(|axis| kinds(grid, axis, tile[axis]));
        let pitch = strips[1].iter().map(|(x, _)| x.len + x.before.max(x.after)).max()?.max(1);
        let lead = lead(grid, pitch);
        let spans = strips[0].iter().flat_map(|(y, _)| strips[1].iter().map(move |(x, _)| span(y, x, pitch, lead)));
        let span = spans.max()?;
        let places = set.degree() / channels;
        let spare = usize::from(!set.degree().is_multiple_of(channels));
        let outputs = (places.checked_sub(spare)? / span).min(grid.shape().outputs);
        (outputs > 0).then_some(Self { set, channels, outputs, tile, pitch, span })
    }

    /// What the cut of `grid` amounts to.
    pub(super) fn counts(&self, grid: &Grid) -> Counts {
        let tiles = [0, 1].map(|axis| grid.output[axis].div_ceil(self.tile[axis])).iter().product();
        let blocks = grid.channels.div_ceil(self.channels);
        let output_groups = grid.shape().outputs.div_ceil(self.outputs);
        let read: usize = match grid.shape().groups {
            1 => output_groups * blocks,
            _ => (0..output_groups).map(|group| self.blocks(grid, group).len()).sum(),
        };
        let [rows, columns] = [0, 1].map(|axis| kinds(grid, axis, self.tile[axis]));
        let kinds = rows.iter().flat_map(|(y, n)| columns.iter().map(move |(x, m)| (n * m, y, x)));
        let last = grid.channels - (blocks - 1) * self.channels;
        let places = |(tiles, y, x): (usize, &Strip, &Strip)| {
            tiles * ((blocks - 1) * self.places(y, x, self.channels) + self.places(y, x, last))
        };
        let places = kinds.map(places).sum();
        Counts {
            places,
            tiles,
            blocks,
            output_groups,
            inputs: tiles * blocks,
            outputs: tiles * output_groups,
            products: tiles * read,
        }
    }

    /// Output channels of a group.
    pub(super) fn output_channels(&self, grid: &Grid, group: usize) -> Range<usize> {
        let first = group * self.outputs;
        first..(first + self.outputs).min(grid.shape().outputs)
    }

    /// Blocks of channels that a group of output channels reads.
    pub(super) fn blocks(&self, grid: &Grid, group: usize) -> Range<usize> {
        let outputs = self.output_channels(grid, group);
        let (first, last) = (grid.reads(outputs.start), grid.reads(outputs.end - 1));
        first.start / self.channels..last.end.div_ceil(self.channels)
    }

    /// Coefficients of a ciphertext with so many channels that are read: elements, and zeros that stand for padding.
    pub(super) fn places(&self, y: &Strip, x: &Strip, channels: usize) -> usize {
        let Extent { elements, after, before } = self.extent(y, x);
        if self.wraps(after + before) {
            elements * channels + self.set.degree() - elements * self.channels
        } else {
            (after + before) * channels
        }
    }

    /// What is read of a tile.
    pub(super) fn extent(&self, y: &Strip, x: &Strip) -> Extent {
        let elements = if y.len == 0 || x.len == 0 { 0 } else { (y.len - 1) * self.pitch + x.len };
        let after = ((y.len + y.after).max(1) - 1) * self.pitch + x.len + x.after;
        // Weights of one output channel meet what another one's outputs are summed from: zeros, as far apart as they are.
        let others = (self.outputs - 1) * self.span;
        let before = y.before * self.pitch + x.before;
        Extent { elements, after: after.max(elements) + others, before: before + others }
    }

    /// Whether places after a tile's elements are those before them, counted from the polynomial's end.
    pub(super) fn wraps(&self, places: usize) -> bool {
        places * self.channels > self.set.degree()
    }

    /// Rows and columns of the padded plane before which a tile's elements are those of earlier tiles, too.
    pub(super) fn known(&self, grid: &Grid, tile: usize) -> [usize; 2] {
        let columns = grid.output[1].div_ceil(self.tile[1]);
        [(0, tile / columns), (1, tile % columns)].map(|(axis, index)| match index {
            0 => 0,
            _ => {
                let before = strip(grid, axis, self.tile[axis], index - 1);
                before.start + before.len
            }
        })
    }

    /// Strips of a tile.
    pub(super) fn strips(&self, grid: &Grid, tile: usize) -> [Strip; 2] {
        let columns = grid.output[1].div_ceil(self.tile[1]);
        [strip(grid, 0, self.tile[0], tile / columns), strip(grid, 1, self.tile[1], tile % columns)]
    }
}

/// The strips of an axis, those that differ, with how many are alike.
fn kinds(grid: &Grid, axis: usize, tile: usize) -> Vec<(Strip, usize)> {
    let (inside, output) = (&grid.inside[axis], grid.output[axis]);
    // Whole strips that read no padding are all alike.
    let count = output.div_ceil(tile);
    let first = inside.start.div_ceil(tile).min(count);
    let end = ((inside.end + 1).saturating_sub(grid.kernel[axis]).min(output) / tile).max(first);
    let ends = (0..first).chain(end..count).map(|i| (strip(grid, axis, tile, i), 1));
    let middle = (end > first).then(|| (strip(grid, axis, tile, first), end - first));
    let mut all: Vec<(Strip, usize)> = Vec::new();
    for (strip, times) in ends.chain(middle) {
        let shape = |strip: &Strip| [strip.outputs, strip.len, strip.before, strip.after];
        match all.iter_mut().find(|(other, _)| shape(other) == shape(&strip)) {
            Some((_, alike)) => *alike += times,
            None => all.push((strip, times)),
        }
    }
    all
}

/// O: place of the first tap of the kernel.
pub(super) fn lead(grid: &Grid, pitch: usize) -> usize {
    (grid.kernel[0] - 1) * pitch + grid.kernel[1] - 1
}

/// Places that one output channel needs to itself: its elements, and the padding that is read on the longer side.
fn span(y: &Strip, x: &Strip, pitch: usize, lead: usize) -> usize {
    let elements = if y.len == 0 || x.len == 0 { 0 } else { (y.len - 1) * pitch + x.len };
    let padding = (y.before * pitch + x.before).max(y.after * pitch + x.after);
    let last_output = (y.outputs - 1) * pitch + x.outputs - 1;
    // Places of outputs are lead + p for p from −(before) on.
    let outputs = (lead + last_output + 1).saturating_sub(y.before * pitch + x.before);
    (elements + padding).max(outputs)
}
