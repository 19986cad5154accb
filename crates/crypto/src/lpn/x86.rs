//! The code with AVX2 and AVX-512. Kernel file.
//!
//! A vector holds one word of 8 or 16 ChaCha blocks.
#![allow(unsafe_code)]

use core::arch::x86_64::*;

use super::{GROUP, LANES, LOCALITY, Places, double_round, initial};
use crate::Block;
use crate::platform::{Avx2, Avx512};

/// Places of the group whose first ChaCha block is `first`.
pub(super) fn places_512(_: Avx512, first: u64, mask: u32, places: &mut [u32; GROUP]) {
    // SAFETY: an `Avx512` exists only where AVX-512 was found.
    unsafe { kernel_512(first, mask, places) }
}

/// As [`places_512`].
pub(super) fn places_256(_: Avx2, first: u64, mask: u32, places: &mut [u32; GROUP]) {
    for half in 0..2 {
        // SAFETY: an `Avx2` exists only where AVX2 was found.
        unsafe { kernel_256(first + 8 * half as u64, mask, 8 * half, places) }
    }
}

#[target_feature(enable = "avx512f")]
fn kernel_512(first: u64, mask: u32, places: &mut [u32; GROUP]) {
    let start = initial(first);
    let mut s = [_mm512_setzero_si512(); 16];
    for i in 0..16 {
        s[i] = _mm512_set1_epi32(start[i] as i32);
    }
    // A group's first block is a multiple of 16: only the low word differs within it.
    let numbers = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    s[12] = _mm512_or_si512(s[12], numbers);
    let mut v = s;
    macro_rules! quarter {
        ($v:ident, $a:literal, $b:literal, $c:literal, $d:literal) => {
            $v[$a] = _mm512_add_epi32($v[$a], $v[$b]);
            $v[$d] = _mm512_rol_epi32::<16>(_mm512_xor_si512($v[$d], $v[$a]));
            $v[$c] = _mm512_add_epi32($v[$c], $v[$d]);
            $v[$b] = _mm512_rol_epi32::<12>(_mm512_xor_si512($v[$b], $v[$c]));
            $v[$a] = _mm512_add_epi32($v[$a], $v[$b]);
            $v[$d] = _mm512_rol_epi32::<8>(_mm512_xor_si512($v[$d], $v[$a]));
            $v[$c] = _mm512_add_epi32($v[$c], $v[$d]);
            $v[$b] = _mm512_rol_epi32::<7>(_mm512_xor_si512($v[$b], $v[$c]));
        };
    }
    for _ in 0..4 {
        double_round!(v, quarter);
    }
    let mask = _mm512_set1_epi32(mask as i32);
    let lines = places.as_chunks_mut::<LANES>().0;
    for p in 0..8 {
        let a = _mm512_add_epi32(v[2 * p], s[2 * p]);
        let b = _mm512_add_epi32(v[2 * p + 1], s[2 * p + 1]);
        let c = _mm512_or_si512(_mm512_srli_epi32::<20>(a), _mm512_slli_epi32::<12>(_mm512_srli_epi32::<20>(b)));
        for (which, place) in [a, b, c].iter().enumerate() {
            // SAFETY: a line has the 64 bytes that are written, and the instruction asks for no alignment.
            unsafe { _mm512_storeu_si512(lines[3 * p + which].as_mut_ptr().cast(), _mm512_and_si512(*place, mask)) };
        }
    }
}

#[target_feature(enable = "avx2")]
fn kernel_256(first: u64, mask: u32, lane: usize, places: &mut [u32; GROUP]) {
    let start = initial(first);
    let mut s = [_mm256_setzero_si256(); 16];
    for i in 0..16 {
        s[i] = _mm256_set1_epi32(start[i] as i32);
    }
    s[12] = _mm256_or_si256(s[12], _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0));
    let by_16 =
        _mm256_set_epi64x(0x0d0c_0f0e_0908_0b0a, 0x0504_0706_0100_0302, 0x0d0c_0f0e_0908_0b0a, 0x0504_0706_0100_0302);
    let by_8 =
        _mm256_set_epi64x(0x0e0d_0c0f_0a09_080b, 0x0605_0407_0201_0003, 0x0e0d_0c0f_0a09_080b, 0x0605_0407_0201_0003);
    let mut v = s;
    macro_rules! quarter {
        ($v:ident, $a:literal, $b:literal, $c:literal, $d:literal) => {
            $v[$a] = _mm256_add_epi32($v[$a], $v[$b]);
            $v[$d] = _mm256_shuffle_epi8(_mm256_xor_si256($v[$d], $v[$a]), by_16);
            $v[$c] = _mm256_add_epi32($v[$c], $v[$d]);
            $v[$b] = _mm256_xor_si256($v[$b], $v[$c]);
            $v[$b] = _mm256_or_si256(_mm256_slli_epi32::<12>($v[$b]), _mm256_srli_epi32::<20>($v[$b]));
            $v[$a] = _mm256_add_epi32($v[$a], $v[$b]);
            $v[$d] = _mm256_shuffle_epi8(_mm256_xor_si256($v[$d], $v[$a]), by_8);
            $v[$c] = _mm256_add_epi32($v[$c], $v[$d]);
            $v[$b] = _mm256_xor_si256($v[$b], $v[$c]);
            $v[$b] = _mm256_or_si256(_mm256_slli_epi32::<7>($v[$b]), _mm256_srli_epi32::<25>($v[$b]));
        };
    }
    for _ in 0..4 {
        double_round!(v, quarter);
    }
    let mask = _mm256_set1_epi32(mask as i32);
    let lines = places.as_chunks_mut::<LANES>().0;
    for p in 0..8 {
        let a = _mm256_add_epi32(v[2 * p], s[2 * p]);
        let b = _mm256_add_epi32(v[2 * p + 1], s[2 * p + 1]);
        let c = _mm256_or_si256(_mm256_srli_epi32::<20>(a), _mm256_slli_epi32::<12>(_mm256_srli_epi32::<20>(b)));
        for (which, place) in [a, b, c].iter().enumerate() {
            let half = &mut lines[3 * p + which][lane..lane + 8];
            // SAFETY: eight places are the 32 bytes that are written, and the instruction asks for no alignment.
            unsafe { _mm256_storeu_si256(half.as_mut_ptr().cast(), _mm256_and_si256(*place, mask)) };
        }
    }
}

/// Adds to every output the entries at its places, which are below the table's length.
pub(super) fn add(table: &[Block], places: &Places, outputs: &mut [Block]) {
    for (output, places) in outputs.iter_mut().zip(places.as_chunks::<LOCALITY>().0) {
        // SAFETY: SSE2 is part of x86-64. The places were masked to below the table's length, a power of two.
        unsafe {
            let entry = |i: usize| _mm_loadu_si128(table.as_ptr().add(places[i] as usize).cast());
            let mut sum = _mm_loadu_si128((output as *const Block).cast());
            for i in 0..LOCALITY {
                sum = _mm_xor_si128(sum, entry(i));
            }
            _mm_storeu_si128((output as *mut Block).cast(), sum);
        }
    }
}
