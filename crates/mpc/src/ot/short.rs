//! Chosen 1-of-2^m OT of XOR shares of 1, 2 or 4 bits from random OTs.
//!
//! The sender offers, for every k, the bits f(k) masked by a random r that is the same for all k, and keeps r as its share;
//! the receiver gets f(y) ⊕ r. Since r is free, it is set so that the message for k = 0 equals its pad: only 2^m − 1
//! corrections travel (docs/decisions/0002-kk13.md).

use sotto_crypto::{Block, hash, mask64};

use super::{RotReceiver, RotSender};
use crate::Result;
use crate::wire::{Reader, Writer};

/// OTs whose pads are hashed at once.
const BATCH_PADS: usize = 1024;

/// Writes the corrections and returns the sender's shares r.
///
/// `shift[i]` is the receiver's public derandomisation `y ⊕ c` of OT i (none when the receiver wants its random choice);
/// `f(i, k)` the value for choice k; `bits` its width: 1, 2 or 4.
pub(crate) fn send(
    rot: &RotSender,
    shift: Option<&[u8]>,
    f: impl Fn(usize, u8) -> u8,
    bits: u32,
    writer: &mut Writer,
) -> Vec<u8> {
    let messages = rot.offsets().len();
    let mask = (1u8 << bits) - 1;
    let mut shares = Vec::with_capacity(rot.len());
    let mut pads = vec![Block::ZERO; BATCH_PADS.max(messages)];
    for start in (0..rot.len()).step_by(pads.len() / messages) {
        let rows = &rot.rows[start..rot.len().min(start + pads.len() / messages)];
        for (pads, &row) in pads.chunks_exact_mut(messages).zip(rows) {
            pads.iter_mut().zip(rot.offsets()).for_each(|(pad, &d)| *pad = row ^ d);
        }
        hash::cr_hash(&mut pads[..rows.len() * messages]);
        for (j, pads) in pads.chunks_exact(messages).take(rows.len()).enumerate() {
            let i = start + j;
            let d = shift.map_or(0, |s| usize::from(s[i]));
            let share = (pads[d].low_u64() as u8 ^ f(i, 0)) & mask;
            put_corrections(
                writer,
                bits,
                (1..messages).map(|k| (pads[k ^ d].low_u64() as u8 ^ f(i, k as u8) ^ share) & mask),
            );
            shares.push(share);
        }
    }
    shares
}

/// Packs many short fields through one word at a time.
fn put_corrections(writer: &mut Writer, bits: u32, corrections: impl Iterator<Item = u8>) {
    let (mut word, mut filled) = (0u64, 0);
    for correction in corrections {
        word |= u64::from(correction) << filled;
        filled += bits;
        if filled == 64 {
            writer.put(word, 64);
            (word, filled) = (0, 0);
        }
    }
    writer.put(word, filled);
}

/// Reads the corrections and returns the receiver's shares `f(y) ⊕ r` for its choices `y`.
pub(crate) fn receive(rot: &RotReceiver, y: &[u8], width: u32, bits: u32, reader: &mut Reader<'_>) -> Result<Vec<u8>> {
    let mut pads = rot.rows.clone();
    hash::cr_hash(&mut pads);
    let mask = (1u8 << bits) - 1;
    let total = bits * ((1 << width) - 1);
    pads.iter()
        .zip(y)
        .map(|(pad, &y)| {
            // The correction of choice k starts at bit (k − 1)·bits; choice 0 has none. Every word is read and the
            // wanted one kept by a mask: the choice is secret.
            let at = bits.wrapping_mul(u32::from(y).wrapping_sub(1));
            let mut chosen = 0;
            for word in 0..total.div_ceil(64) {
                let value = reader.take((total - 64 * word).min(64))?;
                chosen |= value & mask64(at / 64 == word);
            }
            Ok(((chosen >> (at % 64)) as u8 ^ pad.low_u64() as u8) & mask)
        })
        .collect()
}
