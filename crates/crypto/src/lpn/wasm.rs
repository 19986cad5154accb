//! The code with WebAssembly's `simd128`. Kernel file.
//!
//! A vector holds one word of four ChaCha blocks.
#![allow(unsafe_code)]

use core::arch::wasm32::*;

use super::{GROUP, LANES, LOCALITY, Places, double_round, initial};
use crate::Block;

/// Places of the group whose first ChaCha block is `first`.
pub(super) fn places(first: u64, mask: u32, places: &mut [u32; GROUP]) {
    for lane in (0..LANES).step_by(4) {
        quarter_of(first + lane as u64, mask, lane, places);
    }
}

#[inline]
fn quarter_of(first: u64, mask: u32, lane: usize, places: &mut [u32; GROUP]) {
    let start = initial(first);
    let mut s = start.map(|word| u32x4_splat(word));
    s[12] = v128_or(s[12], u32x4(0, 1, 2, 3));
    let mut v = s;
    macro_rules! quarter {
        ($v:ident, $a:literal, $b:literal, $c:literal, $d:literal) => {
            $v[$a] = i32x4_add($v[$a], $v[$b]);
            $v[$d] = v128_xor($v[$d], $v[$a]);
            $v[$d] = i8x16_shuffle::<2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13>($v[$d], $v[$d]);
            $v[$c] = i32x4_add($v[$c], $v[$d]);
            $v[$b] = v128_xor($v[$b], $v[$c]);
            $v[$b] = v128_or(u32x4_shl($v[$b], 12), u32x4_shr($v[$b], 20));
            $v[$a] = i32x4_add($v[$a], $v[$b]);
            $v[$d] = v128_xor($v[$d], $v[$a]);
            $v[$d] = i8x16_shuffle::<3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14>($v[$d], $v[$d]);
            $v[$c] = i32x4_add($v[$c], $v[$d]);
            $v[$b] = v128_xor($v[$b], $v[$c]);
            $v[$b] = v128_or(u32x4_shl($v[$b], 7), u32x4_shr($v[$b], 25));
        };
    }
    for _ in 0..4 {
        double_round!(v, quarter);
    }
    let mask = u32x4_splat(mask);
    let lines = places.as_chunks_mut::<LANES>().0;
    for p in 0..8 {
        let (a, b) = (i32x4_add(v[2 * p], s[2 * p]), i32x4_add(v[2 * p + 1], s[2 * p + 1]));
        let c = v128_or(u32x4_shr(a, 20), u32x4_shl(u32x4_shr(b, 20), 12));
        for (which, place) in [a, b, c].into_iter().enumerate() {
            let four = &mut lines[3 * p + which][lane..lane + 4];
            // SAFETY: four places are the 16 bytes that are written, and the instruction asks for no alignment.
            unsafe { v128_store(four.as_mut_ptr().cast(), v128_and(place, mask)) };
        }
    }
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
