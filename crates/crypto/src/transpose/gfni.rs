//! A strip's transposition with AVX-512 and GFNI. Kernel file.
#![allow(unsafe_code)]

use core::arch::x86_64::*;

use super::strip::{STRIP, STRIP_ROWS};
use crate::Block;
use crate::platform::Avx512;

/// The product of a quadword, read as an 8×8 bit matrix with its top row in byte 0, with this one's bytes is its transpose.
const UNITS: i64 = 0x8040_2010_0804_0201_u64 as i64;

/// Transposes all bytes of every column into 512 rows.
pub(super) fn transpose_strip(_: Avx512, columns: &[&[u8; STRIP]; 128], out: &mut [Block; STRIP_ROWS]) {
    // SAFETY: an `Avx512` exists only where AVX-512 and GFNI were found.
    unsafe { transpose_strip_gfni(columns, out) }
}

/// First, for each group of eight columns, interleaves their bytes so that a quadword holds one byte of each column, and
/// transposes it as an 8×8 bit matrix (whose top row is the highest column): its byte r belongs to row r of eight. Then, for the 16 groups, interleaves once more,
/// so that each 128-bit lane holds a row. Interleaving stays in lanes: lane L has the columns' bytes from 16·L.
#[target_feature(enable = "avx512f,avx512bw,gfni")]
fn transpose_strip_gfni(columns: &[&[u8; STRIP]; 128], out: &mut [Block; STRIP_ROWS]) {
    let mut squares = [[_mm512_setzero_si512(); 16]; 8];
    for (group, columns) in columns.as_chunks::<8>().0.iter().enumerate() {
        let mut v = [_mm512_setzero_si512(); 8];
        for j in 0..8 {
            // SAFETY: a column's strip has 64 bytes, and the instruction asks for no alignment.
            v[j] = unsafe { _mm512_loadu_si512(columns[7 - j].as_ptr().cast()) };
        }
        interleave::<4, _>(&mut v);
        interleave::<2, _>(&mut v);
        interleave::<1, _>(&mut v);
        for t in 0..8 {
            squares[t][group] = _mm512_gf2p8affine_epi64_epi8::<0>(_mm512_set1_epi64(UNITS), v[t]);
        }
    }
    for (t, v) in squares.iter_mut().enumerate() {
        interleave::<8, _>(v);
        interleave::<4, _>(v);
        interleave::<2, _>(v);
        interleave::<1, _>(v);
        for s in 0..16 {
            store(&mut out[16 * t + s], _mm512_extracti32x4_epi32::<0>(v[s]));
            store(&mut out[128 + 16 * t + s], _mm512_extracti32x4_epi32::<1>(v[s]));
            store(&mut out[256 + 16 * t + s], _mm512_extracti32x4_epi32::<2>(v[s]));
            store(&mut out[384 + 16 * t + s], _mm512_extracti32x4_epi32::<3>(v[s]));
        }
    }
}

/// In each lane, interleaves the bytes of vectors whose indices differ in the bit of value `D` alone: in the index, that bit is
/// replaced by the top bit of a byte's place in its lane, and becomes the lowest bit of the place.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn interleave<const D: usize, const N: usize>(v: &mut [__m512i; N]) {
    for pair in 0..N / 2 {
        let j = pair / D * 2 * D + pair % D;
        (v[j], v[j + D]) = (_mm512_unpacklo_epi8(v[j], v[j + D]), _mm512_unpackhi_epi8(v[j], v[j + D]));
    }
}

#[target_feature(enable = "sse2")]
#[inline]
fn store(block: &mut Block, v: __m128i) {
    // SAFETY: a block has 16 bytes, and the instruction asks for no alignment.
    unsafe { _mm_storeu_si128(core::ptr::from_mut(block).cast(), v) }
}
