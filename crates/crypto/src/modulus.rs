//! What shares add up in: Z_{2^ℓ}, or Z_n for an odd n. All arithmetic is constant-time in its operands.

use crate::{Ring, mask64};

/// Z_{2^ℓ} with 1 ≤ ℓ ≤ 64, or Z_n with odd 2 < n < 2^62. Elements are `u64` below the size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Modulus {
    /// Z_{2^ℓ}; the signed reading is two's complement.
    PowerOfTwo(Ring),
    /// Z_n; u stands for u up to (n − 1)/2, for u − n beyond.
    Odd(OddModulus),
}

/// An odd n with its reciprocals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OddModulus {
    divisor: Divisor,
    /// ⌊2^{2k} / n⌋ for n of k bits (Barrett).
    barrett: u64,
}

impl From<Ring> for Modulus {
    fn from(ring: Ring) -> Self {
        Modulus::PowerOfTwo(ring)
    }
}

impl Modulus {
    /// Z_{2^bits}.
    ///
    /// # Panics
    /// As [`Ring::new`].
    pub fn power_of_two(bits: u32) -> Self {
        Ring::new(bits).into()
    }

    /// Z_n.
    ///
    /// # Panics
    /// Unless n [is an odd modulus](Self::is_odd_modulus). Moduli come from the caller, never from the peer.
    pub fn odd(n: u64) -> Self {
        assert!(Self::is_odd_modulus(n), "{n} is not odd, above 2 and below 2^62");
        let bits = u64::BITS - n.leading_zeros();
        Modulus::Odd(OddModulus { divisor: Divisor::new(n), barrett: ((1u128 << (2 * bits)) / u128::from(n)) as u64 })
    }

    /// Whether [`Modulus::odd`] takes n: odd with 2 < n < 2^62.
    pub fn is_odd_modulus(n: u64) -> bool {
        n % 2 == 1 && n > 2 && n < 1 << 62
    }

    /// Number of elements.
    pub fn size(self) -> u128 {
        match self {
            Modulus::PowerOfTwo(ring) => 1 << ring.bits(),
            Modulus::Odd(odd) => odd.divisor.d.into(),
        }
    }

    /// Bits of an element on the wire: ⌈log₂ size⌉.
    pub fn bits(self) -> u32 {
        match self {
            Modulus::PowerOfTwo(ring) => ring.bits(),
            Modulus::Odd(odd) => u64::BITS - odd.divisor.d.leading_zeros(),
        }
    }

    /// The largest element that reads as non-negative: 2^{ℓ−1} − 1 or (n − 1)/2.
    pub fn largest_positive(self) -> u64 {
        ((self.size() - 1) / 2) as u64
    }

    /// `v` modulo the size.
    pub fn reduce(self, v: u64) -> u64 {
        match self {
            Modulus::PowerOfTwo(ring) => ring.reduce(v),
            Modulus::Odd(odd) => odd.divisor.div_rem(v).1,
        }
    }

    /// Sum of two elements.
    pub fn add(self, a: u64, b: u64) -> u64 {
        match self {
            Modulus::PowerOfTwo(ring) => ring.reduce(a.wrapping_add(b)),
            Modulus::Odd(odd) => odd.subtract_once(a + b),
        }
    }

    /// The element −a.
    pub fn neg(self, a: u64) -> u64 {
        match self {
            Modulus::PowerOfTwo(ring) => ring.reduce(a.wrapping_neg()),
            Modulus::Odd(odd) => odd.subtract_once(odd.divisor.d - a),
        }
    }

    /// Difference of two elements.
    pub fn sub(self, a: u64, b: u64) -> u64 {
        match self {
            Modulus::PowerOfTwo(ring) => ring.reduce(a.wrapping_sub(b)),
            Modulus::Odd(odd) => odd.subtract_once(a + odd.divisor.d - b),
        }
    }

    /// Product of two elements.
    pub fn mul(self, a: u64, b: u64) -> u64 {
        match self {
            Modulus::PowerOfTwo(ring) => ring.reduce(a.wrapping_mul(b)),
            Modulus::Odd(odd) => odd.reduce_product(u128::from(a) * u128::from(b)),
        }
    }

    /// The element of a signed integer, which is reduced.
    pub fn from_signed(self, v: i64) -> u64 {
        match self {
            Modulus::PowerOfTwo(ring) => ring.from_signed(v),
            Modulus::Odd(_) => {
                let magnitude = self.reduce(v.unsigned_abs());
                let negative = mask64(v < 0);
                (self.neg(magnitude) & negative) | (magnitude & !negative)
            }
        }
    }

    /// Signed reading of an element.
    pub fn to_signed(self, v: u64) -> i64 {
        match self {
            Modulus::PowerOfTwo(ring) => ring.to_signed(v),
            Modulus::Odd(odd) => v.wrapping_sub(odd.divisor.d & mask64(v > self.largest_positive())) as i64,
        }
    }

    /// A uniform element from 128 uniform bits: the low bits, or ⌊bits·n / 2^128⌋, within 2^−66 of uniform.
    pub fn uniform(self, bits: u128) -> u64 {
        match self {
            Modulus::PowerOfTwo(ring) => ring.reduce(bits as u64),
            Modulus::Odd(odd) => {
                let n = u128::from(odd.divisor.d);
                let low = (u128::from(bits as u64) * n) >> 64;
                (((bits >> 64) * n + low) >> 64) as u64
            }
        }
    }

    /// The ring of a power of two.
    pub fn ring(self) -> Option<Ring> {
        match self {
            Modulus::PowerOfTwo(ring) => Some(ring),
            Modulus::Odd(_) => None,
        }
    }
}

impl OddModulus {
    /// `v` < 2n modulo n.
    fn subtract_once(self, v: u64) -> u64 {
        let difference = v.wrapping_sub(self.divisor.d);
        difference.wrapping_add(self.divisor.d & mask64(difference >> 63 == 1))
    }

    /// A product of two elements modulo n, by Barrett's reduction.
    fn reduce_product(self, product: u128) -> u64 {
        let bits = u64::BITS - self.divisor.d.leading_zeros();
        let quotient = ((product >> (bits - 1)) * u128::from(self.barrett)) >> (bits + 1);
        let rest = product.wrapping_sub(quotient * u128::from(self.divisor.d)) as u64;
        self.subtract_once(self.subtract_once(rest))
    }
}

/// Division by a public d ≥ 1 in constant time: a multiplication by the reciprocal.
///
/// Source: Granlund and Montgomery, "Division by Invariant Integers using Multiplication" (PLDI 1994), figure 4.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Divisor {
    d: u64,
    multiplier: u64,
    log2_ceil: u32,
}

impl Divisor {
    /// The reciprocal of `d`.
    ///
    /// # Panics
    /// When `d` is zero.
    pub fn new(d: u64) -> Self {
        assert!(d > 0, "division by zero");
        let log2_ceil = u64::BITS - (d - 1).leading_zeros();
        let multiplier = (((1u128 << log2_ceil) - u128::from(d)) << 64) / u128::from(d) + 1;
        Self { d, multiplier: multiplier as u64, log2_ceil }
    }

    /// Quotient and remainder.
    pub fn div_rem(self, v: u64) -> (u64, u64) {
        let high = ((u128::from(self.multiplier) * u128::from(v)) >> 64) as u64;
        let quotient = (((v - high) >> self.log2_ceil.min(1)) + high) >> self.log2_ceil.saturating_sub(1);
        (quotient, v.wrapping_sub(quotient.wrapping_mul(self.d)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn odd() -> impl Strategy<Value = u64> {
        prop_oneof![Just(3), Just(5), Just((1 << 62) - 1), Just((1 << 61) + 1), (1u64..1 << 61).prop_map(|k| 2 * k + 1)]
    }

    fn divisor() -> impl Strategy<Value = u64> {
        prop_oneof![Just(1), Just(2), Just(3), Just(u64::MAX), Just(1 << 63), Just((1 << 63) + 1), 1u64.., 1u64..1000]
    }

    fn word() -> impl Strategy<Value = u64> {
        prop_oneof![Just(0), Just(1), Just(u64::MAX), Just(1 << 63), any::<u64>()]
    }

    proptest! {
        #[test]
        fn division_by_a_reciprocal_is_division(d in divisor(), v in word(), k in any::<u64>()) {
            let divisor = Divisor::new(d);
            let multiple = (k % (u64::MAX / d).max(1)).wrapping_mul(d);
            for v in [v, d, d - 1, multiple, multiple.wrapping_sub(1)] {
                prop_assert_eq!(divisor.div_rem(v), (v / d, v % d), "{} / {}", v, d);
            }
        }

        #[test]
        fn odd_moduli_compute_as_integers_do(n in odd(), a in word(), b in word(), bits in any::<u128>()) {
            let (m, wide) = (Modulus::odd(n), u128::from(n));
            prop_assert_eq!(m.reduce(a), a % n);
            for (a, b) in [(a % n, b % n), (n - 1, n - 1), (0, n - 1), (0, 0)] {
                let (x, y) = (u128::from(a), u128::from(b));
                prop_assert_eq!(u128::from(m.add(a, b)), (x + y) % wide);
                prop_assert_eq!(u128::from(m.sub(a, b)), (x + wide - y) % wide);
                prop_assert_eq!(u128::from(m.neg(a)), (wide - x) % wide);
                prop_assert_eq!(u128::from(m.mul(a, b)), x * y % wide);
                prop_assert_eq!(m.from_signed(m.to_signed(a)), a);
                prop_assert!(m.to_signed(a).unsigned_abs() <= n / 2);
            }
            prop_assert_eq!(u128::from(m.from_signed(a as i64)), i128::from(a as i64).rem_euclid(wide as i128) as u128);
            prop_assert!(m.uniform(bits) < n);
        }
    }

    #[test]
    fn uniform_bits_reach_every_element_alike() {
        let m = Modulus::odd(5);
        let step = u128::MAX / 5 + 1;
        for k in 0..5u128 {
            assert_eq!((m.uniform(k * step), m.uniform(k * step + step / 2)), (k as u64, k as u64));
        }
        assert_eq!(m.uniform(u128::MAX), 4);
    }
}
