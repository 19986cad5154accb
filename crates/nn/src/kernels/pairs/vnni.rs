//! Tiles of 16 positions with AVX-512 VNNI. Kernel file.
#![allow(unsafe_code)]

use std::arch::x86_64::*;

use super::operands::{Operands, ROWS, SPAN};
use crate::kernels::platform::Vnni;

/// Positions of a tile.
const N: usize = 16;

pub(super) fn add_to<const D: usize>(
    _: Vnni,
    operands: &Operands<'_>,
    sums: &mut [[u64; SPAN]; ROWS],
    first: usize,
    count: usize,
) {
    #[target_feature(enable = "avx512f,avx512vnni")]
    fn kernel<const D: usize>(o: &Operands<'_>, sums: &mut [[u64; SPAN]; ROWS], first: usize, count: usize) {
        // SAFETY: the caller has made sure that at least N words follow each place that is read.
        o.by_tiles::<D, N>(sums, first, count, |position| unsafe { tile(o, position) });
    }
    // SAFETY: a `Vnni` exists only where the features were found.
    unsafe { kernel::<D>(operands, sums, first, count) }
}

/// # Safety
/// For every tap and digit N words follow at `position`.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
unsafe fn tile<const D: usize>(o: &Operands<'_>, position: usize) -> [[[i32; N]; ROWS]; D] {
    let mut sums = [[_mm512_setzero_si512(); ROWS]; D];
    for (&tap, weights) in o.taps.iter().zip(o.weights) {
        for (digit, sums) in sums.iter_mut().enumerate() {
            // SAFETY: N words follow there.
            let words = unsafe { _mm512_loadu_si512(o.words.as_ptr().add(digit * o.stride + tap + position).cast()) };
            for (sum, &weight) in sums.iter_mut().zip(weights) {
                let weight = _mm512_set1_epi32(weight as i32);
                *sum = _mm512_dpwssd_epi32(*sum, words, weight);
            }
        }
    }
    let mut tile = [[[0; N]; ROWS]; D];
    for (to, from) in tile.as_flattened_mut().iter_mut().zip(sums.as_flattened()) {
        // SAFETY: an array of N numbers is as long as a vector.
        unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), *from) };
    }
    tile
}
