//! Clip and shift with a change of ring: ⟨x⟩ ↦ ⟨min(max(x, 0), c) >> s⟩ over any modulus for a public c ≥ 0, elementwise (ReLU6
//! and its like).
//!
//! Over Z_{2^ℓ} the signs of x and of x − c come from two comparisons that share their leaf OTs. The second wraps for very
//! negative x only, so `over = 1{x ≥ 0} ∧ 1{x − c ≥ 0}` is exact, and with inside = 1{x ≥ 0} ⊕ over the result is
//! `inside·(x >> s) + over·(c >> s)`. Or, as a floor keeps order, the upper bound is compared behind the shift: z = max(x, 0) >> s has
//! ℓ − s bits, and `min(z, c >> s) = c' + 1{z < c'}·(z − c')` for c' = c >> s. Source: docs/protocols.md, "Clip". Cost per value: two
//! DReLUs with common leaves, an AND, the selection of `relu_shift` and one B2A; or `relu_shift`, a DReLU and a multiplexer, each over
//! ℓ − s bits, in more rounds, where that costs less. Rounds: comparison + 3, or both comparisons + 4 (one more where `relu_shift` takes
//! it), + 2 if the output ring is wider than ℓ − s. Over Z_n it is two ReLUs and a division.

use sotto_crypto::BitVec;
use sotto_nn::Sign;

use super::drelu::{sign_leaves, signs, signs_cost};
use super::millionaires::Leaves;
use super::relu_shift::{relu_shift, select_cost, select_shifted, selected_in};
use super::shift::{cost as shift_cost, shift};
use super::{and, drelu, mux, relu, relu_shift as fused, truncate};
use crate::cost::Cost;
use crate::error::{Result, internal};
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
    if is_bounded_last(x.len(), ring, amount, out, s.params()) {
        let narrow = Ring::new(ring.bits() - amount);
        let bound = narrow.reduce(max >> amount);
        let z = relu_shift(s, x, amount, narrow).await?;
        let difference = s.add_public(&z, narrow.reduce(bound.wrapping_neg()));
        let over = drelu::drelu(s, &difference).await?;
        let field = selected_in(narrow, out);
        let difference = difference.reduce_to(field.into()).ok_or_else(|| internal("a narrower ring"))?;
        let below = mux::mux(s, &s.complement(over), &difference).await?;
        let z = s.add_public(&below, field.reduce(bound));
        return shift(s, &z, field, 0, Sign::NonNegative, out).await;
    }
    let [sign, beyond] = signs(s, x, ring, [0, max], amount).await?;
    let none = BitVec::zeros(0);
    let (over, _) = and::and(s, [&sign.whole, &beyond.whole], [&none; 3]).await?;
    let inside = &sign.whole ^ &over;
    select_shifted(s, x, ring, amount, [&inside, &sign.low], Some((&over, max >> amount)), out).await
}

/// Whether the upper bound is compared behind the shift for `n` values.
fn is_bounded_last(n: usize, ring: Ring, amount: u32, out: Modulus, params: Params) -> bool {
    cost_bounded_last(n, ring, amount, out, params)
        .is_cheaper(&cost_bounded_first(n, ring, amount, out, params), params)
}

fn cost_bounded_first(n: usize, ring: Ring, amount: u32, out: Modulus, params: Params) -> Cost {
    let compared = signs_cost(n, 2, ring.bits(), amount, params) + and::cost(n, 0);
    compared + select_cost(n, ring, amount, true, out, params)
}

fn cost_bounded_last(n: usize, ring: Ring, amount: u32, out: Modulus, params: Params) -> Cost {
    let narrow = Ring::new(ring.bits() - amount);
    let field = selected_in(narrow, out);
    fused::cost(n, ring.into(), amount, narrow.into(), params)
        + drelu::cost(n, narrow.into(), params)
        + mux::cost(n, &[field.into()])
        + shift_cost(n, field, 0, Sign::NonNegative, out, params)
}

/// The leaves with which `n` evaluations over a ring begin.
pub(crate) fn leaves(n: usize, x: Modulus, max: u64, amount: u32, out: Modulus, params: Params) -> Option<Leaves> {
    let ring = x.ring()?;
    match max >= x.largest_positive() || is_bounded_last(n, ring, amount, out, params) {
        true => fused::leaves(n, x, amount, params),
        false => Some(sign_leaves(n, 2, ring, amount, params)),
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
    match is_bounded_last(n, ring, amount, out, params) {
        true => cost_bounded_last(n, ring, amount, out, params),
        false => cost_bounded_first(n, ring, amount, out, params),
    }
}
