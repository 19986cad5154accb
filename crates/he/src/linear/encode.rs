//! Where elements, weights and outputs of a layer stand in its polynomials.

use std::ops::Range;

use super::grid::{ConvShape, Grid};
use super::tiling::{Counts, Tiling, lead};
use crate::noise::Budget;
use crate::params::{ParamSet, exp2, q};
use crate::short::ShortLayout;

/// A layer's way through encryption: public, and the same at both parties.
#[derive(Clone, Debug)]
pub struct LinearPlan {
    pub(super) grid: Grid,
    /// The cut.
    pub tiling: Tiling,
    /// What it amounts to.
    pub counts: Counts,
    /// Most ciphertexts packed into one reply, a power of two; 1 without packing.
    pub fold: usize,
    /// Bits of its ciphertexts.
    pub budget: Budget,
    /// Whether the layer's ciphertexts make the elements of r that it reads, so that less of them travels.
    pub chooses: bool,
}

/// A weight in a polynomial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WeightPlace {
    /// Its power of X: below 0 for channels before their place, and above N for taps that meet nothing but padding.
    pub(super) exponent: isize,
    pub(super) weight: usize,
}

impl WeightPlace {
    /// Its coefficient among `n`, and whether that is negative, for X^n is −1.
    pub(super) fn coefficient(&self, n: usize) -> (usize, bool) {
        let place = self.exponent.rem_euclid(2 * n as isize) as usize;
        (place % n, place >= n)
    }
}

impl LinearPlan {
    /// The layer's shape.
    pub fn shape(&self) -> &ConvShape {
        self.grid.shape()
    }

    /// Parameter set.
    pub fn set(&self) -> ParamSet {
        self.tiling.set
    }

    /// Replies.
    pub fn replies(&self) -> usize {
        self.counts.outputs.div_ceil(self.fold)
    }

    /// The server's ciphertexts that reply `index` holds.
    pub fn reply(&self, index: usize) -> Range<usize> {
        index * self.fold..((index + 1) * self.fold).min(self.counts.outputs)
    }

    /// Levels of packing keys that the replies take.
    pub fn levels(&self) -> u32 {
        crate::pack::levels(self.fold.min(self.counts.outputs))
    }

    /// Key switches of all replies.
    pub fn key_switches(&self) -> usize {
        let full = self.counts.outputs / self.fold;
        let rest = self.counts.outputs % self.fold;
        full * crate::pack::key_switches(self.fold) + if rest > 0 { crate::pack::key_switches(rest) } else { 0 }
    }

    /// Statistical distance of all its values in one inference, at most: see [`Budget::distance`].
    pub fn distance(&self) -> f64 {
        self.shape().output_len() as f64 * self.budget.distance()
    }

    /// Statistical distance, at most, of the elements of r that the ciphertexts of one inference make from uniform ones: the last values of what
    /// travels stand for fewer elements than the others, see docs/notes/he-security.md.
    pub fn distance_of_made(&self) -> f64 {
        let made = if self.chooses { self.grid.elements() } else { 0 };
        made as f64 * exp2(self.budget.split.element_bits()) / q(self.set())
    }

    /// Bits from the client and from the server.
    pub fn bits(&self) -> [u64; 2] {
        // Every message is padded to whole bytes.
        let uploads = (0..self.counts.inputs).map(|index| self.upload_len(index).div_ceil(8) * 8);
        let replies = (0..self.replies()).map(|r| self.reply_len(r).div_ceil(8) * 8);
        [uploads.sum(), replies.sum()]
    }

    /// Bits of one reply.
    pub fn reply_len(&self, index: usize) -> u64 {
        let [a, b] = self.budget.bits_of_reply().map(u64::from);
        self.set().degree() as u64 * a + self.replied_len(index) as u64 * b
    }

    /// Number of elements of [`LinearPlan::replied`].
    pub(super) fn replied_len(&self, index: usize) -> usize {
        self.reply(index).map(|output| self.wanted_len(output)).sum()
    }

    /// Coefficients of the weights of an output group for a block of channels.
    pub(super) fn weights(&self, group: usize, block: usize) -> Vec<WeightPlace> {
        let (tiling, grid) = (&self.tiling, &self.grid);
        let first = block * tiling.channels;
        let lead = lead(grid, tiling.pitch);
        let mut places = Vec::new();
        for (k, output) in tiling.output_channels(grid, group).enumerate() {
            let reads = grid.reads(output);
            let channels = reads.start.max(first)..reads.end.min(first + tiling.channels);
            for (a, b) in (0..grid.kernel[0]).flat_map(|a| (0..grid.kernel[1]).map(move |b| (a, b))) {
                let at = (k * tiling.span + lead - a * tiling.pitch - b) * tiling.channels;
                for channel in channels.clone() {
                    if let Some(weight) = grid.weight(output, channel, [a, b]) {
                        let exponent = at as isize - (channel - first) as isize;
                        places.push(WeightPlace { exponent, weight });
                    }
                }
            }
        }
        places
    }

    /// The layout for which polynomials of weights are short, if they are: as a whole, or each output channel's part, or each row of a kernel.
    pub(super) fn short(&self) -> Option<ShortLayout> {
        let (tiling, [rows, columns]) = (&self.tiling, self.grid.kernel);
        let (channels, outputs, lead) = (tiling.channels, tiling.outputs, lead(&self.grid, tiling.pitch));
        let band = |outputs: usize, lead: usize| ((outputs - 1) * tiling.span + lead + 1) * channels;
        let cuts = [
            (vec![0], band(outputs, lead)),
            ((0..outputs).map(|k| k * tiling.span).collect(), band(1, lead)),
            (
                (0..outputs).flat_map(|k| (0..rows).map(move |row| k * tiling.span + row * tiling.pitch)).collect(),
                band(1, columns - 1),
            ),
        ];
        let work = |(starts, extent): &(Vec<usize>, usize)| ShortLayout::work(starts.len(), *extent);
        let (_, (starts, extent)) = cuts.into_iter().filter_map(|cut| Some((work(&cut)?, cut))).min_by_key(|c| c.0)?;
        // Channels stand before their place.
        let start = |place: usize| (place * channels) as isize - (channels - 1) as isize;
        ShortLayout::new(self.set(), starts.into_iter().map(start).collect(), extent)
    }

    /// Number of elements of [`LinearPlan::wanted`].
    pub(super) fn wanted_len(&self, output: usize) -> usize {
        let [rows, columns] = self.tiling.strips(&self.grid, output % self.counts.tiles);
        let channels = self.tiling.output_channels(&self.grid, output / self.counts.tiles);
        channels.len() * rows.outputs * columns.outputs
    }

    /// (coefficient, output element) of the server's ciphertext `output`.
    pub fn wanted(&self, output: usize) -> Vec<(usize, usize)> {
        let (tiling, grid) = (&self.tiling, &self.grid);
        let [rows, columns] = tiling.strips(grid, output % self.counts.tiles);
        let first = lead(grid, tiling.pitch) - rows.before * tiling.pitch - columns.before;
        let mut wanted = Vec::with_capacity(self.wanted_len(output));
        for (k, channel) in tiling.output_channels(grid, output / self.counts.tiles).enumerate() {
            for (y, x) in (0..rows.outputs).flat_map(|y| (0..columns.outputs).map(move |x| (y, x))) {
                let place = (k * tiling.span + first + y * tiling.pitch + x) * tiling.channels;
                wanted.push((place, grid.output(channel, rows.first + y, columns.first + x)));
            }
        }
        wanted
    }

    /// (coefficient, output element) of reply `index`, ciphertext after ciphertext.
    pub fn replied(&self, index: usize) -> Vec<(usize, usize)> {
        let wanted = self
            .reply(index)
            .enumerate()
            .map(|(m, output)| self.wanted(output).into_iter().map(move |(place, element)| (place + m, element)));
        wanted.flatten().collect()
    }
}
