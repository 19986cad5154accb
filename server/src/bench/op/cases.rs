//! Inputs: every pairing of boundary values with boundary shares first, then random ones.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sotto_crypto::BitVec;
use sotto_mpc::Ring;

use super::super::{OpArgs, SignArg};
use super::Op;

/// What one party brings.
pub(super) struct Own {
    /// Private integers, or additive shares.
    pub(super) values: Vec<u64>,
    /// Boolean shares, or choices.
    pub(super) bits: BitVec,
}

/// Both parties' inputs.
pub(super) struct Case {
    pub(super) client: Own,
    pub(super) server: Own,
}

impl Case {
    /// The batch for an operation.
    pub(super) fn new(op: Op, args: &OpArgs) -> Case {
        let n = args.n as usize;
        let ring = Ring::new(args.bits);
        let mut rng = ChaCha20Rng::seed_from_u64(args.common.seed);
        let mut client = Vec::with_capacity(n);
        let mut server = Vec::with_capacity(n);
        let boundary = boundary_values(ring, args.shift);
        let pairs = boundary.iter().flat_map(|&x| boundary.iter().map(move |&share| (x, share)));
        // Half of the batch at most, so that a small one has random values, too.
        for (x, share) in pairs.take(n / 2) {
            let x = if op == Op::Truncate { within(args.sign, ring, x) } else { x };
            client.push(share);
            server.push(if op == Op::Millionaires { x } else { ring.reduce(x.wrapping_sub(share)) });
        }
        while client.len() < n {
            let (a, b) = (ring.reduce(rng.next_u64()), ring.reduce(rng.next_u64()));
            client.push(a);
            server.push(match op {
                // Half of the pairs differ in few bits or none: random integers part in their top digit.
                Op::Millionaires if b & 1 == 1 => ring.reduce(a ^ (1 << (rng.next_u64() % 64)) ^ (b & 2)),
                Op::Truncate => ring.reduce(within(args.sign, ring, b).wrapping_sub(a)),
                _ => b,
            });
        }
        let mut bits = || BitVec::random(n, &mut rng);
        Case { client: Own { values: client, bits: bits() }, server: Own { values: server, bits: bits() } }
    }

    /// The shared values, signed.
    pub(super) fn plain(&self, ring: Ring) -> Vec<i64> {
        let pairs = self.client.values.iter().zip(&self.server.values);
        pairs.map(|(a, b)| ring.to_signed(ring.reduce(a.wrapping_add(*b)))).collect()
    }
}

/// Zero, the ends of both readings, the neighbourhood of `2^shift`, of a quarter of the ring, and their negatives.
fn boundary_values(ring: Ring, shift: u32) -> Vec<u64> {
    let bits = ring.bits();
    let mut values = vec![0u64, 1, 2];
    for exponent in [shift, bits / 2, bits.saturating_sub(2), bits - 1] {
        let power = 1u64.checked_shl(exponent).unwrap_or(0);
        values.extend([power.wrapping_sub(1), power, power.wrapping_add(1)]);
    }
    let negatives: Vec<u64> = values.iter().map(|v| v.wrapping_neg()).collect();
    values.extend(negatives);
    let mut values: Vec<u64> = values.into_iter().map(|v| ring.reduce(v)).collect();
    values.sort_unstable();
    values.dedup();
    values
}

/// `x` moved into the range that the guarantee allows; a bound needs two bits or more.
fn within(sign: SignArg, ring: Ring, x: u64) -> u64 {
    let bits = ring.bits();
    match sign {
        SignArg::Any => x,
        SignArg::NonNegative => x & (ring.mask() >> 1),
        SignArg::Bounded => ring.from_signed(Ring::new(bits - 1).to_signed(x & (ring.mask() >> 1))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guarantees_hold() {
        for bits in 1..=64 {
            let ring = Ring::new(bits);
            for x in boundary_values(ring, bits / 2) {
                assert!(ring.to_signed(within(SignArg::NonNegative, ring, x)) >= 0);
                if bits > 1 {
                    let bounded = i128::from(ring.to_signed(within(SignArg::Bounded, ring, x)));
                    let quarter = (1i128 << bits) / 4;
                    assert!((-quarter..quarter).contains(&bounded), "{bits} bits: {bounded}");
                }
            }
        }
    }
}
