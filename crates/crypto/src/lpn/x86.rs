//! The code with AVX2 and AVX-512. Kernel file.
#![allow(unsafe_code)]

use core::arch::x86_64::*;

use super::places::{self, GROUP, LOCALITY, POWERS, Places};
use crate::Block;
use crate::chacha::x86::{Words8, Words16};
use crate::platform::{Avx2, Avx512};

/// Places of the group whose first ChaCha block is `first`.
pub(super) fn places_512(_: Avx512, key: &[u32; 8], first: u64, mask: u32, places: &mut [u32; GROUP]) {
    #[target_feature(enable = "avx512f")]
    fn kernel(key: &[u32; 8], first: u64, mask: u32, places: &mut [u32; GROUP]) {
        // SAFETY: this function's feature is the vector's.
        unsafe { places::group::<Words16>(key, first, mask, places) }
    }
    // SAFETY: an `Avx512` exists only where AVX-512 was found.
    unsafe { kernel(key, first, mask, places) }
}

/// As [`places_512`].
pub(super) fn places_256(_: Avx2, key: &[u32; 8], first: u64, mask: u32, places: &mut [u32; GROUP]) {
    #[target_feature(enable = "avx2")]
    fn kernel(key: &[u32; 8], first: u64, mask: u32, places: &mut [u32; GROUP]) {
        // SAFETY: as above.
        unsafe { places::group::<Words8>(key, first, mask, places) }
    }
    // SAFETY: an `Avx2` exists only where AVX2 was found.
    unsafe { kernel(key, first, mask, places) }
}

/// Outputs whose entries are fetched while others are added: a processor waits for few at a time by itself, and tables are larger than its
/// nearest caches.
const AHEAD: usize = 24;

/// Entries of tables where that pays: 8 MiB.
const LARGE: usize = 1 << 19;

/// Fetches the entries of an output, if there is one, of a large table.
#[inline(always)]
fn fetch(table: &[Block], places: Option<&[u32; LOCALITY]>) {
    let places = places.filter(|_| table.len() >= LARGE);
    for &place in places.into_iter().flatten() {
        // SAFETY: SSE is part of x86-64, and a fetch reads nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(table.as_ptr().wrapping_add(place as usize).cast()) }
    }
}

/// Adds to every output the entries at its places, which are below the table's length.
pub(super) fn add(table: &[Block], places: &Places, outputs: &mut [Block]) {
    let all = places.as_chunks::<LOCALITY>().0;
    for (i, (output, places)) in outputs.iter_mut().zip(all).enumerate() {
        fetch(table, all.get(i + AHEAD));
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

/// As [`add`], every entry times its power of β.
pub(super) fn add_gf16(table: &[Block], places: &Places, outputs: &mut [Block]) {
    let all = places.as_chunks::<LOCALITY>().0;
    for (i, (output, places)) in outputs.iter_mut().zip(all).enumerate() {
        fetch(table, all.get(i + AHEAD));
        // SAFETY: as above.
        unsafe {
            let entry = |i: usize| _mm_loadu_si128(table.as_ptr().add(places[i] as usize).cast());
            let mut sum = _mm_setzero_si128();
            for power in POWERS.into_iter().rev() {
                sum = times_beta(sum);
                for i in power {
                    sum = _mm_xor_si128(sum, entry(i));
                }
            }
            let output = (output as *mut Block).cast();
            _mm_storeu_si128(output, _mm_xor_si128(sum, _mm_loadu_si128(output)));
        }
    }
}

/// [`Block::times_beta`].
#[inline(always)]
fn times_beta(x: __m128i) -> __m128i {
    // SAFETY: SSE2 is part of x86-64.
    unsafe { _mm_xor_si128(_mm_shuffle_epi32::<0b10_01_00_11>(x), _mm_slli_si128::<4>(_mm_srli_si128::<12>(x))) }
}
