//! Arithmetic modulo one NTT prime below 2^27, in 32-bit words with room for lazy sums.
//!
//! A product by a known factor w uses Shoup's quotient `w' = ⌊w·2^32/p⌋`: for any 32-bit a, `a·w − ⌊a·w'/2^32⌋·p` lies in
//! [0, 2p). Since 32p < 2^32, several such results may be added before anything is reduced.

/// A prime p below 2^27.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prime {
    p: u32,
    /// ⌊2^32/p⌋, Shoup's quotient of 1.
    one: u32,
    /// 2^32 mod p, a factor.
    word: Factor,
}

/// `a` < 2n modulo n, for n below 2^30. By a mask: of the smaller of a and a − n, which is the same, compilers make a `select`
/// in WebAssembly, and an engine may make a branch of that.
#[inline]
pub(crate) fn subtract_once(a: u32, n: u32) -> u32 {
    let difference = a.wrapping_sub(n);
    difference.wrapping_add(n & (difference as i32 >> 31) as u32)
}

/// A known factor with its Shoup quotient.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Factor {
    /// w, below p.
    pub w: u32,
    /// ⌊w·2^32/p⌋.
    pub quotient: u32,
}

impl Prime {
    /// Constants of `p`, an odd prime below 2^27.
    pub(crate) const fn new(p: u32) -> Self {
        let word = ((1u64 << 32) % p as u64) as u32;
        let quotient = (((word as u64) << 32) / p as u64) as u32;
        Self { p, one: ((1u64 << 32) / p as u64) as u32, word: Factor { w: word, quotient } }
    }

    /// p.
    #[inline]
    pub fn get(self) -> u32 {
        self.p
    }

    /// ⌊2^32/p⌋, and 2^32 modulo p as a factor: what kernels reduce words by.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn words(self) -> (u32, Factor) {
        (self.one, self.word)
    }

    /// Bits of a residue.
    #[inline]
    pub const fn bits(self) -> u32 {
        u32::BITS - self.p.leading_zeros()
    }

    /// `w` below p as a factor.
    pub(crate) fn factor(self, w: u32) -> Factor {
        Factor { w, quotient: ((u64::from(w) << 32) / u64::from(self.p)) as u32 }
    }

    /// `w` below p as a factor of signed words: the quotient ⌊w·2^32/p + ½⌋ and, where that is negative as a word, w − p.
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    pub(crate) fn signed_factor(self, w: u32) -> Factor {
        let quotient = (((u64::from(w) << 32) + u64::from(self.p / 2)) / u64::from(self.p)) as u32;
        Factor { w: if (quotient as i32) < 0 { w.wrapping_sub(self.p) } else { w }, quotient }
    }

    /// `a·w` modulo p in [0, 2p), for any a.
    #[inline]
    pub(crate) fn mul_lazy(self, a: u32, factor: Factor) -> u32 {
        let quotient = ((u64::from(a) * u64::from(factor.quotient)) >> 32) as u32;
        a.wrapping_mul(factor.w).wrapping_sub(quotient.wrapping_mul(self.p))
    }

    /// `a·w` modulo p, for any a.
    #[inline]
    pub(crate) fn mul_factor(self, a: u32, factor: Factor) -> u32 {
        self.subtract_once(self.mul_lazy(a, factor))
    }

    /// `a` < 2p modulo p.
    #[inline]
    pub(crate) fn subtract_once(self, a: u32) -> u32 {
        subtract_once(a, self.p)
    }

    /// Any 32-bit number modulo p.
    #[inline]
    pub fn reduce(self, a: u32) -> u32 {
        self.mul_factor(a, Factor { w: 1, quotient: self.one })
    }

    /// Any 64-bit number modulo p.
    #[inline]
    pub fn reduce64(self, a: u64) -> u32 {
        let high = self.mul_lazy((a >> 32) as u32, self.word);
        let low = self.mul_lazy(a as u32, Factor { w: 1, quotient: self.one });
        self.reduce(high + low)
    }

    /// Any 128-bit number modulo p.
    #[inline]
    pub(crate) fn reduce128(self, a: u128) -> u32 {
        let high = u64::from(self.reduce64((a >> 64) as u64));
        let middle = u64::from(self.reduce64(high << 32 | (a as u64) >> 32));
        self.reduce64(middle << 32 | a as u64 & u64::from(u32::MAX))
    }

    /// A signed integer modulo p.
    #[inline]
    pub fn from_signed(self, a: i64) -> u32 {
        // a = low + 2^63·(0 or −1) with 0 ≤ low < 2^63.
        let low = self.reduce64(a as u64 & (u64::MAX >> 1));
        let offset = self.reduce64(1 << 63) & ((a >> 63) as u32);
        self.sub(low, offset)
    }

    /// Sum of two residues.
    #[inline]
    pub(crate) fn add(self, a: u32, b: u32) -> u32 {
        self.subtract_once(a + b)
    }

    /// Difference of two residues.
    #[inline]
    pub(crate) fn sub(self, a: u32, b: u32) -> u32 {
        self.subtract_once(a + self.p - b)
    }

    /// The residue −a.
    #[inline]
    pub(crate) fn neg(self, a: u32) -> u32 {
        self.subtract_once(self.p - a)
    }

    /// Product of two residues.
    #[inline]
    pub(crate) fn mul(self, a: u32, b: u32) -> u32 {
        self.reduce64(u64::from(a) * u64::from(b))
    }

    /// `a` to a public power.
    pub(crate) fn pow(self, mut a: u32, mut exponent: u64) -> u32 {
        let mut product = 1;
        while exponent > 0 {
            if exponent & 1 == 1 {
                product = self.mul(product, a);
            }
            a = self.mul(a, a);
            exponent >>= 1;
        }
        product
    }

    /// Inverse of a residue that is not zero.
    pub(crate) fn inverse(self, a: u32) -> u32 {
        self.pow(a, u64::from(self.p) - 2)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::params::PRIMES;

    fn word() -> impl Strategy<Value = u64> {
        prop_oneof![
            Just(0),
            Just(1),
            Just(u64::MAX),
            Just(u64::MAX >> 1),
            Just(1 << 63),
            Just(u64::from(u32::MAX)),
            any::<u64>()
        ]
    }

    proptest! {
        #[test]
        fn residues_are_those_of_integers(a in word(), b in word(), which in 0..PRIMES.len()) {
            let (prime, p) = (PRIMES[which], u64::from(PRIMES[which].get()));
            prop_assert_eq!(u64::from(prime.reduce64(a)), a % p);
            prop_assert_eq!(u64::from(prime.reduce(a as u32)), a % (1 << 32) % p);
            let wide = u128::from(a) << 64 | u128::from(b);
            prop_assert_eq!(u128::from(prime.reduce128(wide)), wide % u128::from(p));
            prop_assert_eq!(i64::from(prime.from_signed(a as i64)), (a as i64).rem_euclid(p as i64));
            let (x, y) = ((a % p) as u32, (b % p) as u32);
            prop_assert_eq!(u64::from(prime.mul(x, y)), u64::from(x) * u64::from(y) % p);
            prop_assert_eq!(u64::from(prime.add(x, y)), (u64::from(x) + u64::from(y)) % p);
            prop_assert_eq!(u64::from(prime.sub(x, y)), (u64::from(x) + p - u64::from(y)) % p);
            prop_assert_eq!(prime.add(x, prime.neg(x)), 0);
            for a in [a as u32, u32::MAX] {
                let lazy = prime.mul_lazy(a, prime.factor(y));
                prop_assert!(u64::from(lazy) < 2 * p);
                prop_assert_eq!(u64::from(lazy) % p, u64::from(a) * u64::from(y) % p);
            }
            if x != 0 {
                prop_assert_eq!(prime.mul(x, prime.inverse(x)), 1);
            }
        }
    }
}
