//! Faithful truncation: ⟨x⟩ over Z_{2^ℓ} or Z_n ↦ ⟨x >> s⟩ over any modulus, arithmetic shift with floor, never off by one.
//!
//! Over the integers, for shares y₀, y₁ read as unsigned and `w` the carry of their sum out of ℓ bits, the unsigned value
//! shifts to `⌊y₀/2^s⌋ + ⌊y₁/2^s⌋ + c_s − 2^{ℓ−s}·w`, c_s the carry out of the low s bits; a signed x is shifted as
//! `y = x + 2^{ℓ−1}`. The bracket is exact, so it can be written over any modulus.
//!
//! Source: CrypTFlow2 (CCS 2020), section 4.2, in the form of docs/decisions/0003-truncation.md. Cost per value: general, the
//! comparison of a DReLU with a digit boundary at s, one B2A and one 1-of-4 OT; for a known sign, `w = msb₀ ∨ msb₁`, so an
//! s-bit comparison, one B2A and one AND of private bits. Rounds: comparison + 2. Over Z_n it is a division by 2^s.

use sotto_crypto::BitVec;
use sotto_nn::Sign;

use super::drelu::carries;
use super::mux::private_and_job;
use super::{b2a, divide, lookup, millionaires};
use crate::cost::Cost;
use crate::ot::lookup::{Job, lookup as run};
use crate::share::{Arith, Modulus, Ring};
use crate::{Party, Result, Session};

/// Shares of `x >> amount` over `out`, for `amount` < ℓ. The guarantee that `sign` states must hold.
pub async fn truncate(s: &mut Session, x: &Arith, amount: u32, sign: Sign, out: impl Into<Modulus>) -> Result<Arith> {
    match x.modulus() {
        Modulus::PowerOfTwo(ring) => shift(s, x, ring, amount, sign, out.into()).await,
        Modulus::Odd(_) => divide::general(s, x, 1 << amount, sign, out.into()).await,
    }
}

/// [`truncate`] over Z_{2^ℓ}.
pub(crate) async fn shift(
    s: &mut Session,
    x: &Arith,
    ring: Ring,
    amount: u32,
    sign: Sign,
    out: Modulus,
) -> Result<Arith> {
    if let (0, Some(reduced)) = (amount, x.reduce_to(out)) {
        return Ok(reduced);
    }
    let bits = ring.bits();
    let (offset, wrap) = form(bits, amount, sign);
    let y = add_public(s, x, offset);
    // Step 1: the carries, from one tree.
    let field = wrap_modulus(bits, amount, out);
    let [carry] = carries(s, [&y], compared_bits(bits, amount, wrap, field), amount).await?;
    // Step 2: both as additive shares.
    let carry_job = if amount > 0 { b2a::job(s, &carry.low, out) } else { None };
    let has_carry_job = carry_job.is_some();
    let jobs: Vec<Job> = carry_job.into_iter().chain(field.map(|f| wrap.job(s, &y, &carry.whole, f))).collect();
    let shares = run(s, &jobs).await?;
    let mut shares = shares.iter().map(|fields| &fields[0][..]);
    let carry_product = if has_carry_job { shares.next() } else { None };
    let wrap_share = shares.next();
    // Step 3: the bracket.
    let mut sum = Arith::new(out, y.values().iter().map(|&v| v >> amount).collect());
    if amount > 0 {
        sum = sum.add(&b2a::finish(&carry.low, out, carry_product));
    }
    if let (Some(field), Some(share)) = (field, wrap_share) {
        let w = wrap.finish(s, &y, &carry.whole, field, share);
        let factor = ((1u128 << (bits - amount)) % out.size()) as u64;
        sum = sum.sub(&Arith::new(out, w.values().iter().map(|&w| out.mul(w, factor)).collect()));
    }
    Ok(add_public(s, &sum, out.neg(out.reduce(offset >> amount))))
}

/// How the carry `w` out of the ring is known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrap {
    /// The shares' sum is below half of the ring: `w = msb₀ ∨ msb₁`.
    Or,
    /// The majority of both top bits and the carry into them.
    Majority,
}

/// What is added before, and subtracted after, the unsigned shift, and the form of its carry.
fn form(bits: u32, amount: u32, sign: Sign) -> (u64, Wrap) {
    match sign {
        Sign::NonNegative => (0, Wrap::Or),
        // 2^{ℓ−2} must be a multiple of 2^amount.
        Sign::Bounded if amount + 2 <= bits => (1 << (bits - 2), Wrap::Or),
        Sign::Any | Sign::Bounded => (1 << (bits - 1), Wrap::Majority),
    }
}

/// What `w`, which is multiplied by 2^{ℓ−s}, is needed modulo, if it is.
fn wrap_modulus(bits: u32, amount: u32, out: Modulus) -> Option<Modulus> {
    match out.ring() {
        None => Some(out),
        Some(ring) => ring.bits().checked_sub(bits - amount).filter(|&v| v > 0).map(Modulus::power_of_two),
    }
}

/// Bits that are compared: all below the top for a majority that is used, otherwise those shifted out.
fn compared_bits(bits: u32, amount: u32, wrap: Wrap, field: Option<Modulus>) -> u32 {
    if wrap == Wrap::Majority && field.is_some() { bits - 1 } else { amount }
}

impl Wrap {
    /// The OT for shares of `w` over `field`.
    fn job(self, s: &Session, y: &Arith, carry: &BitVec, field: Modulus) -> Job {
        let top = y.negative();
        match self {
            Wrap::Or => private_and_job(s, &top, field),
            Wrap::Majority => {
                lookup::job(s, y.len(), 2, field, majority(&top, carry), || lookup::two_bits(&top, carry))
            }
        }
    }

    /// This party's share of `w`.
    fn finish(self, s: &Session, y: &Arith, carry: &BitVec, field: Modulus, share: &[u64]) -> Arith {
        let top = y.negative();
        match self {
            // m₀ ∨ m₁ = m₀ + m₁ − m₀·m₁.
            Wrap::Or => {
                let or = top.iter().zip(share).map(|(m, &product)| field.sub(u64::from(m), product));
                Arith::new(field, or.collect())
            }
            Wrap::Majority => lookup::finish(s, field, share, majority(&top, carry)),
        }
    }
}

/// The server's table: the majority of its top bit, the client's top bit and the shared carry.
fn majority<'a>(top: &'a BitVec, carry: &'a BitVec) -> impl Fn(usize, usize) -> u64 + Copy + 'a {
    move |i, k| {
        let own = u64::from(top.get(i));
        let (peers, carry) = (k as u64 & 1, (k as u64 >> 1) ^ u64::from(carry.get(i)));
        (own & peers) | (carry & (own | peers))
    }
}

/// Adds a public element: the server does.
pub(crate) fn add_public(s: &Session, x: &Arith, element: u64) -> Arith {
    match s.party() {
        Party::Server => x.plus(element),
        Party::Client => x.clone(),
    }
}

/// Cost of `n` truncations by `amount` from modulus `x` to `out`.
pub fn cost(n: usize, x: Modulus, amount: u32, sign: Sign, out: Modulus, digit: u32) -> Cost {
    let Some(ring) = x.ring() else { return divide::general_cost(n, x, 1 << amount, sign, out, digit) };
    if amount == 0 && out.ring().is_some_and(|out| out <= ring) {
        return Cost::default();
    }
    let bits = ring.bits();
    let (_, wrap) = form(bits, amount, sign);
    let field = wrap_modulus(bits, amount, out);
    let carry_job = if amount > 0 { b2a::cost_job(n, out) } else { None };
    let wrap_job = field.map(|field| match wrap {
        Wrap::Or => (Party::Server, n, 1, field.bits()),
        Wrap::Majority => lookup::cost_job(n, 2, field),
    });
    let jobs: Vec<_> = carry_job.into_iter().chain(wrap_job).collect();
    millionaires::compare_cost(n, 1, compared_bits(bits, amount, wrap, field), amount, digit) + Cost::lookup(&jobs)
}
