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
use crate::poly::{Coefficients, Evaluations, Poly, Sum};
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
    /// X^{2^k} by its values: factors, one prime after the other.
    shift: Vec<Factor>,
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

/// X^degree by its values.
fn monomial(set: ParamSet, degree: usize) -> Vec<Factor> {
    let mut poly = Poly::<Coefficients>::zeros(set);
    (0..set.primes().len()).for_each(|k| poly.part_mut(k)[degree] = 1);
    let poly = poly.to_evaluations();
    let factors = |k: usize| poly.part(k).iter().map(move |&w| set.primes()[k].factor(w));
    (0..set.primes().len()).flat_map(factors).collect()
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
        let (mut sum, mut difference) = (left.clone(), left);
        if let Some(mut right) = right {
            level.shift(&mut right.a);
            level.shift(&mut right.b);
            sum.a.add_assign(&right.a);
            sum.b.add_assign(&right.b);
            difference.a.sub_assign(&right.a);
            difference.b.sub_assign(&right.b);
        }
        let a = permuted(&difference.a, &level.permutation);
        sum.b.add_assign(&permuted(&difference.b, &level.permutation));
        let [switched_a, switched_b] = level.switch(a);
        sum.a.add_assign(&switched_a);
        sum.b.add_assign(&switched_b);
        sum
    }
}

impl Level {
    fn shift(&self, poly: &mut Poly<Evaluations>) {
        let set = poly.set();
        let primes = set.primes().iter().flat_map(|&p| std::iter::repeat_n(p, set.degree()));
        let values = poly.all_mut().iter_mut().zip(&self.shift).zip(primes);
        values.for_each(|((v, &factor), prime)| *v = prime.mul_factor(*v, factor));
    }

    /// A ciphertext under s whose phase is `c·σ(s)`.
    fn switch(&self, c: Poly<Evaluations>) -> [Poly<Evaluations>; 2] {
        let set = c.set();
        let context = Context::get(set);
        let mut sums = [Sum::new(set), Sum::new(set)];
        let inverses: Vec<Factor> = context.cofactors.iter().map(|c| c.1).collect();
        let mut scaled = c;
        scaled.scale(&inverses);
        for (i, key) in self.digits.iter().enumerate() {
            let mut digit = SecretVec::from(scaled.part(i).to_vec());
            context.tables[i].inverse(&mut digit);
            let mut lifted = Poly::zeros(set);
            for (j, table) in context.tables.iter().enumerate() {
                let part = lifted.part_mut(j);
                if i == j {
                    part.copy_from_slice(scaled.part(i));
                } else {
                    part.copy_from_slice(&digit);
                    table.forward(part);
                }
            }
            sums.iter_mut().zip(key).for_each(|(sum, key)| sum.add_product(&lifted, key));
        }
        sums.map(|sum| sum.finish())
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
