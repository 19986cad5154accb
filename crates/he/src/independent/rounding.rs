//! Roundings against fractions of large integers: how far ⌊2^k·c/Q⌉ may be off, where fractions are close to a half.

use num_bigint::BigUint;
use sotto_crypto::{Block, Prg};

use super::decryption::modulus;
use crate::noise::ROUNDING;
use crate::params::{MAX_ROUNDED_BITS, ParamSet};
use crate::poly::{Coefficients, Poly};
use crate::scale::round;

/// |2^bits·c/Q − rounded|, modulo 2^bits, in 2^−32 units.
fn error(set: ParamSet, bits: u32, c: &BigUint) -> f64 {
    let mut poly = Poly::<Coefficients>::zeros(set);
    for (k, prime) in set.primes().iter().enumerate() {
        poly.part_mut(k)[0] = (c % prime.get()).iter_u32_digits().next().unwrap_or(0);
    }
    let (q, rounded) = (modulus(set), BigUint::from(round(poly.clone(), bits, [0].into_iter())[0]));
    let size = &q << bits;
    let difference = ((c << bits) + &size - rounded * &q) % &size;
    let difference = (&size - &difference).min(difference);
    let units: u64 = ((difference << 32u32) / q).try_into().expect("less than a few units");
    units as f64 / f64::from(u32::MAX)
}

#[test]
fn roundings_are_off_by_more_than_a_half_and_at_most_the_bound() {
    let mut prg = Prg::new(Block::from(11u64));
    for set in ParamSet::ALL {
        let q = modulus(set);
        let mut worst: f64 = 0.0;
        for bits in [1, 40, 77, 84, MAX_ROUNDED_BITS] {
            for _ in 0..2000 {
                let v = prg.next_block().as_u128() >> (128 - bits);
                // Numbers whose fraction is a little more than a half, which a sum that is short of it rounds down.
                let half = (((BigUint::from(v) * 2u32 + 1u32) * &q) >> (bits + 1)) + 1u32;
                let more = (&q * (prg.next_u64() >> 37)) >> (bits + 32);
                worst = worst.max(error(set, bits, &((half + more) % &q)));
            }
        }
        assert!(worst > 0.5 + 1e-3 && worst <= ROUNDING, "{set:?}: {worst}");
    }
}
