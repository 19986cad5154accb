//! Encryption, evaluation and decryption against the definitions on large integers: coefficients modulo Q by the Chinese remainder
//! theorem, their product with s, and ⌊t·phase/Q⌉.

use num_bigint::BigUint;
use sotto_crypto::Modulus;

use crate::cipher::Ciphertext;
use crate::exchange::Exchange;
use crate::keys::SecretKey;
use crate::params::ParamSet;
use crate::poly::{Coefficients, Poly};

/// Coefficients below Q.
pub(super) fn compose(poly: &Poly<Coefficients>) -> Vec<BigUint> {
    let (set, q) = (poly.set(), modulus(poly.set()));
    // Residue 1 modulo one prime, 0 modulo the others.
    let unit = |p: u32| {
        let others = &q / p;
        others.modinv(&p.into()).expect("the primes differ") * others
    };
    let units: Vec<BigUint> = set.primes().iter().map(|p| unit(p.get())).collect();
    let coefficient = |i: usize| units.iter().enumerate().map(|(k, unit)| unit * poly.part(k)[i]).sum::<BigUint>() % &q;
    (0..set.degree()).map(coefficient).collect()
}

pub(super) fn modulus(set: ParamSet) -> BigUint {
    set.primes().iter().map(|p| BigUint::from(p.get())).product()
}

/// The product modulo X^N + 1 and q, as one product of integers whose digits are the coefficients.
fn product(x: &[BigUint], y: &[BigUint], q: &BigUint) -> Vec<BigUint> {
    let n = x.len();
    let digit = (2 * q.bits() as usize + n.ilog2() as usize).div_ceil(8);
    let pack = |poly: &[BigUint]| {
        let digits = poly.iter().flat_map(|c| {
            let mut bytes = c.to_bytes_le();
            bytes.resize(digit, 0);
            bytes
        });
        BigUint::from_bytes_le(&digits.collect::<Vec<_>>())
    };
    let mut bytes = (pack(x) * pack(y)).to_bytes_le();
    bytes.resize(2 * n * digit, 0);
    let coefficient = |i: usize| BigUint::from_bytes_le(&bytes[i * digit..][..digit]) % q;
    (0..n).map(|i| (coefficient(i) + q - coefficient(n + i)) % q).collect()
}

/// The elements of Z_t in `b + a·s`, which must be `expected`, with noise of at most `bound`.
fn check(key: &SecretKey, ciphertext: &Ciphertext, t: Modulus, expected: &[u64], bound: f64) {
    let (q, t) = (modulus(key.set()), BigUint::from(t.size()));
    let [a, b, s] = [&ciphertext.a, &ciphertext.b, key.secret()].map(|poly| compose(&poly.clone().to_coefficients()));
    let size = &t * &q;
    for ((product, b), &m) in product(&a, &s, &q).into_iter().zip(b).zip(expected) {
        let phase = (product + b) % &q;
        assert_eq!((&phase * &t * 2u32 + &q) / (&q * 2u32) % &t, m.into());
        let noise = (phase * &t + &size - &q * m) % &size;
        let noise = (&size - &noise).min(noise);
        assert!(noise <= &t * (bound as u128), "noise of {noise}/t, at most {bound}");
    }
}

/// A fresh ciphertext, and one that a server has multiplied and masked.
fn round_trip(set: ParamSet, t: Modulus) {
    let size = BigUint::from(t.size());
    // The largest weights, and all others.
    let weights: Vec<i8> = (0..set.degree()).map(|i| [i8::MIN, i8::MAX, (i / 3 % 256) as u8 as i8][i % 3]).collect();
    let exchange = Exchange::run(set, t, &weights).unwrap();

    let rounding = exchange.budget.split.unit() / 2.0;
    check(&exchange.key, &exchange.fresh, t, &exchange.input, f64::from(crate::ERROR_BOUND) + 1.0 + rounding);

    let residue = |w: i8| BigUint::from(i128::from(w).rem_euclid(t.size() as i128) as u128);
    let weights: Vec<BigUint> = weights.into_iter().map(residue).collect();
    let input: Vec<BigUint> = exchange.input.iter().map(|&m| m.into()).collect();
    let products = product(&input, &weights, &size);
    let sums = products.into_iter().zip(&exchange.masks).map(|(product, &mask)| (product + mask) % &size);
    let expected: Vec<u64> = sums.map(|sum| sum.iter_u64_digits().next().unwrap_or(0)).collect();
    check(&exchange.key, &exchange.answer, t, &expected, exchange.budget.noise);
    assert!(exchange.decrypted(&exchange.answer) == expected, "decryption of a reply");
}

#[test]
fn rings() {
    for bits in [1, 16, 37, 39] {
        round_trip(ParamSet::N4096, Modulus::power_of_two(bits));
    }
    for bits in [1, 16, 41, 64] {
        round_trip(ParamSet::N8192, Modulus::power_of_two(bits));
    }
}

#[test]
fn odd_moduli() {
    for n in [3, 65_537, (1 << 37) - 25, (1 << 39) - 1] {
        round_trip(ParamSet::N4096, Modulus::odd(n));
    }
    for n in [3, 12_289, (1 << 41) - 1, (1 << 62) - 1] {
        round_trip(ParamSet::N8192, Modulus::odd(n));
    }
}
