//! The transforms with WebAssembly's `simd128`. Kernel file.
//!
//! A row is a vector of four neighbours. Two stages at a time, vectors are added to vectors until blocks have 16 values; such a
//! square of four rows is finished in registers, two stages before and two after it was transposed.
#![allow(unsafe_code)]

use core::arch::wasm32::*;

use super::NttTable;
use crate::prime::{Factor, Prime};

type Row = [u32; 4];

/// Coefficients below 4p to evaluations below p. Values grow by 2p a stage and are reduced once, at the end.
pub(super) fn forward(table: &NttTable, values: &mut [u32]) {
    let m = Modulus::new(table.prime);
    let roots = &table.forward;
    let rows: &mut [Row] = values.as_chunks_mut().0;
    let mut blocks = 1;
    if rows.len().ilog2() % 2 == 1 {
        let root = Root::new(roots.factors[1]);
        let (left, right) = rows.split_at_mut(rows.len() / 2);
        for (left, right) in left.iter_mut().zip(right) {
            let (x, y) = m.forward(load(left), load(right), &root);
            store(left, x);
            store(right, y);
        }
        blocks = 2;
    }
    while rows.len() > 4 * blocks {
        let quarter = rows.len() / (4 * blocks);
        for (at, block) in (blocks..).zip(rows.chunks_exact_mut(4 * quarter)) {
            let wide = Root::new(roots.factors[at]);
            let narrow = [Root::new(roots.factors[2 * at]), Root::new(roots.factors[2 * at + 1])];
            let [a, b, c, d] = quarters(block);
            for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
                let v = m.forward_four([load(a), load(b), load(c), load(d)], &wide, &narrow);
                store(a, v[0]);
                store(b, v[1]);
                store(c, v[2]);
                store(d, v[3]);
            }
        }
        blocks *= 4;
    }
    for (at, block) in (blocks..).zip(rows.as_chunks_mut::<4>().0) {
        let wide = Root::new(roots.factors[at]);
        let narrow = [Root::new(roots.factors[2 * at]), Root::new(roots.factors[2 * at + 1])];
        let v = m.forward_four(block.each_ref().map(load), &wide, &narrow);
        for k in 0..4 {
            store(&mut block[k], v[k]);
        }
    }
    for (square, tail) in rows.as_chunks_mut::<4>().0.iter_mut().zip(roots.tails.as_chunks::<6>().0) {
        let [wide, left, right] = lanes(tail);
        let v = m.forward_four(transpose(square.each_ref().map(load)), &wide, &[left, right]);
        let v = transpose([m.reduce(v[0]), m.reduce(v[1]), m.reduce(v[2]), m.reduce(v[3])]);
        for k in 0..4 {
            store(&mut square[k], v[k]);
        }
    }
}

/// Evaluations below 2p to coefficients below p. Every value stays below 2p between the passes.
pub(super) fn inverse(table: &NttTable, values: &mut [u32]) {
    let m = Modulus::new(table.prime);
    let roots = &table.inverse;
    let rows: &mut [Row] = values.as_chunks_mut().0;
    let mut blocks = rows.len() / 4;
    let tails = roots.tails.as_chunks::<6>().0;
    for (at, (square, tail)) in (blocks..).zip(rows.as_chunks_mut::<4>().0.iter_mut().zip(tails)) {
        let [wide, left, right] = lanes(tail);
        let v = m.inverse_four(transpose(square.each_ref().map(load)), &wide, &[left, right]);
        let wide = Root::new(roots.factors[at]);
        let narrow = [Root::new(roots.factors[2 * at]), Root::new(roots.factors[2 * at + 1])];
        let v = m.inverse_four(transpose(v), &wide, &narrow);
        for k in 0..4 {
            store(&mut square[k], v[k]);
        }
    }
    while blocks > 2 {
        blocks /= 4;
        let quarter = rows.len() / (4 * blocks);
        for (at, block) in (blocks..).zip(rows.chunks_exact_mut(4 * quarter)) {
            let wide = Root::new(roots.factors[at]);
            let narrow = [Root::new(roots.factors[2 * at]), Root::new(roots.factors[2 * at + 1])];
            let [a, b, c, d] = quarters(block);
            for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
                let v = m.inverse_four([load(a), load(b), load(c), load(d)], &wide, &narrow);
                store(a, v[0]);
                store(b, v[1]);
                store(c, v[2]);
                store(d, v[3]);
            }
        }
    }
    let scale = Root::new(table.scale);
    let (left, right) = rows.split_at_mut(rows.len() / 2);
    for (left, right) in left.iter_mut().zip(right) {
        let (mut x, mut y) = (load(left), load(right));
        if blocks == 2 {
            let difference = i32x4_sub(i32x4_add(x, m.two_p), y);
            (x, y) = (i32x4_add(x, y), m.mul(difference, &Root::new(roots.factors[1])));
        }
        store(left, subtract(m.mul(x, &scale), m.p));
        store(right, subtract(m.mul(y, &scale), m.p));
    }
}

/// A factor of each lane.
#[derive(Clone, Copy)]
struct Root {
    w: v128,
    quotient: v128,
}

impl Root {
    /// One factor for all lanes.
    #[inline]
    fn new(factor: Factor) -> Self {
        Self { w: u32x4_splat(factor.w), quotient: u32x4_splat(factor.quotient) }
    }
}

/// Roots of the two stages within a square's rows: of the wide stage, and of both blocks of the narrow one.
#[inline]
fn lanes(tail: &[Row; 6]) -> [Root; 3] {
    let root = |i: usize| Root { w: load(&tail[2 * i]), quotient: load(&tail[2 * i + 1]) };
    [root(0), root(1), root(2)]
}

#[derive(Clone, Copy)]
struct Modulus {
    p: v128,
    two_p: v128,
    four_p: v128,
}

impl Modulus {
    fn new(prime: Prime) -> Self {
        let p = prime.get();
        Self { p: u32x4_splat(p), two_p: u32x4_splat(2 * p), four_p: u32x4_splat(4 * p) }
    }

    /// Two stages on rows of one block: distance two, then one.
    #[inline]
    fn forward_four(self, [a, b, c, d]: [v128; 4], wide: &Root, narrow: &[Root; 2]) -> [v128; 4] {
        let (a, c) = self.forward(a, c, wide);
        let (b, d) = self.forward(b, d, wide);
        let (a, b) = self.forward(a, b, &narrow[0]);
        let (c, d) = self.forward(c, d, &narrow[1]);
        [a, b, c, d]
    }

    /// (x + wy, x + 2p − wy), where wy < 2p.
    #[inline]
    fn forward(self, x: v128, y: v128, root: &Root) -> (v128, v128) {
        let product = self.mul(y, root);
        (i32x4_add(x, product), i32x4_sub(i32x4_add(x, self.two_p), product))
    }

    /// The inverses of both stages, from below 2p to below 2p.
    #[inline]
    fn inverse_four(self, [a, b, c, d]: [v128; 4], wide: &Root, narrow: &[Root; 2]) -> [v128; 4] {
        let (sum_ab, sum_cd) = (i32x4_add(a, b), i32x4_add(c, d));
        let b = self.mul(i32x4_sub(i32x4_add(a, self.two_p), b), &narrow[0]);
        let d = self.mul(i32x4_sub(i32x4_add(c, self.two_p), d), &narrow[1]);
        let c = self.mul(i32x4_sub(i32x4_add(sum_ab, self.four_p), sum_cd), wide);
        let (sum, sum_bd) = (i32x4_add(sum_ab, sum_cd), i32x4_add(b, d));
        let d = self.mul(i32x4_sub(i32x4_add(b, self.two_p), d), wide);
        [subtract(subtract(sum, self.four_p), self.two_p), subtract(sum_bd, self.two_p), c, d]
    }

    /// `a·w` below 2p, for any a.
    #[inline]
    fn mul(self, a: v128, root: &Root) -> v128 {
        let quotient = fresh(&root.quotient);
        let (low, high) = (u64x2_extmul_low_u32x4(a, quotient), u64x2_extmul_high_u32x4(a, quotient));
        let quotient = i32x4_shuffle::<1, 3, 5, 7>(low, high);
        i32x4_sub(i32x4_mul(a, root.w), i32x4_mul(quotient, self.p))
    }

    /// Any `a` modulo p. The quotient by 2^27 in place of that by p leaves less than 2p: see [`super::LARGEST_GAP`].
    #[inline]
    fn reduce(self, a: v128) -> v128 {
        subtract(i32x4_sub(a, i32x4_mul(u32x4_shr(a, 27), self.p)), self.p)
    }
}

/// `v`, of which the compiler knows nothing. It would take the extension of a root to double words out of the loop, and leave a
/// product of double words, for which there is no instruction, in the place of the product of words.
#[inline]
fn fresh(v: &v128) -> v128 {
    // SAFETY: a reference is valid for reads.
    unsafe { core::ptr::read_volatile(v) }
}

/// `a` < 2b modulo b: the smaller of a and a − b as unsigned numbers.
#[inline]
fn subtract(a: v128, b: v128) -> v128 {
    u32x4_min(a, i32x4_sub(a, b))
}

/// Lane k of row j becomes lane j of row k.
#[inline]
fn transpose([a, b, c, d]: [v128; 4]) -> [v128; 4] {
    let (ab, cd) = (i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<0, 4, 1, 5>(c, d));
    let (ab_high, cd_high) = (i32x4_shuffle::<2, 6, 3, 7>(a, b), i32x4_shuffle::<2, 6, 3, 7>(c, d));
    [
        i64x2_shuffle::<0, 2>(ab, cd),
        i64x2_shuffle::<1, 3>(ab, cd),
        i64x2_shuffle::<0, 2>(ab_high, cd_high),
        i64x2_shuffle::<1, 3>(ab_high, cd_high),
    ]
}

/// The four quarters of a block.
fn quarters(block: &mut [Row]) -> [&mut [Row]; 4] {
    let (left, right) = block.split_at_mut(block.len() / 2);
    let (a, b) = left.split_at_mut(left.len() / 2);
    let (c, d) = right.split_at_mut(right.len() / 2);
    [a, b, c, d]
}

#[inline]
fn load(row: &Row) -> v128 {
    // SAFETY: a row has the 16 bytes that are read, and the instruction asks for no alignment.
    unsafe { v128_load(row.as_ptr().cast()) }
}

#[inline]
fn store(row: &mut Row, v: v128) {
    // SAFETY: a row has the 16 bytes that are written, and the instruction asks for no alignment.
    unsafe { v128_store(row.as_mut_ptr().cast(), v) }
}
