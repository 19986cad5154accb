//! Multiplexer over Z_{2^ℓ} and Z_n: ⟨b⟩ Boolean, ⟨x⟩ ↦ ⟨b·x⟩, elementwise.
//!
//! Source: CrypTFlow2 (CCS 2020), functionality F_Mux, with correlated OTs. With b = b₀ ⊕ b₁ and x = x₀ + x₁, party i's part is
//! `b·xᵢ = bᵢ·xᵢ + b₁₋ᵢ·(1 − 2bᵢ)·xᵢ`: local, and one COT in which it sends. Cost per value: 2 COTs, one in each direction;
//! 2 rounds.

use sotto_crypto::{BitVec, mask64};

use crate::cost::Cost;
use crate::ot::lookup::{Fields, Job, lookup};
use crate::share::{Arith, Modulus};
use crate::{Party, Result, Session};

/// Shares of `b·x`.
pub async fn mux(s: &mut Session, b: &BitVec, x: &Arith) -> Result<Arith> {
    Ok(mux_many(s, b, &[x]).await?.swap_remove(0))
}

/// Shares of `b·x` for several x of one length and one b, from the same two COTs.
pub(crate) async fn mux_many(s: &mut Session, b: &BitVec, xs: &[&Arith]) -> Result<Vec<Arith>> {
    let jobs = [Party::Server, Party::Client].map(|sender| half_job(s, sender, b, xs));
    let shares = lookup(s, &jobs).await?;
    let sum = |f: usize| own_half(b, xs[f]).add(&of_job(&shares[0], f, xs)).add(&of_job(&shares[1], f, xs));
    Ok((0..xs.len()).map(sum).collect())
}

/// The COTs for `sender`'s part: `b₁₋ᵢ·(1 − 2bᵢ)·xᵢ`.
pub(crate) fn half_job(s: &Session, sender: Party, b: &BitVec, xs: &[&Arith]) -> Job {
    let fields: Vec<Modulus> = xs.iter().map(|x| x.modulus()).collect();
    let signed = |x: &&Arith| (0..x.len()).map(|i| select_sign(x.modulus(), x.values()[i], b.get(i))).collect();
    Job::cot(s, sender, b.len(), &fields, || xs.iter().map(signed).collect(), || b.clone())
}

/// This party's local part: `bᵢ·xᵢ`.
pub(crate) fn own_half(b: &BitVec, x: &Arith) -> Arith {
    Arith::new(x.modulus(), x.values().iter().zip(b.iter()).map(|(&v, b)| v & mask64(b)).collect())
}

fn of_job(fields: &Fields, f: usize, xs: &[&Arith]) -> Arith {
    Arith::new(xs[f].modulus(), fields[f].to_vec())
}

/// `v` when the bit is clear, `−v` when it is set.
fn select_sign(modulus: Modulus, v: u64, negate: bool) -> u64 {
    let mask = mask64(negate);
    (modulus.neg(v) & mask) | (v & !mask)
}

/// Cost of `n` evaluations on values over the given moduli, one b.
pub fn cost(n: usize, moduli: &[Modulus]) -> Cost {
    let bits = moduli.iter().map(|m| m.bits()).sum();
    Cost::lookup(&[(Party::Server, n, 1, bits), (Party::Client, n, 1, bits)])
}

/// Shares of `m₀ ∧ m₁` (private bits: the server's and the client's) as additive shares: one COT.
pub(crate) fn private_and_job(s: &Session, own: &BitVec, modulus: Modulus) -> Job {
    let as_words = || vec![own.iter().map(u64::from).collect()];
    Job::cot(s, Party::Server, own.len(), &[modulus], as_words, || own.clone())
}
