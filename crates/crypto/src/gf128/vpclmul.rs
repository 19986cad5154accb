//! Products with one factor, four at a time, with VPCLMULQDQ. Kernel file.
#![allow(unsafe_code)]

use core::arch::x86_64::*;

use crate::Block;
use crate::platform::Avx512;

/// Adds `factor · x[i]` to each `sums[i]`; the slices have one length.
pub(super) fn mul_add(_: Avx512, sums: &mut [Block], factor: Block, x: &[Block]) {
    // SAFETY: an `Avx512` exists only where VPCLMULQDQ and AVX-512 were found.
    unsafe { mul_add_avx512(sums, factor, x) }
}

/// With x = x₁·X^64 + x₀ and the constants f and g = f·X^64 reduced, the product is x₀·f + x₁·g: 192 bits, of which the top 64
/// are reduced by one more multiplication with X^7 + X^2 + X + 1 = X^128.
#[target_feature(enable = "avx512f,avx512bw,sse2,vpclmulqdq")]
fn mul_add_avx512(sums: &mut [Block], factor: Block, x: &[Block]) {
    let f = broadcast(factor);
    let g = broadcast(factor.gf_mul_x(64));
    let modulus = broadcast(Block::new(0x87));
    for (i, sums) in sums.chunks_mut(4).enumerate() {
        let x = &x[4 * i..][..sums.len()];
        // Two quadwords a block: all eight except at the end.
        let mask = (0xff_u32 >> (8 - 2 * sums.len())) as u8;
        // SAFETY: the mask admits the quadwords of the chunk only, and the instructions ask for no alignment.
        let (v, sum) = unsafe {
            (_mm512_maskz_loadu_epi64(mask, x.as_ptr().cast()), _mm512_maskz_loadu_epi64(mask, sums.as_ptr().cast()))
        };
        let low = _mm512_xor_si512(_mm512_clmulepi64_epi128::<0x00>(v, f), _mm512_clmulepi64_epi128::<0x01>(v, g));
        let high = _mm512_xor_si512(_mm512_clmulepi64_epi128::<0x10>(v, f), _mm512_clmulepi64_epi128::<0x11>(v, g));
        let top = _mm512_clmulepi64_epi128::<0x01>(high, modulus);
        let product = _mm512_xor_si512(_mm512_xor_si512(low, top), _mm512_bslli_epi128::<8>(high));
        // SAFETY: as above.
        unsafe { _mm512_mask_storeu_epi64(sums.as_mut_ptr().cast(), mask, _mm512_xor_si512(sum, product)) }
    }
}

#[target_feature(enable = "avx512f,sse2")]
#[inline]
fn broadcast(block: Block) -> __m512i {
    _mm512_broadcast_i32x4(_mm_set_epi64x(block.high_u64() as i64, block.low_u64() as i64))
}
