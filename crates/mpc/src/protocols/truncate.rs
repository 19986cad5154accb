//! Faithful truncation: ⟨x⟩ over Z_{2^ℓ} ↦ ⟨x >> s⟩ over any Z_{2^ℓ'}, arithmetic shift with floor, never off by one.
//!
//! Over the integers, for shares x₀, x₁ read as unsigned and `w` the carry of their sum out of ℓ bits, the unsigned value
//! shifts to `⌊x₀/2^s⌋ + ⌊x₁/2^s⌋ + c_s − 2^{ℓ−s}·w`, c_s the carry out of the low s bits; a signed value is shifted as
//! `x + 2^{ℓ−1}`, unsigned. The bracket is exact, so it can be written to any output ring.
//!
//! Source: CrypTFlow2 (CCS 2020), section 4.2, in the form of docs/decisions/0003-truncation.md. Cost per value: general, one
//! ℓ-bit comparison with a digit boundary at s and two B2A; for a known sign, `w = msb₀ ∨ msb₁`, so an s-bit comparison, one B2A and
//! one AND of private bits. Rounds: comparison + 2.

use sotto_crypto::BitVec;
use sotto_nn::Sign;

use super::drelu::carries;
use super::mux::private_and_job;
use super::{b2a, millionaires};
use crate::cost::Cost;
use crate::ot::cot::{CotJob, cot};
use crate::share::{Arith, Ring};
use crate::{Party, Result, Session};

/// Shares of `x >> amount` over `out`, for `amount` < ℓ. The guarantee that `sign` states must hold.
pub async fn truncate(s: &mut Session, x: &Arith, amount: u32, sign: Sign, out: Ring) -> Result<Arith> {
    let bits = x.ring().bits();
    if amount == 0 && out <= x.ring() {
        return Ok(x.reduce_to(out));
    }
    let (offset, wrap) = form(bits, amount, sign);
    let y = add_public(s, x, offset);
    let compared = compared_bits(bits, amount, wrap, out.bits());
    let carry = carries(s, &y, compared, amount).await?;
    let wrap = match wrap {
        WrapForm::Or => Wrap::Or,
        WrapForm::Carry => Wrap::Carry(&carry.whole),
    };
    let shifted = shifted_sum(s, &y, amount, &carry.low, wrap, out).await?;
    Ok(add_public(s, &shifted, (offset >> amount).wrapping_neg()))
}

/// How the carry `w` out of the ring is known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum WrapForm {
    /// The shares' sum is below half of the ring: `w = msb₀ ∨ msb₁`.
    Or,
    /// It comes from a comparison of all ℓ bits.
    Carry,
}

/// What is added before, and subtracted after, the unsigned shift, and the form of its carry.
fn form(bits: u32, amount: u32, sign: Sign) -> (u64, WrapForm) {
    match sign {
        Sign::NonNegative => (0, WrapForm::Or),
        // 2^{ℓ−2} must be a multiple of 2^amount.
        Sign::Bounded if amount + 2 <= bits => (1 << (bits - 2), WrapForm::Or),
        Sign::Any | Sign::Bounded => (1 << (bits - 1), WrapForm::Carry),
    }
}

/// Bits that are compared: all for a carry that is used, otherwise those shifted out.
fn compared_bits(bits: u32, amount: u32, wrap: WrapForm, out: u32) -> u32 {
    if wrap == WrapForm::Carry && wrap_bits(bits, amount, out) > 0 { bits } else { amount }
}

/// Bits of `w` that reach the output ring, where it is multiplied by `2^{ℓ−s}`.
fn wrap_bits(bits: u32, amount: u32, out: u32) -> u32 {
    out.saturating_sub(bits - amount)
}

/// Where the carry `w` out of the ring comes from.
#[derive(Clone, Copy)]
pub(crate) enum Wrap<'a> {
    /// `msb₀ ∨ msb₁`.
    Or,
    /// A Boolean sharing of it.
    Carry(&'a BitVec),
}

/// `⌊x₀/2^s⌋ + ⌊x₁/2^s⌋ + c_s − 2^{ℓ−s}·w` over `out`, for a Boolean sharing of c_s.
pub(crate) async fn shifted_sum(
    s: &mut Session,
    x: &Arith,
    amount: u32,
    carry: &BitVec,
    wrap: Wrap<'_>,
    out: Ring,
) -> Result<Arith> {
    let bits = wrap_bits(x.ring().bits(), amount, out.bits());
    let wrap_ring = (bits > 0).then(|| Ring::new(bits));
    let carry_job = if amount > 0 { b2a::job(s, carry, out) } else { None };
    let wrap_job = wrap_ring.and_then(|ring| match wrap {
        Wrap::Or => Some(private_and_job(s, &x.msb(), ring.bits())),
        Wrap::Carry(w) => b2a::job(s, w, ring),
    });
    let (has_carry, has_wrap) = (carry_job.is_some(), wrap_job.is_some());
    let jobs: Vec<CotJob> = carry_job.into_iter().chain(wrap_job).collect();
    let shares = cot(s, &jobs).await?;
    let mut products = shares.iter().map(|fields| &fields[0][..]);
    let carry_product = if has_carry { products.next() } else { None };
    let wrap_product = if has_wrap { products.next() } else { None };

    let mut sum = Arith::new(out, x.values().iter().map(|&v| v >> amount).collect());
    if amount > 0 {
        sum = sum.add(&b2a::finish(carry, out, carry_product));
    }
    if let Some(ring) = wrap_ring {
        let w = match wrap {
            Wrap::Or => or(&x.msb(), wrap_product.unwrap_or_default()),
            Wrap::Carry(w) => b2a::finish(w, ring, wrap_product).values().to_vec(),
        };
        let shift = x.ring().bits() - amount;
        sum = sum.sub(&Arith::new(out, w.iter().map(|&v| v << shift).collect()));
    }
    Ok(sum)
}

/// `m₀ ∨ m₁ = m₀ + m₁ − m₀·m₁` from shares of the product.
fn or(own: &BitVec, product: &[u64]) -> Vec<u64> {
    own.iter().zip(product).map(|(m, &p)| u64::from(m).wrapping_sub(p)).collect()
}

/// Adds a public constant: the server does.
fn add_public(s: &Session, x: &Arith, constant: u64) -> Arith {
    match s.party() {
        Party::Server => x.map(|v| v.wrapping_add(constant)),
        Party::Client => x.clone(),
    }
}

/// Cost of `n` truncations by `amount` from ℓ = `bits` to `out` bits.
pub fn cost(n: usize, bits: u32, amount: u32, sign: Sign, out: u32, digit: u32) -> Cost {
    if amount == 0 && out <= bits {
        return Cost::default();
    }
    let (_, wrap) = form(bits, amount, sign);
    let compared = compared_bits(bits, amount, wrap, out);
    millionaires::compare_cost(n, compared, amount, digit) + sum_cost(n, bits, amount, wrap == WrapForm::Or, out)
}

/// Cost of [`shifted_sum`].
pub(crate) fn sum_cost(n: usize, bits: u32, amount: u32, or: bool, out: u32) -> Cost {
    let wrap = wrap_bits(bits, amount, out);
    let carry_job = if amount > 0 { b2a::cost_job(n, out) } else { None };
    let wrap_job = match wrap {
        0 => None,
        _ if or => Some((Party::Server, n, wrap)),
        _ => b2a::cost_job(n, wrap),
    };
    let jobs: Vec<_> = carry_job.into_iter().chain(wrap_job).collect();
    Cost::cot(&jobs)
}
