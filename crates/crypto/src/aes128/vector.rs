//! The 128-bit vector under the bitsliced AES. Kernel file.
//!
//! WebAssembly's `v128`, or, so that the native tests reach the same AES, a `u128`.
#![allow(unsafe_code)]

use core::ops::{BitAnd, BitXor};

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use core::arch::wasm32::*;

/// 16 bytes.
#[derive(Clone, Copy)]
pub(super) struct Vector(Repr);

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
type Repr = v128;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
type Repr = u128;

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
impl Vector {
    pub(super) const ZERO: Vector = Vector(u64x2(0, 0));

    #[inline(always)]
    pub(super) fn from_u128(v: u128) -> Vector {
        Vector(u64x2(v as u64, (v >> 64) as u64))
    }

    #[inline(always)]
    pub(super) fn load(bytes: &[u8; 16]) -> Vector {
        // SAFETY: 16 bytes may be read there, and the instruction asks for no alignment.
        Vector(unsafe { v128_load(bytes.as_ptr().cast()) })
    }

    #[inline(always)]
    pub(super) fn store(self, bytes: &mut [u8; 16]) {
        // SAFETY: 16 bytes may be written there, and the instruction asks for no alignment.
        unsafe { v128_store(bytes.as_mut_ptr().cast(), self.0) }
    }

    /// Byte `i` from byte `places[i]`.
    #[inline(always)]
    pub(super) fn shuffle(self, places: Vector) -> Vector {
        Vector(i8x16_swizzle(self.0, places.0))
    }

    /// Each row from the next: a shuffle of double words, which is one instruction without a constant.
    #[inline(always)]
    pub(super) fn rotate_rows_by_1(self) -> Vector {
        Vector(i32x4_shuffle::<1, 2, 3, 0>(self.0, self.0))
    }

    /// Each row from the second next.
    #[inline(always)]
    pub(super) fn rotate_rows_by_2(self) -> Vector {
        Vector(i32x4_shuffle::<2, 3, 0, 1>(self.0, self.0))
    }

    /// In every byte, exchanges the bits of `a` above those in `mask` with the bits of `b` in `mask`, `N` places lower.
    #[inline(always)]
    pub(super) fn swap_bits<const N: u32>(a: Vector, b: Vector, mask: u8) -> (Vector, Vector) {
        let swap = v128_and(v128_xor(u64x2_shr(a.0, N), b.0), u8x16_splat(mask));
        (Vector(v128_xor(a.0, u64x2_shl(swap, N))), Vector(v128_xor(b.0, swap)))
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
impl Vector {
    pub(super) const ZERO: Vector = Vector(0);

    pub(super) fn from_u128(v: u128) -> Vector {
        Vector(v)
    }

    pub(super) fn load(bytes: &[u8; 16]) -> Vector {
        Vector(u128::from_le_bytes(*bytes))
    }

    pub(super) fn store(self, bytes: &mut [u8; 16]) {
        *bytes = self.0.to_le_bytes();
    }

    pub(super) fn shuffle(self, places: Vector) -> Vector {
        let [bytes, places] = [self, places].map(|v| v.0.to_le_bytes());
        Vector(u128::from_le_bytes(places.map(|place| bytes[usize::from(place)])))
    }

    pub(super) fn rotate_rows_by_1(self) -> Vector {
        Vector(self.0.rotate_right(32))
    }

    pub(super) fn rotate_rows_by_2(self) -> Vector {
        Vector(self.0.rotate_right(64))
    }

    pub(super) fn swap_bits<const N: u32>(a: Vector, b: Vector, mask: u8) -> (Vector, Vector) {
        let swap = (a.0 >> N ^ b.0) & u128::from_le_bytes([mask; 16]);
        (Vector(a.0 ^ swap << N), Vector(b.0 ^ swap))
    }
}

impl BitXor for Vector {
    type Output = Vector;
    #[inline(always)]
    fn bitxor(self, other: Vector) -> Vector {
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        return Vector(v128_xor(self.0, other.0));
        #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
        Vector(self.0 ^ other.0)
    }
}

impl BitAnd for Vector {
    type Output = Vector;
    #[inline(always)]
    fn bitand(self, other: Vector) -> Vector {
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        return Vector(v128_and(self.0, other.0));
        #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
        Vector(self.0 & other.0)
    }
}
