//! Multiplexer over Z_{2^ℓ} and Z_n: ⟨b⟩ Boolean, ⟨x⟩ ↦ ⟨b·x⟩, elementwise.
//!
//! Source: CrypTFlow2 (CCS 2020), functionality F_Mux, with correlated OTs. With b = b₀ ⊕ b₁ and x = x₀ + x₁, party i's part
//! `b·xᵢ` is a table of two entries that the other one's bit chooses from. Cost per value: 2 COTs, one in each direction; 2 rounds.

use sotto_crypto::{BitVec, mask64};

use crate::cost::Cost;
use crate::error::{Result, internal};
use crate::ot::batch::{Batch, Inputs, Sums};
use crate::party::Party;
use crate::session::lane::Lane;
use crate::share::{Arith, Modulus};

/// Shares of `b·x`.
pub async fn mux(s: &mut Lane, b: &BitVec, x: &Arith) -> Result<Arith> {
    mux_many(s, b, &[x]).await?.pop().ok_or_else(|| internal("one product for one value"))
}

/// Shares of `b·x` for several x of one length and one b, from the same two COTs.
pub(crate) async fn mux_many(s: &mut Lane, b: &BitVec, xs: &[&Arith]) -> Result<Vec<Arith>> {
    let moduli: Vec<Modulus> = xs.iter().map(|x| x.modulus()).collect();
    let (batch, halves) = described(b.len(), &moduli);
    let mut inputs = batch.inputs(s.party());
    halves.iter().for_each(|&half| select(&mut inputs, half, b, xs));
    let mut shares = inputs.run(s, &batch).await?;
    let [server, client] = halves.map(|half| shares.sums(half));
    Ok(server.iter().zip(&client).map(|(a, b)| a.add(b)).collect())
}

/// The parts of both senders.
fn described(n: usize, moduli: &[Modulus]) -> (Batch, [Sums; 2]) {
    let mut batch = Batch::default();
    let halves = [Party::Server, Party::Client].map(|sender| batch.sums(sender, n, 1, moduli));
    (batch, halves)
}

/// A sender's part `b·xᵢ`, for its own share of x: entry k is for the other one's bit k.
pub(crate) fn select<'a>(inputs: &mut Inputs<'a>, half: Sums, b: &'a BitVec, xs: &'a [&Arith]) {
    let table = |i: usize, k: usize, f: usize| xs[f].values()[i] & mask64((k == 1) ^ b.get(i));
    inputs.sums(half, table, || b.iter().map(u8::from).collect());
}

/// Shares of `m₀ ∧ m₁` (private bits: the server's and the client's) as additive shares: one COT.
pub(crate) fn private_and<'a>(inputs: &mut Inputs<'a>, job: Sums, own: &'a BitVec) {
    inputs.products(job, |i, _| u64::from(own.get(i)), own);
}

/// Cost of `n` evaluations on values over the given moduli, one b.
pub fn cost(n: usize, moduli: &[Modulus]) -> Cost {
    described(n, moduli).0.cost()
}
