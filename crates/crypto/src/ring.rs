//! Z_{2^ℓ}.

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
#[inline]
pub fn low_bits(v: u64, bits: u32) -> u64 {
    if bits == 0 { 0 } else { v & (u64::MAX >> (64 - bits)) }
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
