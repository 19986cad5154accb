//! DReLU over Z_{2^ℓ}: ⟨x⟩ ↦ ⟨1{x ≥ 0}⟩ as a Boolean share, elementwise.
//!
//! Source: CrypTFlow2 (CCS 2020), section 3.2. Security: semi-honest. Cost per value: one (ℓ−1)-bit millionaires'; rounds as
//! that.

use sotto_crypto::BitVec;

use super::millionaires::{self, Comparison, compare};
use crate::cost::Cost;
use crate::share::{Arith, low_bits};
use crate::{Party, Result, Session};

/// Boolean shares of `1{x ≥ 0}` for the signed reading of `x`.
pub async fn drelu(s: &mut Session, x: &Arith) -> Result<BitVec> {
    Ok(drelu_split(s, x, 0).await?.whole)
}

/// [`drelu`] with, from the same tree, the carry out of the low `split` < ℓ bits of the shares' sum.
pub(crate) async fn drelu_split(s: &mut Session, x: &Arith, split: u32) -> Result<Comparison> {
    let Comparison { whole: carry, low } = carries(s, x, x.ring().bits() - 1, split).await?;
    let whole = s.complement(&x.msb() ^ &carry);
    Ok(Comparison { whole, low })
}

/// Carries out of the low `bits` and the low `split` bits of the shares' sum: `1{~x₀ < x₁}` on those bits, where the server
/// is the sender of the leaf OTs.
pub(crate) async fn carries(s: &mut Session, x: &Arith, bits: u32, split: u32) -> Result<Comparison> {
    let flip = match s.party() {
        Party::Server => u64::MAX,
        Party::Client => 0,
    };
    let own: Vec<u64> = x.values().iter().map(|&v| low_bits(v ^ flip, bits)).collect();
    compare(s, &own, bits, split).await
}

/// Cost of `n` evaluations over ℓ = `bits`.
pub fn cost(n: usize, bits: u32, digit: u32) -> Cost {
    cost_split(n, bits, 0, digit)
}

pub(crate) fn cost_split(n: usize, bits: u32, split: u32, digit: u32) -> Cost {
    millionaires::compare_cost(n, bits - 1, split, digit)
}
