//! Polynomials modulo X^N + 1 and Q, by residues modulo the primes of Q, as coefficients or as evaluations.

use std::marker::PhantomData;

use sotto_crypto::SecretVec;

use crate::context::Context;
use crate::params::ParamSet;
use crate::{pointwise, residues};

/// Coefficients in order of degree.
#[derive(Clone, Copy, Debug)]
pub enum Coefficients {}

/// Values at the odd powers of a 2N-th root, in the order of [`NttTable`](crate::NttTable).
#[derive(Clone, Copy, Debug)]
pub enum Evaluations {}

/// A polynomial in the representation `R`. Wiped on drop; has no `Debug` that shows values.
#[derive(Clone)]
pub struct Poly<R> {
    set: ParamSet,
    /// N residues for each prime, one prime after the other, all reduced.
    values: SecretVec<u32>,
    representation: PhantomData<R>,
}

/// Numbers from a peer that are no residues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("residue {index} is not below its prime")]
pub struct ResidueError {
    /// Index of the first such number.
    pub index: usize,
}

impl<R> Poly<R> {
    /// The zero polynomial.
    pub fn zeros(set: ParamSet) -> Self {
        Self::from_residues(set, SecretVec::zeros(set.degree() * set.primes().len()))
    }

    pub(crate) fn from_residues(set: ParamSet, values: SecretVec<u32>) -> Self {
        Self { set, values, representation: PhantomData }
    }

    /// Its parameter set.
    pub fn set(&self) -> ParamSet {
        self.set
    }

    /// All residues, one prime after the other: what travels, [`Prime::bits`](crate::Prime::bits) each.
    pub fn residues(&self) -> &[u32] {
        &self.values
    }

    /// Reads residues that a peer sent.
    ///
    /// # Errors
    /// When a number is not below its prime.
    ///
    /// # Panics
    /// When there are not N for each prime: lengths are stated where messages are received.
    pub fn from_wire(set: ParamSet, values: Vec<u32>) -> Result<Self, ResidueError> {
        let n = set.degree();
        assert_eq!(values.len(), n * set.primes().len(), "residues of a polynomial");
        let wrong = (0..values.len()).find(|&i| values[i] >= set.primes()[i / n].get());
        match wrong {
            Some(index) => Err(ResidueError { index }),
            None => Ok(Self::from_residues(set, values.into())),
        }
    }

    /// Residues modulo one prime.
    pub(crate) fn part(&self, prime: usize) -> &[u32] {
        &self.values[prime * self.set.degree()..][..self.set.degree()]
    }

    pub(crate) fn part_mut(&mut self, prime: usize) -> &mut [u32] {
        let n = self.set.degree();
        &mut self.values[prime * n..][..n]
    }

    pub(crate) fn all_mut(&mut self) -> &mut [u32] {
        &mut self.values
    }

    /// Adds another polynomial.
    pub(crate) fn add_assign(&mut self, other: &Self) {
        self.zip(other, residues::add);
    }

    /// Subtracts another polynomial.
    pub(crate) fn sub_assign(&mut self, other: &Self) {
        self.zip(other, residues::sub);
    }

    fn zip(&mut self, other: &Self, f: impl Fn(crate::Prime, &mut [u32], &[u32])) {
        assert_eq!(self.set, other.set, "polynomials of one parameter set");
        for (k, &prime) in self.set.primes().iter().enumerate() {
            f(prime, self.part_mut(k), other.part(k));
        }
    }

    /// Multiplies by a residue for each prime.
    pub(crate) fn scale(&mut self, factors: &[crate::Factor]) {
        for (k, (&prime, &factor)) in self.set.primes().iter().zip(factors).enumerate() {
            residues::scale(prime, self.part_mut(k), factor);
        }
    }
}

impl Poly<Coefficients> {
    /// A polynomial of small signed coefficients.
    pub(crate) fn from_small(set: ParamSet, small: &[i8]) -> Self {
        let mut poly = Self::zeros(set);
        for (k, &prime) in set.primes().iter().enumerate() {
            for (residue, &v) in poly.part_mut(k).iter_mut().zip(small) {
                let v = i32::from(v);
                *residue = (v as u32).wrapping_add(prime.get() & (v >> 31) as u32);
            }
        }
        poly
    }

    /// The same polynomial by its values.
    pub fn to_evaluations(mut self) -> Poly<Evaluations> {
        for (k, table) in Context::get(self.set).tables.iter().enumerate() {
            table.forward(self.part_mut(k));
        }
        Poly::from_residues(self.set, self.values)
    }
}

impl Poly<Evaluations> {
    /// The same polynomial by its coefficients.
    pub fn to_coefficients(mut self) -> Poly<Coefficients> {
        for (k, table) in Context::get(self.set).tables.iter().enumerate() {
            table.inverse(self.part_mut(k));
        }
        Poly::from_residues(self.set, self.values)
    }

    /// Adds products.
    pub(crate) fn add_products(&mut self, products: &[[&Self; 2]]) {
        for (k, &prime) in self.set.primes().iter().enumerate() {
            let parts: Vec<_> = products.iter().map(|pair| pair.map(|poly| poly.part(k))).collect();
            pointwise::add_products(prime, self.part_mut(k), &parts);
        }
    }

    /// The product.
    pub(crate) fn mul(&self, other: &Self) -> Self {
        let mut sum = Sum::new(self.set);
        sum.add_product(self, other);
        sum.finish()
    }
}

/// A sum of products, unreduced in 64 bits.
pub(crate) struct Sum {
    set: ParamSet,
    values: SecretVec<u64>,
    terms: usize,
}

impl Sum {
    /// Products below 2^54 that a sum has room for beside a residue.
    const ROOM: usize = (1 << 10) - 1;

    pub(crate) fn new(set: ParamSet) -> Self {
        Self { set, values: SecretVec::zeros(set.degree() * set.primes().len()), terms: 0 }
    }

    pub(crate) fn add_product(&mut self, a: &Poly<Evaluations>, b: &Poly<Evaluations>) {
        self.make_room();
        pointwise::mul_acc(&mut self.values, &a.values, &b.values);
    }

    /// Adds `a` times a residue for each prime.
    pub(crate) fn add_scaled(&mut self, a: &Poly<Evaluations>, factors: &[u32]) {
        self.make_room();
        let n = self.set.degree();
        for (k, &factor) in factors.iter().enumerate() {
            pointwise::scale_acc(&mut self.values[k * n..][..n], a.part(k), factor);
        }
    }

    fn make_room(&mut self) {
        if self.terms == Self::ROOM {
            let n = self.set.degree();
            for (k, &prime) in self.set.primes().iter().enumerate() {
                self.values[k * n..][..n].iter_mut().for_each(|v| *v = prime.reduce64(*v).into());
            }
            self.terms = 0;
        }
        self.terms += 1;
    }

    pub(crate) fn finish(&self) -> Poly<Evaluations> {
        let mut poly = Poly::zeros(self.set);
        let n = self.set.degree();
        for (k, &prime) in self.set.primes().iter().enumerate() {
            pointwise::reduce(prime, &self.values[k * n..][..n], poly.part_mut(k));
        }
        poly
    }

    /// Starts a new sum.
    pub(crate) fn clear(&mut self) {
        self.values.fill(0);
        self.terms = 0;
    }
}
