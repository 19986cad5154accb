//! SoftSpokenOT: random 1-of-2 correlated OTs `t = q ⊕ c·Δ` for 15 bits each, from 128 base OTs.
//!
//! Source: Roy, "SoftSpokenOT: Quieter OT Extension from Small-Field Silent VOLE in the Minicrypt Model" (CRYPTO 2022), section 3, with
//! k = 8: Δ is cut into 16 bytes, each of which is the leaf of a tree of 256 that the sender does not know. Security:
//! semi-honest. A byte of Δ costs one column of bits in place of IKNP's eight, and 256 leaves' streams in place of 16. The
//! first byte's column is not sent at all: it *is* the receiver's random choice. Bit 0 of Δ is set, bit 0 of q clear, and so
//! bit 0 of t is the choice.

use sotto_crypto::ggm::Tree;
use sotto_crypto::leaf_sums::{self, STRETCH, Seeds};
use sotto_crypto::{BitVec, Block, SecretVec, transpose_to_blocks};
use zeroize::Zeroizing;

use super::base::BaseOts;
use super::columns::resize;
use crate::channel::Channel;
use crate::error::Result;

/// Base OTs: bits of Δ.
pub(crate) const BASE_OTS: usize = 128;
/// Bits of Δ for which a tree serves: k.
const DEPTH: usize = leaf_sums::BITS;
const LEAVES: usize = leaf_sums::SEEDS;
const TREES: usize = BASE_OTS / DEPTH;

/// OTs that are made together: a block of a stream has as many bits.
pub(crate) const UNIT: usize = 128;
/// Bytes of a unit, receiver to sender.
pub(crate) const UNIT_BYTES: u64 = 16 * (TREES as u64 - 1);
/// Units of a message: what bounds its size, and the matrices in memory.
const CHUNK_UNITS: usize = 256;

/// Bytes of the setup, receiver to sender: both sides of every level, masked.
pub(crate) const SETUP_BYTES: u64 = 32 * BASE_OTS as u64;

/// The base OTs' choices for a Δ whose element 0 over GF(16) is one: bit 0 is set, three others are clear ([`Block::ELEMENT_0`]). A tree's
/// known sides are its hole's complement.
pub(crate) fn choices(rng: &mut rand_chacha::ChaCha20Rng) -> BitVec {
    let mut choices = BitVec::random(BASE_OTS, rng);
    for bit in (0..BASE_OTS).filter(|&bit| Block::ELEMENT_0.bit(bit)) {
        choices.set(bit, bit != 0);
    }
    choices
}

/// The leaves of all trees, and the stretch of their streams that comes next.
struct Trees {
    leaves: [Seeds; TREES],
    next: u64,
}

impl Trees {
    /// For each of two lanes: the same leaves, and stretches that never meet.
    fn lanes(leaves: &[Block]) -> [Self; 2] {
        let leaves: [Seeds; TREES] = core::array::from_fn(|tree| Seeds::new(&leaves[LEAVES * tree..][..LEAVES]));
        [Self { leaves: leaves.clone(), next: 0 }, Self { leaves, next: 1 << 63 }]
    }

    /// Streams of so many units, tree by tree: `column(tree, unit, sum of all leaves', sums of those with a bit set)`.
    fn stretches(&mut self, units: usize, mut column: impl FnMut(usize, usize, Block, [Block; DEPTH])) {
        let mut sums = Zeroizing::new([[Block::ZERO; STRETCH]; 1 + DEPTH]);
        for (tree, leaves) in self.leaves.iter().enumerate() {
            for (stretch, first) in (self.next..).zip((0..units).step_by(STRETCH)) {
                leaves.sums(stretch, &mut sums);
                for unit in first..units.min(first + STRETCH) {
                    let block = |i: usize| sums[i][unit - first];
                    column(tree, unit, block(0), core::array::from_fn(|bit| block(1 + bit)));
                }
            }
        }
        self.next += units.div_ceil(STRETCH) as u64;
    }
}

/// Sender: knows Δ, and all leaves but one of each tree.
pub(crate) struct SoftSender {
    trees: Trees,
    delta: Zeroizing<Block>,
}

/// Receiver: knows all leaves.
pub(crate) struct SoftReceiver(Trees);

impl SoftSender {
    /// From [`choices`], the keys that they chose and the receiver's setup message; one for each of two lanes.
    pub(crate) fn new(choices: &BitVec, base: &BaseOts, message: &[u8]) -> [Self; 2] {
        let sides = Zeroizing::new(choices.to_bytes());
        let mut leaves = SecretVec::zeros(TREES * LEAVES);
        let masked = message.as_chunks::<16>().0.as_chunks::<2>().0;
        let levels = masked.chunks_exact(DEPTH).zip(base.received.chunks_exact(DEPTH));
        for ((leaves, &sides), (masked, keys)) in leaves.chunks_exact_mut(LEAVES).zip(sides.iter()).zip(levels) {
            let level = |j: usize| {
                let [left, right] = masked[j].each_ref().map(Block::from_bytes);
                Block::conditional_select(left, right, sides >> j & 1 == 1) ^ keys[j]
            };
            let known: Zeroizing<[Block; DEPTH]> = Zeroizing::new(core::array::from_fn(level));
            Tree::Independent.expand_punctured(&base.constants.pi, usize::from(sides), &known[..], leaves);
        }
        let delta = sides.iter().rev().fold(0, |delta, side| delta << 8 | u128::from(!side));
        Trees::lanes(&leaves).map(|trees| Self { trees, delta: Zeroizing::new(Block::new(delta)) })
    }

    /// Δ.
    pub(crate) fn delta(&self) -> Block {
        *self.delta
    }

    /// Rows q of as many OTs, a multiple of [`UNIT`].
    pub(crate) async fn extend(&mut self, channel: &mut Channel, rows: &mut [Block]) -> Result<()> {
        let delta = *self.delta;
        let mut columns = SecretVec::default();
        for rows in rows.chunks_mut(CHUNK_UNITS * UNIT) {
            let units = rows.len() / UNIT;
            let u = channel.recv(units as u64 * UNIT_BYTES).await?;
            let u = u.as_chunks::<16>().0;
            resize(&mut columns, 16 * BASE_OTS * units);
            let places = columns.as_chunks_mut::<16>().0;
            self.trees.stretches(units, |tree, unit, all, sums| {
                let difference = match tree {
                    0 => all,
                    _ => all ^ Block::from_bytes(&u[(tree - 1) * units + unit]),
                };
                for (bit, sum) in sums.into_iter().enumerate() {
                    let column = DEPTH * tree + bit;
                    // What the unknown leaf is taken for cancels in this sum.
                    let q = sum ^ difference.mul_mask(delta.bit(column));
                    places[column * units + unit] = if column == 0 { [0; 16] } else { q.to_bytes() };
                }
            });
            transpose_to_blocks(&columns, rows);
        }
        Ok(())
    }
}

impl SoftReceiver {
    /// From both keys of the base OTs; one for each of two lanes, and the setup message.
    pub(crate) fn new(base: &BaseOts, rng: &mut rand_chacha::ChaCha20Rng) -> ([Self; 2], Vec<u8>) {
        let mut leaves = SecretVec::zeros(TREES * LEAVES);
        let mut message = Vec::with_capacity(SETUP_BYTES as usize);
        for (leaves, keys) in leaves.chunks_exact_mut(LEAVES).zip(base.sent.chunks_exact(DEPTH)) {
            let mut sums = Zeroizing::new([[Block::ZERO; 2]; DEPTH]);
            let first = Zeroizing::new([Block::random(rng), Block::random(rng)]);
            Tree::Independent.expand(&base.constants.pi, *first, leaves, &mut sums[..]);
            for (sum, key) in sums.as_flattened().iter().zip(keys.as_flattened()) {
                message.extend_from_slice(&(*sum ^ *key).to_bytes());
            }
        }
        (Trees::lanes(&leaves).map(Self), message)
    }

    /// Rows `t = q ⊕ c·Δ` of as many OTs, a multiple of [`UNIT`].
    pub(crate) async fn extend(&mut self, channel: &mut Channel, rows: &mut [Block]) -> Result<()> {
        let mut columns = SecretVec::default();
        let mut choices = SecretVec::default();
        for rows in rows.chunks_mut(CHUNK_UNITS * UNIT) {
            let units = rows.len() / UNIT;
            resize(&mut columns, 16 * BASE_OTS * units);
            resize(&mut choices, units);
            let places = columns.as_chunks_mut::<16>().0;
            let mut u = Vec::with_capacity(units * UNIT_BYTES as usize);
            self.0.stretches(units, |tree, unit, all, sums| {
                match tree {
                    0 => choices[unit] = all,
                    _ => u.extend_from_slice(&(all ^ choices[unit]).to_bytes()),
                }
                for (bit, sum) in sums.into_iter().enumerate() {
                    let column = DEPTH * tree + bit;
                    places[column * units + unit] = if column == 0 { all.to_bytes() } else { sum.to_bytes() };
                }
            });
            channel.send(u).await?;
            transpose_to_blocks(&columns, rows);
        }
        Ok(())
    }
}
