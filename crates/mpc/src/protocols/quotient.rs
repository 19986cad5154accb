//! Quotient by a public d, rounded down, by the shares' own quotients: ⟨x⟩ over Z_{2^ℓ} or Z_n ↦ ⟨⌊x/d⌋⟩ over any modulus, elementwise, for signed x.
//!
//! With N the modulus' size and h an offset that makes y = x + h unsigned, over the integers `x = y₀ − h + y₁ − w·N` for the wrap
//! w of the shares' sum. The server divides y₀ − h = q₀·d + r₀, the client y₁ = q₁·d + r₁, and N = n₁·d + n₀, so
//! `⌊x/d⌋ = q₀ + q₁ − w·n₁ + ⌊A/d⌋` with `A = r₀ + r₁ − w·n₀` in (−d, 2d − 1), and `⌊A/d⌋ = 1{A ≥ 0} + 1{A ≥ d} − 1`: two
//! comparisons on a ring of ⌈log₂(2d − 1)⌉ + 1 bits that share their leaf OTs.
//!
//! Source: CrypTFlow2 (CCS 2020), section 4.3 and appendix C, which take three such comparisons; docs/decisions/0007-division.md.
//! Cost per value: general, one comparison of ⌈log₂ N⌉ bits, one B2A, the small comparisons and one 1-of-4 OT; for a known sign
//! an AND of private bits takes the place of the first comparison and the B2A. Rounds: comparison + 2 + small comparison + 2.

use sotto_crypto::BitVec;
use sotto_nn::Sign;

use super::drelu::signs;
use super::lookup;
use super::millionaires::{Comparison, Cuts, Leaves, compare, compare_cost};
use crate::cost::Cost;
use crate::error::Result;
use crate::ot::batch::Batch;
use crate::party::{Params, Party};
use crate::session::lane::Lane;
use crate::share::{Arith, Divisor, Modulus, Ring};

/// Shares of `⌊x / divisor⌋` over `out`; over Z_n `Bounded` is taken as `Any`. The guarantee that `sign` states must hold.
pub(crate) async fn quotient(s: &mut Lane, x: &Arith, divisor: u64, sign: Sign, out: Modulus) -> Result<Arith> {
    if let (1, Some(reduced)) = (divisor, x.reduce_to(out)) {
        return Ok(reduced);
    }
    let form = Form::new(x.modulus(), divisor, sign, out);
    let y = s.add_public(x, form.offset);
    let (quotient, remainder) = form.own_parts(s.party(), &y, out);
    // Step 1: the wrap w of the shares' sum.
    let wrap = form.wrap(s, &y).await?;
    let divided = Arith::new(out, quotient).sub(&wrap.times(out, 0, form.size / u128::from(divisor)));
    let Some(small) = form.small else { return Ok(divided) };
    // Step 2: where A lies.
    let a = Arith::new(small, remainder).sub(&wrap.times(small.into(), 1, form.size % u128::from(divisor)));
    let Comparison { whole: [low, high], .. } = signs(s, &a, small, [0, divisor], Cuts::none(small.bits() - 1)).await?;
    // Step 3: 1{A ≥ 0} + 1{A ≥ d} − 1.
    let table = lookup::of_two_bits(&low, &high, |_, low, high| low + high);
    let indices = || lookup::two_bits(&low, &high);
    let floor = lookup::lookup_private(s, x.len(), 2, out, table, indices).await?;
    Ok(s.add_public(&divided.add(&floor), out.neg(1)))
}

/// What a division needs, by its public parameters.
struct Form {
    modulus: Modulus,
    /// N.
    size: u128,
    divisor: u64,
    /// h.
    offset: u64,
    /// Whether y is below half of N, so that the sum wraps iff a share reads as negative.
    below_half: bool,
    /// The ring of A; none for d = 1, where A = 0.
    small: Option<Ring>,
    /// What the product of the private bits behind w is needed modulo: the output's modulus, then the small ring, or one ring
    /// that reduces to both.
    products: Vec<Modulus>,
}

impl Form {
    fn new(modulus: Modulus, divisor: u64, sign: Sign, out: Modulus) -> Self {
        let (offset, below_half) = match (sign, modulus) {
            (Sign::NonNegative, _) => (0, true),
            (Sign::Bounded, Modulus::PowerOfTwo(ring)) => (1 << (ring.bits() - 2), true),
            _ => ((modulus.size() / 2) as u64, false),
        };
        let small = (divisor > 1).then(|| Ring::new(1 + u64::BITS - (2 * divisor - 2).leading_zeros()));
        let products = match out.ring() {
            None => [Some(out), small.map(Modulus::from)].into_iter().flatten().collect(),
            // w = w₀ + w₁ − 2·w₀·w₁ needs one bit less of the product.
            Some(ring) => match small.map_or(ring, |small| small.max(ring)).bits() - u32::from(!below_half) {
                0 => Vec::new(),
                bits => vec![Modulus::power_of_two(bits)],
            },
        };
        Self { modulus, size: modulus.size(), divisor, offset, below_half, small, products }
    }

    /// This party's quotients, over the output's modulus, and remainders: of y₀ − h at the server, of y₁ at the client.
    fn own_parts(&self, party: Party, y: &Arith, out: Modulus) -> (Vec<u64>, Vec<u64>) {
        let offset = if party == Party::Server { self.offset } else { 0 };
        // y − h = (y + rest) − whole·d with 0 ≤ rest < d.
        let whole = offset.div_ceil(self.divisor);
        let rest = (u128::from(whole) * u128::from(self.divisor) - u128::from(offset)) as u64;
        let divisor = Divisor::new(self.divisor);
        let part = |&y: &u64| {
            let (quotient, remainder) = divisor.div_rem(y);
            let (carry, remainder) = divisor.div_rem(remainder + rest);
            (out.from_signed((quotient + carry).wrapping_sub(whole) as i64), remainder)
        };
        y.values().iter().map(part).unzip()
    }

    /// The wrap of the shares' sum.
    async fn wrap(&self, s: &mut Lane, y: &Arith) -> Result<Wrap> {
        let own = if self.below_half {
            y.negative()
        } else {
            // y₀ + y₁ ≥ N iff N − 1 − y₀ < y₁.
            let below = |&v: &u64| match s.party() {
                Party::Server => (self.size - 1) as u64 - v,
                Party::Client => v,
            };
            let own: Vec<u64> = y.values().iter().map(below).collect();
            let Comparison { whole: [carry], .. } = compare(s, [&own], Cuts::none(self.modulus.bits())).await?;
            carry
        };
        let mut batch = Batch::default();
        let products = match self.products.is_empty() {
            true => Vec::new(),
            false => {
                let job = batch.sums(Party::Server, own.len(), 1, &self.products);
                let mut inputs = batch.inputs(s.party());
                inputs.products(job, |i, _| u64::from(own.get(i)), &own);
                inputs.run(s, &batch).await?.sums(job)
            }
        };
        Ok(Wrap { own, factor: if self.below_half { 1 } else { 2 }, products })
    }
}

/// Shares of w = w₀ + w₁ − f·w₀·w₁.
struct Wrap {
    own: BitVec,
    /// f: 1 for w = w₀ ∨ w₁, 2 for w = w₀ ⊕ w₁.
    factor: u64,
    /// Shares of the product, by modulus.
    products: Vec<Arith>,
}

impl Wrap {
    /// Shares of `w·c`; `which` product serves the modulus, or the only one.
    fn times(&self, modulus: Modulus, which: usize, c: u128) -> Arith {
        let product = self.products.get(which).or(self.products.first());
        let c = (c % modulus.size()) as u64;
        let share = |(i, own): (usize, bool)| {
            let product = modulus.reduce(product.map_or(0, |p| p.values()[i]));
            let doubled = if self.factor == 2 { modulus.add(product, product) } else { product };
            modulus.mul(modulus.sub(modulus.reduce(own.into()), doubled), c)
        };
        Arith::new(modulus, self.own.iter().enumerate().map(share).collect())
    }
}

/// The leaves with which `n` divisions begin, if they begin with a comparison.
pub(crate) fn leaves(n: usize, x: Modulus, divisor: u64, sign: Sign, out: Modulus, params: Params) -> Option<Leaves> {
    let local = divisor == 1 && x == out;
    let compares = !(local || Form::new(x, divisor, sign, out).below_half);
    compares.then(|| Leaves::new(n, 1, Cuts::none(x.bits()), params))
}

/// Cost of `n` divisions from modulus `x` to `out`.
pub(crate) fn cost(n: usize, x: Modulus, divisor: u64, sign: Sign, out: Modulus, params: Params) -> Cost {
    if divisor == 1 && x == out {
        return Cost::default();
    }
    let form = Form::new(x, divisor, sign, out);
    let compared = if form.below_half { Cost::default() } else { compare_cost(n, 1, Cuts::none(x.bits()), params) };
    let mut products = Batch::default();
    if !form.products.is_empty() {
        products.sums(Party::Server, n, 1, &form.products);
    }
    let signs = |small: Ring| compare_cost(n, 2, Cuts::none(small.bits() - 1), params);
    let floor = form.small.map_or(Cost::default(), |small| signs(small) + lookup::cost(n, 2, out));
    compared + products.cost() + floor
}
