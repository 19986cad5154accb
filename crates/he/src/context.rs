//! What a parameter set needs precomputed, once a process.

use std::sync::OnceLock;

use crate::ntt::NttTable;
use crate::params::ParamSet;
use crate::prime::{Factor, Prime};

/// Tables of one parameter set.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) tables: Vec<NttTable>,
    /// ⌊2^128/pᵢ⌋.
    pub(crate) reciprocals: Vec<u128>,
    /// The next 64 bits of 2^128/pᵢ: together with the former, ⌊2^192/pᵢ⌋.
    pub(crate) finer: Vec<u64>,
    /// Q/pᵢ modulo 2^128.
    pub(crate) products: Vec<u128>,
    /// Q as high·2^64 + low.
    pub(crate) modulus: [u128; 2],
    /// Q/pᵢ modulo pᵢ, and its inverse, a factor.
    pub(crate) cofactors: Vec<(u32, Factor)>,
}

impl Context {
    pub(crate) fn get(set: ParamSet) -> &'static Context {
        static ALL: [OnceLock<Context>; 2] = [const { OnceLock::new() }; 2];
        ALL[set as usize].get_or_init(|| Context::new(set))
    }

    fn new(set: ParamSet) -> Self {
        let primes = set.primes();
        Self {
            tables: primes.iter().map(|&prime| NttTable::new(prime, set.log_degree())).collect(),
            // No prime divides 2^128.
            reciprocals: primes.iter().map(|p| u128::MAX / u128::from(p.get())).collect(),
            finer: primes.iter().map(|p| finer(p.get().into())).collect(),
            products: primes.iter().map(|&prime| product(primes.iter().filter(|&&other| other != prime))).collect(),
            modulus: set.modulus(),
            cofactors: cofactors(primes),
        }
    }
}

/// Bits 64 to 127 behind the point of 2^64/p, which are bits 0 to 63 of ⌊2^192/p⌋.
fn finer(p: u128) -> u64 {
    let rest = u128::MAX % p + 1;
    ((rest << 64) / p) as u64
}

/// A product modulo 2^128.
fn product<'a>(primes: impl Iterator<Item = &'a Prime>) -> u128 {
    primes.fold(1, |product, p| product.wrapping_mul(p.get().into()))
}

/// For each prime, the product of the others modulo it, and the inverse of that.
pub(crate) fn cofactors(primes: &[Prime]) -> Vec<(u32, Factor)> {
    let cofactor = |&prime: &Prime| {
        let others = primes.iter().filter(|&&other| other != prime);
        let product = others.fold(1, |product, other| prime.mul(product, prime.reduce(other.get())));
        (product, prime.factor(prime.inverse(product)))
    };
    primes.iter().map(cofactor).collect()
}
