//! What hides behind pads: the sender's tables, masked, and the entry that the receiver gets of each.
//!
//! Pad 0 is given away: the sender's share is set so that the message for entry 0 equals its pad, and only 2^m − 1 corrections
//! travel (docs/decisions/0002-kk13.md). A receiver that wanted y and has the random choice c publishes `y ⊕ c`; the pads of an
//! OT are then taken in the order `k ⊕ y ⊕ c`. Balanced bits are for tables in which exactly one entry has the bit: those of the
//! last correction follow from the others and do not travel either.

use sotto_crypto::{BitVec, Modulus, mask_eq, mask_lt, mask64};

use super::pads::Pads;
use crate::error::{Error, Result};
use crate::share::{Arith, low_bits};
use crate::wire::{Reader, Writer};

/// Entries of at most 4 bits, XOR-shared: writes the corrections and returns the sender's shares, which are random.
///
/// `shift[i]` is the receiver's public `y ⊕ c` of OT i (none at all when pads are in the entries' order). `f(i, w)` is word w of
/// OT i's table: the value for choice k lies at bit `k·b`, and bits beyond the last are ignored.
pub(crate) fn send_bits(pads: &Pads, shift: &[u8], f: &dyn Fn(usize, u32) -> u64, writer: &mut Writer) -> Vec<u8> {
    let bits = pads.entry().bits();
    let table_bits = bits << pads.width();
    let balanced = pads.entry().balanced();
    let repeat = u64::MAX / low_bits(u64::MAX, bits);
    let first = table_bits.min(64);
    let mut shares = Vec::with_capacity(pads.len());
    for i in 0..pads.len() {
        let shift = shift.get(i).map_or(0, |&shift| u32::from(shift));
        let word = |w: u32, len: u32| shifted_word(pads, i, shift, w, len);
        let masked = low_bits(word(0, first) ^ f(i, 0), first);
        let share = low_bits(masked, bits);
        let mask = share * repeat;
        writer.put(low_bits((masked ^ mask) >> bits, first - bits - balanced), first - bits - balanced);
        for w in 1..table_bits.div_ceil(64) {
            writer.put(word(w, 64) ^ f(i, w) ^ mask, 64);
        }
        shares.push(share as u8);
    }
    shares
}

/// Word w of the pads of OT i, pad k ⊕ `shift` at place k, of which `len` bits count.
fn shifted_word(pads: &Pads, i: usize, shift: u32, w: u32, len: u32) -> u64 {
    let bits = pads.entry().bits();
    // Whole words change places, and entries within a word.
    let from = (64 * w) ^ ((shift * bits) & !63);
    in_shifted_order(pads.bits_at((i * bits as usize) << pads.width() | from as usize, len), shift, bits)
}

/// Puts pads of at most 4 bits into the order of the entries for good, so that `shift` needs no more room.
pub(crate) fn reorder(pads: &mut Pads, shift: &[u8]) {
    let table_bits = pads.entry().bits() << pads.width();
    let mut ordered = BitVec::with_capacity(pads.len() * table_bits as usize);
    for (i, &shift) in shift.iter().enumerate() {
        for w in 0..table_bits.div_ceil(64) {
            let len = (table_bits - 64 * w).min(64);
            ordered.append(shifted_word(pads, i, shift.into(), w, len), len);
        }
    }
    pads.replace(ordered);
}

/// Entries of `bits` bits within a word, entry k ⊕ `shift` at place k. The shift is public.
#[inline]
fn in_shifted_order(word: u64, shift: u32, bits: u32) -> u64 {
    match bits {
        _ if shift == 0 => word,
        1 => exchanged::<0>(word, shift),
        2 => exchanged::<1>(word, shift),
        _ => exchanged::<2>(word, shift),
    }
}

/// [`in_shifted_order`] of entries of 2^LOG bits.
#[inline]
fn exchanged<const LOG: usize>(mut word: u64, shift: u32) -> u64 {
    /// Bits whose place has bit j clear.
    const LOW: [u64; 6] =
        [u64::MAX / 3, u64::MAX / 5, u64::MAX / 17, u64::MAX / 257, u64::MAX / 65537, u64::MAX / 0x1_0000_0001];
    for (j, low) in LOW.iter().enumerate().skip(LOG) {
        let distance = 1 << j;
        let swapped = (word >> distance & low) | (word & low) << distance;
        let wanted = u64::from(shift >> (j - LOG) & 1).wrapping_neg();
        word = (swapped & wanted) | (word & !wanted);
    }
    word
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

/// Reads the corrections and returns the receiver's shares of entry `y[i]` of every table.
pub(crate) fn receive_bits(pads: &Pads, y: &[u8], reader: &mut Reader<'_>) -> Result<Vec<u8>> {
    let bits = pads.entry().bits();
    let balanced = pads.entry().balanced();
    let total = bits * ((1 << pads.width()) - 1) - balanced;
    let mask = low_bits(u64::MAX, bits) as u8;
    let mut shares = Vec::with_capacity(pads.len());
    for (i, &y) in y.iter().enumerate() {
        // The correction of choice k starts at bit (k − 1)·b; choice 0 has none. Every word is read and the wanted one kept by a
        // mask: the choice is secret.
        let at = bits.wrapping_mul(u32::from(y).wrapping_sub(1));
        let mut chosen = 0;
        for word in 0..total.div_ceil(64).max(1) {
            let mut corrections = reader.take((total - 64 * word).min(64))?;
            if balanced > 0 {
                let sum = (1..1 << pads.width()).fold(0, |sum, k| sum ^ corrections >> ((k - 1) * bits));
                corrections |= low_bits(!sum >> (bits - balanced), balanced) << total;
            }
            chosen |= corrections & mask_eq(at / 64, word);
        }
        let pad = pads.bits_at(i * bits as usize, bits) as u8;
        shares.push(((chosen >> (at % 64)) as u8 ^ pad) & mask);
    }
    Ok(shares)
}

/// Entries of additive elements: writes the corrections `P₀ + T_k − T₀ − P_k` and returns the sender's shares `T₀ − P₀`, for each
/// field. `table(i, k, f)` is field f of entry k of OT i's table.
pub(crate) fn send_sums(
    pads: &Pads,
    shift: &[u8],
    table: &dyn Fn(usize, usize, usize) -> u64,
    writer: &mut Writer,
) -> Vec<Arith> {
    let fields = Fields::of(pads);
    let mut shares = fields.room(pads.len());
    for i in 0..pads.len() {
        let shift = shift.get(i).map_or(0, |&shift| usize::from(shift));
        let pad = |k: usize, f: usize| fields.pad(pads, (i << pads.width()) + (k ^ shift), f);
        for (f, share) in shares.iter_mut().enumerate() {
            let m = fields.moduli[f];
            share.push(m.sub(m.reduce(table(i, 0, f)), pad(0, f)));
        }
        for k in 1..1 << pads.width() {
            for (f, share) in shares.iter().enumerate() {
                let m = fields.moduli[f];
                writer.put(m.sub(m.sub(m.reduce(table(i, k, f)), share[i]), pad(k, f)), m.bits());
            }
        }
    }
    fields.shares(shares)
}

/// Reads the corrections and returns the receiver's shares of entry `y[i]`, for each field.
pub(crate) fn receive_sums(pads: &Pads, y: &[u8], reader: &mut Reader<'_>) -> Result<Vec<Arith>> {
    let fields = Fields::of(pads);
    let mut shares = fields.room(pads.len());
    let mut chosen = vec![0; fields.moduli.len()];
    for (i, &y) in y.iter().enumerate() {
        fields.choose(y, pads.width(), reader, &mut chosen)?;
        for (f, (share, &chosen)) in shares.iter_mut().zip(&chosen).enumerate() {
            share.push(fields.moduli[f].add(fields.pad(pads, i, f), chosen));
        }
    }
    Ok(fields.shares(shares))
}

/// The fields of an entry.
struct Fields {
    moduli: Vec<Modulus>,
    /// Where each begins in a pad.
    offsets: Vec<u32>,
    /// Bits of a pad.
    bits: u32,
}

impl Fields {
    fn of(pads: &Pads) -> Self {
        let moduli = pads.entry().fields().to_vec();
        let offsets = moduli.iter().scan(0, |end, m| Some(std::mem::replace(end, *end + m.bits()))).collect();
        Self { moduli, offsets, bits: pads.entry().bits() }
    }

    /// Field f of a pad.
    #[inline]
    fn pad(&self, pads: &Pads, pad: usize, f: usize) -> u64 {
        pads.bits_at(pad * self.bits as usize + self.offsets[f] as usize, self.moduli[f].bits())
    }

    /// Room for `n` elements of every field.
    fn room(&self, n: usize) -> Vec<Vec<u64>> {
        self.moduli.iter().map(|_| Vec::with_capacity(n)).collect()
    }

    fn shares(&self, shares: Vec<Vec<u64>>) -> Vec<Arith> {
        self.moduli.iter().zip(shares).map(|(&m, share)| Arith::new(m, share)).collect()
    }

    /// Reads the corrections of one OT and keeps those of entry `y`; entry 0 has none. Every correction is read and the
    /// wanted one kept by a mask: the index is secret.
    fn choose(&self, y: u8, width: u32, reader: &mut Reader<'_>, chosen: &mut [u64]) -> Result<()> {
        chosen.fill(0);
        for k in 1..1u16 << width {
            let wanted = mask64(k == u16::from(y));
            for (chosen, m) in chosen.iter_mut().zip(&self.moduli) {
                let correction = reader.take(m.bits())?;
                if u128::from(correction) >= m.size() {
                    return Err(Error::malformed("a correction is not below its modulus"));
                }
                *chosen |= correction & wanted;
            }
        }
        Ok(())
    }
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

    #[test]
    fn a_shift_exchanges_the_entries_of_a_word() {
        let word = 0x0123_4567_89ab_cdef_u64;
        for bits in [1, 2, 4] {
            for shift in 0..64 / bits {
                let shifted = in_shifted_order(word, shift, bits);
                for k in 0..64 / bits {
                    let entry = |word: u64, k: u32| low_bits(word >> (k * bits), bits);
                    assert_eq!(entry(shifted, k), entry(word, k ^ shift), "{bits} bits, entry {k}, shift {shift}");
                }
            }
        }
    }
}
