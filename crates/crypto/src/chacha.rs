//! ChaCha8 on several blocks at once: a vector holds one word of each of them.
//!
//! Source: Bernstein, "ChaCha, a variant of Salsa20" (2008), with 8 rounds. One text for all machines, over [`Lanes`]; a kernel is a
//! function with a machine's features into which it is inlined.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
pub(crate) mod x86;

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(crate) mod wasm;

/// A vector of 32-bit words.
///
/// # Safety
/// Callers are on a machine with the vector's instructions.
pub(crate) trait Lanes: Copy {
    /// Words of a vector, a power of two up to 16.
    const COUNT: usize;
    /// The word in all lanes.
    unsafe fn splat(word: u32) -> Self;
    /// The first [`Lanes::COUNT`] words.
    unsafe fn load(words: &[u32]) -> Self;
    /// To the first [`Lanes::COUNT`] words.
    unsafe fn store(self, words: &mut [u32]);
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn xor(self, other: Self) -> Self;
    unsafe fn and(self, other: Self) -> Self;
    unsafe fn shift_left<const N: u32>(self) -> Self;
    unsafe fn shift_right<const N: u32>(self) -> Self;
    /// To the left by 16, 12, 8 or 7, which is `32 − M`.
    unsafe fn rotate<const N: u32, const M: u32>(self) -> Self;
}

/// The constants for keys of 32 bytes.
const CONSTANTS: [u32; 4] = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];

/// Blocks of the key stream, from number `block` on in lane 0 and by `step` more a lane, under a key of each lane.
///
/// # Safety
/// As [`Lanes`].
#[inline(always)]
pub(crate) unsafe fn blocks<V: Lanes>(key: [V; 8], block: u64, step: u32) -> [V; 16] {
    // SAFETY: the caller's promise.
    unsafe {
        let mut start = [V::splat(0); 16];
        for i in 0..4 {
            start[i] = V::splat(CONSTANTS[i]);
        }
        start[4..12].copy_from_slice(&key);
        let numbers: [u32; 16] = core::array::from_fn(|lane| (block as u32).wrapping_add(step * lane as u32));
        start[12] = V::load(&numbers);
        start[13] = V::splat((block >> 32) as u32);
        let mut v = start;
        macro_rules! quarter {
            ($a:literal, $b:literal, $c:literal, $d:literal) => {
                v[$a] = v[$a].add(v[$b]);
                v[$d] = v[$d].xor(v[$a]).rotate::<16, 16>();
                v[$c] = v[$c].add(v[$d]);
                v[$b] = v[$b].xor(v[$c]).rotate::<12, 20>();
                v[$a] = v[$a].add(v[$b]);
                v[$d] = v[$d].xor(v[$a]).rotate::<8, 24>();
                v[$c] = v[$c].add(v[$d]);
                v[$b] = v[$b].xor(v[$c]).rotate::<7, 25>();
            };
        }
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
        v
    }
}

/// The portable twin: a lane.
impl Lanes for u32 {
    const COUNT: usize = 1;
    #[inline(always)]
    unsafe fn splat(word: u32) -> u32 {
        word
    }
    #[inline(always)]
    unsafe fn load(words: &[u32]) -> u32 {
        words[0]
    }
    #[inline(always)]
    unsafe fn store(self, words: &mut [u32]) {
        words[0] = self;
    }
    #[inline(always)]
    unsafe fn add(self, other: u32) -> u32 {
        self.wrapping_add(other)
    }
    #[inline(always)]
    unsafe fn xor(self, other: u32) -> u32 {
        self ^ other
    }
    #[inline(always)]
    unsafe fn and(self, other: u32) -> u32 {
        self & other
    }
    #[inline(always)]
    unsafe fn shift_left<const N: u32>(self) -> u32 {
        self << N
    }
    #[inline(always)]
    unsafe fn shift_right<const N: u32>(self) -> u32 {
        self >> N
    }
    #[inline(always)]
    unsafe fn rotate<const N: u32, const M: u32>(self) -> u32 {
        self.rotate_left(N)
    }
}
