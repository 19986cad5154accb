//! Sums of products of digits: what convolutions spend their time on.
//!
//! Weights and elements are cut into signed digits of at most 16 bits, since vector units multiply those fastest: one
//! instruction takes two neighbouring products and their sum of 32 bits. A word holds the digits of two channels at
//! one place, so that its product with the word of two weights is a part of an output.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod operands;
mod portable;
#[cfg(target_arch = "x86_64")]
mod vnni;

use super::platform::Platform;
pub(super) use operands::{Operands, ROWS, SPAN, TILE};

/// Adds the products at `count` positions from `first` on.
pub(super) fn add_to(p: Platform, operands: &Operands<'_>, sums: &mut [[u64; SPAN]; ROWS], first: usize, count: usize) {
    match operands.digits.count {
        1 => add_digits_to::<1>(p, operands, sums, first, count),
        2 => add_digits_to::<2>(p, operands, sums, first, count),
        3 => add_digits_to::<3>(p, operands, sums, first, count),
        _ => add_digits_to::<4>(p, operands, sums, first, count),
    }
}

fn add_digits_to<const D: usize>(
    platform: Platform,
    operands: &Operands<'_>,
    sums: &mut [[u64; SPAN]; ROWS],
    first: usize,
    count: usize,
) {
    let furthest = operands.taps.iter().max().map_or(0, |tap| tap + first + count.next_multiple_of(TILE));
    assert!(furthest + (D - 1) * operands.stride <= operands.words.len(), "words behind every tap");
    match platform {
        #[cfg(target_arch = "x86_64")]
        Platform::X86Vnni(proof) => vnni::add_to::<D>(proof, operands, sums, first, count),
        #[cfg(target_arch = "x86_64")]
        Platform::X86Avx2(proof) => avx2::add_to::<D>(proof, operands, sums, first, count),
        Platform::Portable => portable::add_to::<D>(operands, sums, first, count),
    }
}
