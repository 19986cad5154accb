//! Shift: ⟨x⟩ over Z_{2^ℓ} ↦ ⟨x >> s⟩ over any modulus, arithmetic with floor, never off by one, elementwise.
//!
//! Over the integers, for shares y₀, y₁ read as unsigned and `w` the carry of their sum out of ℓ bits, the unsigned value
//! shifts to `⌊y₀/2^s⌋ + ⌊y₁/2^s⌋ + c_s − 2^{ℓ−s}·w`, c_s the carry out of the low s bits; a signed x is shifted as
//! `y = x + 2^{ℓ−1}`. The bracket is exact, so it can be written over any modulus.
//!
//! Source: CrypTFlow2 (CCS 2020), section 4.2, in the form of docs/decisions/0003-truncation.md. Cost per value: general, the
//! comparison of a DReLU with a digit boundary at s, one B2A and one 1-of-4 OT; for a known sign, `w = msb₀ ∨ msb₁`, so an
//! s-bit comparison, one B2A and one AND of private bits. Rounds: comparison + 2.

use sotto_crypto::BitVec;
use sotto_nn::Sign;

use super::b2a::Conversion;
use super::drelu::carries;
use super::lookup;
use super::millionaires::{Comparison, Cuts, Leaves, compare_cost};
use super::mux::private_and;
use crate::cost::Cost;
use crate::error::Result;
use crate::ot::batch::{Batch, Inputs, Shares, Sums};
use crate::party::{Params, Party};
use crate::session::lane::Lane;
use crate::share::{Arith, Modulus, Ring};

/// Shares of `x >> amount` over `out`, for x over `ring` of ℓ > `amount` bits. The guarantee that `sign` states must hold.
pub(crate) async fn shift(s: &mut Lane, x: &Arith, ring: Ring, amount: u32, sign: Sign, out: Modulus) -> Result<Arith> {
    if let (0, Some(reduced)) = (amount, x.reduce_to(out)) {
        return Ok(reduced);
    }
    let form = Form::new(ring, amount, sign, out);
    let y = s.add_public(x, form.offset);
    // Step 1: the carries, from one tree.
    let Comparison { whole: [carry], low } = carries(s, [&y], form.cuts()).await?;
    // Step 2: both as additive shares.
    let mut batch = Batch::default();
    let jobs = form.jobs(&mut batch, x.len());
    let top = y.negative();
    let mut inputs = batch.inputs(s.party());
    jobs.carry.iter().for_each(|conversion| conversion.bring(&mut inputs, &low));
    jobs.wrap.iter().for_each(|&wrap| form.wrap.bring(&mut inputs, wrap, &top, &carry));
    let mut shares = inputs.run(s, &batch).await?;
    // Step 3: the bracket.
    let mut sum = Arith::new(out, y.values().iter().map(|&v| v >> amount).collect());
    if let Some(conversion) = &jobs.carry {
        sum = sum.add(&conversion.result(&mut shares, &low)?);
    }
    if let Some(wrap) = jobs.wrap {
        let w = form.wrap.result(&mut shares, wrap, &top)?;
        let factor = ((1u128 << (ring.bits() - amount)) % out.size()) as u64;
        sum = sum.sub(&Arith::new(out, w.values().iter().map(|&w| out.mul(out.reduce(w), factor)).collect()));
    }
    Ok(s.add_public(&sum, out.neg(out.reduce(form.offset >> amount))))
}

/// What a shift needs, by its public parameters.
struct Form {
    bits: u32,
    amount: u32,
    out: Modulus,
    /// What is added before, and subtracted after, the unsigned shift.
    offset: u64,
    wrap: Wrap,
    /// What `w`, which is multiplied by 2^{ℓ−s}, is needed modulo, if it is.
    field: Option<Modulus>,
}

/// How the carry `w` out of the ring is known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrap {
    /// The shares' sum is below half of the ring: `w = msb₀ ∨ msb₁`.
    Or,
    /// The majority of both top bits and the carry into them.
    Majority,
}

/// The OTs of a shift.
struct Jobs {
    carry: Option<Conversion>,
    wrap: Option<Sums>,
}

impl Form {
    fn new(ring: Ring, amount: u32, sign: Sign, out: Modulus) -> Self {
        let bits = ring.bits();
        let (offset, wrap) = match sign {
            Sign::NonNegative => (0, Wrap::Or),
            // 2^{ℓ−2} must be a multiple of 2^amount.
            Sign::Bounded if amount + 2 <= bits => (1 << (bits - 2), Wrap::Or),
            Sign::Any | Sign::Bounded => (1 << (bits - 1), Wrap::Majority),
        };
        let field = match out.ring() {
            None => Some(out),
            Some(ring) => ring.bits().checked_sub(bits - amount).filter(|&v| v > 0).map(Modulus::power_of_two),
        };
        Self { bits, amount, out, offset, wrap, field }
    }

    /// The comparison: of all bits below the top for a majority that is used, otherwise of those shifted out, which are a part of their own.
    fn cuts(&self) -> Cuts {
        let all = self.wrap == Wrap::Majority && self.field.is_some();
        Cuts::at(if all { self.bits - 1 } else { self.amount }, self.amount)
    }

    fn jobs(&self, batch: &mut Batch, n: usize) -> Jobs {
        let carry = (self.amount > 0).then(|| Conversion::new(batch, n, self.out));
        let width = if self.wrap == Wrap::Or { 1 } else { 2 };
        let wrap = self.field.map(|field| batch.sums(Party::Server, n, width, &[field]));
        Jobs { carry, wrap }
    }
}

impl Wrap {
    /// What a party brings to the OT for shares of `w`, from its top bit and its share of the carry.
    fn bring<'a>(self, inputs: &mut Inputs<'a>, job: Sums, top: &'a BitVec, carry: &'a BitVec) {
        match self {
            Wrap::Or => private_and(inputs, job, top),
            Wrap::Majority => inputs.sums(job, majority(top, carry), || lookup::two_bits(top, carry)),
        }
    }

    /// This party's share of `w`.
    fn result(self, shares: &mut Shares, job: Sums, top: &BitVec) -> Result<Arith> {
        let share = shares.sum(job)?;
        Ok(match self {
            // m₀ ∨ m₁ = m₀ + m₁ − m₀·m₁.
            Wrap::Or => Arith::new(share.modulus(), top.iter().map(u64::from).collect()).sub(&share),
            Wrap::Majority => share,
        })
    }
}

/// The server's table: the majority of its top bit, the client's top bit and the shared carry.
fn majority<'a>(top: &'a BitVec, carry: &'a BitVec) -> impl Fn(usize, usize, usize) -> u64 + 'a {
    move |i, k, _| {
        let own = u64::from(top.get(i));
        let (peers, carry) = (k as u64 & 1, (k as u64 >> 1) ^ u64::from(carry.get(i)));
        (own & peers) | (carry & (own | peers))
    }
}

/// The leaves with which `n` shifts begin, if they compare.
pub(crate) fn leaves(n: usize, ring: Ring, amount: u32, sign: Sign, out: Modulus, params: Params) -> Option<Leaves> {
    if is_local(ring, amount, out) {
        return None;
    }
    Some(Leaves::new(n, 1, Form::new(ring, amount, sign, out).cuts(), params))
}

/// Whether the shares only need to be reduced.
fn is_local(ring: Ring, amount: u32, out: Modulus) -> bool {
    amount == 0 && out.ring().is_some_and(|out| out <= ring)
}

/// Cost of `n` shifts by `amount` from `ring` to `out`.
pub(crate) fn cost(n: usize, ring: Ring, amount: u32, sign: Sign, out: Modulus, params: Params) -> Cost {
    if is_local(ring, amount, out) {
        return Cost::default();
    }
    let form = Form::new(ring, amount, sign, out);
    let mut batch = Batch::default();
    form.jobs(&mut batch, n);
    compare_cost(n, 1, form.cuts(), params) + batch.cost()
}
