//! Sums of products of whole elements, where each meets too few weights to be worth cutting up: compilers make
//! vectors of these loops. In a ring of up to 32 bits the low halves of both factors do, whose product every vector
//! unit has.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod loops;

use super::platform::Platform;
use crate::Geometry;

/// `Σ w·x` modulo 2^64, or modulo 2^32 where that is enough (`narrow`).
pub(super) fn dot(platform: Platform, narrow: bool, weights: &[i64], x: &[u64]) -> u64 {
    match platform {
        #[cfg(target_arch = "x86_64")]
        Platform::X86Avx2(proof) => avx2::dot(proof, narrow, weights, x),
        #[cfg(target_arch = "x86_64")]
        Platform::X86Vnni(proof) => avx2::dot(proof.avx2(), narrow, weights, x),
        Platform::Portable => loops::dot(narrow, weights, x),
    }
}

/// Adds to all sums of an output plane the products of a kernel with an input plane; modulo as [`dot`].
pub(super) fn add_plane(p: Platform, narrow: bool, sums: &mut [u64], kernel: &[i64], x: &[u64], g: &Geometry) {
    match p {
        #[cfg(target_arch = "x86_64")]
        Platform::X86Avx2(proof) => avx2::add_plane(proof, narrow, sums, kernel, x, g),
        #[cfg(target_arch = "x86_64")]
        Platform::X86Vnni(proof) => avx2::add_plane(proof.avx2(), narrow, sums, kernel, x, g),
        Platform::Portable => loops::add_plane(narrow, sums, kernel, x, g),
    }
}
