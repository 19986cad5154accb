//! The readable twin.

use super::operands::{Operands, ROWS, SPAN};

/// Positions of a tile.
const N: usize = 8;

pub(super) fn add_to<const D: usize>(
    operands: &Operands<'_>,
    sums: &mut [[u64; SPAN]; ROWS],
    first: usize,
    count: usize,
) {
    operands.by_tiles::<D, N>(sums, first, count, |position| {
        let mut tile = [[[0i32; N]; ROWS]; D];
        for (tap, weights) in operands.taps.iter().zip(operands.weights) {
            for (digit, rows) in tile.iter_mut().enumerate() {
                let words = &operands.words[digit * operands.stride + tap + position..][..N];
                for (row, &weight) in rows.iter_mut().zip(weights) {
                    row.iter_mut().zip(words).for_each(|(sum, &word)| *sum = sum.wrapping_add(product(word, weight)));
                }
            }
        }
        tile
    })
}

/// The sum of the products of both halves.
fn product(a: u32, b: u32) -> i32 {
    let halves = |v: u32| [i32::from(v as i16), (v as i32) >> 16];
    let ([a, b], [c, d]) = (halves(a), halves(b));
    (a * c).wrapping_add(b * d)
}
