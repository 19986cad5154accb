//! ChaCha8 (Bernstein, "ChaCha, a variant of Salsa20", 2008) on several blocks at once: a vector holds one word of each of them.
//!
//! One source for all machines, over [`Lanes`]; a kernel is a function with the target's features that inlines it.

/// A vector of 32-bit words.
///
/// # Safety
/// Its functions may only be called where the target's features are there.
pub(crate) trait Lanes: Copy {
    /// Words of a vector.
    const COUNT: usize;
    unsafe fn splat(word: u32) -> Self;
    /// From [`Lanes::COUNT`] words.
    unsafe fn load(words: &[u32]) -> Self;
    /// To [`Lanes::COUNT`] words.
    unsafe fn store(self, words: &mut [u32]);
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn xor(self, other: Self) -> Self;
    unsafe fn and(self, other: Self) -> Self;
    unsafe fn or(self, other: Self) -> Self;
    unsafe fn shl<const N: u32>(self) -> Self;
    unsafe fn shr<const N: u32>(self) -> Self;
    unsafe fn rotate_16(self) -> Self;
    unsafe fn rotate_12(self) -> Self;
    unsafe fn rotate_8(self) -> Self;
    unsafe fn rotate_7(self) -> Self;
}

/// The constants for a key of 32 bytes, "expand 32-byte k".
pub(crate) const CONSTANTS_32: [u32; 4] = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];
/// The constants for a key of 16 bytes, which is taken twice: "expand 16-byte k".
pub(crate) const CONSTANTS_16: [u32; 4] = [0x6170_7865, 0x3120_646e, 0x7962_2d36, 0x6b20_6574];

/// Blocks of the key stream from their initial states.
///
/// # Safety
/// As [`Lanes`].
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) unsafe fn chacha8<V: Lanes>(start: &[V; 16]) -> [V; 16] {
    let mut v = *start;
    macro_rules! quarter {
        ($a:literal, $b:literal, $c:literal, $d:literal) => {
            v[$a] = v[$a].add(v[$b]);
            v[$d] = v[$d].xor(v[$a]).rotate_16();
            v[$c] = v[$c].add(v[$d]);
            v[$b] = v[$b].xor(v[$c]).rotate_12();
            v[$a] = v[$a].add(v[$b]);
            v[$d] = v[$d].xor(v[$a]).rotate_8();
            v[$c] = v[$c].add(v[$d]);
            v[$b] = v[$b].xor(v[$c]).rotate_7();
        };
    }
    // SAFETY: the caller's promise.
    unsafe {
        for _ in 0..4 {
            quarter!(0, 4, 8, 12);
            quarter!(1, 5, 9, 13);
            quarter!(2, 6, 10, 14);
            quarter!(3, 7, 11, 15);
            quarter!(0, 5, 10, 15);
            quarter!(1, 6, 11, 12);
            quarter!(2, 7, 8, 13);
            quarter!(3, 4, 9, 14);
        }
        for i in 0..16 {
            v[i] = v[i].add(start[i]);
        }
    }
    v
}
