//! Packing: several ciphertexts, each with values on a stride, become one.
//!
//! σ_g: X ↦ X^g. The automorphisms g_k = 1 + N/2^k for k < L fix X^F with F = 2^L, and together they map every other power to
//! combinations that cancel: the sum over the group they generate, the trace, multiplies coefficients at multiples of F by F and makes
//! the others zero. Merging two ciphertexts at level k costs one key switch: with σ_k(X^{2^k}) = −X^{2^k},
//!
//! `(A + X^{2^k}·B) + σ_k(A − X^{2^k}·B) = (1 + σ_k)A + X^{2^k}·(1 + σ_k)B`.
//!
//! A tree of such merges, even places before odd ones, puts the values of ciphertext m at m modulo F. Source: Chen, Dai, Kim and Song,
//! "Efficient Homomorphic Conversion Between (Ring) LWE Ciphertexts" (ACNS 2021), algorithm 2 (PackLWEs), for values on a
//! stride. Each is divided by F modulo Q beforehand, so that messages and noise come out as they went in.
//!
//! A key switch decomposes by residues: the digit of pᵢ is [c·(Q/pᵢ)⁻¹] modulo pᵢ, below 2^27. It adds at most
//! L_Q·N·2^27·21 to the noise, and the later merges double that; terms that meet in one coefficient come from one merge of
//! each level, so that a tree of F leaves adds at most (F − 1) times that bound.

use sotto_crypto::{Prg, SecretVec};

use crate::cipher::Ciphertext;
use crate::context::Context;
use crate::keys::SecretKey;
use crate::ntt::bit_reverse;
use crate::params::ParamSet;
use crate::pointwise;
use crate::poly::{Coefficients, Evaluations, Poly};
use crate::prime::Factor;
use crate::sample::uniform;

/// Keys of the first levels.
pub struct PackingKeys {
    set: ParamSet,
    levels: Vec<Level>,
}

/// One automorphism with what it needs.
struct Level {
    /// For each digit (a, b) with b + a·s = e + (Q/pᵢ)·σ(s).
    digits: Vec<[Poly<Evaluations>; 2]>,
    /// Place that σ takes the value of place j from.
    permutation: Vec<u32>,
    /// X^{2^k} by its values: factors and their quotients, one prime after the other.
    shift: [Vec<u32>; 2],
}

/// Uniform polynomials of the public stream that one level takes.
pub fn polynomials_per_level(set: ParamSet) -> u64 {
    set.primes().len() as u64
}

impl Level {
    fn new(set: ParamSet, level: u32, digits: Vec<[Poly<Evaluations>; 2]>) -> Self {
        Self { digits, permutation: permutation(set, element(set, level)), shift: monomial(set, 1 << level) }
    }
}

/// g_k.
fn element(set: ParamSet, level: u32) -> usize {
    1 + (set.degree() >> level)
}

/// Place j of σ_g(f) holds the value of f at the g-th power of j's root.
fn permutation(set: ParamSet, g: usize) -> Vec<u32> {
    let (n, log_n) = (set.degree(), set.log_degree());
    let source = |j: usize| {
        let exponent = (2 * bit_reverse(j, log_n) + 1) * g % (2 * n);
        bit_reverse(exponent / 2, log_n) as u32
    };
    (0..n).map(source).collect()
}

/// X^degree by its values' factors and quotients, for a degree below 2N: X^N is −1.
pub(crate) fn monomial(set: ParamSet, degree: usize) -> [Vec<u32>; 2] {
    let mut poly = Poly::<Coefficients>::zeros(set);
    let n = set.degree();
    let one = |p: &crate::Prime| if degree < n { 1 } else { p.get() - 1 };
    set.primes().iter().enumerate().for_each(|(k, prime)| poly.part_mut(k)[degree % n] = one(prime));
    let poly = poly.to_evaluations();
    let factors = poly.residues().iter().enumerate().map(|(i, &w)| set.primes()[i / n].factor(w));
    let (words, quotients) = factors.map(|factor| (factor.w, factor.quotient)).unzip();
    [words, quotients]
}

fn permuted(poly: &Poly<Evaluations>, permutation: &[u32]) -> Poly<Evaluations> {
    let mut out = Poly::zeros(poly.set());
    for k in 0..poly.set().primes().len() {
        let from = poly.part(k);
        out.part_mut(k).iter_mut().zip(permutation).for_each(|(v, &j)| *v = from[j as usize]);
    }
    out
}

impl SecretKey {
    /// Bodies of the keys of one level, one polynomial for each digit; their first halves are polynomials from `index` of the public
    /// stream.
    pub fn packing_key(&self, level: u32, stream: &mut Prg, index: u64, secret: &mut Prg) -> Vec<Poly<Evaluations>> {
        let set = self.set();
        let rotated = permuted(self.secret(), &permutation(set, element(set, level)));
        let cofactors = &Context::get(set).cofactors;
        let digit = |(i, &prime): (usize, &crate::Prime)| {
            let a = uniform(set, stream, index + i as u64);
            let mut b = self.mask(&a, Poly::zeros(set), secret);
            let factor = prime.factor(cofactors[i].0);
            let part = b.part_mut(i).iter_mut().zip(rotated.part(i));
            part.for_each(|(b, &s)| *b = prime.add(*b, prime.mul_factor(s, factor)));
            b
        };
        set.primes().iter().enumerate().map(digit).collect()
    }
}

impl PackingKeys {
    /// No keys yet: only single ciphertexts can be packed.
    pub fn new(set: ParamSet) -> Self {
        Self { set, levels: Vec::new() }
    }

    /// Adds the next level's key, see [`SecretKey::packing_key`].
    ///
    /// # Panics
    /// When there is not one body for each prime.
    pub fn push(&mut self, bodies: Vec<Poly<Evaluations>>, stream: &mut Prg, index: u64) {
        assert_eq!(bodies.len(), self.set.primes().len(), "a digit for each prime");
        let digits = bodies.into_iter().zip(index..).map(|(b, i)| [uniform(self.set, stream, i), b]).collect();
        self.levels.push(Level::new(self.set, self.levels.len() as u32, digits));
    }

    /// One ciphertext that holds, at i·F + m, the value at i·F of ciphertext m, where F is the smallest power of two that is not less than
    /// their number.
    ///
    /// # Panics
    /// When there is no ciphertext, or no key for a level.
    pub fn pack(&self, mut ciphertexts: Vec<Ciphertext>) -> Ciphertext {
        let levels = levels(ciphertexts.len());
        ciphertexts.iter_mut().for_each(|c| c.halve(levels));
        // From the deepest level up: residue classes modulo 2^k become classes modulo 2^(k−1).
        for k in (0..levels).rev() {
            let right = ciphertexts.split_off(ciphertexts.len().min(1 << k));
            let mut right = right.into_iter();
            ciphertexts = ciphertexts.into_iter().map(|left| self.merge(k, left, right.next())).collect();
        }
        ciphertexts.swap_remove(0)
    }

    fn merge(&self, k: u32, left: Ciphertext, right: Option<Ciphertext>) -> Ciphertext {
        let level = &self.levels[k as usize];
        let mut sum = left;
        let difference = match right {
            Some(mut right) => {
                level.turn(&mut sum.a, &mut right.a);
                level.turn(&mut sum.b, &mut right.b);
                right
            }
            None => sum.clone(),
        };
        let a = permuted(&difference.a, &level.permutation);
        sum.b.add_assign(&permuted(&difference.b, &level.permutation));
        level.switch(a, &mut sum);
        sum
    }
}

impl Level {
    /// The sum and the difference of a polynomial and another one times X^{2^k}.
    fn turn(&self, left: &mut Poly<Evaluations>, right: &mut Poly<Evaluations>) {
        let (set, [words, quotients]) = (left.set(), &self.shift);
        let n = set.degree();
        for (k, &prime) in set.primes().iter().enumerate() {
            let [words, quotients] = [words, quotients].map(|all| &all[k * n..][..n]);
            pointwise::butterfly(prime, left.part_mut(k), right.part_mut(k), words, quotients);
        }
    }

    /// Adds a ciphertext under s whose phase is `c·σ(s)`.
    fn switch(&self, c: Poly<Evaluations>, sum: &mut Ciphertext) {
        let (set, context) = (c.set(), Context::get(c.set()));
        let n = set.degree();
        let inverses: Vec<Factor> = context.cofactors.iter().map(|c| c.1).collect();
        let mut scaled = c;
        scaled.scale(&inverses);
        let mut digits = SecretVec::from(scaled.residues().to_vec());
        for (digit, table) in digits.chunks_exact_mut(n).zip(&context.tables) {
            table.inverse(digit);
        }
        // Of every digit its values modulo one prime at a time.
        let mut lifted = SecretVec::<u32>::zeros(digits.len());
        for (j, (table, &prime)) in context.tables.iter().zip(set.primes()).enumerate() {
            for (i, (part, digit)) in lifted.chunks_exact_mut(n).zip(digits.chunks_exact(n)).enumerate() {
                if i == j {
                    part.copy_from_slice(scaled.part(i));
                } else {
                    part.copy_from_slice(digit);
                    table.forward(part);
                }
            }
            for (half, out) in [&mut sum.a, &mut sum.b].into_iter().enumerate() {
                let keys = self.digits.iter().map(|key| key[half].part(j));
                let products: Vec<_> = lifted.chunks_exact(n).zip(keys).map(|(lifted, key)| [lifted, key]).collect();
                pointwise::add_products(prime, out.part_mut(j), &products);
            }
        }
    }
}

/// Levels that packing so many ciphertexts takes: ⌈log₂ n⌉.
pub fn levels(ciphertexts: usize) -> u32 {
    ciphertexts.next_power_of_two().trailing_zeros()
}

/// Key switches of packing so many ciphertexts into one.
pub fn key_switches(ciphertexts: usize) -> usize {
    (0..levels(ciphertexts)).map(|k| ciphertexts.min(1 << k)).sum()
}
