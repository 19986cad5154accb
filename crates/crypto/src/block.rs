//! The 128-bit string that OT, hashing and the PRG work on.

use core::fmt;
use core::hint::black_box;
use core::ops::{BitAnd, BitAndAssign, BitXor, BitXorAssign, Not};

use rand_core::Rng;
use zeroize::DefaultIsZeroes;

/// 128 bits; bit `i` is the coefficient of `2^i`, and byte 0 holds bits 0–7.
///
/// `==` is not constant-time: compare public values only.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Block(u128);

impl Block {
    /// All bits zero.
    pub const ZERO: Block = Block(0);
    /// All bits one.
    pub const ONES: Block = Block(u128::MAX);

    /// The block with these bits.
    #[inline]
    pub const fn new(bits: u128) -> Block {
        Block(bits)
    }

    /// The block with these bytes, least significant first.
    #[inline]
    pub const fn from_bytes(bytes: &[u8; 16]) -> Block {
        Block(u128::from_le_bytes(*bytes))
    }

    /// The bytes, least significant first.
    #[inline]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_le_bytes()
    }

    /// A uniformly random block.
    pub fn random(rng: &mut (impl Rng + ?Sized)) -> Block {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        Block::from_bytes(&bytes)
    }

    /// The bits as an integer.
    #[inline]
    pub const fn as_u128(self) -> u128 {
        self.0
    }

    /// Bits 0–63.
    #[inline]
    pub const fn low_u64(self) -> u64 {
        self.0 as u64
    }

    /// Bits 64–127.
    #[inline]
    pub const fn high_u64(self) -> u64 {
        (self.0 >> 64) as u64
    }

    /// Bit `i < 128`. The index is public.
    #[inline]
    pub const fn bit(self, i: usize) -> bool {
        self.0 >> i & 1 == 1
    }

    /// `bit ? self : 0`, in constant time.
    #[inline]
    pub fn mul_mask(self, bit: bool) -> Block {
        // The barrier keeps the compiler from recognising a condition and making a branch of it.
        Block(self.0 & u128::from(black_box(bit)).wrapping_neg())
    }

    /// `choice ? b : a`, in constant time.
    #[inline]
    pub fn conditional_select(a: Block, b: Block, choice: bool) -> Block {
        a ^ (a ^ b).mul_mask(choice)
    }
}

impl DefaultIsZeroes for Block {}

impl From<u128> for Block {
    #[inline]
    fn from(bits: u128) -> Block {
        Block(bits)
    }
}

impl From<u64> for Block {
    #[inline]
    fn from(bits: u64) -> Block {
        Block(bits.into())
    }
}

impl BitXor for Block {
    type Output = Block;
    #[inline]
    fn bitxor(self, other: Block) -> Block {
        Block(self.0 ^ other.0)
    }
}

impl BitXorAssign for Block {
    #[inline]
    fn bitxor_assign(&mut self, other: Block) {
        self.0 ^= other.0;
    }
}

impl BitAnd for Block {
    type Output = Block;
    #[inline]
    fn bitand(self, other: Block) -> Block {
        Block(self.0 & other.0)
    }
}

impl BitAndAssign for Block {
    #[inline]
    fn bitand_assign(&mut self, other: Block) {
        self.0 &= other.0;
    }
}

impl Not for Block {
    type Output = Block;
    #[inline]
    fn not(self) -> Block {
        Block(!self.0)
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Block({:#034x})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroize;

    #[test]
    fn bytes_and_bits_count_from_the_low_end() {
        let bytes: [u8; 16] = core::array::from_fn(|i| i as u8 + 1);
        let block = Block::from_bytes(&bytes);
        assert_eq!(block.to_bytes(), bytes);
        assert_eq!(block.as_u128() & 0xff, 1);
        assert_eq!(block.low_u64(), 0x0807_0605_0403_0201);
        assert_eq!(block.high_u64(), 0x100f_0e0d_0c0b_0a09);
        for i in 0..128 {
            assert_eq!(block.bit(i), bytes[i / 8] >> (i % 8) & 1 == 1);
        }
        assert_eq!(Block::as_bytes(&[block, Block::ONES])[..17], [&bytes[..], &[0xff]].concat());
    }

    #[test]
    fn selection_picks_either_side() {
        let (a, b) = (Block::new(0x1234), Block::new(u128::MAX / 7));
        assert_eq!(a.mul_mask(false), Block::ZERO);
        assert_eq!(a.mul_mask(true), a);
        assert_eq!(Block::conditional_select(a, b, false), a);
        assert_eq!(Block::conditional_select(a, b, true), b);
    }

    #[test]
    fn zeroize_clears() {
        let mut blocks = [Block::ONES; 3];
        blocks.zeroize();
        assert_eq!(blocks, [Block::ZERO; 3]);
    }
}
