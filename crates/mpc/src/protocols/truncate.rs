//! Faithful truncation: ⟨x⟩ over Z_{2^ℓ} ↦ ⟨x >> s⟩ over any Z_{2^ℓ'}, arithmetic shift with floor, never off by one.
//!
//! Over the integers, for shares x₀, x₁ read as unsigned and `w` the carry of their sum out of ℓ bits, the unsigned value
//! shifts to `⌊x₀/2^s⌋ + ⌊x₁/2^s⌋ + c_s − 2^{ℓ−s}·w`, c_s the carry out of the low s bits; a signed value is shifted as
//! `x + 2^{ℓ−1}`, unsigned. The bracket is exact, so it can be written to any output ring.
//!
//! Source: CrypTFlow2 (CCS 2020), section 4.2, in the form of docs/decisions/0003-truncation.md. Cost per value: general, one
//! ℓ-bit comparison with a digit boundary at s and two B2A; for a known sign, `w = msb₀ ∨ msb₁`, so an s-bit comparison, one B2A and
//! one AND of private bits. Rounds: comparison + 2.

use sotto_nn::Sign;

use super::drelu::carries;
use super::mux::private_and_job;
use super::{b2a, millionaires};
use crate::cost::Cost;
use crate::ot::cot::cot;
use crate::share::{Arith, Ring};
use crate::{Party, Result, Session};

/// Shares of `x >> amount` over `out`, for `amount` < ℓ. The guarantee that `sign` states must hold.
pub async fn truncate(s: &mut Session, x: &Arith, amount: u32, sign: Sign, out: Ring) -> Result<Arith> {
    match form(x.ring().bits(), amount, sign) {
        Form::Signed => {
            let offset = 1u64 << (x.ring().bits() - 1);
            let y = add_public(s, x, offset);
            let shifted = unsigned(s, &y, amount, out).await?;
            Ok(add_public(s, &shifted, (offset >> amount).wrapping_neg()))
        }
        Form::NonNegative => non_negative(s, x, amount, out).await,
        Form::Bounded => {
            let offset = 1u64 << (x.ring().bits() - 2);
            let shifted = non_negative(s, &add_public(s, x, offset), amount, out).await?;
            Ok(add_public(s, &shifted, (offset >> amount).wrapping_neg()))
        }
    }
}

/// How a truncation is computed.
enum Form {
    Signed,
    NonNegative,
    Bounded,
}

/// The bounded form needs `2^{ℓ−2}` to be a multiple of `2^amount`.
fn form(bits: u32, amount: u32, sign: Sign) -> Form {
    match sign {
        Sign::NonNegative => Form::NonNegative,
        Sign::Bounded if amount + 2 <= bits => Form::Bounded,
        Sign::Any | Sign::Bounded => Form::Signed,
    }
}

/// Bits of `w` that reach the output ring, where it is multiplied by `2^{ℓ−s}`.
pub(crate) fn wrap_bits(bits: u32, amount: u32, out: u32) -> u32 {
    out.saturating_sub(bits - amount)
}

async fn unsigned(s: &mut Session, x: &Arith, amount: u32, out: Ring) -> Result<Arith> {
    let bits = x.ring().bits();
    let wrap_ring = wrap_bits(bits, amount, out.bits());
    // Without a use for w, the carry out of the low bits is all that is needed.
    let compared = if wrap_ring == 0 { amount } else { bits };
    let carry = carries(s, x, compared, amount).await?;
    let mut jobs = vec![b2a::job(s, &carry.low, out)];
    if wrap_ring > 0 {
        jobs.push(b2a::job(s, &carry.whole, Ring::new(wrap_ring)));
    }
    let shares = cot(s, &jobs).await?;
    let mut result = shifted_shares(x, amount, out).add(&b2a::finish(&carry.low, out, &shares[0][0]));
    if wrap_ring > 0 {
        let wrap = b2a::finish(&carry.whole, Ring::new(wrap_ring), &shares[1][0]);
        result = result.sub(&scaled(out, bits - amount, wrap.values()));
    }
    Ok(result)
}

async fn non_negative(s: &mut Session, x: &Arith, amount: u32, out: Ring) -> Result<Arith> {
    let carry = carries(s, x, amount, amount).await?.low;
    let bits = wrap_bits(x.ring().bits(), amount, out.bits());
    let mut jobs = vec![b2a::job(s, &carry, out)];
    if bits > 0 {
        jobs.push(private_and_job(s, &x.msb(), bits));
    }
    let shares = cot(s, &jobs).await?;
    let result = shifted_shares(x, amount, out).add(&b2a::finish(&carry, out, &shares[0][0]));
    Ok(if bits > 0 { result.sub(&wrap_or(x, amount, out, &shares[1][0])) } else { result })
}

/// `2^{ℓ−s}·(msb₀ ∨ msb₁)` from shares of the AND.
pub(crate) fn wrap_or(x: &Arith, amount: u32, out: Ring, and: &[u64]) -> Arith {
    let or: Vec<u64> = x.msb().iter().zip(and).map(|(m, &a)| u64::from(m).wrapping_sub(a)).collect();
    scaled(out, x.ring().bits() - amount, &or)
}

/// `⌊xᵢ/2^s⌋` of the unsigned share, over `out`.
pub(crate) fn shifted_shares(x: &Arith, amount: u32, out: Ring) -> Arith {
    Arith::new(out, x.values().iter().map(|&v| v >> amount).collect())
}

/// `2^shift·values` over `out`, for `shift` < the width of `out`.
fn scaled(out: Ring, shift: u32, values: &[u64]) -> Arith {
    Arith::new(out, values.iter().map(|&v| v << shift).collect())
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
    let wrap = wrap_bits(bits, amount, out);
    let mut jobs = vec![b2a::cost_job(n, out)];
    let compared = match form(bits, amount, sign) {
        Form::Signed if wrap > 0 => {
            jobs.push(b2a::cost_job(n, wrap));
            bits
        }
        Form::Signed => amount,
        Form::NonNegative | Form::Bounded => {
            if wrap > 0 {
                jobs.push((Party::Server, n, wrap));
            }
            amount
        }
    };
    millionaires::compare_cost(n, compared, amount, digit) + Cost::cot(&jobs)
}
