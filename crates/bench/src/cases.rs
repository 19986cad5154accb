//! Inputs, private and public: every pairing of boundary values with boundary shares first, then random ones.

use std::ops::Range;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sotto_crypto::BitVec;
use sotto_mpc::Modulus;
use sotto_nn::Sign;

use crate::{Op, Spec};

/// What one party brings.
pub(crate) struct Own {
    /// Private integers, or additive shares.
    pub(crate) values: Vec<u64>,
    /// Boolean shares, or choices.
    pub(crate) bits: BitVec,
}

impl Own {
    /// The inputs of a range of results, each of which takes `each` values.
    pub(crate) fn slice(&self, range: Range<usize>, each: usize) -> Own {
        let values = self.values[range.start * each..range.end * each].to_vec();
        Own { values, bits: self.bits.slice(range) }
    }
}

/// Both parties' inputs.
pub(crate) struct Case {
    pub(crate) client: Own,
    pub(crate) server: Own,
}

impl Case {
    /// The batch for an operation; the same for both parties, because the seed is public.
    pub(crate) fn new(spec: &Spec) -> Case {
        let (n, op) = (spec.values(), spec.op);
        let modulus = spec.modulus();
        let sign = if matches!(op, Op::Truncate | Op::Divide) { spec.sign } else { Sign::Any };
        let mut rng = ChaCha20Rng::seed_from_u64(spec.seed);
        let mut client = Vec::with_capacity(n);
        let mut server = Vec::with_capacity(n);
        let boundary = boundary_values(modulus, spec.shift);
        let pairs = boundary.iter().flat_map(|&x| boundary.iter().map(move |&share| (x, share)));
        // Half of the batch at most, so that a small one has random values, too.
        for (x, share) in pairs.take(n / 2) {
            client.push(share);
            server.push(if op.takes_private() { x } else { modulus.sub(within(sign, modulus, x), share) });
        }
        while client.len() < n {
            let (a, b) = (modulus.reduce(rng.next_u64()), modulus.reduce(rng.next_u64()));
            client.push(a);
            server.push(match op.takes_private() {
                // Half of the pairs differ in few bits or none: random integers part in their top digit.
                true if b & 1 == 1 => modulus.reduce(a ^ (1 << (rng.next_u64() % 64)) ^ (b & 2)),
                true => b,
                false => modulus.sub(within(sign, modulus, b), a),
            });
        }
        let mut bits = || BitVec::random(n, &mut rng);
        Case { client: Own { values: client, bits: bits() }, server: Own { values: server, bits: bits() } }
    }

    /// The shared values, signed.
    pub(crate) fn plain(&self, modulus: Modulus) -> Vec<i64> {
        let pairs = self.client.values.iter().zip(&self.server.values);
        pairs.map(|(&a, &b)| modulus.to_signed(modulus.add(a, b))).collect()
    }
}

/// Zero, the ends of both readings, the neighbourhood of `2^shift`, of a quarter and of the halves, and their negatives.
fn boundary_values(modulus: Modulus, shift: u32) -> Vec<u64> {
    let bits = modulus.bits();
    let power = |exponent: u32| 1u64.checked_shl(exponent).unwrap_or(0);
    let centres = [power(shift), power(bits / 2), power(bits.saturating_sub(2)), modulus.largest_positive()];
    let near = centres.into_iter().flat_map(|v| [v.wrapping_sub(1), v, v.wrapping_add(1), v.wrapping_add(2)]);
    let mut values: Vec<u64> = near.chain([0, 1, 2]).map(|v| modulus.reduce(v)).collect();
    values.extend(values.clone().into_iter().map(|v| modulus.neg(v)));
    values.sort_unstable();
    values.dedup();
    values
}

/// `x` moved into the range that the guarantee allows; a bound needs two bits or more.
fn within(sign: Sign, modulus: Modulus, x: u64) -> u64 {
    let v = modulus.to_signed(x);
    match sign {
        Sign::Any => x,
        Sign::NonNegative if v < 0 => modulus.from_signed(!v),
        Sign::NonNegative => x,
        Sign::Bounded => modulus.from_signed(v >> 1),
    }
}

/// Maxpool's windows: neighbours.
pub(crate) fn windows(size: u32, n: usize) -> Vec<Vec<usize>> {
    let size = size as usize;
    (0..n).map(|w| (w * size..(w + 1) * size).collect()).collect()
}

/// Lookup's public table.
pub(crate) fn table(spec: &Spec) -> Vec<u64> {
    let mut rng = ChaCha20Rng::seed_from_u64(spec.seed);
    (0..1 << spec.bits).map(|_| rng.next_u64()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guarantees_hold() {
        for modulus in (1..=64).map(Modulus::power_of_two).chain([3, 5, 12289].map(Modulus::odd)) {
            for x in boundary_values(modulus, modulus.bits() / 2) {
                assert!(modulus.to_signed(within(Sign::NonNegative, modulus, x)) >= 0);
                if modulus.bits() > 1 {
                    let bounded = i128::from(modulus.to_signed(within(Sign::Bounded, modulus, x)));
                    let quarter = modulus.size() as i128 / 4 + 1;
                    assert!((-quarter..quarter).contains(&bounded), "{modulus:?}: {bounded}");
                }
            }
        }
    }
}
