//! ReLU over Z_{2^ℓ}: ⟨x⟩ ↦ ⟨max(x, 0)⟩, elementwise.
//!
//! Source: CrypTFlow2 (CCS 2020), section 5.2. Cost: a DReLU and a multiplexer, one after the other.

use super::{drelu, mux};
use crate::cost::Cost;
use crate::share::Arith;
use crate::{Result, Session};

/// Shares of `max(x, 0)` for the signed reading of `x`.
pub async fn relu(s: &mut Session, x: &Arith) -> Result<Arith> {
    let b = drelu::drelu(s, x).await?;
    mux::mux(s, &b, x).await
}

/// Cost of `n` evaluations over ℓ = `bits`.
pub fn cost(n: usize, bits: u32, digit: u32) -> Cost {
    drelu::cost(n, bits, digit) + mux::cost(n, &[bits])
}
