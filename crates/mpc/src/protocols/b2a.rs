//! B2A: ⟨b⟩ Boolean ↦ ⟨b⟩ additive over Z_{2^ℓ} or Z_n, elementwise.
//!
//! Source: CrypTFlow2 (CCS 2020), functionality F_B2A: `b₀ ⊕ b₁ = b₀ + b₁ − 2·b₀·b₁`. Over Z_{2^ℓ} the product matters modulo
//! 2^{ℓ−1} only. Cost per value: one COT_{ℓ−1}, or one over Z_n; the server sends; 2 rounds. Nothing for ℓ = 1.

use sotto_crypto::BitVec;

use super::mux::private_and_job;
use crate::cost::Cost;
use crate::ot::lookup::{Job, lookup};
use crate::share::{Arith, Modulus};
use crate::{Party, Result, Session};

/// Additive shares of `b` over `out`.
pub async fn b2a(s: &mut Session, b: &BitVec, out: impl Into<Modulus>) -> Result<Arith> {
    let out = out.into();
    let jobs: Vec<Job> = job(s, b, out).into_iter().collect();
    let shares = lookup(s, &jobs).await?;
    Ok(finish(b, out, shares.first().map(|fields| &fields[0][..])))
}

/// The COT of a conversion, to run beside others; none over one bit, where a Boolean share is an additive one.
pub(crate) fn job(s: &Session, b: &BitVec, out: Modulus) -> Option<Job> {
    product_modulus(out).map(|field| private_and_job(s, b, field))
}

/// What the product b₀·b₁ is needed modulo.
fn product_modulus(out: Modulus) -> Option<Modulus> {
    match out.bits() {
        1 => None,
        bits => Some(if out.ring().is_some() { Modulus::power_of_two(bits - 1) } else { out }),
    }
}

/// This party's share from its share of the product, if there is one.
pub(crate) fn finish(b: &BitVec, out: Modulus, product: Option<&[u64]>) -> Arith {
    let share = |(i, bit)| product.map_or(u64::from(bit), |p| out.sub(u64::from(bit), out.add(p[i], p[i])));
    Arith::new(out, b.iter().enumerate().map(share).collect())
}

/// What [`job`] adds to a cost of lookups side by side.
pub(crate) fn cost_job(n: usize, out: Modulus) -> Option<(Party, usize, u32, u32)> {
    product_modulus(out).map(|field| (Party::Server, n, 1, field.bits()))
}

/// Cost of `n` conversions.
pub fn cost(n: usize, out: Modulus) -> Cost {
    Cost::lookup(cost_job(n, out).as_slice())
}
