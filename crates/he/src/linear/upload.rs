//! The client's half of a layer's uploads: what each coefficient holds, and what of it travels.

use std::ops::Range;

use sotto_crypto::{Modulus, Prg, SecretVec};

use super::encode::LinearPlan;
use super::tiling::{Extent, Strip};
use crate::cipher::Ciphertext;
use crate::keys::SecretKey;
use crate::short::{ShortLayout, Tiled};
use crate::split::{Layout, Parts};

/// What a coefficient of a ciphertext of the client holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// This element of r, which the ciphertext makes.
    Chosen(usize),
    /// This element of r.
    Given(usize),
    /// Zero.
    Padding,
}

impl Source {
    /// Whether an element travels for the coefficient.
    pub fn travels(self) -> bool {
        !matches!(self, Source::Chosen(_))
    }
}

impl LinearPlan {
    /// The coefficients of the client's ciphertext `index` that are read, with what they hold.
    pub fn upload(&self, index: usize) -> Vec<(usize, Source)> {
        let (tiling, grid) = (&self.tiling, &self.grid);
        let tile = index / self.counts.blocks;
        let [rows, columns] = tiling.strips(grid, tile);
        let known = tiling.known(grid, tile);
        let Range { start: first, end } = self.channels(index);
        let channels = end - first;
        let Extent { elements, after, before } = tiling.extent(&rows, &columns);
        let source = |place: usize, channel: usize| {
            let (y, x) = (place / tiling.pitch, place % tiling.pitch);
            let inside = y < rows.len && x < columns.len;
            let (y, x) = (rows.start + y, columns.start + x);
            match inside.then(|| grid.input(first + channel, y, x)).flatten() {
                Some(element) if self.chooses && y >= known[0] && x >= known[1] => Source::Chosen(element),
                Some(element) => Source::Given(element),
                None => Source::Padding,
            }
        };
        let at = |place: usize, channel: usize| place * tiling.channels + channel;
        let over = |places: Range<usize>| places.flat_map(|place| (0..channels).map(move |channel| (place, channel)));
        let mut all: Vec<_> = over(0..elements).map(|(p, c)| (at(p, c), source(p, c))).collect();
        let n = self.set().degree();
        if tiling.wraps(after + before) {
            all.extend((at(elements, 0)..n).map(|place| (place, Source::Padding)));
        } else {
            all.extend(over(elements..after).map(|(p, c)| (at(p, c), Source::Padding)));
            all.extend(over(0..before).map(|(p, c)| (n - before * tiling.channels + at(p, c), Source::Padding)));
        }
        all
    }

    /// Bits of the client's ciphertext `index`.
    pub fn upload_len(&self, index: usize) -> u64 {
        let [rest, element] = self.budget.bits_of_upload().map(u64::from);
        let [places, chosen] = self.upload_counts(index).map(|n| n as u64);
        places * rest + (places - chosen) * element
    }

    /// Coefficients of [`LinearPlan::upload`], and those of them that are chosen.
    pub fn upload_counts(&self, index: usize) -> [usize; 2] {
        let (tiling, grid, tile) = (&self.tiling, &self.grid, index / self.counts.blocks);
        let [rows, columns] = tiling.strips(grid, tile);
        let known = tiling.known(grid, tile);
        let channels = self.channels(index);
        let places = tiling.places(&rows, &columns, channels.len());
        let new = |strip: &Strip, known: usize| strip.start.max(known)..strip.start + strip.len;
        let chosen = || grid.count(channels, new(&rows, known[0]), new(&columns, known[1]));
        [places, if self.chooses { chosen() } else { 0 }]
    }

    /// Channels in the client's ciphertext `index`.
    fn channels(&self, index: usize) -> Range<usize> {
        let first = index % self.counts.blocks * self.tiling.channels;
        first..(first + self.tiling.channels).min(self.grid.channels)
    }

    /// The client's ciphertext `index` of r, where `stretch` is the public stream and the place of the first ciphertext's polynomial in
    /// it. Elements that it makes are written to `r`.
    pub fn encrypt(
        &self,
        t: Modulus,
        index: usize,
        r: &mut [u64],
        key: &SecretKey,
        (stream, first): (&mut Prg, u64),
        secret: &mut Prg,
    ) -> Parts {
        let sources = self.upload(index);
        let elements = sources.iter().filter_map(|(_, source)| match *source {
            Source::Chosen(_) => None,
            Source::Given(element) => Some(r[element]),
            Source::Padding => Some(0),
        });
        // With all its room first: growing would leave copies behind.
        let mut given = Vec::with_capacity(sources.len());
        given.extend(elements);
        let given = SecretVec::from(given);
        let places = places(&sources);
        let layout = Layout { split: self.budget.split, places: &places };
        let at = first + index as u64;
        let (parts, chosen) = key.encrypt(t, layout, given.iter().copied(), stream, at, secret);
        let elements = sources.iter().filter_map(|(_, source)| match *source {
            Source::Chosen(element) => Some(element),
            _ => None,
        });
        elements.zip(chosen.iter()).for_each(|(element, &value)| r[element] = value);
        parts
    }

    /// What opens the client's ciphertexts.
    pub fn opener(&self) -> Opener<'_> {
        Opener { plan: self, short: self.short() }
    }
}

/// Opens the client's ciphertexts of one layer, and lays them out as they are multiplied.
pub struct Opener<'a> {
    plan: &'a LinearPlan,
    pub(super) short: Option<ShortLayout>,
}

/// A ciphertext of the client as the server multiplies it.
pub struct Input(pub(super) Values);

/// How an [`Input`] is laid out.
pub(super) enum Values {
    /// For whole polynomials of weights.
    Whole(Ciphertext),
    /// For short ones, for each band.
    Tiled(Vec<Tiled>),
}

impl Opener<'_> {
    /// The ciphertext of which the client sent these parts, with the stream as in [`LinearPlan::encrypt`].
    pub fn open(&self, index: usize, parts: &Parts, (stream, first): (&mut Prg, u64)) -> Input {
        let layout = Layout { split: self.plan.budget.split, places: &places(&self.plan.upload(index)) };
        let ciphertext = Ciphertext::open(layout, parts, stream, first + index as u64);
        Input(match &self.short {
            Some(short) => Values::Tiled(short.tile(&ciphertext)),
            None => Values::Whole(ciphertext),
        })
    }
}

/// (coefficient, whether an element travels for it).
fn places(sources: &[(usize, Source)]) -> Vec<(usize, bool)> {
    sources.iter().map(|(place, source)| (*place, source.travels())).collect()
}
