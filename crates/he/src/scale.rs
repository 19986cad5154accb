//! Between Z_t and Z_Q: ⌊Q·m/t⌋ by residues, and ⌊2^k·c/Q⌉ from residues.
//!
//! Both avoid long integers. Since Q is 0 modulo each of its primes, ⌊Q·m/t⌋ = (Q·m − v)/t with v = Q·m mod t is −v/t there. And
//! c/Q = Σ xᵢ/pᵢ modulo 1 for xᵢ = cᵢ·(Q/pᵢ)⁻¹ mod pᵢ, which 192 fractional bits hold to within 2^−162: less than 1/Q, so that no more than
//! one integer c, the next one to where a rounding goes up, can be rounded down instead.

use sotto_crypto::{Modulus, SecretVec};

use crate::context::Context;
use crate::params::{MAX_ROUNDED_BITS, ParamSet};
use crate::poly::{Coefficients, Poly};
use crate::prime::{Factor, Prime};
use crate::{pointwise, residues};

/// Q modulo t.
fn q_mod(set: ParamSet, t: Modulus) -> u64 {
    set.primes().iter().fold(1, |q, p| t.mul(q, t.reduce(p.get().into())))
}

/// Whether ⌊Q·m/t⌋ can be taken by residues: no prime of Q divides t.
pub fn supports(set: ParamSet, t: Modulus) -> bool {
    set.primes().iter().all(|p| !t.size().is_multiple_of(p.get().into()))
}

/// −1/t modulo p for each prime.
fn minus_inverses(set: ParamSet, t: u128) -> Vec<Factor> {
    let inverse = |prime: &Prime| prime.factor(prime.neg(prime.inverse(prime.reduce128(t))));
    set.primes().iter().map(inverse).collect()
}

/// Scales elements of Z_t up to Z_Q.
pub(crate) struct Lift {
    set: ParamSet,
    t: Modulus,
    q: u64,
    factors: Vec<Factor>,
}

impl Lift {
    /// # Panics
    /// When a prime of Q divides t, see [`supports`].
    pub(crate) fn new(set: ParamSet, t: Modulus) -> Self {
        assert!(supports(set, t), "a prime of Q divides the plaintext modulus");
        Self { set, t, q: q_mod(set, t), factors: minus_inverses(set, t.size()) }
    }

    /// Adds ⌊Q·m/t⌋ to the coefficients at the given places, all of them different.
    pub(crate) fn add(&self, poly: &mut Poly<Coefficients>, elements: impl Iterator<Item = (usize, u64)>) {
        let n = self.set.degree();
        let (mut v, mut scaled) = (SecretVec::zeros(n), SecretVec::zeros(n));
        elements.for_each(|(place, m)| v[place] = self.t.mul(self.q, m));
        for (k, (&prime, &factor)) in self.set.primes().iter().zip(&self.factors).enumerate() {
            pointwise::reduce(prime, &v, &mut scaled);
            residues::scale(prime, &mut scaled, factor);
            residues::add(prime, poly.part_mut(k), &scaled);
        }
    }
}

/// ⌊2^bits·c/Q⌉ modulo 2^bits of every coefficient in `places`, or one less where c is the least integer that is rounded up.
pub(crate) fn round(mut poly: Poly<Coefficients>, bits: u32, places: impl Iterator<Item = usize>) -> Vec<u128> {
    debug_assert!(bits <= MAX_ROUNDED_BITS);
    let context = Context::get(poly.set());
    let cofactors: Vec<Factor> = context.cofactors.iter().map(|c| c.1).collect();
    poly.scale(&cofactors);
    let (n, residues) = (poly.set().degree(), poly.residues());
    let one = |place: usize| {
        // The lowest 64 of 192 fractional bits need no more than their carry.
        let (mut sum, mut lowest) = (1u128 << (127 - bits), 0u128);
        for (k, (reciprocal, &finer)) in context.reciprocals.iter().zip(&context.finer).enumerate() {
            let x = u128::from(residues[k * n + place]);
            sum = sum.wrapping_add(reciprocal.wrapping_mul(x));
            lowest += u128::from(finer) * x;
        }
        sum.wrapping_add(lowest >> 64) >> (128 - bits)
    };
    places.map(one).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Q as a list of base-2^32 digits, least first, times m, plus add, divided by 2^shift.
    fn q_times(set: ParamSet, m: u128) -> Vec<u64> {
        let mut digits = vec![1u64];
        let mut multiply = |m: u64| {
            let mut carry = 0u128;
            for digit in digits.iter_mut() {
                let v = u128::from(*digit) * u128::from(m) + carry;
                *digit = (v & 0xffff_ffff) as u64;
                carry = v >> 32;
            }
            while carry > 0 {
                digits.push((carry & 0xffff_ffff) as u64);
                carry >>= 32;
            }
        };
        set.primes().iter().for_each(|p| multiply(p.get().into()));
        let base = digits.clone();
        let mut total = vec![0u64; base.len() + 5];
        for (i, part) in (0..4).map(|i| (i, (m >> (32 * i)) as u64 & 0xffff_ffff)) {
            let mut carry = 0u64;
            for (j, slot) in total.iter_mut().enumerate().skip(i) {
                let digit = base.get(j - i).copied().unwrap_or(0);
                let v = u128::from(*slot) + u128::from(digit) * u128::from(part) + u128::from(carry);
                *slot = (v & 0xffff_ffff) as u64;
                carry = (v >> 32) as u64;
            }
        }
        total
    }

    /// Long division of base-2^32 digits by t; returns the quotient modulo each prime.
    fn divide(digits: &[u64], t: u128, primes: &[Prime]) -> Vec<u32> {
        let mut rest = 0u128;
        let mut quotient = vec![0u32; primes.len()];
        for &digit in digits.iter().rev() {
            // Bit by bit, so that nothing overflows for t < 2^96.
            for bit in (0..32).rev() {
                rest = rest << 1 | u128::from(digit >> bit & 1);
                let one = rest >= t;
                rest -= if one { t } else { 0 };
                for (q, prime) in quotient.iter_mut().zip(primes) {
                    *q = prime.add(prime.add(*q, *q), one.into());
                }
            }
        }
        quotient
    }

    fn modulus() -> impl Strategy<Value = Modulus> {
        prop_oneof![
            (1u32..=64).prop_map(Modulus::power_of_two),
            (1u64..1 << 61).prop_map(|k| Modulus::odd(2 * k + 1)),
            prop_oneof![Just(3u64), Just((1 << 62) - 1)].prop_map(Modulus::odd),
        ]
    }

    proptest! {
        #[test]
        fn lifting_is_division(t in modulus(), m in any::<u64>(), set in 0..2usize, corner in 0..3usize) {
            let set = ParamSet::ALL[set];
            prop_assume!(supports(set, t));
            let m = [t.reduce(m), 0, (t.size() - 1) as u64][corner];
            let mut poly = Poly::zeros(set);
            Lift::new(set, t).add(&mut poly, [(5, m)].into_iter());
            let expected = divide(&q_times(set, m.into()), t.size(), set.primes());
            let got: Vec<u32> = (0..set.primes().len()).map(|k| poly.part(k)[5]).collect();
            prop_assert_eq!(got, expected);
        }
    }
}
