//! Comparison with public thresholds over Z_{2^ℓ} and Z_n: ⟨x⟩ ↦ ⟨1{x − t ≥ 0}⟩ over Z_2, elementwise.
//!
//! The server subtracts the thresholds from its shares, and the rest is a DReLU (CrypTFlow2, CCS 2020, section 3.2). Boolean shares
//! are additive ones over Z_2, so nothing is converted. Cost and rounds: a DReLU's.

use super::drelu;
use crate::cost::Cost;
use crate::error::{Result, internal};
use crate::party::{Params, Party};
use crate::session::lane::Lane;
use crate::share::{Arith, Modulus};

/// Shares of `1{x − least ≥ 0}` for the signed reading of the difference; `least` has an entry for each element.
///
/// # Errors
/// For another number of thresholds.
pub async fn threshold(s: &mut Lane, x: &Arith, least: &[i64]) -> Result<Arith> {
    if least.len() != x.len() {
        return Err(internal(format!("{} thresholds for {} values", least.len(), x.len())));
    }
    let modulus = x.modulus();
    let shifted = match s.party() {
        Party::Server => x.sub(&Arith::new(modulus, least.iter().map(|&t| modulus.from_signed(t)).collect())),
        Party::Client => x.clone(),
    };
    let above = drelu::drelu(s, &shifted).await?;
    Ok(Arith::new(Modulus::power_of_two(1), above.iter().map(u64::from).collect()))
}

/// Cost of `n` evaluations.
pub fn cost(n: usize, modulus: Modulus, params: Params) -> Cost {
    drelu::cost(n, modulus, params)
}
