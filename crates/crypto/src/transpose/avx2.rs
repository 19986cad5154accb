//! A tile's transposition with AVX2. Kernel file.
#![allow(unsafe_code)]

use core::arch::x86_64::*;

use super::strip::{Strip, TILE};
use crate::Block;
use crate::platform::Avx2;

/// Transposes bytes `at..at + 16` of every column into 128 rows.
pub(super) fn transpose_tile(_: Avx2, strip: &Strip, at: usize, out: &mut [Block; TILE]) {
    // SAFETY: an `Avx2` exists only where AVX2 was found.
    unsafe { transpose_tile_avx2(strip, at, out) }
}

/// For 32 columns at a time: transposes their 32×16 bytes, so that a vector holds one byte of each column, then reads
/// eight rows off it by collecting the top bits and shifting.
#[target_feature(enable = "avx2")]
fn transpose_tile_avx2(strip: &Strip, at: usize, out: &mut [Block; TILE]) {
    let out = Block::as_bytes_mut(out);
    for (group, columns) in strip.chunks_exact(32).enumerate() {
        let bytes = transpose_bytes(core::array::from_fn(|j| load(&columns[j], &columns[j + 16], at)));
        for (k, mut bits) in bytes.into_iter().enumerate() {
            for i in (0..8).rev() {
                let row = _mm256_movemask_epi8(bits);
                out[(8 * k + i) * 16 + 4 * group..][..4].copy_from_slice(&row.to_le_bytes());
                bits = _mm256_add_epi8(bits, bits);
            }
        }
    }
}

/// In each 128-bit lane, byte `k` of vector `j` becomes byte `j` of vector `k`.
///
/// A round interleaves vector `j` with vector `j + 8`, which rotates the eight address bits (vector, byte) by one; four rounds exchange them.
#[target_feature(enable = "avx2")]
#[inline]
fn transpose_bytes(mut v: [__m256i; 16]) -> [__m256i; 16] {
    for _ in 0..4 {
        let mut next = v;
        for j in 0..8 {
            next[2 * j] = _mm256_unpacklo_epi8(v[j], v[j + 8]);
            next[2 * j + 1] = _mm256_unpackhi_epi8(v[j], v[j + 8]);
        }
        v = next;
    }
    v
}

/// Bytes `at..at + 16` of two columns, one in each lane.
#[target_feature(enable = "avx2")]
#[inline]
fn load(low: &[u8], high: &[u8], at: usize) -> __m256i {
    let word = |column: &[u8], at: usize| {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&column[at..at + 8]);
        i64::from_le_bytes(bytes)
    };
    _mm256_set_epi64x(word(high, at + 8), word(high, at), word(low, at + 8), word(low, at))
}
