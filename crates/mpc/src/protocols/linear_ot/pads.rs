//! Pads as long as a correlation: keys (rows of OTs) expanded to blocks, and blocks to entries.
//!
//! A pad of one entry is `H(q)`; a longer one takes block k from `H(q, k)`, that is one AES call for q and one per block. Over
//! Z_{2^ℓ} a block yields ⌊128/w⌋ entries of w bits, over Z_n one. Blocks are hashed in passes over several bits, so that short
//! pads fill the pipeline as well.

use std::iter;
use std::ops::Range;
use std::sync::Arc;

use sotto_crypto::Block;
use sotto_crypto::hash::Pi;
use zeroize::Zeroizing;

use super::shape::LinearShape;
use crate::error::Result;
use crate::share::Modulus;

/// Blocks of a tile: entries of one tile stay in the first-level cache.
const TILE: usize = 32;
/// Blocks hashed at once, for each key of an OT.
const PASS: usize = 64;

/// Consecutive blocks of one bit's pad.
pub(super) struct Tile {
    /// The bit i of the unit.
    pub(super) bit: u32,
    /// Bits of an entry.
    pub(super) width: u32,
    /// Which entries of the correlation it covers.
    pub(super) entries: Range<usize>,
    first_block: usize,
    blocks: usize,
}

/// Expands the pads of one unit after the other.
pub(super) struct Pads {
    pi: Arc<Pi>,
    modulus: Modulus,
    /// Entry widths by bit.
    widths: Vec<u32>,
    /// Length of the pads that `tiles` and `passes` divide.
    terms: usize,
    tiles: Vec<Tile>,
    passes: Vec<Range<usize>>,
    blocks: Zeroizing<Vec<Block>>,
    tweaks: Vec<Block>,
    /// Entries of a tile, for each key of an OT.
    entries: [Zeroizing<Vec<u64>>; 2],
}

impl Pads {
    pub(super) fn new(pi: Arc<Pi>, shape: &LinearShape, bits: u32) -> Self {
        Self {
            pi,
            modulus: shape.modulus,
            widths: (0..bits).map(|i| shape.width(i)).collect(),
            terms: 0,
            tiles: Vec::new(),
            passes: Vec::new(),
            blocks: Zeroizing::default(),
            tweaks: Vec::new(),
            entries: Default::default(),
        }
    }

    /// Shows every tile with the entries of its pads, which are meant modulo 2^w, to `visit`. `keys`: one per bit, SIDES times;
    /// they are used up.
    pub(super) fn expand<const SIDES: usize>(
        &mut self,
        keys: &mut [Block],
        terms: usize,
        mut visit: impl FnMut(&Tile, [&[u64]; SIDES]) -> Result<()>,
    ) -> Result<()> {
        let bits = keys.len() / SIDES;
        if terms != self.terms {
            self.divide(terms);
        }
        match terms {
            1 => self.pi.cr_hash(keys),
            _ => self.pi.tccr_begin(keys),
        }
        let Self { pi, modulus, tiles, passes, blocks, tweaks, entries, .. } = self;
        for pass in passes {
            let tiles = &tiles[pass.clone()];
            blocks.clear();
            tweaks.clear();
            for side in 0..SIDES {
                for tile in tiles {
                    blocks.extend(iter::repeat_n(keys[side * bits + tile.bit as usize], tile.blocks));
                    tweaks.extend((tile.first_block..).take(tile.blocks).map(|k| Block::new(k as u128)));
                }
            }
            if terms > 1 {
                pi.tccr_finish(blocks, |k| tweaks[k]);
            }
            let per_side = blocks.len() / SIDES;
            let mut start = 0;
            for tile in tiles {
                for (side, entries) in entries.iter_mut().take(SIDES).enumerate() {
                    entries.resize(tile.entries.len(), 0);
                    let blocks = &blocks[side * per_side + start..][..tile.blocks];
                    unpack(*modulus, blocks, tile.width, entries);
                }
                visit(tile, std::array::from_fn(|side| entries[side].as_slice()))?;
                start += tile.blocks;
            }
        }
        Ok(())
    }

    /// Divides pads of `terms` entries into tiles, and these into passes.
    fn divide(&mut self, terms: usize) {
        self.terms = terms;
        self.tiles.clear();
        self.passes.clear();
        let (mut start, mut filled) = (0, 0);
        for (bit, &width) in (0..).zip(&self.widths) {
            let per_block = entries_per_block(self.modulus, width);
            for first_block in (0..terms.div_ceil(per_block)).step_by(TILE) {
                let entries = first_block * per_block..terms.min((first_block + TILE) * per_block);
                let blocks = entries.len().div_ceil(per_block);
                if filled + blocks > PASS {
                    self.passes.push(start..self.tiles.len());
                    (start, filled) = (self.tiles.len(), 0);
                }
                filled += blocks;
                self.tiles.push(Tile { bit, width, entries, first_block, blocks });
            }
        }
        self.passes.push(start..self.tiles.len());
    }
}

fn entries_per_block(modulus: Modulus, width: u32) -> usize {
    match modulus {
        Modulus::PowerOfTwo(_) => 128 / width as usize,
        Modulus::Odd(_) => 1,
    }
}

/// Entries of a tile. Over a ring they carry foreign bits above their width: lane k of all blocks comes before lane k + 1, so
/// that every loop shifts by one amount.
fn unpack(modulus: Modulus, blocks: &[Block], width: u32, entries: &mut [u64]) {
    match modulus {
        Modulus::PowerOfTwo(_) => {
            for (at, lane) in (0..).step_by(width as usize).zip(entries.chunks_mut(blocks.len())) {
                unpack_lane(blocks, at, width, lane);
            }
        }
        Modulus::Odd(_) => {
            entries.iter_mut().zip(blocks).for_each(|(entry, block)| *entry = modulus.uniform(block.as_u128()));
        }
    }
}

/// Bits from `at` on of every block.
fn unpack_lane(blocks: &[Block], at: u32, width: u32, lane: &mut [u64]) {
    let pairs = lane.iter_mut().zip(blocks);
    if at + width <= 64 {
        pairs.for_each(|(entry, block)| *entry = block.low_u64() >> at);
    } else if at >= 64 {
        pairs.for_each(|(entry, block)| *entry = block.high_u64() >> (at - 64));
    } else {
        pairs.for_each(|(entry, block)| *entry = block.low_u64() >> at | block.high_u64() << (64 - at));
    }
}
