//! Carry-less multiplication with PCLMULQDQ. Kernel file.
#![allow(unsafe_code)]

use core::arch::x86_64::*;

use crate::platform::Avx2;

/// The 256-bit product of two 128-bit polynomials, low and high half.
#[inline]
pub(super) fn mul_wide(_: Avx2, a: u128, b: u128) -> (u128, u128) {
    // SAFETY: an `Avx2` exists only where PCLMULQDQ was found; SSE2 is part of x86-64.
    unsafe { mul_wide_pclmul(a, b) }
}

#[target_feature(enable = "pclmulqdq,sse2")]
#[inline]
fn mul_wide_pclmul(a: u128, b: u128) -> (u128, u128) {
    let (a, b) = (load(a), load(b));
    let low = store(_mm_clmulepi64_si128::<0x00>(a, b));
    let high = store(_mm_clmulepi64_si128::<0x11>(a, b));
    let middle = store(_mm_xor_si128(_mm_clmulepi64_si128::<0x01>(a, b), _mm_clmulepi64_si128::<0x10>(a, b)));
    (low ^ middle << 64, high ^ middle >> 64)
}

#[target_feature(enable = "sse2")]
#[inline]
fn load(v: u128) -> __m128i {
    _mm_set_epi64x((v >> 64) as i64, v as i64)
}

#[target_feature(enable = "sse2")]
#[inline]
fn store(v: __m128i) -> u128 {
    let (low, high) = (_mm_cvtsi128_si64(v) as u64, _mm_cvtsi128_si64(_mm_unpackhi_epi64(v, v)) as u64);
    u128::from(high) << 64 | u128::from(low)
}
