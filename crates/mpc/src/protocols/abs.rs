//! Absolute value over Z_{2^ℓ} and Z_n: ⟨x⟩ ↦ ⟨|x|⟩, elementwise. Over Z_{2^ℓ} |−2^{ℓ−1}| wraps to −2^{ℓ−1}.
//!
//! With b = DReLU(x), `|x| = 2·(b·x) − x`. Over Z_{2^ℓ} b·x matters modulo 2^{ℓ−1} only. Source: docs/protocols.md,
//! "Absolute value", from CrypTFlow2's DReLU and F_Mux (CCS 2020). Cost: a DReLU and a multiplexer of ℓ − 1 bits, or of
//! ⌈log₂ n⌉; rounds: DReLU + 2. Nothing for ℓ = 1.

use super::{drelu, mux};
use crate::cost::Cost;
use crate::error::Result;
use crate::error::internal;
use crate::party::Params;
use crate::session::lane::Lane;
use crate::share::{Arith, Modulus};

/// Shares of `|x|` for the signed reading of `x`.
pub async fn abs(s: &mut Lane, x: &Arith) -> Result<Arith> {
    let modulus = x.modulus();
    // Over one bit −1 is 1.
    let Some(field) = product_modulus(modulus) else { return Ok(x.clone()) };
    let b = drelu::drelu(s, x).await?;
    let narrow = x.reduce_to(field).ok_or_else(|| internal("a product wider than its value"))?;
    let product = mux::mux(s, &b, &narrow).await?;
    let product = Arith::new(modulus, product.values().to_vec());
    Ok(product.add(&product).sub(x))
}

/// What the product b·x is needed modulo.
fn product_modulus(x: Modulus) -> Option<Modulus> {
    match x.bits() {
        1 => None,
        bits => Some(x.ring().map_or(x, |_| Modulus::power_of_two(bits - 1))),
    }
}

/// Cost of `n` evaluations.
pub fn cost(n: usize, modulus: Modulus, params: Params) -> Cost {
    product_modulus(modulus)
        .map_or_else(Cost::default, |field| drelu::cost(n, modulus, params) + mux::cost(n, &[field]))
}
