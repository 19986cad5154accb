//! Correlated OT as a protocol of its own: additive shares of `y·δ`, δ the server's, the bit y the client's, elementwise.
//!
//! The other protocols use batches of these side by side. Cost per value: one COT_ℓ; 2 rounds.

use sotto_crypto::BitVec;

use crate::cost::Cost;
use crate::ot::lookup::{Job, lookup};
use crate::share::{Arith, Modulus};
use crate::{Party, Result, Session};

/// Shares of `y·δ` over `modulus`. The server brings `delta`, the client `choices`, of one length; the other argument of each is
/// only read for its length.
pub async fn cot(s: &mut Session, delta: &[u64], choices: &BitVec, modulus: impl Into<Modulus>) -> Result<Arith> {
    let modulus = modulus.into();
    let correlations = || vec![delta.iter().map(|&v| modulus.reduce(v)).collect()];
    let job = Job::cot(s, Party::Server, choices.len(), &[modulus], correlations, || choices.clone());
    let shares = lookup(s, &[job]).await?;
    Ok(Arith::new(modulus, shares[0][0].to_vec()))
}

/// Cost of `n` over a modulus.
pub fn cost(n: usize, modulus: Modulus) -> Cost {
    Cost::lookup(&[(Party::Server, n, 1, modulus.bits())])
}
