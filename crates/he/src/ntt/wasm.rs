//! The transforms with WebAssembly's `simd128`. Kernel file.
//!
//! A row is a vector of four neighbours. Two stages at a time, vectors are added to vectors until blocks have 16 values; such a
//! square of four rows is finished two stages at a time, too, before and after it was transposed.
//!
//! The forward transform works on signed words, where `x ± wy` are two instructions. A product by a root with rounded quotient
//! is at most `p + |y|·p/2^33` in size, so a bound of B·p becomes at most (B + 1 + B/64)·p in a stage: 2 becomes less than
//! 15.5 in twelve stages, and 1 less than 15.6 in thirteen, where words hold 16.
#![allow(unsafe_code)]

use core::arch::wasm32::*;

use crate::prime::{Factor, Prime};

type Row = [u32; 4];

/// Roots of both directions as the kernels use them: rounded and signed for the forward transform.
#[derive(Debug)]
pub(super) struct Roots {
    forward: Stages,
    inverse: Stages,
}

impl Roots {
    /// From all powers of both directions' roots in order of their places.
    pub(super) fn new(prime: Prime, forward: &[Factor], inverse: &[Factor]) -> Self {
        let signed: Vec<_> = forward.iter().map(|f| prime.signed_factor(f.w)).collect();
        Self { forward: Stages::new(&signed), inverse: Stages::new(inverse) }
    }
}

/// Roots of one direction.
#[derive(Debug)]
struct Stages {
    /// For stages between rows, the same in all lanes: place b + i is that of block i of a stage with b blocks.
    heads: Vec<Root>,
    /// For stages within rows, in squares of four rows: lane j belongs to row j. The one block of the wider stage, then the two
    /// of the last.
    tails: Vec<[Root; 3]>,
}

impl Stages {
    fn new(factors: &[Factor]) -> Self {
        let rows = factors.len() / 4;
        let tail = |first: usize| {
            let root = |blocks: usize, block: usize| Root::new(|j| factors[(first + j) * blocks + block]);
            [root(1, 0), root(2, 0), root(2, 1)]
        };
        Self {
            heads: factors[..rows].iter().map(|&f| Root::new(|_| f)).collect(),
            tails: (rows..2 * rows).step_by(4).map(tail).collect(),
        }
    }

    /// Of a block's two stages.
    #[inline]
    fn pair(&self, at: usize) -> (&Root, [&Root; 2]) {
        (&self.heads[at], [&self.heads[2 * at], &self.heads[2 * at + 1]])
    }
}

/// A factor of each lane.
#[derive(Debug)]
struct Root {
    w: v128,
    quotient: v128,
}

impl Root {
    fn new(factor: impl Fn(usize) -> Factor) -> Self {
        let [f0, f1, f2, f3] = core::array::from_fn(factor);
        Self { w: u32x4(f0.w, f1.w, f2.w, f3.w), quotient: u32x4(f0.quotient, f1.quotient, f2.quotient, f3.quotient) }
    }
}

/// Coefficients below 4p to evaluations below p.
pub(super) fn forward(prime: Prime, roots: &Roots, values: &mut [u32]) {
    let m = Modulus::new(prime);
    let roots = &roots.forward;
    let rows: &mut [Row] = values.as_chunks_mut().0;
    let mut blocks = 1;
    if rows.len().ilog2() % 2 == 1 {
        let root = &roots.heads[1];
        let (left, right) = rows.split_at_mut(rows.len() / 2);
        for (left, right) in left.iter_mut().zip(right) {
            let [x, y] = [&*left, &*right].map(|row| i32x4_sub(subtract(load(row), m.two_p), m.p));
            let (x, y) = m.forward(x, y, root);
            store(left, x);
            store(right, y);
        }
        blocks = 2;
    } else {
        forward_pass(m, roots, rows, blocks, |v| i32x4_sub(v, m.two_p));
        blocks = 4;
    }
    while rows.len() > 4 * blocks {
        forward_pass(m, roots, rows, blocks, |v| v);
        blocks *= 4;
    }
    for (at, block) in (blocks..).zip(rows.as_chunks_mut::<4>().0) {
        let (wide, narrow) = roots.pair(at);
        let v = m.forward_four(block.each_ref().map(load), wide, narrow);
        for k in 0..4 {
            store(&mut block[k], v[k]);
        }
    }
    for (square, tail) in rows.as_chunks_mut::<4>().0.iter_mut().zip(&roots.tails) {
        let [wide, left, right] = tail;
        let v = m.forward_four(transpose(square.each_ref().map(load)), wide, [left, right]);
        let v = transpose(v.map(|v| m.reduce_signed(v)));
        for k in 0..4 {
            store(&mut square[k], v[k]);
        }
    }
}

/// Two stages between rows from one with so many blocks, on what `first` makes of a vector.
#[inline]
fn forward_pass(m: Modulus, roots: &Stages, rows: &mut [Row], blocks: usize, first: impl Fn(v128) -> v128) {
    let quarter = rows.len() / (4 * blocks);
    for (at, block) in (blocks..).zip(rows.chunks_exact_mut(4 * quarter)) {
        let (wide, narrow) = roots.pair(at);
        let [a, b, c, d] = quarters(block);
        for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
            let v = [load(a), load(b), load(c), load(d)].map(&first);
            let v = m.forward_four(v, wide, narrow);
            store(a, v[0]);
            store(b, v[1]);
            store(c, v[2]);
            store(d, v[3]);
        }
    }
}

/// Evaluations below 2p to coefficients below p. Every value stays below 2p between the passes.
pub(super) fn inverse(prime: Prime, roots: &Roots, scale: Factor, values: &mut [u32]) {
    let m = Modulus::new(prime);
    let roots = &roots.inverse;
    let rows: &mut [Row] = values.as_chunks_mut().0;
    let mut blocks = rows.len() / 4;
    for (at, (square, tail)) in (blocks..).zip(rows.as_chunks_mut::<4>().0.iter_mut().zip(&roots.tails)) {
        let [wide, left, right] = tail;
        let v = m.inverse_four(transpose(square.each_ref().map(load)), wide, [left, right]);
        let (wide, narrow) = roots.pair(at);
        let v = m.inverse_four(transpose(v), wide, narrow);
        for k in 0..4 {
            store(&mut square[k], v[k]);
        }
    }
    while blocks > 2 {
        blocks /= 4;
        let quarter = rows.len() / (4 * blocks);
        for (at, block) in (blocks..).zip(rows.chunks_exact_mut(4 * quarter)) {
            let (wide, narrow) = roots.pair(at);
            let [a, b, c, d] = quarters(block);
            for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
                let v = m.inverse_four([load(a), load(b), load(c), load(d)], wide, narrow);
                store(a, v[0]);
                store(b, v[1]);
                store(c, v[2]);
                store(d, v[3]);
            }
        }
    }
    let scale = Root::new(|_| scale);
    let (left, right) = rows.split_at_mut(rows.len() / 2);
    for (left, right) in left.iter_mut().zip(right) {
        let (mut x, mut y) = (load(left), load(right));
        if blocks == 2 {
            let difference = i32x4_sub(i32x4_add(x, m.two_p), y);
            (x, y) = (i32x4_add(x, y), m.mul(difference, &roots.heads[1]));
        }
        store(left, subtract(m.mul(x, &scale), m.p));
        store(right, subtract(m.mul(y, &scale), m.p));
    }
}

#[derive(Clone, Copy)]
struct Modulus {
    p: v128,
    two_p: v128,
    four_p: v128,
    sixteen_p: v128,
    bits: u32,
}

impl Modulus {
    fn new(prime: Prime) -> Self {
        let p = prime.get();
        let [p, two_p, four_p, sixteen_p] = [1, 2, 4, 16].map(|k| u32x4_splat(k * p));
        Self { p, two_p, four_p, sixteen_p, bits: prime.bits() }
    }

    /// Two stages on rows of one block: distance two, then one.
    #[inline]
    fn forward_four(self, [a, b, c, d]: [v128; 4], wide: &Root, narrow: [&Root; 2]) -> [v128; 4] {
        let (a, c) = self.forward(a, c, wide);
        let (b, d) = self.forward(b, d, wide);
        let (a, b) = self.forward(a, b, narrow[0]);
        let (c, d) = self.forward(c, d, narrow[1]);
        [a, b, c, d]
    }

    /// (x + wy, x − wy), signed.
    #[inline]
    fn forward(self, x: v128, y: v128, root: &Root) -> (v128, v128) {
        let quotient = fresh(&root.quotient);
        let (low, high) = (i64x2_extmul_low_i32x4(y, quotient), i64x2_extmul_high_i32x4(y, quotient));
        let product = self.rest(y, root, low, high);
        (i32x4_add(x, product), i32x4_sub(x, product))
    }

    /// The inverses of both stages, from below 2p to below 2p.
    #[inline]
    fn inverse_four(self, [a, b, c, d]: [v128; 4], wide: &Root, narrow: [&Root; 2]) -> [v128; 4] {
        let (sum_ab, sum_cd) = (i32x4_add(a, b), i32x4_add(c, d));
        let b = self.mul(i32x4_sub(i32x4_add(a, self.two_p), b), narrow[0]);
        let d = self.mul(i32x4_sub(i32x4_add(c, self.two_p), d), narrow[1]);
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
        self.rest(a, root, low, high)
    }

    /// `a·w` less p times the upper halves of the products of `a` and w's quotient.
    #[inline]
    fn rest(self, a: v128, root: &Root, low: v128, high: v128) -> v128 {
        let quotient = i32x4_shuffle::<1, 3, 5, 7>(low, high);
        i32x4_sub(i32x4_mul(a, root.w), i32x4_mul(quotient, self.p))
    }

    /// Any signed `a` above −16p modulo p. The quotient by 2^bits in place of that by p leaves less than 2p: see
    /// [`super::is_close`].
    #[inline]
    fn reduce_signed(self, a: v128) -> v128 {
        let a = i32x4_add(a, self.sixteen_p);
        subtract(i32x4_sub(a, i32x4_mul(u32x4_shr(a, self.bits), self.p)), self.p)
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
