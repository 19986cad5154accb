//! Additive shares over Z_{2^ℓ}. Boolean shares are plain [`BitVec`](sotto_crypto::BitVec)s: `⟨b⟩₀ ⊕ ⟨b⟩₁ = b`.

use std::fmt;

use sotto_crypto::{BitVec, Prg};
use zeroize::ZeroizeOnDrop;

/// The ring Z_{2^ℓ}, 1 ≤ ℓ ≤ 64. Elements are `u64` below `2^ℓ`; the signed reading is two's complement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ring(u32);

impl Ring {
    /// The ring of `bits` bits.
    ///
    /// # Panics
    /// When `bits` is not in 1..=64. Widths come from validated programs and from the caller, never from the peer.
    pub fn new(bits: u32) -> Self {
        assert!((1..=64).contains(&bits), "ring width {bits} is not in 1..=64");
        Self(bits)
    }

    /// ℓ.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// `2^ℓ − 1`.
    pub fn mask(self) -> u64 {
        u64::MAX >> (64 - self.0)
    }

    /// `v` mod `2^ℓ`.
    pub fn reduce(self, v: u64) -> u64 {
        v & self.mask()
    }

    /// The ring element of a signed integer.
    pub fn from_signed(self, v: i64) -> u64 {
        self.reduce(v as u64)
    }

    /// Two's complement reading of a ring element.
    pub fn to_signed(self, v: u64) -> i64 {
        let unused = 64 - self.0;
        ((v << unused) as i64) >> unused
    }
}

/// `v` with its low `bits` bits kept; `bits` ≤ 64, 0 gives 0.
pub(crate) fn low_bits(v: u64, bits: u32) -> u64 {
    if bits == 0 { 0 } else { v & (u64::MAX >> (64 - bits)) }
}

/// One party's additive shares of a batch: `⟨x⟩₀ + ⟨x⟩₁ = x mod 2^ℓ`.
/// Wiped on drop; its `Debug` shows ring and length only.
#[derive(Clone, PartialEq, Eq, ZeroizeOnDrop)]
pub struct Arith {
    #[zeroize(skip)]
    ring: Ring,
    values: Vec<u64>,
}

impl fmt::Debug for Arith {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arith").field("ring", &self.ring).field("len", &self.len()).finish_non_exhaustive()
    }
}

impl Arith {
    /// Shares in `ring`; values are reduced.
    pub fn new(ring: Ring, mut values: Vec<u64>) -> Self {
        values.iter_mut().for_each(|v| *v = ring.reduce(*v));
        Self { ring, values }
    }

    /// `n` shares of zero (this party's part is zero).
    pub fn zeros(ring: Ring, n: usize) -> Self {
        Self { ring, values: vec![0; n] }
    }

    /// `n` uniform elements.
    pub fn random(ring: Ring, n: usize, prg: &mut Prg) -> Self {
        Self::new(ring, (0..n).map(|_| prg.next_u64()).collect())
    }

    /// The ring.
    pub fn ring(&self) -> Ring {
        self.ring
    }

    /// The elements, each below `2^ℓ`.
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

    /// Elementwise function of this party's share; the result is reduced.
    pub(crate) fn map(&self, f: impl Fn(u64) -> u64) -> Self {
        Self::new(self.ring, self.values.iter().map(|&v| f(v)).collect())
    }

    /// Elementwise sum of two batches of one ring and length.
    pub(crate) fn add(&self, other: &Arith) -> Self {
        self.zip(other, u64::wrapping_add)
    }

    /// Elementwise difference of two batches of one ring and length.
    pub(crate) fn sub(&self, other: &Arith) -> Self {
        self.zip(other, u64::wrapping_sub)
    }

    fn zip(&self, other: &Arith, f: impl Fn(u64, u64) -> u64) -> Self {
        assert_eq!((self.ring, self.len()), (other.ring, other.len()), "operands of one ring and length");
        Self::new(self.ring, self.values.iter().zip(&other.values).map(|(&a, &b)| f(a, b)).collect())
    }

    /// The same shares modulo a smaller (or equal) power of two: local and free.
    pub(crate) fn reduce_to(&self, ring: Ring) -> Self {
        assert!(ring <= self.ring, "reduction to a larger ring");
        Self::new(ring, self.values.clone())
    }

    /// Top bit of every share.
    pub(crate) fn msb(&self) -> BitVec {
        let top = self.ring.bits() - 1;
        BitVec::from_fn(self.len(), |i| (self.values[i] >> top) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_reading_round_trips_at_the_boundaries() {
        for bits in 1..=64 {
            let ring = Ring::new(bits);
            let (low, high) = (i64::MIN >> (64 - bits), i64::MAX >> (64 - bits));
            for v in [low, high, -1, 0] {
                assert_eq!(ring.to_signed(ring.from_signed(v)), v, "{bits} bits");
            }
        }
    }

    #[test]
    fn low_bits_accepts_every_width() {
        assert_eq!((low_bits(u64::MAX, 0), low_bits(u64::MAX, 1), low_bits(u64::MAX, 64)), (0, 1, u64::MAX));
    }
}
