//! Bit triples on the classic path: two triples from one 1-of-16 OT of 2 bits, a pair with a common factor from one 1-of-8.
//!
//! Source: CrypTFlow2 (CCS 2020), sections 3.1.1 and 3.1.3 with appendix A. The server sends. Cost per OT: the random OT and
//! `2·(2^m − 1)` bits of corrections: the message for choice 0 is taken from pad 0, because the sender's share of the
//! products may be any random bits.

use sotto_crypto::BitVec;
use sotto_crypto::hash::Pi;

use super::demand::{PAIR_WIDTH, TRIPLE_WIDTH, triple_correction_bits};
use super::io::Io;
use super::messages;
use super::pads::{Entry, PadKind, Pads};
use super::rot::{Offsets, RotHalves, RotKind, Rows};
use crate::channel::Channel;
use crate::error::Result;
use crate::wire::{Reader, Writer, bytes_for};

/// `[a, b, c]` with `c = a ∧ b`.
pub(crate) type Triples = [BitVec; 3];
/// `[a, b, b', c, c']` with `c = a ∧ b` and `c' = a ∧ b'`.
pub(crate) type Pairs = [BitVec; 5];

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

/// A pad of two bits.
fn kind(width: u32) -> PadKind {
    PadKind { rot: RotKind::leaf(width), entry: Entry::bits_of(2) }
}

/// Server's side, from rows for triples, half as many as triples are made, and for pairs, each with their offsets.
pub(crate) async fn send(io: Io<'_>, pi: &Pi, ots: [(&Rows, &Offsets); 2]) -> Result<(Triples, Pairs)> {
    let [triple, pair] = ots.map(|(rows, _)| rows.len());
    let mut writer = Writer::with_capacity(triple_correction_bits(triple, pair));
    let factors: [Vec<u8>; 2] = [(triple, TRIPLE_WIDTH), (pair, PAIR_WIDTH)].map(|(n, width)| {
        let bits = BitVec::random(n * width as usize, io.rng);
        (0..n).map(|i| bits.bits_at(i * width as usize, width) as u8).collect()
    });
    let offer = |(rows, offsets): (&Rows, &Offsets), width: u32, own: &[u8], writer: &mut Writer| {
        let pads = Pads::sent(pi, rows, &offsets[..1 << width], &kind(width));
        messages::send_bits(&pads, &[], &|i, _| products(width == TRIPLE_WIDTH, own[i]), writer)
    };
    let c = offer(ots[0], TRIPLE_WIDTH, &factors[0], &mut writer);
    let c_pair = offer(ots[1], PAIR_WIDTH, &factors[1], &mut writer);
    io.channel.send(writer.finish()).await?;
    Ok((as_triples(&factors[0], &c), as_pairs(&factors[1], &c_pair)))
}

/// Client's side: its choices are its factors.
pub(crate) async fn receive(channel: &mut Channel, pi: &Pi, halves: [&RotHalves; 2]) -> Result<(Triples, Pairs)> {
    let [triple, pair] = halves;
    let message = channel.recv(bytes_for(triple_correction_bits(triple.rows.len(), pair.rows.len()))).await?;
    let mut reader = Reader::new(&message);
    let mut shares = |halves: &RotHalves, width| {
        let pads = Pads::received(pi, halves, &kind(width));
        messages::receive_bits(&pads, &halves.choices, &mut reader)
    };
    let c = shares(triple, TRIPLE_WIDTH)?;
    let c_pair = shares(pair, PAIR_WIDTH)?;
    reader.finish()?;
    Ok((as_triples(&triple.choices, &c), as_pairs(&pair.choices, &c_pair)))
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
