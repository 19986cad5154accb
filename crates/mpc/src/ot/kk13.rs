//! KK13: many 1-of-2^m random OTs, m ≤ 8, from 256 base OTs, with the Walsh–Hadamard code.
//!
//! Source: Kolesnikov and Kumaresan, "Improved OT Extension for Transferring Short Secrets" (CRYPTO 2013). Security:
//! semi-honest; the code words of two messages differ in 128 places. Two departures from the paper, argued in
//! docs/decisions/0002-kk13.md: columns that are zero in every code word of the m-bit messages are left out, so an OT costs
//! `256 − 2^{8−m}` bits, receiver to sender, not 256; and a row is compressed to one block by a public linear map, so that a
//! pad costs one fixed-key hash, as in every other OT of this crate.

use std::sync::Arc;

use sotto_crypto::{BitVec, Block, SecretVec, gf128, transpose_to_blocks};
use zeroize::Zeroizing;

use super::columns::{CHUNK_ROWS, ColumnReceiver, ColumnSender};
use super::rot::{Offsets, Rows};
use crate::channel::Channel;
use crate::error::Result;

/// Columns of the full code, and base OTs.
pub(crate) const COLUMNS: usize = 256;

/// Multiplier β of the public compression `L ‖ R ↦ L ⊕ β·R` over GF(2^128). Chosen (and tested below) so that for each of the
/// 255 non-zero code words c, `s ↦ M(c ∧ s)` has rank at least 126: every difference of two pads' inputs is uniform on that
/// many bits of the sender's secret.
const BETA: Block = Block::new(0x8e1f_7555_983a_a92f_8621_a03f_e0bb_db7b);

/// Columns that m-bit messages use.
pub(crate) fn active_columns(width: u32) -> usize {
    COLUMNS - (COLUMNS >> width)
}

/// Column z of the code is the parity `⟨z, message⟩`, constant zero when z and the message's bits are disjoint.
fn is_active(z: usize, width: u32) -> bool {
    z & ((1 << width) - 1) != 0
}

fn compress(left: Block, right: Block) -> Block {
    left ^ BETA.gf_mul(right)
}

/// Transposes 256 columns and compresses the rows. `right` is scratch space of as many rows.
fn compressed_rows(columns: &[u8], right: &mut [Block], rows: &mut [Block]) {
    let (left_columns, right_columns) = columns.split_at(columns.len() / 2);
    transpose_to_blocks(left_columns, rows);
    transpose_to_blocks(right_columns, right);
    gf128::mul_add(rows, BETA, right);
}

/// The compressed `C(message) ∧ s` for s given as two halves.
fn offset(message: usize, s: [Block; 2]) -> Block {
    let word = |half: usize| {
        (0..128).fold(0u128, |word, i| {
            let parity = ((128 * half + i) & message).count_ones() & 1;
            word | u128::from(parity) << i
        })
    };
    compress(Block::new(word(0)) & s[0], Block::new(word(1)) & s[1])
}

/// Sender: holds the rows and the offsets D_k of all messages.
pub(crate) struct Kk13Sender {
    columns: ColumnSender,
    offsets: Offsets,
}

/// Receiver: holds the rows offset by its choices.
pub(crate) struct Kk13Receiver(ColumnReceiver);

impl Kk13Sender {
    /// From [`COLUMNS`] base OTs in which this party chose by `s`.
    pub(crate) fn new(s: BitVec, seeds: &[Block]) -> Self {
        assert_eq!(seeds.len(), COLUMNS);
        let columns = ColumnSender::new(s, seeds);
        let secret = columns.secret();
        let offsets: Vec<Block> = (0..256).map(|k| offset(k, [secret[0], secret[1]])).collect();
        let offsets = Arc::new(Zeroizing::new(offsets));
        Self { columns, offsets }
    }

    /// Offsets D_k: pad k of a row q is `H(q ⊕ D_k)`.
    pub(crate) fn offsets(&self) -> Offsets {
        self.offsets.clone()
    }

    /// Rows q of `n` more OTs of `width`-bit choices.
    pub(crate) async fn extend(&mut self, channel: &mut Channel, width: u32, n: usize) -> Result<Rows> {
        let mut rows = Rows::zeros(n);
        let mut right = Rows::zeros(n.min(CHUNK_ROWS));
        let mut q = SecretVec::default();
        for chunk in rows.chunks_mut(CHUNK_ROWS) {
            let u = channel.recv((active_columns(width) * chunk.len().div_ceil(8)) as u64).await?;
            self.columns.extend(|z| is_active(z, width), &u, chunk.len(), &mut q);
            compressed_rows(&q, &mut right[..chunk.len()], chunk);
        }
        Ok(rows)
    }
}

impl Kk13Receiver {
    /// From both keys of [`COLUMNS`] base OTs in which this party sent.
    pub(crate) fn new(seeds: &[[Block; 2]]) -> Self {
        assert_eq!(seeds.len(), COLUMNS);
        Self(ColumnReceiver::new(seeds))
    }

    /// Rows `t = q ⊕ D_c`, one per `width`-bit choice.
    pub(crate) async fn extend(&mut self, channel: &mut Channel, width: u32, choices: &[u8]) -> Result<Rows> {
        let mut rows = Rows::zeros(choices.len());
        let mut right = Rows::zeros(choices.len().min(CHUNK_ROWS));
        let mut t = SecretVec::default();
        for (chunk, choices) in rows.chunks_mut(CHUNK_ROWS).zip(choices.chunks(CHUNK_ROWS)) {
            let code = code_columns(choices, width);
            let code = |z: usize| &code[z & ((1 << width) - 1)][..];
            let u = self.0.extend(|z| is_active(z, width), code, chunk.len(), &mut t);
            channel.send(u).await?;
            compressed_rows(&t, &mut right[..chunk.len()], chunk);
        }
        Ok(rows)
    }
}

/// Code columns for z in 0..2^m: column z is the XOR of the choices' bit planes that z selects.
fn code_columns(choices: &[u8], width: u32) -> Vec<Vec<u8>> {
    let plane = |bit: u32| BitVec::from_bytes_at(choices, [bit]).to_bytes();
    let mut columns = vec![vec![0; choices.len().div_ceil(8)]];
    for bit in 0..width {
        let plane = plane(bit);
        for z in 0..columns.len() {
            columns.push(columns[z].iter().zip(&plane).map(|(a, b)| a ^ b).collect());
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rank over GF(2) of the images of the secret's unit vectors: of D_k, or of D_k ⊕ Δ for the Δ of the IKNP that shares
    /// the first 128 bits of the secret.
    fn rank(message: usize, with_iknp: bool) -> usize {
        let mut basis: Vec<u128> = Vec::new();
        for z in 0..256 {
            let unit = Block::new(1 << (z % 128));
            let s = if z < 128 { [unit, Block::ZERO] } else { [Block::ZERO, unit] };
            let delta = if with_iknp { s[0] } else { Block::ZERO };
            let mut v = (offset(message, s) ^ delta).as_u128();
            for &b in &basis {
                v = v.min(v ^ b);
            }
            if v != 0 {
                basis.push(v);
                basis.sort_unstable_by(|a, b| b.cmp(a));
            }
        }
        basis.len()
    }

    #[test]
    fn compression_keeps_126_bits_of_every_code_word() {
        for with_iknp in [false, true] {
            let worst = (1..256).map(|message| rank(message, with_iknp)).min();
            assert!(worst >= Some(126), "worst rank {worst:?}");
        }
    }

    #[test]
    fn offsets_are_linear_in_the_message() {
        let s = [Block::new(0x1234_5678_9abc_def0 << 40), Block::new(u128::MAX / 7)];
        for (a, b) in [(1, 2), (0x55, 0x0f), (200, 131)] {
            assert_eq!(offset(a, s) ^ offset(b, s), offset(a ^ b, s));
        }
    }

    #[test]
    fn active_columns_match_the_code() {
        for width in 1..=8 {
            assert_eq!((0..COLUMNS).filter(|&z| is_active(z, width)).count(), active_columns(width));
        }
    }
}
