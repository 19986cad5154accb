//! A coefficient modulo Q as an element of a ring of ℓ bits and what is left: b = ⌊Q·β/2^ℓ⌋ + o with 0 ≤ o ≤ Q/2^ℓ.
//!
//! What travels of o is λ = ⌊o/2^s⌋, a function of o alone: where b is uniform modulo Q, β is uniform given λ, up to 2^ℓ/Q. (A
//! rounding of b itself would not do: as Q is odd, some of its results stand for one residue more than others, which ones
//! depends on β.) See docs/notes/he-security.md.

use sotto_crypto::{Modulus, SecretVec};

use crate::context::Context;
use crate::params::ParamSet;
use crate::poly::{Coefficients, Poly};
use crate::prime::Factor;
use crate::scale::Lift;

/// How coefficients are split, the same at both parties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    set: ParamSet,
    /// ℓ.
    element_bits: u32,
    /// s.
    cut: u32,
}

/// Which coefficients of a ciphertext travel, and how.
#[derive(Clone, Copy)]
pub struct Layout<'a> {
    /// How they are split.
    pub split: Split,
    /// (coefficient, whether it holds a given element, which travels); at the others the ciphertext makes the element.
    pub places: &'a [(usize, bool)],
}

/// b of a ciphertext at the places of a layout.
pub struct Parts {
    /// λ at every place.
    pub rests: Vec<u128>,
    /// β at the places where it travels.
    pub elements: Vec<u64>,
}

impl Split {
    /// For elements of Z_t, without the lowest `cut` bits of what is left.
    ///
    /// ℓ is the bits of an element, or more where what is left would not fit 127 bits.
    pub fn new(set: ParamSet, t: Modulus, cut: u32) -> Self {
        let least = set.modulus_bits().saturating_sub(126);
        Self { set, element_bits: t.bits().max(least), cut }
    }

    /// Bits of β.
    pub fn element_bits(&self) -> u32 {
        self.element_bits
    }

    /// Bits of λ.
    pub fn rest_bits(&self) -> u32 {
        128 - self.start(1).leading_zeros() - self.cut
    }

    /// The unit of what is left, 2^s.
    pub(crate) fn unit(&self) -> f64 {
        crate::params::exp2(self.cut)
    }

    /// Whether elements of Z_t can be taken from ciphertexts: β is an element of it.
    pub(crate) fn suits(&self, t: Modulus) -> bool {
        matches!(t, Modulus::PowerOfTwo(_)) && t.bits() == self.element_bits
    }

    /// ⌊Q·β/2^ℓ⌋ modulo 2^128, for β up to 2^ℓ.
    fn start(&self, element: u128) -> u128 {
        let [high, low] = Context::get(self.set).modulus;
        // high·2^64·β is a multiple of 2^ℓ.
        let upper = high.wrapping_mul(element) << (64 - self.element_bits);
        upper.wrapping_add(low.wrapping_mul(element) >> self.element_bits)
    }

    /// β and λ of the coefficients in `places`.
    pub(crate) fn split(
        &self,
        mut poly: Poly<Coefficients>,
        places: impl Iterator<Item = usize>,
    ) -> SecretVec<(u64, u128)> {
        let context = Context::get(self.set);
        let inverses: Vec<Factor> = context.cofactors.iter().map(|c| c.1).collect();
        poly.scale(&inverses);
        let n = self.set.degree();
        let modulus = self.modulus_low();
        let one = |place: usize| {
            // b = Σ xᵢ·Q/pᵢ − turns·Q, and its fraction of Q, which is short by less than 2^−98.
            let (mut value, mut fraction, mut turns) = (0u128, 0u128, 0u128);
            for (k, &product) in context.products.iter().enumerate() {
                let x = u128::from(poly.residues()[k * n + place]);
                value = value.wrapping_add(x.wrapping_mul(product));
                let (sum, carry) = fraction.overflowing_add(x.wrapping_mul(context.reciprocals[k]));
                fraction = sum;
                turns += u128::from(carry);
            }
            value = value.wrapping_sub(turns.wrapping_mul(modulus));
            let guess = fraction >> (128 - self.element_bits);
            let [this, next] = [guess, guess + 1].map(|element| value.wrapping_sub(self.start(element)));
            // A fraction that is short may leave the element before, and then b reaches the next one's start.
            let is_next = !((next as i128) >> 127) as u128;
            let element = guess.wrapping_add(is_next & 1);
            let rest = (next & is_next) | (this & !is_next);
            ((element as u64) & (u64::MAX >> (64 - self.element_bits)), rest >> self.cut)
        };
        places.map(one).collect::<Vec<_>>().into()
    }

    /// Q modulo 2^128.
    fn modulus_low(&self) -> u128 {
        let [high, low] = Context::get(self.set).modulus;
        (high << 64) | low
    }

    /// The coefficients in `places`, see [`Layout`]; the others, and β where it does not travel, are 0. What was cut off is
    /// taken as a half of a unit.
    pub(crate) fn join(&self, parts: &Parts, places: &[(usize, bool)]) -> Poly<Coefficients> {
        let (n, primes) = (self.set.degree(), self.set.primes());
        let mut poly = Poly::zeros(self.set);
        let half = (1u128 << self.cut) >> 1;
        let residues = poly.all_mut();
        for (&(place, _), &rest) in places.iter().zip(&parts.rests) {
            let rest = (rest << self.cut) + half;
            primes.iter().enumerate().for_each(|(k, prime)| residues[k * n + place] = prime.reduce128(rest));
        }
        let given = places.iter().filter(|place| place.1).map(|place| place.0);
        let ring = Modulus::power_of_two(self.element_bits);
        Lift::new(self.set, ring).add(&mut poly, given.zip(parts.elements.iter().copied()));
        poly
    }
}

#[cfg(test)]
mod tests {
    use sotto_crypto::{Block, Prg};

    use super::*;
    use crate::keys::SecretKey;

    /// Elements that ciphertexts make look uniform, and so they do given what travels.
    #[test]
    fn made_elements_do_not_depend_on_what_travels() {
        let (set, t) = (ParamSet::N4096, Modulus::power_of_two(37));
        let split = Split::new(set, t, 16);
        let (mut stream, mut secret) = (Prg::new(Block::from(5u64)), Prg::new(Block::from(6u64)));
        let key = SecretKey::generate(set, &mut secret);
        let places: Vec<_> = (0..set.degree()).map(|i| (i, false)).collect();
        // The highest and the lowest four bits of an element, against the highest four of what is left.
        let mut counts = [[[0u32; 16]; 16]; 2];
        for index in 0..8 {
            let none = std::iter::empty();
            let layout = Layout { split, places: &places };
            let (parts, made) = key.encrypt(t, layout, none, &mut stream, index, &mut secret);
            assert!(parts.elements.is_empty() && made.len() == set.degree());
            for (&rest, &element) in parts.rests.iter().zip(made.iter()) {
                let rest = (rest >> (split.rest_bits() - 4)) as usize;
                counts[0][rest][(element >> 33) as usize] += 1;
                counts[1][rest][(element & 15) as usize] += 1;
            }
        }
        for table in counts {
            let rows = table.iter().filter(|row| row.iter().any(|&n| n > 0)).count();
            // Rows are as long as the unit of an element has room for: each has its own mean.
            let chi_square: f64 = table.iter().filter(|row| row.iter().any(|&n| n > 0)).fold(0.0, |sum, row| {
                let mean = f64::from(row.iter().sum::<u32>()) / 16.0;
                sum + row.iter().map(|&n| (f64::from(n) - mean).powi(2) / mean).sum::<f64>()
            });
            let freedom = (rows * 15) as f64;
            assert!(rows > 8 && chi_square < freedom + 6.0 * (2.0 * freedom).sqrt(), "{chi_square} of {freedom}");
        }
    }
}
