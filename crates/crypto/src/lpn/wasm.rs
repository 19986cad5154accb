//! The code with WebAssembly's `simd128`. Kernel file.
#![allow(unsafe_code)]

use core::arch::wasm32::*;

use super::places::{self, GROUP, LOCALITY, POWERS, Places};
use crate::Block;
use crate::chacha::wasm::Words4;

/// Places of the group whose first ChaCha block is `first`.
pub(super) fn places(key: &[u32; 8], first: u64, mask: u32, places: &mut [u32; GROUP]) {
    // SAFETY: this module is compiled with simd128 alone.
    unsafe { places::group::<Words4>(key, first, mask, places) }
}

/// Adds to every output the entries at its places, which are below the table's length.
pub(super) fn add(table: &[Block], places: &Places, outputs: &mut [Block]) {
    for (output, places) in outputs.iter_mut().zip(places.as_chunks::<LOCALITY>().0) {
        // SAFETY: the places were masked to below the table's length, a power of two.
        unsafe {
            let entry = |i: usize| v128_load(table.as_ptr().add(places[i] as usize).cast());
            let mut sum = v128_load((output as *const Block).cast());
            for i in 0..LOCALITY {
                sum = v128_xor(sum, entry(i));
            }
            v128_store((output as *mut Block).cast(), sum);
        }
    }
}

/// As [`add`], every entry times its power of β.
pub(super) fn add_gf16(table: &[Block], places: &Places, outputs: &mut [Block]) {
    for (output, places) in outputs.iter_mut().zip(places.as_chunks::<LOCALITY>().0) {
        // SAFETY: as above.
        unsafe {
            let entry = |i: usize| v128_load(table.as_ptr().add(places[i] as usize).cast());
            let mut sum = i64x2_splat(0);
            for power in POWERS.into_iter().rev() {
                sum = times_beta(sum);
                for i in power {
                    sum = v128_xor(sum, entry(i));
                }
            }
            let output: *mut v128 = (output as *mut Block).cast();
            v128_store(output, v128_xor(sum, v128_load(output)));
        }
    }
}

/// [`Block::times_beta`].
#[inline(always)]
fn times_beta(x: v128) -> v128 {
    let highest = i32x4_shuffle::<0, 7, 0, 0>(i64x2_splat(0), x);
    v128_xor(i32x4_shuffle::<3, 0, 1, 2>(x, x), highest)
}
