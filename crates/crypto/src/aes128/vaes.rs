//! AES-128 with VAES, four blocks to a 512-bit vector, and the loops around AES in one pass: a pass of its own through
//! memory costs as much as AES itself. Kernel file.
#![allow(unsafe_code)]

use core::arch::x86_64::*;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::Block;
use crate::platform::Avx512;
use crate::sigma;

/// Blocks encrypted together: eight vectors, twice what hides an instruction's latency.
pub(crate) const LANES: usize = 32;
const VECTORS: usize = LANES / 4;
/// Pads of one group of [`RoundKeys::low_bits`].
const GROUP: usize = 16;

/// An expanded key. It exists only on a machine that can run this module's kernels.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) struct RoundKeys([u128; 11]);

impl RoundKeys {
    pub(crate) fn new(_: Avx512, key: Block) -> RoundKeys {
        // SAFETY: an `Avx512` exists only where AES-NI was found.
        unsafe { expand(key) }
    }

    /// Encrypts in place.
    pub(crate) fn encrypt(&self, blocks: &mut [Block; LANES]) {
        // SAFETY: `RoundKeys` are made with an `Avx512`, which exists only where VAES and AVX-512 were found.
        unsafe { in_place::<false>(self, blocks) }
    }

    /// `π(σ(x)) ⊕ σ(x)` in place, σ as in [`crate::sigma`].
    pub(crate) fn cr_hash(&self, blocks: &mut [Block; LANES]) {
        // SAFETY: as in `encrypt`.
        unsafe { in_place::<true>(self, blocks) }
    }

    /// XORs the encrypted counters `counter, counter + 1, …` into `blocks`, or overwrites them.
    pub(crate) fn counters<const XOR: bool>(&self, counter: u64, blocks: &mut [[u8; 16]]) {
        // SAFETY: as in `encrypt`.
        unsafe { counters::<XOR>(self, counter, blocks) }
    }

    /// For every group of 16 pads the low `BITS` bits of each, packed in order.
    ///
    /// Pad j belongs to row `j >> width` and offset `j mod 2^width`; `offsets` holds σ of the offsets in groups of 16, each
    /// transposed as a 4×4 matrix (see [`crate::hash::Pads`]). Pads beyond the last row are those of the last row.
    pub(crate) fn low_bits<const BITS: usize>(
        &self,
        rows: &[Block],
        width: u32,
        offsets: &[[Block; GROUP]],
        out: &mut [[u8; BITS]],
    ) {
        assert!(!rows.is_empty() && out.len() == 2 * (rows.len() << width).div_ceil(GROUP));
        // SAFETY: as in `encrypt`.
        unsafe { low_bits(self, rows, width, offsets, out) }
    }
}

#[target_feature(enable = "aes,sse2")]
fn expand(key: Block) -> RoundKeys {
    let mut keys = RoundKeys([key.as_u128(); 11]);
    macro_rules! round {
        ($($i:literal $constant:literal),*) => {$(
            let last = keys.0[$i - 1];
            let assist = _mm_aeskeygenassist_si128::<$constant>(from_u128(last));
            let word = _mm_cvtsi128_si32(_mm_shuffle_epi32::<0xff>(assist)) as u32;
            // Each word is XORed into all higher ones, and the transformed top word into all.
            let prefix = last ^ last << 32;
            keys.0[$i] = prefix ^ prefix << 64 ^ (u128::MAX / 0xffff_ffff) * u128::from(word);
        )*};
    }
    round!(1 0x01, 2 0x02, 3 0x04, 4 0x08, 5 0x10, 6 0x20, 7 0x40, 8 0x80, 9 0x1b, 10 0x36);
    keys
}

#[target_feature(enable = "sse2")]
#[inline]
fn from_u128(v: u128) -> __m128i {
    _mm_set_epi64x((v >> 64) as i64, v as i64)
}

/// The round keys, each four times in a vector.
type Keys = [__m512i; 11];

#[target_feature(enable = "avx512f,sse2")]
#[inline]
fn broadcast(keys: &RoundKeys) -> Keys {
    let mut all = [_mm512_setzero_si512(); 11];
    for (vector, &key) in all.iter_mut().zip(&keys.0) {
        *vector = _mm512_broadcast_i32x4(from_u128(key));
    }
    all
}

/// Loops over vectors go by index: iterators that own vectors are functions without the target's features, which are called,
/// with every vector passed through memory.
#[target_feature(enable = "avx512f,vaes")]
#[inline]
fn encrypt<const N: usize>(keys: &Keys, x: &[__m512i; N]) -> [__m512i; N] {
    let mut y = *x;
    for v in &mut y {
        *v = _mm512_xor_si512(*v, keys[0]);
    }
    for key in &keys[1..10] {
        for v in &mut y {
            *v = _mm512_aesenc_epi128(*v, *key);
        }
    }
    for v in &mut y {
        *v = _mm512_aesenclast_epi128(*v, keys[10]);
    }
    y
}

#[target_feature(enable = "avx512f")]
#[inline]
fn load(four: &[Block; 4]) -> __m512i {
    // SAFETY: four blocks are 64 bytes, and the instruction asks for no alignment.
    unsafe { _mm512_loadu_si512(four.as_ptr().cast()) }
}

#[target_feature(enable = "avx512f")]
#[inline]
fn store(four: &mut [Block; 4], v: __m512i) {
    // SAFETY: as in `load`.
    unsafe { _mm512_storeu_si512(four.as_mut_ptr().cast(), v) }
}

/// σ: every word is doubled modulo a polynomial ([`sigma::TAIL`]).
#[target_feature(enable = "avx512f")]
#[inline]
fn sigma(x: __m512i) -> __m512i {
    let carry = _mm512_and_si512(_mm512_srai_epi32::<31>(x), _mm512_set1_epi32(sigma::TAIL as i32));
    _mm512_xor_si512(_mm512_add_epi32(x, x), carry)
}

#[target_feature(enable = "avx512f,sse2,vaes")]
fn in_place<const HASH: bool>(keys: &RoundKeys, blocks: &mut [Block; LANES]) {
    let keys = broadcast(keys);
    let fours = blocks.as_chunks_mut().0;
    let mut x = [_mm512_setzero_si512(); VECTORS];
    for i in 0..VECTORS {
        x[i] = if HASH { sigma(load(&fours[i])) } else { load(&fours[i]) };
    }
    let y = encrypt(&keys, &x);
    for i in 0..VECTORS {
        store(&mut fours[i], if HASH { _mm512_xor_si512(x[i], y[i]) } else { y[i] });
    }
}

#[target_feature(enable = "avx512f,sse2,vaes")]
fn counters<const XOR: bool>(keys: &RoundKeys, counter: u64, blocks: &mut [[u8; 16]]) {
    let keys = broadcast(keys);
    let first = counter as i64;
    let mut next =
        _mm512_add_epi64(_mm512_maskz_set1_epi64(0b0101_0101, first), _mm512_set_epi64(0, 3, 0, 2, 0, 1, 0, 0));
    let step = _mm512_maskz_set1_epi64(0b0101_0101, 4);
    for chunk in blocks.chunks_mut(LANES) {
        let mut x = [next; VECTORS];
        for x in &mut x {
            *x = next;
            next = _mm512_add_epi64(next, step);
        }
        let y = encrypt(&keys, &x);
        for (i, four) in chunk.chunks_mut(4).enumerate() {
            // A quadword of the vector for each one of the blocks: all eight except at the end.
            let mask = (0xff_u32 >> (8 - 2 * four.len())) as u8;
            let at: *mut i64 = four.as_mut_ptr().cast();
            // SAFETY: the mask admits the quadwords of `four` only, and the instructions ask for no alignment.
            unsafe {
                let old = if XOR { _mm512_maskz_loadu_epi64(mask, at) } else { _mm512_setzero_si512() };
                _mm512_mask_storeu_epi64(at, mask, _mm512_xor_si512(y[i], old));
            }
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,bmi2,sse4.1,vaes")]
fn low_bits<const BITS: usize>(
    keys: &RoundKeys,
    rows: &[Block],
    width: u32,
    offsets: &[[Block; GROUP]],
    out: &mut [[u8; BITS]],
) {
    let keys = broadcast(keys);
    let wanted = 0x0101_0101_0101_0101 * ((1 << BITS) - 1);
    let last = rows.len() - 1;
    for (group, out) in out.chunks_exact_mut(2).enumerate() {
        let mut x = [_mm512_setzero_si512(); 4];
        if width >= 4 {
            let row = sigma(_mm512_broadcast_i32x4(from_u128(rows[group >> (width - 4)].as_u128())));
            x = [row; 4];
        } else {
            for (i, x) in x.iter_mut().enumerate() {
                let row = |lane: usize| rows[((GROUP * group + 4 * lane + i) >> width).min(last)];
                *x = sigma(load(&[row(0), row(1), row(2), row(3)]));
            }
        }
        let offsets = &offsets[group & (offsets.len() - 1)];
        let offsets = offsets.as_chunks().0;
        for i in 0..4 {
            x[i] = _mm512_xor_si512(x[i], load(&offsets[i]));
        }
        let mut y = encrypt(&keys, &x);
        for i in 0..4 {
            y[i] = _mm512_xor_si512(y[i], x[i]);
        }
        // The low double word of every block, in order, then its low byte.
        let halves = [_mm512_unpacklo_epi32(y[0], y[1]), _mm512_unpacklo_epi32(y[2], y[3])];
        let bytes = _mm512_cvtepi32_epi8(_mm512_unpacklo_epi64(halves[0], halves[1]));
        let halves = [_mm_cvtsi128_si64(bytes), _mm_extract_epi64::<1>(bytes)];
        for i in 0..2 {
            let packed = _pext_u64(halves[i] as u64, wanted).to_le_bytes();
            if let Some(packed) = packed.first_chunk() {
                out[i] = *packed;
            }
        }
    }
}
