//! Roundings against fractions of large integers: how far ⌊2^k·c/Q⌉ may be off, where fractions are close to a half.

use num_bigint::BigUint;
use sotto_crypto::{Block, Prg};

use super::decryption::modulus;
use crate::noise::{ROUNDING, rounded_down};
use crate::params::{MAX_ROUNDED_BITS, ParamSet};
use crate::poly::{Coefficients, Poly};
use crate::scale::round;

/// A polynomial of one coefficient.
fn poly(set: ParamSet, c: &BigUint) -> Poly<Coefficients> {
    let mut poly = Poly::zeros(set);
    for (k, prime) in set.primes().iter().enumerate() {
        poly.part_mut(k)[0] = (c % prime.get()).iter_u32_digits().next().unwrap_or(0);
    }
    poly
}

/// |2^bits·c/Q − rounded|, modulo 2^bits, in 2^−32 units.
fn error(set: ParamSet, bits: u32, c: &BigUint) -> f64 {
    let (q, rounded) = (modulus(set), BigUint::from(rounded(set, bits, c)));
    let size = &q << bits;
    let difference = ((c << bits) + &size - rounded * &q) % &size;
    let difference = (&size - &difference).min(difference);
    let units: u64 = ((difference << 32u32) / q).try_into().expect("less than a few units");
    units as f64 / f64::from(u32::MAX)
}

/// The least integer from which on ⌊2^bits·c/Q⌉ is more than v.
fn least_above(v: u128, bits: u32, q: &BigUint) -> BigUint {
    (((BigUint::from(v) * 2u32 + 1u32) * q) >> (bits + 1)) + 1u32
}

fn rounded(set: ParamSet, bits: u32, c: &BigUint) -> u128 {
    round(poly(set, c), bits, [0].into_iter())[0]
}

#[test]
fn all_is_rounded_to_the_nearest_but_the_least_integer_that_goes_up() {
    let mut prg = Prg::new(Block::from(12u64));
    for set in ParamSet::ALL {
        let q = modulus(set);
        for bits in [17, 40, 77, MAX_ROUNDED_BITS] {
            for _ in 0..500 {
                let v = prg.next_block().as_u128() >> (128 - bits);
                let (least, up) = (least_above(v, bits, &q), (v + 1) % (1 << bits));
                // With reciprocals of 128 bits those below 95, and 2^36 for the larger set, went down.
                for above in [1u64, 2, 95, 1 << 36].into_iter().filter(|&above| BigUint::from(above) < &q >> (bits + 1))
                {
                    assert_eq!(rounded(set, bits, &((&least + above) % &q)), up, "{set:?}, {bits} bits, {above}");
                }
                assert_eq!(rounded(set, bits, &(least - 1u32)), v, "{set:?}, {bits} bits");
            }
        }
    }
}

/// Where (2v + 1)·Q is one less than a multiple of 2^(bits + 1), the multiple's integer is 2^−bits above the half, nearer than the reciprocals know.
#[test]
fn one_integer_of_a_half_may_be_rounded_down_and_is_counted() {
    for set in ParamSet::ALL {
        let (q, bits) = (modulus(set), MAX_ROUNDED_BITS);
        let size = BigUint::from(1u32) << (bits + 1);
        let odd = &size - q.modinv(&size).expect("Q is odd");
        let least: BigUint = (&odd * &q + 1u32) >> (bits + 1);
        let v: u128 = (odd >> 1u32).try_into().expect("94 bits");
        assert_eq!(least, least_above(v, bits, &q));
        assert_eq!([0u32, 1].map(|above| rounded(set, bits, &(&least + above))), [v, v + 1], "{set:?}");
        assert!(rounded_down(set) >= 1.0);
    }
}

#[test]
fn roundings_are_off_by_a_half_and_at_most_the_bound() {
    let mut prg = Prg::new(Block::from(11u64));
    for set in ParamSet::ALL {
        let q = modulus(set);
        let mut worst: f64 = 0.0;
        for bits in [1, 40, 77, 84, MAX_ROUNDED_BITS] {
            for _ in 0..2000 {
                let v = prg.next_block().as_u128() >> (128 - bits);
                // Numbers whose fraction is a little more than a half, which a sum that is short of it rounds down.
                let half = least_above(v, bits, &q);
                let more = (&q * (prg.next_u64() >> 37)) >> (bits + 32);
                worst = worst.max(error(set, bits, &((half + more) % &q)));
            }
        }
        assert!(worst > 0.5 - 1e-3 && worst <= ROUNDING, "{set:?}: {worst}");
    }
}
