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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_are_full_or_empty() {
        assert_eq!((mask64(true), mask64(false)), (u64::MAX, 0));
    }
}
