//! Division by a public d, rounded down: ⟨x⟩ over Z_{2^ℓ} or Z_n ↦ ⟨⌊x/d⌋⟩ over any modulus, elementwise, for signed x.
//!
//! Over Z_{2^ℓ} by a power of two a [shift](super::shift), otherwise a [quotient](super::quotient). Source: CrypTFlow2 (CCS 2020),
//! section 4.3. Cost and rounds: those of the two.

use sotto_nn::Sign;

use super::millionaires::Leaves;
use super::quotient::{self, quotient};
use super::shift;
use crate::cost::Cost;
use crate::error::{Result, internal};
use crate::party::Params;
use crate::session::lane::Lane;
use crate::share::{Arith, Modulus, Ring};

/// The largest divisor.
pub const MAX_DIVISOR: u64 = 1 << 62;

/// Shares of `⌊x / divisor⌋` over `out`, for 1 ≤ `divisor` ≤ [`MAX_DIVISOR`]. The guarantee that `sign` states must hold; over
/// Z_n `Bounded` is taken as `Any`.
///
/// # Errors
/// [`Internal`](crate::ErrorKind::Internal) for another divisor.
pub async fn divide(s: &mut Lane, x: &Arith, divisor: u64, sign: Sign, out: impl Into<Modulus>) -> Result<Arith> {
    let out = out.into();
    if !(1..=MAX_DIVISOR).contains(&divisor) {
        return Err(internal(format!("a division by {divisor}")));
    }
    match as_shift(x.modulus(), divisor) {
        Some((ring, amount)) => shift::shift(s, x, ring, amount, sign, out).await,
        None => quotient(s, x, divisor, sign, out).await,
    }
}

/// The shift that a division by a power of two is.
fn as_shift(modulus: Modulus, divisor: u64) -> Option<(Ring, u32)> {
    let ring = modulus.ring()?;
    let amount = divisor.trailing_zeros();
    (divisor.is_power_of_two() && amount < ring.bits()).then_some((ring, amount))
}

/// The leaves with which `n` divisions begin, if they begin with a comparison.
pub(crate) fn leaves(n: usize, x: Modulus, divisor: u64, sign: Sign, out: Modulus, params: Params) -> Option<Leaves> {
    match as_shift(x, divisor) {
        Some((ring, amount)) => shift::leaves(n, ring, amount, sign, out, params),
        None => quotient::leaves(n, x, divisor, sign, out, params),
    }
}

/// Cost of `n` divisions from modulus `x` to `out`.
pub fn cost(n: usize, x: Modulus, divisor: u64, sign: Sign, out: Modulus, params: Params) -> Cost {
    match as_shift(x, divisor) {
        Some((ring, amount)) => shift::cost(n, ring, amount, sign, out, params),
        None => quotient::cost(n, x, divisor, sign, out, params),
    }
}
