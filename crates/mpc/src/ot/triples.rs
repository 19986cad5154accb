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

/// The products of the choice bits with the sender's factors: bit 0 and bit 1 of a two-bit message.
fn products(triple: bool, own: u8, choice: u8) -> u8 {
    let f = own ^ choice;
    let bit = |i: u8| (f >> i) & 1;
    if triple { (bit(0) & bit(1)) | (bit(2) & bit(3)) << 1 } else { (bit(0) & bit(1)) | (bit(0) & bit(2)) << 1 }
}

/// Server's side. `triple` holds half as many OTs as triples are made.
pub(crate) async fn send(
    channel: &mut Channel,
    rng: &mut ChaCha20Rng,
    triple: &RotSender,
    pair: &RotSender,
) -> Result<(Triples, Pairs)> {
    let mut writer = Writer::default();
    let factors: [Vec<u8>; 2] = [(triple, TRIPLE_WIDTH), (pair, PAIR_WIDTH)].map(|(rot, width)| {
        let bits = BitVec::random(rot.len() * width as usize, rng);
        let mask = (1u64 << width) - 1;
        (0..rot.len()).map(|i| (bits_at(&bits, i * width as usize) & mask) as u8).collect()
    });
    let offer = |rot: &RotSender, own: &[u8], is_triple: bool, writer: &mut Writer| {
        short::send(rot, None, |i, k| products(is_triple, own[i], k), 2, writer)
    };
    let c = offer(triple, &factors[0], true, &mut writer);
    let c_pair = offer(pair, &factors[1], false, &mut writer);
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
    let bit = |v: &[u8], low: u8, high: u8| {
        BitVec::from_fn(2 * v.len(), |i| (v[i / 2] >> if i % 2 == 0 { low } else { high }) & 1 == 1)
    };
    [bit(factors, 0, 2), bit(factors, 1, 3), bit(c, 0, 1)]
}

fn as_pairs(factors: &[u8], c: &[u8]) -> Pairs {
    let bit = |v: &[u8], at: u8| BitVec::from_fn(v.len(), |i| (v[i] >> at) & 1 == 1);
    [bit(factors, 0), bit(factors, 1), bit(factors, 2), bit(c, 0), bit(c, 1)]
}
