//! Ciphertexts: as they travel, and as the server computes with them.

use sotto_crypto::{Modulus, Prg};

use crate::keys::PublicKey;
use crate::params::ParamSet;
use crate::poly::{Coefficients, Evaluations, Poly, Sum};
use crate::sample::{errors, ternary, uniform};
use crate::scale::{Lift, round, unround};

/// The half of a fresh ciphertext that the client sends.
pub enum Body {
    /// ⌊2^bits·b/Q⌉ of every coefficient.
    Rounded {
        /// Bits of a value, at most [`MAX_ROUNDED_BITS`](crate::MAX_ROUNDED_BITS).
        bits: u32,
        /// N values.
        values: Vec<u128>,
    },
    /// b as it is.
    Whole(Poly<Evaluations>),
}

/// A ciphertext at the server: phase b + a·s.
#[derive(Clone)]
pub struct Ciphertext {
    pub(crate) a: Poly<Evaluations>,
    pub(crate) b: Poly<Evaluations>,
}

/// A ciphertext on its way back: a modulo 2^bits[0] and, at the places that matter, b modulo 2^bits[1].
pub struct Reply {
    /// Bits of a value of a and of b; a has at least as many.
    pub bits: [u32; 2],
    /// N values.
    pub a: Vec<u128>,
    /// A value for each place.
    pub b: Vec<u128>,
}

impl Ciphertext {
    /// The ciphertext whose body the client sent; `a` is polynomial `index` of the public stream.
    pub fn open(set: ParamSet, body: Body, stream: &mut Prg, index: u64) -> Self {
        let b = match body {
            Body::Whole(b) => b,
            Body::Rounded { bits, values } => unround(set, bits, &values).to_evaluations(),
        };
        Self { a: uniform(set, stream, index), b }
    }

    /// Adds an encryption of zero, noise that hides what the ciphertext's own noise could tell, and elements of Z_t at some places.
    ///
    /// After it, a is pseudo-random to the holder of the secret key, too, and the phase differs from the plain one by a uniform value of
    /// `[−2^flood_bits, 2^flood_bits)` at each of the places.
    pub fn hide(&mut self, key: &PublicKey, t: Modulus, masks: &[(usize, u64)], flood_bits: u32, secret: &mut Prg) {
        let set = self.a.set();
        let n = set.degree();
        let u = Poly::from_small(set, &ternary(n, secret)).to_evaluations();
        let mut zero_b = Poly::from_small(set, &errors(n, secret));
        Lift::new(set, t).add(&mut zero_b, masks.iter().copied());
        flood(&mut zero_b, masks.iter().map(|m| m.0), flood_bits, secret);
        let zero_a = Poly::from_small(set, &errors(n, secret));
        for (half, key, noise) in [(&mut self.a, &key.a, zero_a), (&mut self.b, &key.b, zero_b)] {
            half.add_assign(&key.mul(&u));
            half.add_assign(&noise.to_evaluations());
        }
    }

    /// Multiplies both halves by the inverse of a power of two, modulo Q.
    pub(crate) fn halve(&mut self, times: u32) {
        let primes = self.a.set().primes();
        let inverse = |p: &crate::Prime| p.factor(p.inverse(p.reduce64(1 << times)));
        let factors: Vec<_> = primes.iter().map(inverse).collect();
        self.a.scale(&factors);
        self.b.scale(&factors);
    }

    /// What the client needs of it.
    pub fn reply(self, bits: [u32; 2], places: &[usize]) -> Reply {
        let n = self.a.set().degree();
        let a = round(&self.a.to_coefficients(), bits[0], 0..n);
        let b = round(&self.b.to_coefficients(), bits[1], places.iter().copied());
        Reply { bits, a, b }
    }
}

/// Adds uniform values of [−2^bits, 2^bits) at some places.
fn flood(poly: &mut Poly<Coefficients>, places: impl Iterator<Item = usize>, bits: u32, secret: &mut Prg) {
    let set = poly.set();
    let offsets: Vec<u32> = set.primes().iter().map(|p| p.reduce128(1 << bits)).collect();
    let residues = poly.all_mut();
    for place in places {
        let v = secret.next_block().as_u128() >> (127 - bits);
        for (k, &prime) in set.primes().iter().enumerate() {
            let residue = &mut residues[k * set.degree() + place];
            *residue = prime.add(*residue, prime.sub(prime.reduce128(v), offsets[k]));
        }
    }
}

/// A sum of ciphertexts times plain polynomials.
pub struct Accumulator {
    a: Sum,
    b: Sum,
}

impl Accumulator {
    /// Zero.
    pub fn new(set: ParamSet) -> Self {
        Self { a: Sum::new(set), b: Sum::new(set) }
    }

    /// Adds `ciphertext·w`.
    pub fn add_product(&mut self, ciphertext: &Ciphertext, w: &Poly<Evaluations>) {
        self.a.add_product(&ciphertext.a, w);
        self.b.add_product(&ciphertext.b, w);
    }

    /// Adds `ciphertext·w` for an integer w, given by its residues.
    pub fn add_scaled(&mut self, ciphertext: &Ciphertext, w: &[u32]) {
        self.a.add_scaled(&ciphertext.a, w);
        self.b.add_scaled(&ciphertext.b, w);
    }

    /// The sum; the accumulator is zero again.
    pub fn take(&mut self) -> Ciphertext {
        let sum = Ciphertext { a: self.a.finish(), b: self.b.finish() };
        self.a.clear();
        self.b.clear();
        sum
    }
}
