//! Fused ReLU and shift with a change of ring: ⟨x⟩ over Z_{2^ℓ} ↦ ⟨max(x, 0) >> s⟩ over any Z_{2^ℓ'}, elementwise.
//!
//! With b = DReLU(x) and c_s from one tree: `b·(⌊x₀/2^s⌋ + ⌊x₁/2^s⌋ + c_s − 2^{ℓ−s}·(msb₀ ∨ msb₁))`. For x ≥ 0 the bracket
//! is the exact integer, otherwise b is zero, so the product is exact in any ring. Source: docs/protocols.md, "ReLU and shift in
//! one". Cost per value: one DReLU with a digit boundary at s, one B2A, one AND of private bits, one multiplexer over the output
//! ring. Rounds: DReLU + 4.

use super::truncate::{shifted_shares, wrap_bits, wrap_or};
use super::{b2a, drelu, mux};
use crate::cost::Cost;
use crate::ot::cot::cot;
use crate::share::{Arith, Ring};
use crate::{Party, Result, Session};

/// Shares of `max(x, 0) >> amount` over `out`, for `amount` < ℓ.
pub async fn relu_shift(s: &mut Session, x: &Arith, amount: u32, out: Ring) -> Result<Arith> {
    if amount == 0 && out <= x.ring() {
        let b = drelu::drelu(s, x).await?;
        return mux::mux(s, &b, &x.reduce_to(out)).await;
    }
    // Step 1: the sign and the carry out of the low bits, from one tree.
    let carries = drelu::drelu_split(s, x, amount).await?;
    // Step 2: the bracket.
    let wrap = wrap_bits(x.ring().bits(), amount, out.bits());
    let mut jobs = Vec::new();
    if amount > 0 {
        jobs.push(b2a::job(s, &carries.low, out));
    }
    if wrap > 0 {
        jobs.push(mux::private_and_job(s, &x.msb(), wrap));
    }
    let shares = cot(s, &jobs).await?;
    let mut shares = shares.iter().map(|fields| &fields[0]);
    let mut bracket = shifted_shares(x, amount, out);
    if amount > 0
        && let Some(product) = shares.next()
    {
        bracket = bracket.add(&b2a::finish(&carries.low, out, product));
    }
    if wrap > 0
        && let Some(and) = shares.next()
    {
        bracket = bracket.sub(&wrap_or(x, amount, out, and));
    }
    // Step 3: select.
    mux::mux(s, &carries.whole, &bracket).await
}

/// Cost of `n` evaluations by `amount` from ℓ = `bits` to `out` bits.
pub fn cost(n: usize, bits: u32, amount: u32, out: u32, digit: u32) -> Cost {
    if amount == 0 && out <= bits {
        return drelu::cost(n, bits, digit) + mux::cost(n, &[out]);
    }
    let wrap = wrap_bits(bits, amount, out);
    let mut jobs = Vec::new();
    if amount > 0 {
        jobs.push(b2a::cost_job(n, out));
    }
    if wrap > 0 {
        jobs.push((Party::Server, n, wrap));
    }
    drelu::cost_split(n, bits, amount, digit) + Cost::cot(&jobs) + mux::cost(n, &[out])
}
