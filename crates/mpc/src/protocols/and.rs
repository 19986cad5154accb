//! AND of Boolean shares by bit triples: ⟨x⟩, ⟨y⟩ ↦ ⟨x ∧ y⟩, elementwise.
//!
//! Source: Beaver, "Efficient Multiparty Protocols Using Circuit Randomization" (CRYPTO 1991), as in CrypTFlow2 (CCS 2020),
//! section 3.1.3. Cost: a triple and 2 bits each way per AND; a pair and 3 bits each way for two ANDs with one factor in
//! common, which is opened once. 1 round.

use sotto_crypto::BitVec;

use crate::cost::Cost;
use crate::error::Result;
use crate::ot::demand::Demand;
use crate::party::Party;
use crate::session::lane::Lane;
use crate::wire::{Reader, Writer, bytes_for};

/// `x ∧ y`, and for pairs `(x, y, y')` both `x ∧ y` and `x ∧ y'`, all in one round.
pub(crate) async fn and(s: &mut Lane, single: [&BitVec; 2], pair: [&BitVec; 3]) -> Result<(BitVec, [BitVec; 2])> {
    let (n, n_pairs) = (single[0].len(), pair[0].len());
    let ([a, b, c], [pa, pb, pb2, pc, pc2]) = s.take_triples(n, n_pairs).await?;
    // Step 1: open x ⊕ a, y ⊕ b and, for pairs, y' ⊕ b'.
    let masked = [single[0] ^ &a, single[1] ^ &b, pair[0] ^ &pa, pair[1] ^ &pb, pair[2] ^ &pb2];
    let mut writer = Writer::default();
    masked.iter().for_each(|m| writer.put_bits(m));
    let message = s.channel.exchange(writer.finish(), bytes_for(opened_bits(n, n_pairs))).await?;
    let mut reader = Reader::new(&message);
    let mut open = Vec::with_capacity(masked.len());
    for own in &masked {
        open.push(own ^ &reader.take_bits(own.len())?);
    }
    reader.finish()?;
    // Step 2: x ∧ y = d∧e ⊕ d∧b ⊕ e∧a ⊕ c for the opened d and e; one party adds d∧e.
    let product = |d: &BitVec, e: &BitVec, a: &BitVec, b: &BitVec, c: &BitVec| {
        let e_or_zero = if s.party() == Party::Server { b ^ e } else { b.clone() };
        &(&(d & &e_or_zero) ^ &(e & a)) ^ c
    };
    let xy = product(&open[0], &open[1], &a, &b, &c);
    let pair_products = [product(&open[2], &open[3], &pa, &pb, &pc), product(&open[2], &open[4], &pa, &pb2, &pc2)];
    Ok((xy, pair_products))
}

/// Bits that each party opens.
fn opened_bits(n: usize, pairs: usize) -> u64 {
    2 * n as u64 + 3 * pairs as u64
}

/// Cost of `n` single ANDs and `pairs` pairs in one round.
pub(crate) fn cost(n: usize, pairs: usize) -> Cost {
    let bits = opened_bits(n, pairs);
    Cost { demand: Demand { triples: n, pairs, ..Demand::default() }, ..Cost::exchange(bits, bits) }
}
