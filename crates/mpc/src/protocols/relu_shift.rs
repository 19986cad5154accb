//! Fused ReLU and shift with a change of ring: ⟨x⟩ over Z_{2^ℓ} ↦ ⟨max(x, 0) >> s⟩ over any modulus, elementwise.
//!
//! With b = DReLU(x) and c_s from one tree, `z = b·(⌊x₀/2^s⌋ + ⌊x₁/2^s⌋ + c_s)` over Z_{2^{ℓ−s}}: for x ≥ 0 the bracket is the
//! exact integer there, otherwise b is zero. z has its top bit clear, so it extends to a wider ring by an AND of private bits.
//! Source: docs/protocols.md, "ReLU and shift in one". Cost per value: one DReLU with a digit boundary at s, one 1-of-4 OT and
//! one COT over the narrower of Z_{2^{ℓ−s}} and the output ring, and the extension if it is wider. Rounds: that comparison + 2,
//! + 2 for the extension. Over Z_n it is a ReLU and a division by 2^s.

use sotto_crypto::{BitVec, mask64};
use sotto_nn::Sign;

use super::drelu::{self, signs};
use super::{b2a, lookup, mux, relu, truncate};
use crate::cost::Cost;
use crate::ot::lookup::{Job, lookup as run};
use crate::share::{Arith, Modulus, Ring};
use crate::{Party, Result, Session};

/// Shares of `max(x, 0) >> amount` over `out`, for `amount` < ℓ.
pub async fn relu_shift(s: &mut Session, x: &Arith, amount: u32, out: impl Into<Modulus>) -> Result<Arith> {
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
    s: &mut Session,
    x: &Arith,
    ring: Ring,
    amount: u32,
    [b, carry]: [&BitVec; 2],
    constant: Option<(&BitVec, u64)>,
    out: Modulus,
) -> Result<Arith> {
    let narrow = narrow(ring, amount, out);
    let shifted = Arith::new(narrow, x.values().iter().map(|&v| v >> amount).collect());
    // Step 1: the server's part b·(⌊x₀/2^s⌋ + c_s), chosen by the client's shares of b and c_s; the client's part b·⌊x₁/2^s⌋.
    let bracket = |i: usize, b: u64, carry: u64| mask64(b == 1) & (shifted.values()[i].wrapping_add(carry));
    let table = lookup::of_two_bits(b, carry, bracket);
    let server_part = match amount {
        0 => mux::half_job(s, Party::Server, b, &[&shifted]),
        _ => lookup::job(s, x.len(), 2, narrow, table, || lookup::two_bits(b, carry)),
    };
    let constant_job = constant.and_then(|(bit, _)| b2a::job(s, bit, narrow));
    let mut jobs: Vec<Job> = vec![server_part, mux::half_job(s, Party::Client, b, &[&shifted])];
    jobs.extend(constant_job);
    let shares = run(s, &jobs).await?;
    let own = match (amount, s.party()) {
        (1.., Party::Server) => lookup::finish(s, narrow, &shares[0][0], table),
        _ => mux::own_half(b, &shifted).add(&Arith::new(narrow, shares[0][0].to_vec())),
    };
    let mut z = own.add(&Arith::new(narrow, shares[1][0].to_vec()));
    if let Some((bit, c)) = constant {
        let share = b2a::finish(bit, narrow, shares.get(2).map(|fields| &fields[0][..]));
        z = z.add(&Arith::new(narrow, share.values().iter().map(|&v| narrow.mul(v, narrow.reduce(c))).collect()));
    }
    // Step 2: extend, if the output is wider.
    truncate::truncate(s, &z, 0, Sign::NonNegative, out).await
}

/// Where the selection happens: Z_{2^{ℓ−s}}, or a narrower output ring.
fn narrow(ring: Ring, amount: u32, out: Modulus) -> Modulus {
    let whole = Ring::new(ring.bits() - amount);
    out.ring().filter(|&out| out <= whole).unwrap_or(whole).into()
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
    let narrow = narrow(ring, amount, out);
    let mut jobs =
        vec![(Party::Server, n, 1 + u32::from(amount > 0), narrow.bits()), (Party::Client, n, 1, narrow.bits())];
    jobs.extend(if constant { b2a::cost_job(n, narrow) } else { None });
    Cost::lookup(&jobs) + truncate::cost(n, narrow, 0, Sign::NonNegative, out, digit)
}
