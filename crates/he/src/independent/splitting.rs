//! Coefficients as elements and what is left, against the definition on large integers: β is the largest with ⌊Q·β/2^ℓ⌋ ≤ b.

use num_bigint::BigUint;
use sotto_crypto::{Block, Modulus, Prg};

use super::decryption::{compose, modulus};
use crate::params::ParamSet;
use crate::poly::{Coefficients, Poly};
use crate::split::{Parts, Split};

/// Coefficients modulo Q by their residues.
fn poly(set: ParamSet, coefficients: &[BigUint]) -> Poly<Coefficients> {
    let mut poly = Poly::zeros(set);
    for (k, prime) in set.primes().iter().enumerate() {
        let residues = coefficients.iter().map(|c| (c % prime.get()).iter_u32_digits().next().unwrap_or(0));
        poly.part_mut(k).iter_mut().zip(residues).for_each(|(slot, residue)| *slot = residue);
    }
    poly
}

/// Where every element starts and ends, and uniform coefficients.
fn coefficients(set: ParamSet, bits: u32) -> Vec<BigUint> {
    let (q, n) = (modulus(set), set.degree());
    let mut prg = Prg::new(Block::from(u64::from(bits)));
    let mut all: Vec<BigUint> = [0u64, 1, 95, 1 << 37].map(BigUint::from).to_vec();
    all.extend([1u64, 2, 96, 1 << 37].map(|below| &q - below));
    for i in 0..n / 4 {
        let element = BigUint::from(if i < 8 { i as u64 } else { prg.next_u64() }) % (BigUint::from(1u32) << bits);
        let start = (&q * element) >> bits;
        let before = if start == BigUint::ZERO { &q - 1u32 } else { &start - 1u32 };
        all.extend([&start + 1u32, start, before]);
    }
    all.truncate(n);
    while all.len() < n {
        let wide = (0..5).fold(BigUint::ZERO, |wide, _| (wide << 64u32) + prg.next_u64());
        all.push(wide % &q);
    }
    all
}

#[test]
fn splitting_is_division_and_joining_undoes_it() {
    for (set, bits) in [(ParamSet::N4096, 1), (ParamSet::N4096, 16), (ParamSet::N4096, 37), (ParamSet::N4096, 64)]
        .into_iter()
        .chain([(ParamSet::N8192, 9), (ParamSet::N8192, 44), (ParamSet::N8192, 64)])
    {
        let (q, t, values) = (modulus(set), Modulus::power_of_two(bits), coefficients(set, bits));
        for cut in [0, 1, 20] {
            let split = Split::new(set, t, cut);
            assert!(split.suits(t) && split.element_bits() == bits);
            let halves = split.split(poly(set, &values), 0..values.len());
            let start = |element: u64| (&q * element) >> bits;
            for (value, &(element, rest)) in values.iter().zip(halves.iter()) {
                let end = (&q * (BigUint::from(element) + 1u32)) >> bits;
                assert!(start(element) <= *value && *value < end, "{set:?}, {bits} bits: {value} is not of {element}");
                assert_eq!((value - start(element)) >> cut, BigUint::from(rest), "{set:?}, {bits} bits, without {cut}");
                assert!(rest >> split.rest_bits() == 0);
            }
            // Every second element does not travel, and is taken off.
            let places: Vec<_> = (0..values.len()).map(|i| (i, i % 2 == 0)).collect();
            let elements = halves.iter().zip(&places).filter(|(_, place)| place.1).map(|(half, _)| half.0).collect();
            let joined = split.join(&Parts { rests: halves.iter().map(|half| half.1).collect(), elements }, &places);
            let half = BigUint::from((1u32 << cut) >> 1);
            for ((value, joined), (&(element, _), place)) in
                values.iter().zip(compose(&joined)).zip(halves.iter().zip(&places))
            {
                let expected = if place.1 { value.clone() } else { value - start(element) };
                let difference = (&q + &expected - joined) % &q;
                assert!((&q - &difference).min(difference) <= half, "{set:?}, {bits} bits, {cut} cut off");
            }
        }
    }
}
