//! The same loops, compiled for AVX2. Kernel file.
#![allow(unsafe_code)]

use super::loops;
use crate::Geometry;
use crate::kernels::platform::Avx2;

pub(super) fn dot(_: Avx2, narrow: bool, weights: &[i64], x: &[u64]) -> u64 {
    #[target_feature(enable = "avx2")]
    fn kernel(narrow: bool, weights: &[i64], x: &[u64]) -> u64 {
        loops::dot(narrow, weights, x)
    }
    // SAFETY: an `Avx2` exists only where AVX2 was found.
    unsafe { kernel(narrow, weights, x) }
}

pub(super) fn add_plane(_: Avx2, narrow: bool, sums: &mut [u64], weights: &[i64], x: &[u64], g: &Geometry) {
    #[target_feature(enable = "avx2")]
    fn kernel(narrow: bool, sums: &mut [u64], weights: &[i64], x: &[u64], g: &Geometry) {
        loops::add_plane(narrow, sums, weights, x, g);
    }
    // SAFETY: an `Avx2` exists only where AVX2 was found.
    unsafe { kernel(narrow, sums, weights, x, g) }
}
