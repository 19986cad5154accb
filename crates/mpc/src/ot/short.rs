//! Chosen 1-of-2^m OT of XOR shares of 1, 2 or 4 bits from random OTs.
//!
//! The sender offers, for every k, the bits f(k) masked by a random r that is the same for all k, and keeps r as its share;
//! the receiver gets f(y) ⊕ r. Since r is free, it is set so that the message for k = 0 equals its pad: only 2^m − 1
//! corrections travel (docs/decisions/0002-kk13.md).

use sotto_crypto::hash::Pads;
use sotto_crypto::{Block, mask_eq, mask_lt};

use super::{RotReceiver, RotSender};
use crate::Result;
use crate::share::low_bits;
use crate::wire::{Reader, Writer};

/// Pads that are computed at once.
const BATCH_PADS: usize = 4096;

/// Writes the corrections and returns the sender's shares r.
///
/// `shift[i]` is the receiver's public derandomisation `y ⊕ c` of OT i (none when the receiver wants its random choice);
/// `bits` a value's width, 1, 2 or 4. `f(i, w)` is word w of OT i's table: the value for choice k lies at bit `k·bits`, and
/// bits beyond the last are ignored.
pub(crate) fn send(
    rot: &RotSender,
    shift: Option<&[u8]>,
    f: impl Fn(usize, u32) -> u64,
    bits: u32,
    writer: &mut Writer,
) -> Result<Vec<u8>> {
    let offsets = rot.offsets();
    let pads = Pads::new(&rot.pi, offsets);
    let table_bits = bits * offsets.len() as u32;
    let repeat = u64::MAX / low_bits(u64::MAX, bits);
    let mut shares = Vec::with_capacity(rot.len());
    let mut rows = vec![Block::ZERO; BATCH_PADS / offsets.len()];
    let mut padded = vec![0; BATCH_PADS / 8 * bits as usize];
    for (batch, sent) in rot.rows.chunks(rows.len()).enumerate() {
        let start = batch * rows.len();
        let rows = &mut rows[..sent.len()];
        rows.copy_from_slice(sent);
        if let Some(shift) = shift {
            // Offsets are linear: pad k ⊕ d of a row is pad k of the row plus D_d.
            rows.iter_mut().zip(&shift[start..]).for_each(|(row, &d)| *row ^= offsets[usize::from(d)]);
        }
        let padded = &mut padded[..2 * bits as usize * (rows.len() * offsets.len()).div_ceil(16)];
        pads.low_bits(rows, bits as usize, padded);
        let mut padded = Reader::new(padded);
        for i in start..start + rows.len() {
            let first = table_bits.min(64);
            let word = low_bits(padded.take(first)? ^ f(i, 0), first);
            let share = low_bits(word, bits);
            let mask = share * repeat;
            writer.put(low_bits(word ^ mask, first) >> bits, first - bits);
            for w in 1..table_bits.div_ceil(64) {
                writer.put(padded.take(64)? ^ f(i, w) ^ mask, 64);
            }
            shares.push(share as u8);
        }
    }
    Ok(shares)
}

/// Word `w` of the tables `1{x < k}` and `1{x = k}` for k = 0, 1, …, each at the lowest of `bits` bits.
#[inline]
pub(crate) fn comparison_words(x: u8, bits: u32, w: u32) -> (u64, u64) {
    let value = low_bits(u64::MAX, bits);
    let (word, at) = (u32::from(x) * bits / 64, u32::from(x) * bits % 64);
    let here = mask_eq(word, w);
    let above = ((u64::MAX << at ^ value << at) & here) | mask_lt(word, w);
    (above & (u64::MAX / value), (1 << at) & here)
}

/// Reads the corrections and returns the receiver's shares `f(y) ⊕ r` for its choices `y`.
pub(crate) fn receive(rot: &RotReceiver, y: &[u8], width: u32, bits: u32, reader: &mut Reader<'_>) -> Result<Vec<u8>> {
    let mut shares = vec![0; 16 * rot.len().div_ceil(16)];
    Pads::new(&rot.pi, &[Block::ZERO]).low_bits(&rot.rows, 8, &mut shares);
    shares.truncate(rot.len());
    let mask = low_bits(u64::MAX, bits) as u8;
    let total = bits * ((1 << width) - 1);
    for (share, &y) in shares.iter_mut().zip(y) {
        // The correction of choice k starts at bit (k − 1)·bits; choice 0 has none. Every word is read and the
        // wanted one kept by a mask: the choice is secret.
        let at = bits.wrapping_mul(u32::from(y).wrapping_sub(1));
        let mut chosen = 0;
        for word in 0..total.div_ceil(64) {
            chosen |= reader.take((total - 64 * word).min(64))? & mask_eq(at / 64, word);
        }
        *share = ((chosen >> (at % 64)) as u8 ^ *share) & mask;
    }
    Ok(shares)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_comparisons_are_those_of_their_entries() {
        for bits in [1, 2, 4] {
            for (x, k) in (0..=255).flat_map(|x| (0..=255).map(move |k| (x, k))) {
                let (lt, eq) = comparison_words(x, bits, u32::from(k) * bits / 64);
                let at = |word: u64| low_bits(word >> (u32::from(k) * bits % 64), bits);
                assert_eq!((at(lt), at(eq)), (u64::from(x < k), u64::from(x == k)), "{bits} bits: {x} and {k}");
            }
        }
    }
}
