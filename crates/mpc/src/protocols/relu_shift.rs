//! Fused ReLU and shift with a change of ring: ⟨x⟩ over Z_{2^ℓ} ↦ ⟨max(x, 0) >> s⟩ over any modulus, elementwise.
//!
//! With b = DReLU(x) and c_s from one tree, `z = b·(⌊x₀/2^s⌋ + ⌊x₁/2^s⌋ + c_s)` over Z_{2^{ℓ−s}}: for x ≥ 0 the bracket is the
//! exact integer there, otherwise b is zero. z has its top bit clear, so it extends to a wider ring by an AND of private bits.
//! Source: docs/protocols.md, "ReLU and shift in one". Cost per value: one DReLU with a digit boundary at s, one 1-of-4 OT and
//! one COT over the narrower of Z_{2^{ℓ−s}} and the output ring, and the extension if it is wider. Rounds: that comparison + 2,
//! + 2 for the extension. Over Z_n it is a ReLU and a division by 2^s.

use sotto_crypto::{BitVec, mask64};
use sotto_nn::Sign;

use super::b2a::Conversion;
use super::drelu::{self, signs};
use super::millionaires::Leaves;
use super::shift::{cost as shift_cost, shift};
use super::{lookup, mux, relu, truncate};
use crate::cost::Cost;
use crate::error::Result;
use crate::ot::batch::{Batch, Sums};
use crate::party::Party;
use crate::session::lane::Lane;
use crate::share::{Arith, Modulus, Ring};

/// Shares of `max(x, 0) >> amount` over `out`, for `amount` < ℓ.
pub async fn relu_shift(s: &mut Lane, x: &Arith, amount: u32, out: impl Into<Modulus>) -> Result<Arith> {
    let out = out.into();
    let Some(ring) = x.modulus().ring() else {
        let positive = relu::relu(s, x).await?;
        return truncate::truncate(s, &positive, amount, Sign::NonNegative, out).await;
    };
    let [sign] = signs(s, x, ring, [0], amount).await?;
    select_shifted(s, x, ring, amount, [&sign.whole, &sign.low], None, out).await
}

/// Shares of `b·(x >> amount) + b'·c`, for b that is only set when x ≥ 0, the carry out of the low `amount` bits, and
/// optionally `(b', c)` with a public c, where the sum is below 2^{ℓ−s−1}.
pub(crate) async fn select_shifted(
    s: &mut Lane,
    x: &Arith,
    ring: Ring,
    amount: u32,
    [b, carry]: [&BitVec; 2],
    constant: Option<(&BitVec, u64)>,
    out: Modulus,
) -> Result<Arith> {
    let mut batch = Batch::default();
    let selection = Selection::new(&mut batch, x.len(), ring, amount, constant.is_some(), out);
    let narrow = selection.ring;
    let shifted = Arith::new(narrow, x.values().iter().map(|&v| v >> amount).collect());
    // Step 1: the server's part b·(⌊x₀/2^s⌋ + c_s), chosen by the client's shares of b and c_s; the client's part b·⌊x₁/2^s⌋.
    let own = [&shifted];
    let mut inputs = batch.inputs(s.party());
    match amount {
        0 => mux::select(&mut inputs, selection.server_part, b, &own),
        _ => {
            let bracket = |i: usize, b: u64, carry: u64| mask64(b == 1) & shifted.values()[i].wrapping_add(carry);
            let table = lookup::of_two_bits(b, carry, bracket);
            inputs.sums(selection.server_part, move |i, k, _| table(i, k), || lookup::two_bits(b, carry));
        }
    }
    mux::select(&mut inputs, selection.client_part, b, &own);
    if let (Some(conversion), Some((bit, _))) = (&selection.constant, constant) {
        conversion.bring(&mut inputs, bit);
    }
    let mut shares = inputs.run(s, &batch).await?;
    let mut z = shares.sum(selection.server_part)?.add(&shares.sum(selection.client_part)?);
    if let (Some(conversion), Some((bit, c))) = (&selection.constant, constant) {
        let share = conversion.result(&mut shares, bit)?;
        let c = narrow.reduce(c);
        z = z.add(&Arith::new(narrow, share.values().iter().map(|v| v.wrapping_mul(c)).collect()));
    }
    // Step 2: extend, if the output is wider.
    shift(s, &z, narrow, 0, Sign::NonNegative, out).await
}

/// The OTs of [`select_shifted`].
struct Selection {
    /// Where it happens: Z_{2^{ℓ−s}}, or a narrower output ring.
    ring: Ring,
    server_part: Sums,
    client_part: Sums,
    constant: Option<Conversion>,
}

impl Selection {
    fn new(batch: &mut Batch, n: usize, ring: Ring, amount: u32, constant: bool, out: Modulus) -> Self {
        let whole = Ring::new(ring.bits() - amount);
        let ring = out.ring().filter(|&out| out <= whole).unwrap_or(whole);
        let fields = [ring.into()];
        Self {
            ring,
            server_part: batch.sums(Party::Server, n, 1 + u32::from(amount > 0), &fields),
            client_part: batch.sums(Party::Client, n, 1, &fields),
            constant: constant.then(|| Conversion::new(batch, n, ring.into())),
        }
    }
}

/// The leaves with which `n` evaluations over a ring begin.
pub(crate) fn leaves(n: usize, x: Modulus, amount: u32, digit: u32) -> Option<Leaves> {
    x.ring().map(|ring| drelu::sign_leaves(n, 1, ring, amount, digit))
}

/// Cost of `n` evaluations by `amount` from modulus `x` to `out`.
pub fn cost(n: usize, x: Modulus, amount: u32, out: Modulus, digit: u32) -> Cost {
    let Some(ring) = x.ring() else {
        return relu::cost(n, x, digit) + truncate::cost(n, x, amount, Sign::NonNegative, out, digit);
    };
    drelu::signs_cost(n, 1, ring.bits(), amount, digit) + select_cost(n, ring, amount, false, out, digit)
}

/// Cost of [`select_shifted`].
pub(crate) fn select_cost(n: usize, ring: Ring, amount: u32, constant: bool, out: Modulus, digit: u32) -> Cost {
    let mut batch = Batch::default();
    let narrow = Selection::new(&mut batch, n, ring, amount, constant, out).ring;
    batch.cost() + shift_cost(n, narrow, 0, Sign::NonNegative, out, digit)
}
