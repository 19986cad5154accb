//! Multiplexer: ⟨b⟩ Boolean, ⟨x⟩ ↦ ⟨b·x⟩, elementwise.
//!
//! Source: CrypTFlow2 (CCS 2020), functionality F_Mux, with correlated OTs. With b = b₀ ⊕ b₁ and x = x₀ + x₁, party i's part is
//! `b·xᵢ = bᵢ·xᵢ + b₁₋ᵢ·(1 − 2bᵢ)·xᵢ`: local, and one COT in which it sends. Cost per value: 2 COT_ℓ, one in each direction;
//! 2 rounds.

use sotto_crypto::{BitVec, mask64};

use crate::cost::Cost;
use crate::ot::cot::{CotJob, cot};
use crate::share::{Arith, low_bits};
use crate::{Party, Result, Session};

/// Shares of `b·x`.
pub async fn mux(s: &mut Session, b: &BitVec, x: &Arith) -> Result<Arith> {
    Ok(mux_many(s, b, &[x]).await?.swap_remove(0))
}

/// Shares of `b·x` for several x of one length and one b, from the same two COTs; at most 128 bits in all.
pub(crate) async fn mux_many(s: &mut Session, b: &BitVec, xs: &[&Arith]) -> Result<Vec<Arith>> {
    let widths: Vec<u32> = xs.iter().map(|x| x.ring().bits()).collect();
    let signed = || xs.iter().map(|x| (0..x.len()).map(|i| select_sign(x.values()[i], b.get(i))).collect()).collect();
    let jobs =
        [Party::Server, Party::Client].map(|sender| CotJob::new(s, sender, b.len(), &widths, signed, || b.clone()));
    let shares = cot(s, &jobs).await?;
    Ok((0..xs.len())
        .map(|f| {
            let own = |i: usize| xs[f].values()[i] & mask64(b.get(i));
            let sum = |i: usize| own(i).wrapping_add(shares[0][f][i]).wrapping_add(shares[1][f][i]);
            Arith::new(xs[f].ring(), (0..b.len()).map(sum).collect())
        })
        .collect())
}

/// `v` when the bit is clear, `−v` when it is set.
fn select_sign(v: u64, negate: bool) -> u64 {
    let m = mask64(negate);
    (v ^ m).wrapping_sub(m)
}

/// Cost of `n` evaluations on values of the given widths, one b.
pub fn cost(n: usize, widths: &[u32]) -> Cost {
    let bits = widths.iter().sum();
    Cost::cot(&[(Party::Server, n, bits), (Party::Client, n, bits)])
}

/// Shares of `m₀ ∧ m₁` (private bits: the server's and the client's) as additive shares of `bits` bits: one COT.
pub(crate) fn private_and_job(s: &Session, own: &BitVec, bits: u32) -> CotJob {
    let as_words = || vec![own.iter().map(|b| low_bits(u64::from(b), bits)).collect()];
    CotJob::new(s, Party::Server, own.len(), &[bits], as_words, || own.clone())
}
