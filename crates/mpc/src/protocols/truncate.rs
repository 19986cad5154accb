//! Faithful truncation: ⟨x⟩ over Z_{2^ℓ} or Z_n ↦ ⟨x >> s⟩ over any modulus, arithmetic shift with floor, never off by one.
//!
//! Over Z_{2^ℓ} a [shift](super::shift), over Z_n a [division](super::quotient) by 2^s. Source: CrypTFlow2 (CCS 2020), sections 4.2
//! and 4.3. Cost and rounds: those of the two.

use sotto_nn::Sign;

use super::millionaires::Leaves;
use super::{quotient, shift};
use crate::cost::Cost;
use crate::error::Result;
use crate::party::Params;
use crate::session::lane::Lane;
use crate::share::{Arith, Modulus};

/// Shares of `x >> amount` over `out`, for `amount` < ℓ. The guarantee that `sign` states must hold.
pub async fn truncate(s: &mut Lane, x: &Arith, amount: u32, sign: Sign, out: impl Into<Modulus>) -> Result<Arith> {
    match x.modulus() {
        Modulus::PowerOfTwo(ring) => shift::shift(s, x, ring, amount, sign, out.into()).await,
        Modulus::Odd(_) => quotient::quotient(s, x, 1 << amount, sign, out.into()).await,
    }
}

/// The leaves with which `n` truncations begin, if they begin with a comparison.
pub(crate) fn leaves(n: usize, x: Modulus, amount: u32, sign: Sign, out: Modulus, params: Params) -> Option<Leaves> {
    match x {
        Modulus::PowerOfTwo(ring) => shift::leaves(n, ring, amount, sign, out, params),
        Modulus::Odd(_) => quotient::leaves(n, x, 1 << amount, sign, out, params),
    }
}

/// Cost of `n` truncations by `amount` from modulus `x` to `out`.
pub fn cost(n: usize, x: Modulus, amount: u32, sign: Sign, out: Modulus, params: Params) -> Cost {
    match x {
        Modulus::PowerOfTwo(ring) => shift::cost(n, ring, amount, sign, out, params),
        Modulus::Odd(_) => quotient::cost(n, x, 1 << amount, sign, out, params),
    }
}
