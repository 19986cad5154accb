//! Fused ReLU and shift with a change of ring: ⟨x⟩ over Z_{2^ℓ} ↦ ⟨max(x, 0) >> s⟩ over any modulus, elementwise.
//!
//! With b = DReLU(x) and c_s from one tree, `z = b·(⌊x₀/2^s⌋ + ⌊x₁/2^s⌋ + c_s)` over Z_{2^{ℓ−s}}: for x ≥ 0 the bracket is the
//! exact integer there, otherwise b is zero. z has its top bit clear, so it extends to a wider ring by an AND of private bits.
//! Source: docs/protocols.md, "ReLU and shift in one". Cost per value: one DReLU with a digit
//! boundary at s; over the narrower of Z_{2^{ℓ−s}} and the output ring one 1-of-4 OT and one COT, or, where a round costs
//! less than that saves, two COTs, an AND and a B2A; and the extension if the output is wider. Rounds: that comparison + 2,
//! or + 3, + 2 for the extension. Over Z_n it is a ReLU and a division by 2^s.

use sotto_crypto::{BitVec, mask64};
use sotto_nn::Sign;

use super::b2a::Conversion;
use super::drelu::signs;
use super::millionaires::{Comparison, Cuts, Leaves, compare_cost};
use super::shift::{cost as shift_cost, shift};
use super::{and, lookup, mux, relu, truncate};
use crate::cost::Cost;
use crate::error::Result;
use crate::ot::batch::{Batch, Sums};
use crate::party::{Params, Party};
use crate::session::lane::Lane;
use crate::share::{Arith, Modulus, Ring};

/// Shares of `max(x, 0) >> amount` over `out`, for `amount` < ℓ.
pub async fn relu_shift(s: &mut Lane, x: &Arith, amount: u32, out: impl Into<Modulus>) -> Result<Arith> {
    let out = out.into();
    let Some(ring) = x.modulus().ring() else {
        let positive = relu::relu(s, x).await?;
        return truncate::truncate(s, &positive, amount, Sign::NonNegative, out).await;
    };
    let Comparison { whole: [sign], low } = signs(s, x, ring, [0], Cuts::at(ring.bits() - 1, amount)).await?;
    select_shifted(s, x, ring, amount, [&sign, &low], None, out).await
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
    let form = Form::cheaper(x.len(), ring, amount, constant.is_some(), out, s.params());
    let mut batch = Batch::default();
    let selection = Selection::new(&mut batch, x.len(), Ring::new(ring.bits() - amount), form, constant.is_some(), out);
    let narrow = selection.ring;
    let shifted = Arith::new(narrow, x.values().iter().map(|&v| v >> amount).collect());
    // Step 1: the server's part b·(⌊x₀/2^s⌋ + c_s), chosen by the client's shares of b and c_s; the client's part b·⌊x₁/2^s⌋. Or b·c_s
    // apart, as a bit that becomes an additive one.
    let own = [&shifted];
    let none = BitVec::zeros(0);
    let up = match form {
        Form::Ands => and::and(s, [b, carry], [&none; 3]).await?.0,
        Form::Whole | Form::Lookup => none,
    };
    let mut inputs = batch.inputs(s.party());
    match form {
        Form::Whole | Form::Ands => mux::select(&mut inputs, selection.server_part, b, &own),
        Form::Lookup => {
            let bracket = |i: usize, b: u64, carry: u64| mask64(b == 1) & shifted.values()[i].wrapping_add(carry);
            let table = lookup::of_two_bits(b, carry, bracket);
            inputs.sums(selection.server_part, move |i, k, _| table(i, k), || lookup::two_bits(b, carry));
        }
    }
    mux::select(&mut inputs, selection.client_part, b, &own);
    selection.carry.iter().for_each(|conversion| conversion.bring(&mut inputs, &up));
    if let (Some(conversion), Some((bit, _))) = (&selection.constant, constant) {
        conversion.bring(&mut inputs, bit);
    }
    let mut shares = inputs.run(s, &batch).await?;
    let mut z = shares.sum(selection.server_part)?.add(&shares.sum(selection.client_part)?);
    if let Some(conversion) = &selection.carry {
        z = z.add(&conversion.result(&mut shares, &up)?);
    }
    if let (Some(conversion), Some((bit, c))) = (&selection.constant, constant) {
        let share = conversion.result(&mut shares, bit)?;
        let c = narrow.reduce(c);
        z = z.add(&Arith::new(narrow, share.values().iter().map(|v| v.wrapping_mul(c)).collect()));
    }
    // Step 2: extend, if the output is wider.
    shift(s, &z, narrow, 0, Sign::NonNegative, out).await
}

/// How [`select_shifted`] gets b·c_s.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// There is no carry.
    Whole,
    /// With the server's part, from a table of four entries: 2 + 3k bits where a multiplexer takes 1 + k.
    Lookup,
    /// By a triple and a B2A, 4 + k bits and one round more.
    Ands,
}

impl Form {
    /// The one that costs less for `n` values.
    fn cheaper(n: usize, ring: Ring, amount: u32, constant: bool, out: Modulus, params: Params) -> Self {
        if amount == 0 {
            return Self::Whole;
        }
        let cost = |form| Selection::cost(n, Ring::new(ring.bits() - amount), form, constant, out).1;
        if cost(Self::Ands).worth(params) < cost(Self::Lookup).worth(params) { Self::Ands } else { Self::Lookup }
    }
}

/// The OTs of [`select_shifted`].
struct Selection {
    /// Where it happens: Z_{2^{ℓ−s}}, or a narrower output ring.
    ring: Ring,
    server_part: Sums,
    client_part: Sums,
    /// Of b·c_s.
    carry: Option<Conversion>,
    constant: Option<Conversion>,
}

impl Selection {
    /// Of `n` values over `whole`, the ring that is left by the shift.
    fn new(batch: &mut Batch, n: usize, whole: Ring, form: Form, constant: bool, out: Modulus) -> Self {
        let ring = out.ring().filter(|&out| out <= whole).unwrap_or(whole);
        let fields = [ring.into()];
        Self {
            ring,
            server_part: batch.sums(Party::Server, n, 1 + u32::from(form == Form::Lookup), &fields),
            client_part: batch.sums(Party::Client, n, 1, &fields),
            carry: (form == Form::Ands).then(|| Conversion::new(batch, n, ring.into())),
            constant: constant.then(|| Conversion::new(batch, n, ring.into())),
        }
    }

    /// Where it happens, and what it costs.
    fn cost(n: usize, whole: Ring, form: Form, constant: bool, out: Modulus) -> (Ring, Cost) {
        let mut batch = Batch::default();
        let ring = Self::new(&mut batch, n, whole, form, constant, out).ring;
        let ands = if form == Form::Ands { and::cost(n, 0) } else { Cost::default() };
        (ring, ands + batch.cost())
    }
}

/// The leaves with which `n` evaluations over a ring begin.
pub(crate) fn leaves(n: usize, x: Modulus, amount: u32, params: Params) -> Option<Leaves> {
    x.ring().map(|ring| Leaves::new(n, 1, Cuts::at(ring.bits() - 1, amount), params))
}

/// Cost of `n` evaluations by `amount` from modulus `x` to `out`.
pub fn cost(n: usize, x: Modulus, amount: u32, out: Modulus, params: Params) -> Cost {
    let Some(ring) = x.ring() else {
        return relu::cost(n, x, params) + truncate::cost(n, x, amount, Sign::NonNegative, out, params);
    };
    compare_cost(n, 1, Cuts::at(ring.bits() - 1, amount), params) + select_cost(n, ring, amount, false, out, params)
}

/// Cost of [`select_shifted`].
pub(crate) fn select_cost(n: usize, ring: Ring, amount: u32, constant: bool, out: Modulus, params: Params) -> Cost {
    let form = Form::cheaper(n, ring, amount, constant, out, params);
    let (narrow, cost) = Selection::cost(n, Ring::new(ring.bits() - amount), form, constant, out);
    cost + shift_cost(n, narrow, 0, Sign::NonNegative, out, params)
}
