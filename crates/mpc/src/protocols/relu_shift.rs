//! Fused ReLU and shift with a change of ring: ⟨x⟩ over Z_{2^ℓ} ↦ ⟨max(x, 0) >> s⟩ over any Z_{2^ℓ'}, elementwise.
//!
//! With b = DReLU(x) and c_s from one tree: `b·(⌊x₀/2^s⌋ + ⌊x₁/2^s⌋ + c_s − 2^{ℓ−s}·(msb₀ ∨ msb₁))`. For x ≥ 0 the bracket
//! is the exact integer, otherwise b is zero, so the product is exact in any ring. Source: docs/protocols.md, "ReLU and shift in
//! one". Cost per value: one DReLU with a digit boundary at s, one B2A, one AND of private bits, one multiplexer over the output
//! ring. Rounds: that comparison + 4.

use super::truncate::{Wrap, shifted_sum, sum_cost};
use super::{drelu, mux};
use crate::cost::Cost;
use crate::share::{Arith, Ring};
use crate::{Result, Session};

/// Shares of `max(x, 0) >> amount` over `out`, for `amount` < ℓ.
pub async fn relu_shift(s: &mut Session, x: &Arith, amount: u32, out: Ring) -> Result<Arith> {
    // Step 1: the sign and the carry out of the low bits, from one tree.
    let carries = drelu::drelu_split(s, x, amount).await?;
    // Step 2: the bracket.
    let bracket = shifted_sum(s, x, amount, &carries.low, Wrap::Or, out).await?;
    // Step 3: select.
    mux::mux(s, &carries.whole, &bracket).await
}

/// Cost of `n` evaluations by `amount` from ℓ = `bits` to `out` bits.
pub fn cost(n: usize, bits: u32, amount: u32, out: u32, digit: u32) -> Cost {
    let bracket = sum_cost(n, bits, amount, true, out);
    drelu::cost_split(n, bits, amount, digit) + bracket + mux::cost(n, &[out])
}
