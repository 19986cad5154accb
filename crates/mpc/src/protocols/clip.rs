//! Clip and shift with a change of ring: ⟨x⟩ ↦ ⟨min(max(x, 0), c) >> s⟩ over any modulus for a public c ≥ 0, elementwise (ReLU6
//! and its like).
//!
//! Over Z_{2^ℓ} the signs of x and of x − c come from two comparisons that share their leaf OTs. The second wraps for very
//! negative x only, so `over = 1{x ≥ 0} ∧ 1{x − c ≥ 0}` is exact, and with inside = 1{x ≥ 0} ⊕ over the result is
//! `inside·(x >> s) + over·(c >> s)`. Source: docs/protocols.md, "Clip". Cost per value: two DReLUs with common leaves, an AND,
//! the selection of `relu_shift` and one B2A. Rounds: comparison + 3, + 2 if the output ring is wider than ℓ − s. Over Z_n it
//! is two ReLUs and a division.

use sotto_crypto::BitVec;
use sotto_nn::Sign;

use super::drelu::{sign_leaves, signs, signs_cost};
use super::millionaires::Leaves;
use super::relu_shift::{relu_shift, select_cost, select_shifted};
use super::truncate::truncate;
use super::{and, relu, relu_shift as fused, truncate as shift};
use crate::cost::Cost;
use crate::error::Result;
use crate::session::lane::Lane;
use crate::share::{Arith, Modulus};

/// Shares of `min(max(x, 0), max) >> amount` over `out`, for `amount` < ℓ and `max` that reads as non-negative.
pub async fn clip(s: &mut Lane, x: &Arith, max: u64, amount: u32, out: impl Into<Modulus>) -> Result<Arith> {
    let (modulus, out) = (x.modulus(), out.into());
    if max >= modulus.largest_positive() {
        return relu_shift(s, x, amount, out).await;
    }
    let Some(ring) = modulus.ring() else {
        let positive = relu::relu(s, x).await?;
        let beyond = relu::relu(s, &s.add_public(&positive, modulus.neg(max))).await?;
        return truncate(s, &positive.sub(&beyond), amount, Sign::NonNegative, out).await;
    };
    let [sign, beyond] = signs(s, x, ring, [0, max], amount).await?;
    let none = BitVec::zeros(0);
    let (over, _) = and::and(s, [&sign.whole, &beyond.whole], [&none; 3]).await?;
    let inside = &sign.whole ^ &over;
    select_shifted(s, x, ring, amount, [&inside, &sign.low], Some((&over, max >> amount)), out).await
}

/// The leaves with which `n` evaluations over a ring begin.
pub(crate) fn leaves(n: usize, x: Modulus, max: u64, amount: u32, digit: u32) -> Option<Leaves> {
    if max >= x.largest_positive() {
        return fused::leaves(n, x, amount, digit);
    }
    x.ring().map(|ring| sign_leaves(n, 2, ring, amount, digit))
}

/// Cost of `n` evaluations from modulus `x` to `out`.
pub fn cost(n: usize, x: Modulus, max: u64, amount: u32, out: Modulus, digit: u32) -> Cost {
    if max >= x.largest_positive() {
        return fused::cost(n, x, amount, out, digit);
    }
    let Some(ring) = x.ring() else {
        let relu = || relu::cost(n, x, digit);
        return relu() + relu() + shift::cost(n, x, amount, Sign::NonNegative, out, digit);
    };
    signs_cost(n, 2, ring.bits(), amount, digit) + and::cost(n, 0) + select_cost(n, ring, amount, true, out, digit)
}
