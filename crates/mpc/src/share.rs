//! Additive shares over Z_{2^ℓ} or Z_n. Boolean shares are plain [`BitVec`](sotto_crypto::BitVec)s: `⟨b⟩₀ ⊕ ⟨b⟩₁ = b`.

use std::fmt;
use std::ops::Range;

use sotto_crypto::{BitVec, Prg};
pub(crate) use sotto_crypto::{Divisor, low_bits};
pub use sotto_crypto::{Modulus, OddModulus, Ring};
use zeroize::ZeroizeOnDrop;

/// One party's additive shares of a batch: `⟨x⟩₀ + ⟨x⟩₁ = x` in Z_{2^ℓ} or Z_n.
/// Wiped on drop; its `Debug` shows modulus and length only.
#[derive(Clone, PartialEq, Eq, ZeroizeOnDrop)]
pub struct Arith {
    #[zeroize(skip)]
    modulus: Modulus,
    values: Vec<u64>,
}

impl fmt::Debug for Arith {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arith").field("modulus", &self.modulus).field("len", &self.len()).finish_non_exhaustive()
    }
}

impl Arith {
    /// Shares in Z_{2^ℓ} or Z_n; values are reduced.
    pub fn new(modulus: impl Into<Modulus>, mut values: Vec<u64>) -> Self {
        let modulus = modulus.into();
        values.iter_mut().for_each(|v| *v = modulus.reduce(*v));
        Self { modulus, values }
    }

    /// `n` shares of zero (this party's part is zero).
    pub fn zeros(modulus: impl Into<Modulus>, n: usize) -> Self {
        Self { modulus: modulus.into(), values: vec![0; n] }
    }

    /// `n` uniform elements.
    pub fn random(modulus: impl Into<Modulus>, n: usize, prg: &mut Prg) -> Self {
        let modulus = modulus.into();
        let values = match modulus {
            Modulus::PowerOfTwo(ring) => (0..n).map(|_| ring.reduce(prg.next_u64())).collect(),
            Modulus::Odd(_) => (0..n).map(|_| modulus.uniform(prg.next_block().as_u128())).collect(),
        };
        Self { modulus, values }
    }

    /// What the shares add up in.
    pub fn modulus(&self) -> Modulus {
        self.modulus
    }

    /// The elements, each below the modulus' size.
    pub fn values(&self) -> &[u64] {
        &self.values
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The elements of a range.
    pub fn slice(&self, range: Range<usize>) -> Self {
        Self { modulus: self.modulus, values: self.values[range].to_vec() }
    }

    /// Elementwise sum of two batches of one modulus and length.
    pub(crate) fn add(&self, other: &Arith) -> Self {
        self.zip(other, Modulus::add)
    }

    /// Elementwise difference of two batches of one modulus and length.
    pub(crate) fn sub(&self, other: &Arith) -> Self {
        self.zip(other, Modulus::sub)
    }

    fn zip(&self, other: &Arith, f: impl Fn(Modulus, u64, u64) -> u64) -> Self {
        assert_eq!((self.modulus, self.len()), (other.modulus, other.len()), "operands of one modulus and length");
        let values = self.values.iter().zip(&other.values).map(|(&a, &b)| f(self.modulus, a, b)).collect();
        Self { modulus: self.modulus, values }
    }

    /// The share of the negated values.
    pub(crate) fn neg(&self) -> Self {
        Self { modulus: self.modulus, values: self.values.iter().map(|&v| self.modulus.neg(v)).collect() }
    }

    /// This party's share plus an element.
    pub(crate) fn plus(&self, element: u64) -> Self {
        let values = self.values.iter().map(|&v| self.modulus.add(v, element)).collect();
        Self { modulus: self.modulus, values }
    }

    /// The same shares modulo a smaller (or equal) power of two, which is local and free; `None` when there is no such
    /// reduction.
    pub(crate) fn reduce_to(&self, modulus: Modulus) -> Option<Self> {
        let possible = match (self.modulus, modulus) {
            (Modulus::PowerOfTwo(from), Modulus::PowerOfTwo(to)) => to <= from,
            (from, to) => from == to,
        };
        possible.then(|| Self::new(modulus, self.values.clone()))
    }

    /// Whether every share reads as negative: the top bit, for a power of two.
    pub(crate) fn negative(&self) -> BitVec {
        let largest = self.modulus.largest_positive();
        BitVec::from_fn(self.len(), |i| self.values[i] > largest)
    }
}
