//! Correlated OT as a protocol of its own: additive shares of `y·δ`, δ the server's, the bit y the client's, elementwise.
//!
//! The other protocols use batches of these side by side. Cost per value: one COT_ℓ; 2 rounds.

use sotto_crypto::BitVec;

use crate::cost::Cost;
use crate::ot::cot::{self, CotJob};
use crate::share::{Arith, Ring};
use crate::{Party, Result, Session};

/// Shares of `y·δ` over `ring`. The server brings `delta`, the client `choices`, of one length; the other argument of each is
/// only read for its length.
pub async fn cot(s: &mut Session, delta: &[u64], choices: &BitVec, ring: Ring) -> Result<Arith> {
    let job = CotJob::new(s, Party::Server, choices.len(), &[ring.bits()], || vec![delta.to_vec()], || choices.clone());
    let mut shares = cot::cot(s, &[job]).await?;
    Ok(Arith::new(ring, shares.swap_remove(0).swap_remove(0)))
}

/// Cost of `n` over ℓ = `bits`.
pub fn cost(n: usize, bits: u32) -> Cost {
    Cost::cot(&[(Party::Server, n, bits)])
}
