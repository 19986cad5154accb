//! What the kernels add up, and the loop around their tiles.

use crate::kernels::digits::Digits;

/// Outputs (channels) that are computed together.
pub(in crate::kernels) const ROWS: usize = 4;
/// Positions whose sums are kept together.
pub(in crate::kernels) const SPAN: usize = 256;
/// Most positions of a tile, which divide [`SPAN`]; behind the last word there are as many to read.
pub(in crate::kernels) const TILE: usize = 16;

/// Operands of some outputs and some pairs of products.
pub(in crate::kernels) struct Operands<'a> {
    /// Words of the elements, digit after digit.
    pub(in crate::kernels) words: &'a [u32],
    /// Words of one digit.
    pub(in crate::kernels) stride: usize,
    /// For each pair where its word for position 0 lies.
    pub(in crate::kernels) taps: &'a [usize],
    /// For each pair the words of weights.
    pub(in crate::kernels) weights: &'a [[u32; ROWS]],
    /// Digits of the elements.
    pub(in crate::kernels) digits: Digits,
    /// What the weights' digit is worth, as a power of two.
    pub(in crate::kernels) shift: u32,
}

impl Operands<'_> {
    /// Adds the products at `count` positions from `first` on, by tiles of N positions: `tile` gives the sums at a
    /// position and those behind it.
    #[inline(always)]
    pub(super) fn by_tiles<const D: usize, const N: usize>(
        &self,
        sums: &mut [[u64; SPAN]; ROWS],
        first: usize,
        count: usize,
        tile: impl Fn(usize) -> [[[i32; N]; ROWS]; D],
    ) {
        for start in (0..count).step_by(N) {
            for (digit, rows) in tile(first + start).iter().enumerate() {
                let shift = self.shift + self.digits.width * digit as u32;
                if shift >= u64::BITS {
                    continue;
                }
                for (sums, row) in sums.iter_mut().zip(rows) {
                    let add = |(sum, &v): (&mut u64, &i32)| *sum = sum.wrapping_add((i64::from(v) << shift) as u64);
                    sums[start..start + N].iter_mut().zip(row).for_each(add);
                }
            }
        }
    }
}
