//! B2A: ⟨b⟩ Boolean ↦ ⟨b⟩ additive over Z_{2^ℓ}, elementwise.
//!
//! Source: CrypTFlow2 (CCS 2020), functionality F_B2A: `b₀ ⊕ b₁ = b₀ + b₁ − 2·b₀·b₁`. The product matters modulo 2^{ℓ−1} only.
//! Cost per value: one COT_{ℓ−1}, the server sends; 2 rounds. Nothing for ℓ = 1.

use sotto_crypto::BitVec;

use super::mux::private_and_job;
use crate::cost::Cost;
use crate::ot::cot::{CotJob, cot};
use crate::share::{Arith, Ring};
use crate::{Party, Result, Session};

/// Additive shares of `b` over `ring`.
pub async fn b2a(s: &mut Session, b: &BitVec, ring: Ring) -> Result<Arith> {
    let jobs: Vec<CotJob> = job(s, b, ring).into_iter().collect();
    let shares = cot(s, &jobs).await?;
    Ok(finish(b, ring, shares.first().map(|fields| &fields[0][..])))
}

/// The COT of a conversion, to run beside others; none over one bit, where a Boolean share is an additive one.
pub(crate) fn job(s: &Session, b: &BitVec, ring: Ring) -> Option<CotJob> {
    (ring.bits() > 1).then(|| private_and_job(s, b, ring.bits() - 1))
}

/// This party's share from its share of the product, if there is one.
pub(crate) fn finish(b: &BitVec, ring: Ring, product: Option<&[u64]>) -> Arith {
    let twice = |i: usize| product.map_or(0, |p| p[i].wrapping_mul(2));
    Arith::new(ring, b.iter().enumerate().map(|(i, bit)| u64::from(bit).wrapping_sub(twice(i))).collect())
}

/// What [`job`] adds to a cost of COTs side by side.
pub(crate) fn cost_job(n: usize, bits: u32) -> Option<(Party, usize, u32)> {
    (bits > 1).then_some((Party::Server, n, bits - 1))
}

/// Cost of `n` conversions to `bits` bits.
pub fn cost(n: usize, bits: u32) -> Cost {
    Cost::cot(cost_job(n, bits).as_slice())
}
