//! Equality: the server's x, the client's y ↦ Boolean shares of `1{x = y}`, or ⟨x⟩ ↦ `1{x = 0}`, elementwise.
//!
//! The equality half of the millionaires' protocol. Source: CrypTFlow2 (CCS 2020), section 3.1. Cost per value of ℓ bits in q
//! digits: a 1-of-2^w OT of one bit per digit of w bits, then q − 1 ANDs in a tree. Rounds: 2 + ⌈log₂ q⌉.

use sotto_crypto::BitVec;

use super::and;
use super::millionaires::{even_digits, leaf, leaf_bits};
use crate::cost::Cost;
use crate::error::Result;
use crate::ot::batch::{Batch, Bits};
use crate::ot::messages::comparison_words;
use crate::party::{Params, Party};
use crate::session::lane::Lane;
use crate::share::{Arith, Modulus, low_bits};

/// Boolean shares of `1{x = y}` for the server's x and the client's y, each given as `own`, of `bits` bits.
pub async fn equality(s: &mut Lane, own: &[u64], bits: u32) -> Result<BitVec> {
    let mut nodes = leaves(s, own, &widths(own.len(), bits, s.params())).await?;
    let none = BitVec::zeros(0);
    while nodes.len() > 1 {
        let odd = if nodes.len() % 2 == 1 { nodes.pop() } else { None };
        let side = |side: usize| BitVec::concat(nodes.iter().skip(side).step_by(2));
        let (products, _) = and::and(s, [&side(0), &side(1)], [&none; 3]).await?;
        let n = own.len();
        nodes = (0..nodes.len() / 2).map(|i| products.slice(i * n..(i + 1) * n)).chain(odd).collect();
    }
    Ok(nodes.pop().unwrap_or_else(|| s.complement(BitVec::zeros(own.len()))))
}

/// Boolean shares of `1{x = 0}`: the server's −x₀ equals the client's x₁.
pub async fn is_zero(s: &mut Lane, x: &Arith) -> Result<BitVec> {
    let modulus = x.modulus();
    let own: Vec<u64> = match s.party() {
        Party::Server => x.values().iter().map(|&v| modulus.neg(v)).collect(),
        Party::Client => x.values().to_vec(),
    };
    equality(s, &own, modulus.bits()).await
}

/// Shares of `1{x_j = y_j}` for every digit: an OT in which the client chooses by its digit.
async fn leaves(s: &mut Lane, own: &[u64], widths: &[u32]) -> Result<Vec<BitVec>> {
    let (batch, jobs) = described(own.len(), widths, s.params());
    let mut inputs = batch.inputs(s.party());
    let mut offset = 0;
    for (&job, &width) in jobs.iter().zip(widths) {
        let digit: Vec<u8> = own.iter().map(|&v| low_bits(v >> offset, width) as u8).collect();
        let choices = digit.clone();
        inputs.bits(job, move |i, w| comparison_words(digit[i], 1, w).1, || choices);
        offset += width;
    }
    let shares = inputs.run(s, &batch).await?;
    Ok(jobs.iter().map(|&job| BitVec::from_bytes_at(shares.bits(job), [0])).collect())
}

fn described(n: usize, widths: &[u32], params: Params) -> (Batch, Vec<Bits>) {
    let mut batch = Batch::default();
    let jobs = widths.iter().map(|&width| batch.bits(n, width, leaf(params, width, 0, 1))).collect();
    (batch, jobs)
}

/// The digits of `n` tests.
fn widths(n: usize, bits: u32, params: Params) -> Vec<u32> {
    even_digits(bits, leaf_bits(params, |digit| cost_of(n, &even_digits(bits, digit), params)))
}

/// Cost of `n` tests of `bits` bits.
pub fn cost(n: usize, bits: u32, params: Params) -> Cost {
    cost_of(n, &widths(n, bits, params), params)
}

fn cost_of(n: usize, widths: &[u32], params: Params) -> Cost {
    let mut cost = described(n, widths, params).0.cost();
    let mut nodes = widths.len();
    while nodes > 1 {
        cost += and::cost(n * (nodes / 2), 0);
        nodes = nodes.div_ceil(2);
    }
    cost
}

/// Cost of `n` tests for zero.
pub fn is_zero_cost(n: usize, modulus: Modulus, params: Params) -> Cost {
    cost(n, modulus.bits(), params)
}
