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
    pub fn new(modulus: impl Into<Modulus>, values: Vec<u64>) -> Self {
        let mut shares = Self { modulus: modulus.into(), values };
        shares.update(Modulus::reduce);
        shares
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
        self.with(|sum| sum.add_assign(other))
    }

    /// Elementwise difference of two batches of one modulus and length.
    pub(crate) fn sub(&self, other: &Arith) -> Self {
        self.with(|difference| difference.sub_assign(other))
    }

    /// This party's share plus an element.
    pub(crate) fn plus(&self, element: u64) -> Self {
        self.with(|sum| sum.add_element(element))
    }

    /// The elements, to be replaced by others of the same modulus.
    pub(crate) fn values_mut(&mut self) -> &mut [u64] {
        &mut self.values
    }

    /// [`Arith::add`] in place.
    pub(crate) fn add_assign(&mut self, other: &Arith) {
        self.update_with(other, Modulus::add);
    }

    /// [`Arith::sub`] in place.
    pub(crate) fn sub_assign(&mut self, other: &Arith) {
        self.update_with(other, Modulus::sub);
    }

    /// [`Arith::plus`] in place.
    pub(crate) fn add_element(&mut self, element: u64) {
        self.update(|modulus, v| modulus.add(v, element));
    }

    fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut copy = self.clone();
        change(&mut copy);
        copy
    }

    /// Replaces every element. Each kind of modulus has its own loop, which does not ask for the kind again: vectors of
    /// masked sums for a power of two.
    fn update(&mut self, f: impl Fn(Modulus, u64) -> u64) {
        let values = self.values.iter_mut();
        match self.modulus {
            Modulus::PowerOfTwo(ring) => values.for_each(|v| *v = f(Modulus::PowerOfTwo(ring), *v)),
            Modulus::Odd(odd) => values.for_each(|v| *v = f(Modulus::Odd(odd), *v)),
        }
    }

    /// As [`Arith::update`], with the elements of another batch.
    fn update_with(&mut self, other: &Arith, f: impl Fn(Modulus, u64, u64) -> u64) {
        assert_eq!((self.modulus, self.len()), (other.modulus, other.len()), "operands of one modulus and length");
        let pairs = self.values.iter_mut().zip(&other.values);
        match self.modulus {
            Modulus::PowerOfTwo(ring) => pairs.for_each(|(a, &b)| *a = f(Modulus::PowerOfTwo(ring), *a, b)),
            Modulus::Odd(odd) => pairs.for_each(|(a, &b)| *a = f(Modulus::Odd(odd), *a, b)),
        }
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
