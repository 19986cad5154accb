//! GF(2^128) in polynomial basis: bit `i` of a block is the coefficient of `x^i`, modulus `x^128 + x^7 + x^2 + x + 1`.

#[cfg(target_arch = "x86_64")]
mod pclmul;
#[cfg(target_arch = "x86_64")]
mod vpclmul;

use crate::{Block, Platform};

impl Block {
    /// The field product. Constant-time.
    #[inline]
    pub fn gf_mul(self, other: Block) -> Block {
        mul_on(Platform::detect(), self, other)
    }

    /// The field product with `x^n`, `n ≤ 64`. The exponent is public.
    #[inline]
    pub fn gf_mul_x(self, n: u32) -> Block {
        debug_assert!(n <= 64);
        // In two shifts, because `n = 0` would shift by the full width.
        let overflow = self.as_u128() >> 1 >> (127 - n);
        Block::new(self.as_u128() << n ^ times_7_2_1_0(overflow))
    }

    /// The field product with the polynomial of degree below 8 whose coefficients are the bits of `k`. Constant-time.
    #[inline]
    pub fn gf_mul_small(self, k: u8) -> Block {
        let bit = |j: u8| u128::from(k >> j & 1).wrapping_neg();
        let (mut low, mut overflow) = (self.as_u128() & bit(0), 0);
        for j in 1..8 {
            low ^= self.as_u128() << j & bit(j);
            overflow ^= self.as_u128() >> (128 - j) & bit(j);
        }
        Block::new(low ^ times_7_2_1_0(overflow))
    }
}

/// The field product by one platform's kernel.
#[inline]
pub fn mul_on(platform: Platform, a: Block, b: Block) -> Block {
    let (low, high) = match platform {
        #[cfg(target_arch = "x86_64")]
        Platform::X86Avx2(proof) => pclmul::mul_wide(proof, a.as_u128(), b.as_u128()),
        #[cfg(target_arch = "x86_64")]
        Platform::X86Avx512(proof) => pclmul::mul_wide(proof.avx2(), a.as_u128(), b.as_u128()),
        _ => mul_wide(a.as_u128(), b.as_u128()),
    };
    reduce(low, high)
}

/// Adds `factor · x[i]` to each `sums[i]`. Constant-time.
///
/// # Panics
/// If there are not as many sums as products.
pub fn mul_add(sums: &mut [Block], factor: Block, x: &[Block]) {
    mul_add_on(Platform::detect(), sums, factor, x);
}

/// As [`mul_add`], by one platform's kernel.
pub fn mul_add_on(platform: Platform, sums: &mut [Block], factor: Block, x: &[Block]) {
    assert_eq!(sums.len(), x.len(), "as many sums as products");
    #[cfg(target_arch = "x86_64")]
    if let Platform::X86Avx512(proof) = platform {
        return vpclmul::mul_add(proof, sums, factor, x);
    }
    sums.iter_mut().zip(x).for_each(|(sum, &x)| *sum ^= mul_on(platform, factor, x));
}

/// The 256-bit product of two 128-bit polynomials, low and high half: Karatsuba on 64-bit halves.
fn mul_wide(a: u128, b: u128) -> (u128, u128) {
    let (a0, a1, b0, b1) = (a as u64, (a >> 64) as u64, b as u64, (b >> 64) as u64);
    let low = mul_64(a0, b0);
    let high = mul_64(a1, b1);
    let middle = mul_64(a0 ^ a1, b0 ^ b1) ^ low ^ high;
    (low ^ middle << 64, high ^ middle >> 64)
}

/// The 127-bit product of two 64-bit polynomials. Its high half is the low half of the bit-reversed product.
fn mul_64(a: u64, b: u64) -> u128 {
    let low = mul_low(a, b);
    let high = mul_low(a.reverse_bits(), b.reverse_bits()).reverse_bits() >> 1;
    u128::from(high) << 64 | u128::from(low)
}

/// The low half of the product of two 64-bit polynomials, by integer multiplication "with holes".
///
/// Each operand is split into four with every fourth bit kept. A sum of at most 16 ones then spreads over its own hole and
/// carries at worst out of the top, so the lowest bit of each group of four is the parity wanted.
/// Source: T. Pornin, BearSSL, "Constant-Time Mul" (GHASH by 64-bit multiplications).
fn mul_low(a: u64, b: u64) -> u64 {
    let mask = |i: usize| 0x1111_1111_1111_1111_u64 << i;
    let part = |v: u64| -> [u64; 4] { core::array::from_fn(|i| v & mask(i)) };
    let (a, b) = (part(a), part(b));
    (0..4).fold(0, |product, k| {
        let sum = (0..4).fold(0, |sum, i| sum ^ a[i].wrapping_mul(b[(4 + k - i) % 4]));
        product | sum & mask(k)
    })
}

/// `high·x^128 + low` modulo the field's polynomial.
#[inline]
fn reduce(low: u128, high: u128) -> Block {
    let overflow = high >> 127 ^ high >> 126 ^ high >> 121;
    Block::new(low ^ times_7_2_1_0(high) ^ times_7_2_1_0(overflow))
}

/// The product with `x^7 + x^2 + x + 1 = x^128` (mod the field's polynomial), less the bits beyond the top.
#[inline]
fn times_7_2_1_0(v: u128) -> u128 {
    v ^ v << 1 ^ v << 2 ^ v << 7
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Prg;

    /// Schoolbook: shift and add, one bit at a time.
    fn mul_by_bits(a: Block, b: Block) -> Block {
        let mut shifted = a.as_u128();
        let mut product = 0;
        for i in 0..128 {
            if b.bit(i) {
                product ^= shifted;
            }
            shifted = (shifted << 1) ^ ((shifted >> 127) * 0x87);
        }
        Block::new(product)
    }

    fn operands() -> Vec<Block> {
        let mut operands = vec![Block::ZERO, Block::new(1), Block::new(2), Block::new(1 << 127), Block::ONES];
        operands.resize(40, Block::ZERO);
        Prg::new(Block::new(1)).fill_blocks(&mut operands[5..]);
        operands
    }

    #[test]
    fn every_platform_multiplies_as_schoolbook_does() {
        for platform in Platform::all() {
            for &a in &operands() {
                for &b in &operands() {
                    assert_eq!(mul_on(platform, a, b), mul_by_bits(a, b), "{platform}: {a:?} · {b:?}");
                }
            }
        }
    }

    #[test]
    fn every_platform_adds_products_at_every_length() {
        let operands = operands();
        for platform in Platform::all() {
            for n in [0, 1, 3, 4, 5, 16, 17, 40] {
                for factor in [Block::ZERO, Block::new(1), Block::ONES, operands[39]] {
                    let mut sums = operands[40 - n..].to_vec();
                    mul_add_on(platform, &mut sums, factor, &operands[..n]);
                    for i in 0..n {
                        let expected = operands[40 - n + i] ^ mul_by_bits(factor, operands[i]);
                        assert_eq!(sums[i], expected, "{platform}: {i} of {n}");
                    }
                }
            }
        }
    }

    #[test]
    fn special_products_equal_the_general_one() {
        for &a in &operands() {
            for n in 0..=64 {
                assert_eq!(a.gf_mul_x(n), a.gf_mul(Block::new(1 << n)));
            }
            for k in 0..=255 {
                assert_eq!(a.gf_mul_small(k), a.gf_mul(Block::new(k.into())));
            }
        }
    }
}
