//! Vectors of WebAssembly's `simd128`. Kernel file.
#![allow(unsafe_code)]

use core::arch::wasm32::*;

use super::Lanes;

/// Four words.
#[derive(Clone, Copy)]
pub(crate) struct Words4(v128);

impl Lanes for Words4 {
    const COUNT: usize = 4;
    #[inline(always)]
    unsafe fn splat(word: u32) -> Self {
        Self(u32x4_splat(word))
    }
    #[inline(always)]
    unsafe fn load(words: &[u32]) -> Self {
        let words: &[u32; 4] = words.first_chunk().expect("a vector's words");
        // SAFETY: the words are the 16 bytes that are read, and the instruction asks for no alignment.
        unsafe { Self(v128_load(words.as_ptr().cast())) }
    }
    #[inline(always)]
    unsafe fn store(self, words: &mut [u32]) {
        let words: &mut [u32; 4] = words.first_chunk_mut().expect("a vector's words");
        // SAFETY: as in `load`.
        unsafe { v128_store(words.as_mut_ptr().cast(), self.0) }
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        Self(i32x4_add(self.0, other.0))
    }
    #[inline(always)]
    unsafe fn xor(self, other: Self) -> Self {
        Self(v128_xor(self.0, other.0))
    }
    #[inline(always)]
    unsafe fn and(self, other: Self) -> Self {
        Self(v128_and(self.0, other.0))
    }
    #[inline(always)]
    unsafe fn shift_left<const N: u32>(self) -> Self {
        Self(u32x4_shl(self.0, N))
    }
    #[inline(always)]
    unsafe fn shift_right<const N: u32>(self) -> Self {
        Self(u32x4_shr(self.0, N))
    }
    #[inline(always)]
    unsafe fn rotate<const N: u32, const M: u32>(self) -> Self {
        let v = self.0;
        Self(match N {
            16 => i8x16_shuffle::<2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13>(v, v),
            8 => i8x16_shuffle::<3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14>(v, v),
            _ => v128_or(u32x4_shl(v, N), u32x4_shr(v, M)),
        })
    }
}
