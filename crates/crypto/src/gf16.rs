//! Blocks as vectors of 32 elements of GF(16), and products with its scalars.
//!
//! GF(16) is GF(2)[β] modulo `β^4 + β + 1`. Element j of a block has its coefficient of β^i in bit `32·i + j`, so that a product with β
//! moves words of 32 bits. Sums are those of the blocks.

use crate::Block;

impl Block {
    /// The bits of element 0.
    pub const ELEMENT_0: Block = Block::new(1 | 1 << 32 | 1 << 64 | 1 << 96);

    /// Every element times β.
    #[inline]
    pub const fn times_beta(self) -> Block {
        let x = self.as_u128();
        Block::new(x.rotate_left(32) ^ (x >> 96 << 32))
    }

    /// Every element times the scalar whose coefficients are the low four bits of `k`. Constant-time.
    #[inline]
    pub fn gf16_mul(self, k: u8) -> Block {
        let bit = |i: u8| Block::new(u128::from(k >> i & 1).wrapping_neg());
        (0..3).rev().fold(self & bit(3), |sum, i| sum.times_beta() ^ (self & bit(i)))
    }

    /// Element 0: its four coefficients, of β^0 lowest.
    #[inline]
    pub const fn element_0(self) -> u8 {
        let x = self.as_u128();
        (x & 1) as u8 | (x >> 31 & 2) as u8 | (x >> 62 & 4) as u8 | (x >> 93 & 8) as u8
    }

    /// The block with these coefficients in element 0 and zeros elsewhere.
    #[inline]
    pub const fn of_element_0(k: u8) -> Block {
        let k = k as u128;
        Block::new((k & 1) | (k & 2) << 31 | (k & 4) << 62 | (k & 8) << 93)
    }
}

/// Rows `Σ β^j q_j` of `width` ≤ 4 correlated OTs each, q_0 first: 1-of-2^width OTs with the offsets k·Δ.
///
/// # Panics
/// If there are not `width` OTs for each row.
pub fn combine(cots: &[Block], width: usize, rows: &mut [Block]) {
    fn of<const WIDTH: usize>(cots: &[Block], rows: &mut [Block]) {
        for (row, cots) in rows.iter_mut().zip(cots.as_chunks::<WIDTH>().0) {
            *row = cots.iter().rev().fold(Block::ZERO, |sum, &q| sum.times_beta() ^ q);
        }
    }
    assert_eq!(cots.len(), width * rows.len(), "OTs for rows of {width}");
    match width {
        1 => of::<1>(cots, rows),
        2 => of::<2>(cots, rows),
        3 => of::<3>(cots, rows),
        4 => of::<4>(cots, rows),
        _ => panic!("rows of {width} OTs"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Prg;

    #[test]
    fn rows_are_sums_of_multiples() {
        for width in 1..=4 {
            let (mut cots, mut rows) = (vec![Block::ZERO; 9 * width], [Block::ZERO; 9]);
            Prg::new(Block::new(2)).fill_blocks(&mut cots);
            combine(&cots, width, &mut rows);
            for (row, cots) in rows.iter().zip(cots.chunks(width)) {
                let expected = cots.iter().enumerate().fold(Block::ZERO, |sum, (j, q)| sum ^ q.gf16_mul(1 << j));
                assert_eq!(*row, expected, "{width} OTs");
            }
        }
    }

    /// The product of two scalars, from the definition.
    fn product(a: u8, b: u8) -> u8 {
        let wide = (0..4).filter(|i| b >> i & 1 == 1).fold(0, |sum, i| sum ^ a << i);
        (4..7).rev().fold(wide, |x: u8, i| if x >> i & 1 == 1 { x ^ 0b1_0011 << (i - 4) } else { x })
    }

    fn element(block: Block, j: usize) -> u8 {
        Block::new(block.as_u128() >> j & Block::ELEMENT_0.as_u128()).element_0()
    }

    #[test]
    fn products_are_those_of_the_definition_in_every_element() {
        let mut prg = Prg::new(Block::new(3));
        for k in 0..16 {
            let x = prg.next_block();
            for j in 0..32 {
                assert_eq!(element(x.gf16_mul(k), j), product(element(x, j), k), "element {j} times {k}");
                assert_eq!(element(x.times_beta(), j), product(element(x, j), 2), "element {j} times β");
            }
        }
    }

    #[test]
    fn scalars_are_a_field() {
        let x = Block::of_element_0(1);
        for a in 0..16 {
            assert_eq!(Block::of_element_0(a).element_0(), a);
            assert_eq!(x.gf16_mul(a), Block::of_element_0(a));
            let products: std::collections::BTreeSet<u8> = (0..16).map(|b| product(a, b)).collect();
            assert_eq!(products.len(), if a == 0 { 1 } else { 16 }, "{a} has an inverse");
            for b in 0..16 {
                assert_eq!(Block::of_element_0(a).gf16_mul(b).element_0(), product(a, b));
            }
        }
    }
}
