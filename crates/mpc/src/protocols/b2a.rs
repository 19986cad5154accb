//! B2A: ⟨b⟩ Boolean ↦ ⟨b⟩ additive over Z_{2^ℓ}, elementwise.
//!
//! Source: CrypTFlow2 (CCS 2020), section 3.3 (Π_B2A): `b₀ ⊕ b₁ = b₀ + b₁ − 2·b₀·b₁`. The product matters modulo 2^{ℓ−1} only.
//! Cost per value: one COT_{ℓ−1}, the server sends; 2 rounds.

use sotto_crypto::BitVec;

use super::mux::private_and_job;
use crate::cost::Cost;
use crate::ot::cot::{CotJob, cot};
use crate::share::{Arith, Ring};
use crate::{Party, Result, Session};

/// Additive shares of `b` over `ring`.
pub async fn b2a(s: &mut Session, b: &BitVec, ring: Ring) -> Result<Arith> {
    let job = job(s, b, ring);
    let shares = cot(s, &[job]).await?;
    Ok(finish(b, ring, &shares[0][0]))
}

/// The COT of a conversion, to run beside others.
pub(crate) fn job(s: &Session, b: &BitVec, ring: Ring) -> CotJob {
    private_and_job(s, b, ring.bits() - 1)
}

/// This party's share from its share of the product.
pub(crate) fn finish(b: &BitVec, ring: Ring, product: &[u64]) -> Arith {
    let sum = |(bit, &p): (bool, &u64)| u64::from(bit).wrapping_sub(p.wrapping_mul(2));
    Arith::new(ring, b.iter().zip(product).map(sum).collect())
}

/// What [`job`] adds to a cost of COTs side by side.
pub(crate) fn cost_job(n: usize, bits: u32) -> (Party, usize, u32) {
    (Party::Server, n, bits - 1)
}

/// Cost of `n` conversions to `bits` bits.
pub fn cost(n: usize, bits: u32) -> Cost {
    Cost::cot(&[cost_job(n, bits)])
}
