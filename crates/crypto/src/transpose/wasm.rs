//! A tile's transposition with WebAssembly's `simd128`. Kernel file.
#![allow(unsafe_code)]

use core::arch::wasm32::*;

use super::strip::{Strip, TILE};
use crate::Block;

/// Transposes bytes `at..at + 16` of every column into 128 rows.
///
/// For 16 columns at a time: transposes their 16×16 bytes, so that a vector holds one byte of each column, then reads
/// eight rows off it by collecting the top bits and shifting.
pub(super) fn transpose_tile(strip: &Strip, at: usize, out: &mut [Block; TILE]) {
    let out = Block::as_bytes_mut(out);
    for (group, columns) in strip.chunks_exact(16).enumerate() {
        let bytes = transpose_bytes(core::array::from_fn(|j| load(&columns[j], at)));
        for (k, mut bits) in bytes.into_iter().enumerate() {
            for i in (0..8).rev() {
                let row = i8x16_bitmask(bits);
                out[(8 * k + i) * 16 + 2 * group..][..2].copy_from_slice(&row.to_le_bytes());
                bits = i8x16_add(bits, bits);
            }
        }
    }
}

/// Byte `k` of vector `j` becomes byte `j` of vector `k`: four rounds, each interleaving vector `j` with vector `j + 8`.
fn transpose_bytes(mut v: [v128; 16]) -> [v128; 16] {
    for _ in 0..4 {
        let mut next = v;
        for j in 0..8 {
            let (a, b) = (v[j], v[j + 8]);
            next[2 * j] = i8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(a, b);
            next[2 * j + 1] = i8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(a, b);
        }
        v = next;
    }
    v
}

/// Bytes `at..at + 16` of a column.
fn load(column: &[u8], at: usize) -> v128 {
    let bytes: &[u8] = &column[at..at + 16];
    // SAFETY: the slice has the 16 bytes that are read, and the instruction asks for no alignment.
    unsafe { v128_load(bytes.as_ptr().cast()) }
}
