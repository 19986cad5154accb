//! The negacyclic number-theoretic transform of length N = 4096 or 8192 modulo one prime, and products of its values.
//!
//! The forward transform takes coefficients in order to evaluations in bit-reversed order: place j holds the value at
//! ψ^(2·rev(j)+1), for a fixed primitive 2N-th root ψ. Source: Longa and Naehrig, "Speeding up the Number Theoretic Transform for
//! Faster Ideal Lattice-Based Cryptography" (CANS 2016), with Harvey's lazy butterflies ("Faster arithmetic for number-theoretic
//! transforms", 2014). A stage adds at most 2p to a value, and 4p + 13·2p < 2^32, so the forward transform reduces only once,
//! at its end.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod portable;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;

use sotto_crypto::Platform;

use crate::prime::{Factor, Prime};

/// Whether p is so close to its 2^bits that a number below 2^32 less its quotient by 2^bits times p is below 2p, on
/// which kernels rely. What is left is at most 2^bits and 2^(32−bits) times the gap.
fn is_close(prime: Prime) -> bool {
    let gap = (1 << prime.bits()) - u64::from(prime.get());
    (1 << prime.bits()) + (gap << (u32::BITS - prime.bits())) < 2 * u64::from(prime.get())
}

/// Roots of one prime for one length.
#[derive(Debug)]
pub struct NttTable {
    prime: Prime,
    forward: Roots,
    inverse: Roots,
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    vectors: wasm::Roots,
    /// 1/N.
    scale: Factor,
    /// ψ.
    psi: u32,
}

/// Powers of one root, for the stages of one direction.
#[derive(Debug)]
struct Roots {
    /// The power rev(i) at place i: block i of a stage with b blocks uses place b + i.
    factors: Vec<Factor>,
    #[cfg(target_arch = "x86_64")]
    avx2: avx2::Roots,
}

impl Roots {
    /// Powers of `base`, a root of order 2^(log_n + 1).
    fn new(prime: Prime, log_n: u32, base: u32) -> Self {
        let mut factors = vec![Factor::default(); 1 << log_n];
        let mut power = 1;
        for i in 0..factors.len() {
            factors[bit_reverse(i, log_n)] = prime.factor(power);
            power = prime.mul(power, base);
        }
        Self {
            #[cfg(target_arch = "x86_64")]
            avx2: avx2::Roots::new(prime, &factors),
            factors,
        }
    }
}

impl NttTable {
    /// Roots of unity modulo `prime` for polynomials of `1 << log_n` coefficients; 2^(log_n + 1) divides p − 1.
    ///
    /// # Panics
    /// If log_n is none of 6 to 13, or p differs from a power of two by more than kernels allow.
    pub fn new(prime: Prime, log_n: u32) -> Self {
        assert!((6..=13).contains(&log_n) && is_close(prime), "a length and a prime that kernels have room for");
        let psi = primitive_root(prime, 2 << log_n);
        let (forward, inverse) = (Roots::new(prime, log_n, psi), Roots::new(prime, log_n, prime.inverse(psi)));
        Self {
            prime,
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            vectors: wasm::Roots::new(prime, &forward.factors, &inverse.factors),
            forward,
            inverse,
            scale: prime.factor(prime.inverse(1 << log_n)),
            psi,
        }
    }

    /// The prime.
    pub fn prime(&self) -> Prime {
        self.prime
    }

    /// The primitive 2N-th root that place 0 evaluates at.
    pub(crate) fn psi(&self) -> u32 {
        self.psi
    }

    /// The root of block i of the stage with b blocks, for `index` = b + i.
    pub(crate) fn root(&self, index: usize) -> Factor {
        self.forward.factors[index]
    }

    /// N.
    pub fn len(&self) -> usize {
        self.forward.factors.len()
    }

    /// A table always has roots.
    pub fn is_empty(&self) -> bool {
        self.forward.factors.is_empty()
    }

    /// Coefficients below 4p, in place, to evaluations below p.
    ///
    /// # Panics
    /// When `values` has not N elements.
    pub fn forward(&self, values: &mut [u32]) {
        self.forward_on(Platform::detect(), values);
    }

    /// As [`NttTable::forward`], by one platform's kernel.
    pub fn forward_on(&self, platform: Platform, values: &mut [u32]) {
        assert_eq!(values.len(), self.len(), "the transform's length");
        match platform {
            #[cfg(target_arch = "x86_64")]
            Platform::X86Avx2(proof) => avx2::forward(proof, self.prime, &self.forward.avx2, values),
            #[cfg(target_arch = "x86_64")]
            Platform::X86Avx512(proof) => avx2::forward(proof.avx2(), self.prime, &self.forward.avx2, values),
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Platform::WasmSimd128 => wasm::forward(self.prime, &self.vectors, values),
            _ => portable::forward(self.prime, &self.forward.factors, values),
        }
    }

    /// Evaluations below 2p, in place, to coefficients below p.
    ///
    /// # Panics
    /// When `values` has not N elements.
    pub fn inverse(&self, values: &mut [u32]) {
        self.inverse_on(Platform::detect(), values);
    }

    /// As [`NttTable::inverse`], by one platform's kernel.
    pub fn inverse_on(&self, platform: Platform, values: &mut [u32]) {
        assert_eq!(values.len(), self.len(), "the transform's length");
        match platform {
            #[cfg(target_arch = "x86_64")]
            Platform::X86Avx2(proof) => avx2::inverse(proof, self.prime, &self.inverse.avx2, self.scale, values),
            #[cfg(target_arch = "x86_64")]
            Platform::X86Avx512(proof) => {
                avx2::inverse(proof.avx2(), self.prime, &self.inverse.avx2, self.scale, values)
            }
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Platform::WasmSimd128 => wasm::inverse(self.prime, &self.vectors, self.scale, values),
            _ => portable::inverse(self.prime, &self.inverse.factors, self.scale, values),
        }
    }
}

/// A root of order exactly `order`, a power of two that divides p − 1: the least, so that every machine finds the same.
fn primitive_root(prime: Prime, order: u64) -> u32 {
    let exponent = (u64::from(prime.get()) - 1) / order;
    let root = (2..prime.get()).map(|x| prime.pow(x, exponent)).find(|&r| prime.pow(r, order / 2) == prime.get() - 1);
    root.unwrap_or(1)
}

/// The low `bits` bits of `i` in reverse.
pub(crate) fn bit_reverse(i: usize, bits: u32) -> usize {
    i.reverse_bits() >> (usize::BITS - bits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::params::{PRIMES, ParamSet};

    fn random(n: usize, bound: u32, seed: u64) -> Vec<u32> {
        let mut prg = sotto_crypto::Prg::new(sotto_crypto::Block::from(seed));
        (0..n).map(|_| (prg.next_u64() % u64::from(bound)) as u32).collect()
    }

    /// Product modulo X^n + 1 by the definition.
    fn schoolbook(prime: Prime, a: &[u32], b: &[u32]) -> Vec<u32> {
        let n = a.len();
        let mut product = vec![0; n];
        for (i, &x) in a.iter().enumerate() {
            for (j, &y) in b.iter().enumerate() {
                let term = prime.mul(x, y);
                let place = &mut product[(i + j) % n];
                *place = if i + j < n { prime.add(*place, term) } else { prime.sub(*place, term) };
            }
        }
        product
    }

    #[test]
    fn evaluations_are_those_of_the_definition() {
        let table = NttTable::new(PRIMES[0], 6);
        let prime = table.prime();
        let coefficients = random(64, prime.get(), 1);
        let mut values = coefficients.clone();
        table.forward_on(Platform::Portable, &mut values);
        for (j, &value) in values.iter().enumerate() {
            let x = prime.pow(table.psi(), 2 * bit_reverse(j, 6) as u64 + 1);
            let horner = coefficients.iter().rev().fold(0, |sum, &c| prime.add(prime.mul(sum, x), c));
            assert_eq!(value, horner, "place {j}");
        }
    }

    #[test]
    fn products_are_those_of_polynomials() {
        for (k, &prime) in PRIMES.iter().enumerate() {
            let table = NttTable::new(prime, 12);
            let (a, b) = (random(4096, prime.get(), 2 + k as u64), random(4096, prime.get(), 20 + k as u64));
            let expected = schoolbook(prime, &a, &b);
            for platform in Platform::all() {
                let transformed = [&a, &b].map(|x| {
                    let mut x = x.clone();
                    table.forward_on(platform, &mut x);
                    x
                });
                let mut product: Vec<u32> =
                    transformed[0].iter().zip(&transformed[1]).map(|(&x, &y)| prime.mul(x, y)).collect();
                table.inverse_on(platform, &mut product);
                assert_eq!(product, expected, "{platform}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        /// Every platform computes what the portable twin does, also from the largest values that are allowed.
        #[test]
        fn platforms_agree(seed in any::<u64>(), which in 0..PRIMES.len(), set in 0..2usize, kind in 0..3u8) {
            let table = NttTable::new(PRIMES[which], ParamSet::ALL[set].log_degree());
            let p = PRIMES[which].get();
            let input = |bound: u32| match kind {
                0 => vec![bound - 1; table.len()],
                1 => random(table.len(), 2, seed).into_iter().map(|bit| bit * (bound - 1)).collect(),
                _ => random(table.len(), bound, seed),
            };
            let (coefficients, evaluations) = (input(4 * p), input(2 * p));
            let mut expected = [coefficients.clone(), evaluations.clone()];
            table.forward_on(Platform::Portable, &mut expected[0]);
            table.inverse_on(Platform::Portable, &mut expected[1]);
            prop_assert!(expected.iter().flatten().all(|&v| v < p));
            for platform in Platform::all() {
                let mut got = [coefficients.clone(), evaluations.clone()];
                table.forward_on(platform, &mut got[0]);
                table.inverse_on(platform, &mut got[1]);
                prop_assert!(got == expected, "{}", platform);
                table.inverse_on(platform, &mut got[0]);
                let reduced: Vec<u32> = coefficients.iter().map(|&v| v % p).collect();
                prop_assert!(got[0] == reduced, "{}: inverse of forward", platform);
            }
        }
    }
}
