//! DReLU over Z_{2^ℓ} and Z_n: ⟨x⟩ ↦ ⟨1{x ≥ 0}⟩ as a Boolean share, elementwise.
//!
//! Source: CrypTFlow2 (CCS 2020), sections 3.2 and 3.3. Security: semi-honest. Cost per value: over Z_{2^ℓ} one (ℓ−1)-bit
//! millionaires'; over Z_n two of ⌈log₂ n⌉ bits with the same y, which share their leaf OTs. Rounds as those.
//!
//! Over Z_n the server knows −x₀ and −x₀ + (n+1)/2 modulo n, and x ≥ 0 iff x₁ lies in the cyclic interval from the one up to
//! the other: `1{x₁ ≥ a} ⊕ 1{x₁ ≥ b}`, flipped when the interval passes zero.

use sotto_crypto::BitVec;

use super::millionaires::{Comparison, Cuts, Leaves, compare, compare_cost};
use crate::cost::Cost;
use crate::error::Result;
use crate::party::{Params, Party};
use crate::session::lane::Lane;
use crate::share::{Arith, Modulus, Ring, low_bits};

/// Boolean shares of `1{x ≥ 0}` for the signed reading of `x`.
pub async fn drelu(s: &mut Lane, x: &Arith) -> Result<BitVec> {
    match x.modulus() {
        Modulus::PowerOfTwo(ring) => {
            let Comparison { whole: [sign], .. } = signs(s, x, ring, [0], Cuts::none(ring.bits() - 1)).await?;
            Ok(sign)
        }
        Modulus::Odd(_) => drelu_odd(s, x).await,
    }
}

/// [`drelu`] of `x − c` for one or two public c, from comparisons of the ℓ − 1 low bits with common leaves: `whole`. And the carry out of
/// the low part of the shares' sum: `low`. All c agree in the bits that the cuts have in common.
pub(crate) async fn signs<const T: usize>(
    s: &mut Lane,
    x: &Arith,
    ring: Ring,
    subtracted: [u64; T],
    cuts: Cuts,
) -> Result<Comparison<T>> {
    let shifted = subtracted.map(|c| match s.party() {
        Party::Server => x.plus(ring.reduce(c.wrapping_neg())),
        Party::Client => x.clone(),
    });
    let Comparison { whole, low } = carries(s, shifted.each_ref(), cuts).await?;
    let whole = std::array::from_fn(|t| s.complement(&shifted[t].negative() ^ &whole[t]));
    Ok(Comparison { whole, low })
}

/// Carries out of the bits that are compared, and out of their low part, of the shares' sum: `1{~x₀ < x₁}` on those bits. For several x
/// their client's shares must be the same.
pub(crate) async fn carries<const T: usize>(s: &mut Lane, x: [&Arith; T], cuts: Cuts) -> Result<Comparison<T>> {
    let flip = match s.party() {
        Party::Server => u64::MAX,
        Party::Client => 0,
    };
    let own = x.map(|x| x.values().iter().map(|&v| low_bits(v ^ flip, cuts.bits)).collect::<Vec<u64>>());
    compare(s, own.each_ref().map(Vec::as_slice), cuts).await
}

async fn drelu_odd(s: &mut Lane, x: &Arith) -> Result<BitVec> {
    let modulus = x.modulus();
    // x₁ ≥ a is a − 1 < x₁; for a = 0 the comparison with n − 1 is never true, as the interval that starts at n.
    let (own, wraps) = match s.party() {
        Party::Client => ([x.values().to_vec(), x.values().to_vec()], BitVec::zeros(x.len())),
        Party::Server => {
            let below = |distance: u64| {
                let a = x.values().iter().map(|&v| modulus.sub(modulus.sub(distance, v), 1));
                a.collect::<Vec<u64>>()
            };
            let (start, end) = (below(0), below(modulus.largest_positive() + 1));
            let wraps = BitVec::from_fn(x.len(), |i| end[i] < start[i]);
            ([start, end], wraps)
        }
    };
    let own = own.each_ref().map(Vec::as_slice);
    let Comparison { whole: [start, end], .. } = compare(s, own, Cuts::none(modulus.bits())).await?;
    Ok(&(&start ^ &end) ^ &wraps)
}

/// The leaves with which `n` evaluations over a ring begin.
pub(crate) fn leaves(n: usize, modulus: Modulus, params: Params) -> Option<Leaves> {
    modulus.ring().map(|ring| Leaves::new(n, 1, Cuts::none(ring.bits() - 1), params))
}

/// Cost of `n` evaluations.
pub fn cost(n: usize, modulus: Modulus, params: Params) -> Cost {
    match modulus {
        Modulus::PowerOfTwo(ring) => compare_cost(n, 1, Cuts::none(ring.bits() - 1), params),
        Modulus::Odd(_) => compare_cost(n, 2, Cuts::none(modulus.bits()), params),
    }
}
