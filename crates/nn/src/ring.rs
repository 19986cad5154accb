//! Integers modulo `2^bits`, 1 ≤ bits ≤ 64.
//!
//! An element has two forms: *signed*, an `i64` that is sign-extended from its two's complement (what tensors and the
//! reference executor hold), and *unsigned*, a `u64` below `2^bits` (what shares and the wire hold).

/// The widest ring.
pub const MAX_BITS: u32 = 64;

/// The bits of the unsigned form: `2^bits − 1`.
///
/// # Panics
/// When `bits` is not in 1..=64, a mistake of the caller: [`Program::validate`](crate::Program::validate) lets no other
/// width through.
pub fn mask(bits: u32) -> u64 {
    assert!((1..=MAX_BITS).contains(&bits), "a ring has 1 to 64 bits, not {bits}");
    u64::MAX >> (MAX_BITS - bits)
}

/// The unsigned form of any integer.
pub fn to_ring(value: i64, bits: u32) -> u64 {
    value as u64 & mask(bits)
}

/// The signed form of an unsigned one; bits above the ring are ignored.
pub fn from_ring(value: u64, bits: u32) -> i64 {
    assert!((1..=MAX_BITS).contains(&bits), "a ring has 1 to 64 bits, not {bits}");
    let unused = MAX_BITS - bits;
    ((value << unused) as i64) >> unused
}

/// The signed form of any integer's residue.
pub fn reduce(value: i64, bits: u32) -> i64 {
    from_ring(value as u64, bits)
}

/// The smallest signed element, `−2^(bits−1)`.
pub fn min(bits: u32) -> i64 {
    from_ring(1 << (bits - 1), bits)
}

/// The largest signed element, `2^(bits−1) − 1`.
pub fn max(bits: u32) -> i64 {
    !min(bits)
}

/// Whether `value` is the signed form of an element.
pub fn contains(value: i64, bits: u32) -> bool {
    reduce(value, bits) == value
}

/// The fewest bits whose signed range holds `value`.
pub fn signed_bits(value: i128) -> u32 {
    let magnitude = if value < 0 { !value } else { value };
    i128::BITS - magnitude.leading_zeros() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_of_every_width() {
        for bits in 1..=64 {
            let (low, high) = (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1);
            assert_eq!((i128::from(min(bits)), i128::from(max(bits))), (low, high), "{bits} bits");
            assert_eq!(u128::from(mask(bits)), (1u128 << bits) - 1);
            assert!(contains(min(bits), bits) && contains(max(bits), bits));
            assert_eq!(reduce(max(bits).wrapping_add(1), bits), min(bits), "{bits} bits wrap");
            assert_eq!(signed_bits(low), bits);
            assert_eq!(signed_bits(high), bits);
            for v in [0, 1, -1, min(bits), max(bits)] {
                let v = reduce(v, bits);
                assert_eq!(from_ring(to_ring(v, bits), bits), v);
            }
        }
        assert_eq!(signed_bits(0), 1);
        assert_eq!(signed_bits(-1), 1);
        assert_eq!(signed_bits(1), 2);
    }
}
