//! Vectors of AVX2 and AVX-512. Kernel file.
#![allow(unsafe_code)]

use core::arch::x86_64::*;

use super::Lanes;

/// Eight words, with AVX2.
#[derive(Clone, Copy)]
pub(crate) struct Words8(__m256i);

impl Lanes for Words8 {
    const COUNT: usize = 8;
    #[inline(always)]
    unsafe fn splat(word: u32) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self(_mm256_set1_epi32(word as i32)) }
    }
    #[inline(always)]
    unsafe fn load(words: &[u32]) -> Self {
        let words: &[u32; 8] = words.first_chunk().expect("a vector's words");
        // SAFETY: the caller's promise; so many words are there, and the instruction asks for no alignment.
        unsafe { Self(_mm256_loadu_si256(words.as_ptr().cast())) }
    }
    #[inline(always)]
    unsafe fn store(self, words: &mut [u32]) {
        let words: &mut [u32; 8] = words.first_chunk_mut().expect("a vector's words");
        // SAFETY: the caller's promise; so many words are there, and the instruction asks for no alignment.
        unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), self.0) }
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self(_mm256_add_epi32(self.0, other.0)) }
    }
    #[inline(always)]
    unsafe fn xor(self, other: Self) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self(_mm256_xor_si256(self.0, other.0)) }
    }
    #[inline(always)]
    unsafe fn and(self, other: Self) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self(_mm256_and_si256(self.0, other.0)) }
    }
    #[inline(always)]
    unsafe fn shift_left<const N: u32>(self) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self(_mm256_sll_epi32(self.0, _mm_cvtsi32_si128(N as i32))) }
    }
    #[inline(always)]
    unsafe fn shift_right<const N: u32>(self) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self(_mm256_srl_epi32(self.0, _mm_cvtsi32_si128(N as i32))) }
    }
    #[inline(always)]
    unsafe fn rotate<const N: u32, const M: u32>(self) -> Self {
        // SAFETY: the caller's promise.
        unsafe {
            let by_16 = _mm256_set1_epi64x(0x0504_0706_0100_0302);
            let by_16 = _mm256_or_si256(by_16, _mm256_set_epi64x(0x0808_0808_0808_0808, 0, 0x0808_0808_0808_0808, 0));
            let by_8 = _mm256_set1_epi64x(0x0605_0407_0201_0003);
            let by_8 = _mm256_or_si256(by_8, _mm256_set_epi64x(0x0808_0808_0808_0808, 0, 0x0808_0808_0808_0808, 0));
            Self(match N {
                16 => _mm256_shuffle_epi8(self.0, by_16),
                8 => _mm256_shuffle_epi8(self.0, by_8),
                _ => _mm256_or_si256(self.shift_left::<N>().0, self.shift_right::<M>().0),
            })
        }
    }
}

/// Sixteen words, with AVX-512.
#[derive(Clone, Copy)]
pub(crate) struct Words16(__m512i);

impl Lanes for Words16 {
    const COUNT: usize = 16;
    #[inline(always)]
    unsafe fn splat(word: u32) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self(_mm512_set1_epi32(word as i32)) }
    }
    #[inline(always)]
    unsafe fn load(words: &[u32]) -> Self {
        let words: &[u32; 16] = words.first_chunk().expect("a vector's words");
        // SAFETY: the caller's promise; so many words are there, and the instruction asks for no alignment.
        unsafe { Self(_mm512_loadu_si512(words.as_ptr().cast())) }
    }
    #[inline(always)]
    unsafe fn store(self, words: &mut [u32]) {
        let words: &mut [u32; 16] = words.first_chunk_mut().expect("a vector's words");
        // SAFETY: the caller's promise; so many words are there, and the instruction asks for no alignment.
        unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), self.0) }
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self(_mm512_add_epi32(self.0, other.0)) }
    }
    #[inline(always)]
    unsafe fn xor(self, other: Self) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self(_mm512_xor_si512(self.0, other.0)) }
    }
    #[inline(always)]
    unsafe fn and(self, other: Self) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self(_mm512_and_si512(self.0, other.0)) }
    }
    #[inline(always)]
    unsafe fn shift_left<const N: u32>(self) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self(_mm512_slli_epi32::<N>(self.0)) }
    }
    #[inline(always)]
    unsafe fn shift_right<const N: u32>(self) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self(_mm512_srli_epi32::<N>(self.0)) }
    }
    #[inline(always)]
    unsafe fn rotate<const N: u32, const M: u32>(self) -> Self {
        // SAFETY: the caller's promise.
        unsafe {
            Self(match N {
                16 => _mm512_rol_epi32::<16>(self.0),
                12 => _mm512_rol_epi32::<12>(self.0),
                8 => _mm512_rol_epi32::<8>(self.0),
                _ => _mm512_rol_epi32::<7>(self.0),
            })
        }
    }
}
