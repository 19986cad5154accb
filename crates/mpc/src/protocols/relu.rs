//! ReLU over Z_{2^ℓ} and Z_n: ⟨x⟩ ↦ ⟨max(x, 0)⟩, elementwise.
//!
//! Source: CrypTFlow2 (CCS 2020), section 5.2. Cost: a DReLU and a multiplexer, one after the other.

use super::{drelu, mux};
use crate::cost::Cost;
use crate::error::Result;
use crate::party::Params;
use crate::session::lane::Lane;
use crate::share::{Arith, Modulus};

/// Shares of `max(x, 0)` for the signed reading of `x`.
pub async fn relu(s: &mut Lane, x: &Arith) -> Result<Arith> {
    let b = drelu::drelu(s, x).await?;
    mux::mux(s, &b, x).await
}

/// Cost of `n` evaluations.
pub fn cost(n: usize, modulus: Modulus, params: Params) -> Cost {
    drelu::cost(n, modulus, params) + mux::cost(n, &[modulus])
}
