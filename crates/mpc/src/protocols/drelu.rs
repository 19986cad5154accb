//! DReLU over Z_{2^ℓ} and Z_n: ⟨x⟩ ↦ ⟨1{x ≥ 0}⟩ as a Boolean share, elementwise.
//!
//! Source: CrypTFlow2 (CCS 2020), sections 3.2 and 3.3. Security: semi-honest. Cost per value: over Z_{2^ℓ} one (ℓ−1)-bit
//! millionaires'; over Z_n two of ⌈log₂ n⌉ bits with the same y, which share their leaf OTs. Rounds as those.
//!
//! Over Z_n the server knows −x₀ and −x₀ + (n+1)/2 modulo n, and x ≥ 0 iff x₁ lies in the cyclic interval from the one up to
//! the other: `1{x₁ ≥ a} ⊕ 1{x₁ ≥ b}`, flipped when the interval passes zero.

use sotto_crypto::BitVec;

use super::millionaires::{self, Comparison, Leaves, compare};
use crate::cost::Cost;
use crate::error::Result;
use crate::party::{Params, Party};
use crate::session::lane::Lane;
use crate::share::{Arith, Modulus, Ring, low_bits};

/// Boolean shares of `1{x ≥ 0}` for the signed reading of `x`.
pub async fn drelu(s: &mut Lane, x: &Arith) -> Result<BitVec> {
    match x.modulus() {
        Modulus::PowerOfTwo(ring) => {
            let [sign] = signs(s, x, ring, [0], 0).await?;
            Ok(sign.whole)
        }
        Modulus::Odd(_) => drelu_odd(s, x).await,
    }
}

/// [`drelu`] of `x − c` for one or two public c, from comparisons with common leaves: `whole`. And the carry out of the low
/// `split` < ℓ bits of the shares' sum for each: `low`.
pub(crate) async fn signs<const T: usize>(
    s: &mut Lane,
    x: &Arith,
    ring: Ring,
    subtracted: [u64; T],
    split: u32,
) -> Result<[Comparison; T]> {
    let shifted = subtracted.map(|c| match s.party() {
        Party::Server => x.plus(ring.reduce(c.wrapping_neg())),
        Party::Client => x.clone(),
    });
    let carries = carries(s, shifted.each_ref(), ring.bits() - 1, split).await?;
    let mut shifted = shifted.iter();
    Ok(carries.map(|Comparison { whole, low }| {
        let top = shifted.next().map(Arith::negative).unwrap_or_default();
        Comparison { whole: s.complement(&top ^ &whole), low }
    }))
}

/// Carries out of the low `bits` and the low `split` bits of the shares' sum: `1{~x₀ < x₁}` on those bits. For several x
/// their client's shares must be the same.
pub(crate) async fn carries<const T: usize>(
    s: &mut Lane,
    x: [&Arith; T],
    bits: u32,
    split: u32,
) -> Result<[Comparison; T]> {
    let flip = match s.party() {
        Party::Server => u64::MAX,
        Party::Client => 0,
    };
    let own = x.map(|x| x.values().iter().map(|&v| low_bits(v ^ flip, bits)).collect::<Vec<u64>>());
    compare(s, own.each_ref().map(Vec::as_slice), bits, split).await
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
    let [start, end] = compare(s, own.each_ref().map(Vec::as_slice), modulus.bits(), 0).await?;
    Ok(&(&start.whole ^ &end.whole) ^ &wraps)
}

/// The leaves with which `n` evaluations over a ring begin.
pub(crate) fn leaves(n: usize, modulus: Modulus, params: Params) -> Option<Leaves> {
    modulus.ring().map(|ring| sign_leaves(n, 1, ring, 0, params))
}

/// The leaves with which [`signs`] begins.
pub(crate) fn sign_leaves(n: usize, lists: usize, ring: Ring, split: u32, params: Params) -> Leaves {
    Leaves::new(n, lists, ring.bits() - 1, split, params)
}

/// Cost of `n` evaluations.
pub fn cost(n: usize, modulus: Modulus, params: Params) -> Cost {
    match modulus {
        Modulus::PowerOfTwo(ring) => signs_cost(n, 1, ring.bits(), 0, params),
        Modulus::Odd(_) => millionaires::compare_cost(n, 2, modulus.bits(), 0, params),
    }
}

/// Cost of [`signs`] for T = `lists`.
pub(crate) fn signs_cost(n: usize, lists: usize, bits: u32, split: u32, params: Params) -> Cost {
    millionaires::compare_cost(n, lists, bits - 1, split, params)
}
