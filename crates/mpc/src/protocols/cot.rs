//! Correlated OT as a protocol of its own: additive shares of `y·δ`, δ the server's, the bit y the client's, elementwise.
//!
//! The other protocols use batches of these side by side. Cost per value: one COT_ℓ; 2 rounds.

use sotto_crypto::BitVec;

use crate::cost::Cost;
use crate::error::Result;
use crate::ot::batch::{Batch, Sums};
use crate::party::Party;
use crate::session::lane::Lane;
use crate::share::{Arith, Modulus};

/// Shares of `y·δ` over `modulus`. The server brings `delta`, the client `choices`, of one length; the other argument of each is
/// only read for its length.
pub async fn cot(s: &mut Lane, delta: &[u64], choices: &BitVec, modulus: impl Into<Modulus>) -> Result<Arith> {
    let (batch, product) = described(choices.len(), modulus.into());
    let mut inputs = batch.inputs(s.party());
    inputs.products(product, |i, _| delta[i], choices);
    inputs.run(s, &batch).await?.sum(product)
}

fn described(n: usize, modulus: Modulus) -> (Batch, Sums) {
    let mut batch = Batch::default();
    let product = batch.sums(Party::Server, n, 1, &[modulus]);
    (batch, product)
}

/// Cost of `n` over a modulus.
pub fn cost(n: usize, modulus: Modulus) -> Cost {
    described(n, modulus).0.cost()
}
