//! Selection by secret bits, without branches.

use core::hint::black_box;

/// All ones when `bit` is set, otherwise zero.
///
/// The barrier keeps the compiler from recognising a condition: without it, optimised loops over `value & mask` become a branch
/// on the secret bit around the whole loop.
#[inline]
pub fn mask64(bit: bool) -> u64 {
    u64::from(black_box(bit)).wrapping_neg()
}

/// All ones when `a = b`, otherwise zero, behind the same barrier.
#[inline]
pub fn mask_eq(a: u32, b: u32) -> u64 {
    mask_lt(a ^ b, 1)
}

/// All ones when `a < b`, otherwise zero, behind the same barrier.
#[inline]
pub fn mask_lt(a: u32, b: u32) -> u64 {
    (black_box(i64::from(a) - i64::from(b)) >> 63) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_agree_at_the_ends() {
        let values = [0, 1, 2, 63, 64, 255, u32::MAX - 1, u32::MAX];
        for (a, b) in values.iter().flat_map(|&a| values.map(|b| (a, b))) {
            assert_eq!((mask_eq(a, b), mask_lt(a, b)), (mask64(a == b), mask64(a < b)), "{a} and {b}");
        }
    }

    #[test]
    fn masks_are_full_or_empty() {
        assert_eq!((mask64(true), mask64(false)), (u64::MAX, 0));
    }
}
