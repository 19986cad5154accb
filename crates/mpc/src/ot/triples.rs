//! Bit triples on the classic path: two triples from one 1-of-16 OT of 2 bits, a pair with a common factor from one 1-of-8.
//!
//! Source: CrypTFlow2 (CCS 2020), sections 3.1.1 and 3.1.3 with appendix A. The server sends. Cost per OT: the random OT and
//! `2·(2^m − 1)` bits of corrections: the message for choice 0 is taken from pad 0, because the sender's share of the
//! products may be any random bits.

use rand_chacha::ChaCha20Rng;
use sotto_crypto::BitVec;

use super::demand::{PAIR_WIDTH, TRIPLE_WIDTH, triple_correction_bits};
use super::{RotReceiver, RotSender, short};
use crate::wire::{Reader, Writer, bytes_for};
use crate::{Channel, Result};

type Triples = [BitVec; 3];
type Pairs = [BitVec; 5];

/// Bit i of the choice k, for all k, in both bits of a table of two-bit messages.
const fn choice_bit(i: u32) -> u64 {
    let (mut table, mut k) = (0, 0);
    while k < 16 {
        table |= ((k >> i & 1) * 3) << (2 * k);
        k += 1;
    }
    table
}

const CHOICE_BITS: [u64; 4] = [choice_bit(0), choice_bit(1), choice_bit(2), choice_bit(3)];

/// The table of the two products of the choice bits with the sender's factors, for all choices.
fn products(triple: bool, own: u8) -> u64 {
    const FIRST: u64 = u64::MAX / 3;
    let factor = |i: usize| CHOICE_BITS[i] ^ u64::from(own >> i & 1).wrapping_neg();
    let second = if triple { factor(2) & factor(3) } else { factor(0) & factor(2) };
    (factor(0) & factor(1) & FIRST) | (second & !FIRST)
}

/// Server's side. `triple` holds half as many OTs as triples are made.
pub(crate) async fn send(
    channel: &mut Channel,
    rng: &mut ChaCha20Rng,
    triple: &RotSender,
    pair: &RotSender,
) -> Result<(Triples, Pairs)> {
    let mut writer = Writer::with_capacity(triple_correction_bits(triple.len(), pair.len()));
    let factors: [Vec<u8>; 2] = [(triple, TRIPLE_WIDTH), (pair, PAIR_WIDTH)].map(|(rot, width)| {
        let bits = BitVec::random(rot.len() * width as usize, rng);
        let mask = (1u64 << width) - 1;
        (0..rot.len()).map(|i| (bits_at(&bits, i * width as usize) & mask) as u8).collect()
    });
    let offer = |rot: &RotSender, own: &[u8], is_triple: bool, writer: &mut Writer| {
        short::send(rot, None, |i, _| products(is_triple, own[i]), 2, writer)
    };
    let c = offer(triple, &factors[0], true, &mut writer)?;
    let c_pair = offer(pair, &factors[1], false, &mut writer)?;
    channel.send(writer.finish()).await?;
    Ok((as_triples(&factors[0], &c), as_pairs(&factors[1], &c_pair)))
}

/// Client's side: its choices are its factors.
pub(crate) async fn receive(
    channel: &mut Channel,
    triple: &RotReceiver,
    pair: &RotReceiver,
) -> Result<(Triples, Pairs)> {
    let message = channel.recv(bytes_for(triple_correction_bits(triple.len(), pair.len()))).await?;
    let mut reader = Reader::new(&message);
    let c = short::receive(triple, &triple.choices, TRIPLE_WIDTH, 2, &mut reader)?;
    let c_pair = short::receive(pair, &pair.choices, PAIR_WIDTH, 2, &mut reader)?;
    reader.finish()?;
    Ok((as_triples(&triple.choices, &c), as_pairs(&pair.choices, &c_pair)))
}

/// The 64 bits that start at `start`; zeros beyond the end.
fn bits_at(bits: &BitVec, start: usize) -> u64 {
    let words = bits.words();
    let (word, shift) = (start / 64, start % 64);
    let at = |w: usize| words.get(w).copied().unwrap_or(0);
    (at(word) >> shift) | (at(word + 1) << 1 << (63 - shift))
}

/// Two triples per OT: the first from bits 0, 1 of the factors, the second from bits 2, 3.
fn as_triples(factors: &[u8], c: &[u8]) -> Triples {
    let bits = BitVec::from_bytes_at;
    [bits(factors, [0, 2]), bits(factors, [1, 3]), bits(c, [0, 1])]
}

fn as_pairs(factors: &[u8], c: &[u8]) -> Pairs {
    let bit = |v: &[u8], at: u32| BitVec::from_bytes_at(v, [at]);
    [bit(factors, 0), bit(factors, 1), bit(factors, 2), bit(c, 0), bit(c, 1)]
}
