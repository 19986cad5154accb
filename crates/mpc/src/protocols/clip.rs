//! Clip and shift with a change of ring: ⟨x⟩ ↦ ⟨min(max(x, 0), c) >> s⟩ over any modulus for a public c ≥ 0, elementwise (ReLU6
//! and its like).
//!
//! As a floor keeps order, c may be any number with the same c >> s: here the one without bits below s. Over Z_{2^ℓ} the signs of x and of
//! x − c come from two comparisons that share their leaf OTs, and everything below the lowest bit of c, in which they do not differ: for
//! ReLU6, whose c is 3·2^k, the second one compares a few bits. It wraps for very negative x only, so `over = 1{x ≥ 0} ∧ 1{x − c ≥ 0}` is
//! exact, and with inside = 1{x ≥ 0} ⊕ over the result is `inside·(x >> s) + over·(c >> s)`. Source: docs/protocols.md, "Clip". Cost per
//! value: the comparisons, an AND, the selection of `relu_shift` and one B2A. Rounds: comparison + 3, one more where the selection takes it,
//! + 2 if the output ring is wider than ℓ − s. Over Z_n it is two ReLUs and a division.

use sotto_crypto::BitVec;
use sotto_nn::Sign;

use super::drelu::signs;
use super::millionaires::{Comparison, Cuts, Leaves, compare_cost};
use super::relu_shift::{relu_shift, select_cost, select_shifted};
use super::{and, relu, relu_shift as fused, truncate};
use crate::cost::Cost;
use crate::error::Result;
use crate::party::Params;
use crate::session::lane::Lane;
use crate::share::{Arith, Modulus, Ring};

/// Shares of `min(max(x, 0), max) >> amount` over `out`, for `amount` < ℓ and `max` that reads as non-negative.
pub async fn clip(s: &mut Lane, x: &Arith, max: u64, amount: u32, out: impl Into<Modulus>) -> Result<Arith> {
    let (modulus, out) = (x.modulus(), out.into());
    if max >= modulus.largest_positive() {
        return relu_shift(s, x, amount, out).await;
    }
    let Some(ring) = modulus.ring() else {
        let positive = relu::relu(s, x).await?;
        let beyond = relu::relu(s, &s.add_public(&positive, modulus.neg(max))).await?;
        return truncate::truncate(s, &positive.sub(&beyond), amount, Sign::NonNegative, out).await;
    };
    let (bound, cuts) = compared(ring, max, amount);
    let Comparison { whole: [sign, beyond], low } = signs(s, x, ring, [0, bound], cuts).await?;
    let none = BitVec::zeros(0);
    let (over, _) = and::and(s, [&sign, &beyond], [&none; 3]).await?;
    let inside = &sign ^ &over;
    select_shifted(s, x, ring, amount, [&inside, &low], Some((&over, max >> amount)), out).await
}

/// What x is compared with, and where: below the bound's lowest bit both comparisons agree, and the shift has a carry of its own.
fn compared(ring: Ring, max: u64, amount: u32) -> (u64, Cuts) {
    let (bits, bound) = (ring.bits() - 1, max >> amount << amount);
    (bound, Cuts { bits, split: amount, common: bound.trailing_zeros().clamp(amount, bits) })
}

/// The leaves with which `n` evaluations over a ring begin.
pub(crate) fn leaves(n: usize, x: Modulus, max: u64, amount: u32, params: Params) -> Option<Leaves> {
    let ring = x.ring()?;
    match max >= x.largest_positive() {
        true => fused::leaves(n, x, amount, params),
        false => Some(Leaves::new(n, 2, compared(ring, max, amount).1, params)),
    }
}

/// Cost of `n` evaluations from modulus `x` to `out`.
pub fn cost(n: usize, x: Modulus, max: u64, amount: u32, out: Modulus, params: Params) -> Cost {
    if max >= x.largest_positive() {
        return fused::cost(n, x, amount, out, params);
    }
    let Some(ring) = x.ring() else {
        let relu = || relu::cost(n, x, params);
        return relu() + relu() + truncate::cost(n, x, amount, Sign::NonNegative, out, params);
    };
    compare_cost(n, 2, compared(ring, max, amount).1, params)
        + and::cost(n, 0)
        + select_cost(n, ring, amount, true, out, params)
}
