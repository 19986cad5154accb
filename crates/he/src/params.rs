//! Named parameter sets. SECURITY.
//!
//! Ring degree N, ciphertext modulus Q, a product of primes just below 2^27 with p ≡ 1 mod 2^14, ternary secrets, and errors of a
//! centred binomial distribution of standard deviation √10.5 = 3.24. Estimate: table 1 of "Homomorphic Encryption
//! Standard" (homomorphicencryption.org, 2018; ternary secret, classical): 128-bit security up to log₂ Q = 109 for N = 4096 and
//! 218 for N = 8192.

use crate::prime::Prime;

/// The primes: the largest below 2^27 that are 1 modulo 2^14.
pub(crate) const PRIMES: [Prime; 5] = [
    Prime::new(133_857_281),
    Prime::new(133_644_289),
    Prime::new(133_611_521),
    Prime::new(133_513_217),
    Prime::new(133_251_073),
];

/// Bits of a residue on the wire.
pub const RESIDUE_BITS: u32 = 27;

/// Errors are differences of two sums of this many bits, so at most this large.
pub const ERROR_BOUND: u32 = 21;

/// Ring and modulus of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ParamSet {
    /// N = 4096, four primes, log₂ Q = 107.98.
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
            ParamSet::N4096 => &PRIMES[..4],
            ParamSet::N8192 => &PRIMES,
        }
    }

    /// Bits of a coefficient's residues on the wire.
    pub fn residues_bits(self) -> u32 {
        RESIDUE_BITS * self.primes().len() as u32
    }

    /// Stable name.
    pub fn name(self) -> &'static str {
        match self {
            ParamSet::N4096 => "n4096",
            ParamSet::N8192 => "n8192",
        }
    }
}
