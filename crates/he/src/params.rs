//! Named parameter sets. SECURITY.
//!
//! Ring degree N, ciphertext modulus Q, a product of primes just below powers of two with p ≡ 1 mod 2^14, ternary
//! secrets, and errors of a centred binomial distribution of standard deviation √10.5 = 3.24. How large Q may be:
//! [`ParamSet::most_bits`].

use crate::prime::Prime;

/// The primes: the largest below 2^27, and below 2^26, that are 1 modulo 2^14.
pub(crate) const PRIMES: [Prime; 7] = [
    Prime::new(133_857_281),
    Prime::new(133_644_289),
    Prime::new(133_611_521),
    Prime::new(133_513_217),
    Prime::new(133_251_073),
    Prime::new(67_043_329),
    Prime::new(66_994_177),
];

/// Primes of the smaller set: as much of Q as 128 bits of security leave, first those that decryption takes.
const SMALL: [Prime; 4] = [PRIMES[0], PRIMES[1], PRIMES[5], PRIMES[6]];

/// Primes of the larger set.
const LARGE: [Prime; 5] = [PRIMES[0], PRIMES[1], PRIMES[2], PRIMES[3], PRIMES[4]];

/// Errors are differences of two sums of this many bits, so at most this large.
pub const ERROR_BOUND: u32 = 21;

/// The widest representation that residues are rounded to.
pub const MAX_ROUNDED_BITS: u32 = 94;

/// Ring and modulus of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ParamSet {
    /// N = 4096, four primes, log₂ Q = 105.99.
    N4096,
    /// N = 8192, five primes, log₂ Q = 134.97: for shares or noise that the smaller set has no room for.
    N8192,
}

impl ParamSet {
    /// Every set, the smallest first.
    pub const ALL: [ParamSet; 2] = [ParamSet::N4096, ParamSet::N8192];

    /// log₂ N.
    pub const fn log_degree(self) -> u32 {
        match self {
            ParamSet::N4096 => 12,
            ParamSet::N8192 => 13,
        }
    }

    /// N.
    pub const fn degree(self) -> usize {
        1 << self.log_degree()
    }

    /// The primes of Q.
    pub fn primes(self) -> &'static [Prime] {
        match self {
            ParamSet::N4096 => &SMALL,
            ParamSet::N8192 => &LARGE,
        }
    }

    /// Largest log₂ Q of 128-bit security for ternary secrets against classical attacks, by the lattice estimator's
    /// default model: Bossuat and others, "Security Guidelines for Implementing Homomorphic Encryption" (IACR
    /// Communications in Cryptology, 2024).
    pub const fn most_bits(self) -> u32 {
        match self {
            ParamSet::N4096 => 106,
            ParamSet::N8192 => 214,
        }
    }

    /// Q as high·2^64 + low.
    pub(crate) fn modulus(self) -> [u128; 2] {
        self.primes().iter().fold([0, 1], |[high, low], p| {
            let (high, low) = (high * u128::from(p.get()), low * u128::from(p.get()));
            [high + (low >> 64), low & u128::from(u64::MAX)]
        })
    }

    /// Bits of Q.
    pub(crate) fn modulus_bits(self) -> u32 {
        let [high, low] = self.modulus();
        if high > 0 { 192 - high.leading_zeros() } else { 128 - low.leading_zeros() }
    }

    /// Bits of a coefficient's residues on the wire.
    pub fn residues_bits(self) -> u32 {
        self.primes().iter().map(|p| p.bits()).sum()
    }

    /// Most bits of a reply's a: with them, its product with the secret is below a quarter of Q.
    pub(crate) fn most_reply_bits(self) -> u32 {
        let fits = |bits: &u32| exp2(bits + self.log_degree() + 2) <= q(self);
        (1..=MAX_ROUNDED_BITS).rev().find(fits).unwrap_or(0)
    }

    /// Stable name.
    pub fn name(self) -> &'static str {
        match self {
            ParamSet::N4096 => "n4096",
            ParamSet::N8192 => "n8192",
        }
    }
}

/// 2^e, exactly.
pub(crate) fn exp2(e: u32) -> f64 {
    f64::from_bits(u64::from(1023 + e) << 52)
}

/// Q.
pub(crate) fn q(set: ParamSet) -> f64 {
    set.primes().iter().map(|p| f64::from(p.get())).product()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_set_has_a_larger_modulus_than_128_bits_of_security_leave() {
        for set in ParamSet::ALL {
            assert!(q(set) <= exp2(set.most_bits()), "{set:?}: log₂ Q = {}", q(set).log2());
        }
    }

    #[test]
    fn primes_are_what_transforms_and_residues_need() {
        for prime in PRIMES {
            let p = prime.get();
            assert!(p % (1 << 14) == 1 && [26, 27].contains(&prime.bits()));
            assert!((2..).take_while(|d| d * d <= p).all(|d| p % d != 0), "{p} is prime");
        }
    }
}
