//! The transforms with AVX2. Kernel file.
//!
//! A row is a vector of eight neighbours. Two stages at a time, vectors are added to vectors until blocks have 64 values; such a
//! square of eight rows is finished in registers, three stages before and three after it was transposed.
//!
//! Values are signed and products Montgomery's, of absolute value below p. They take as many instructions as Shoup's, but follow
//! each other sooner, and sums need no offset.
#![allow(unsafe_code)]

use core::arch::x86_64::*;

use sotto_crypto::Avx2;

use super::{NttTable, montgomery};
use crate::prime::Prime;

type Row = [u32; 8];

/// Coefficients below 4p to evaluations below p.
pub(super) fn forward(_: Avx2, table: &NttTable, values: &mut [u32]) {
    // SAFETY: an `Avx2` exists only where AVX2 was found.
    unsafe { forward_avx2(table, values.as_chunks_mut().0) }
}

/// Evaluations below 2p to coefficients below p.
pub(super) fn inverse(_: Avx2, table: &NttTable, values: &mut [u32]) {
    // SAFETY: an `Avx2` exists only where AVX2 was found.
    unsafe { inverse_avx2(table, values.as_chunks_mut().0) }
}

/// Absolute values grow by p a stage and are reduced once, at the end. From below 4p, twelve stages lead to below 16p < 2^31;
/// with an odd number of stages, the first shifts its sums by −2p, and 13 lead to below 15p.
#[target_feature(enable = "avx2")]
fn forward_avx2(table: &NttTable, rows: &mut [Row]) {
    let m = Modulus::new(table.prime);
    let roots = &table.forward;
    let mut blocks = 1;
    if rows.len().ilog2() % 2 == 0 {
        let root = Root::new(roots.heads[1]);
        let (left, right) = rows.split_at_mut(rows.len() / 2);
        for k in 0..left.len() {
            let x = _mm256_sub_epi32(load(&left[k]), m.two_p);
            let (x, y) = m.forward(x, load(&right[k]), root);
            store(&mut left[k], x);
            store(&mut right[k], y);
        }
        blocks = 2;
    }
    while rows.len() > 8 * blocks {
        let quarter = rows.len() / (4 * blocks);
        for (at, block) in (blocks..).zip(rows.chunks_exact_mut(4 * quarter)) {
            let wide = Root::new(roots.heads[at]);
            let narrow = [Root::new(roots.heads[2 * at]), Root::new(roots.heads[2 * at + 1])];
            let [a, b, c, d] = quarters(block);
            for k in 0..a.len() {
                let (x0, x2) = m.forward(load(&a[k]), load(&c[k]), wide);
                let (x1, x3) = m.forward(load(&b[k]), load(&d[k]), wide);
                let (x0, x1) = m.forward(x0, x1, narrow[0]);
                let (x2, x3) = m.forward(x2, x3, narrow[1]);
                store(&mut a[k], x0);
                store(&mut b[k], x1);
                store(&mut c[k], x2);
                store(&mut d[k], x3);
            }
        }
        blocks *= 4;
    }
    let squares = rows.as_chunks_mut::<8>().0;
    let tails = roots.tails.as_chunks::<14>().0;
    for (at, (square, tail)) in (blocks..).zip(squares.iter_mut().zip(tails)) {
        let mut v = [_mm256_setzero_si256(); 8];
        for k in 0..8 {
            v[k] = load(&square[k]);
        }
        m.forward_rows::<4>(&mut v, &roots.heads, at);
        m.forward_rows::<2>(&mut v, &roots.heads, 2 * at);
        m.forward_rows::<1>(&mut v, &roots.heads, 4 * at);
        transpose(&mut v);
        m.forward_lanes::<4>(&mut v, &tail[..2]);
        m.forward_lanes::<2>(&mut v, &tail[2..6]);
        m.forward_lanes::<1>(&mut v, &tail[6..]);
        for k in 0..8 {
            v[k] = m.reduce(v[k]);
        }
        transpose(&mut v);
        for k in 0..8 {
            store(&mut square[k], v[k]);
        }
    }
}

/// Between passes, absolute values stay below 2p. A sum may double its parts three times: 16p < 2^31.
#[target_feature(enable = "avx2")]
fn inverse_avx2(table: &NttTable, rows: &mut [Row]) {
    let m = Modulus::new(table.prime);
    let roots = &table.inverse;
    let mut blocks = rows.len() / 8;
    let squares = rows.as_chunks_mut::<8>().0;
    let tails = roots.tails.as_chunks::<14>().0;
    for (at, (square, tail)) in (blocks..).zip(squares.iter_mut().zip(tails)) {
        let mut v = [_mm256_setzero_si256(); 8];
        for k in 0..8 {
            v[k] = load(&square[k]);
        }
        transpose(&mut v);
        m.inverse_lanes::<1>(&mut v, &tail[6..]);
        m.inverse_lanes::<2>(&mut v, &tail[2..6]);
        m.inverse_lanes::<4>(&mut v, &tail[..2]);
        m.settle(&mut v);
        transpose(&mut v);
        m.inverse_rows::<1>(&mut v, &roots.heads, 4 * at);
        m.inverse_rows::<2>(&mut v, &roots.heads, 2 * at);
        m.inverse_rows::<4>(&mut v, &roots.heads, at);
        m.settle(&mut v);
        for k in 0..8 {
            store(&mut square[k], v[k]);
        }
    }
    while blocks > 2 {
        blocks /= 4;
        let quarter = rows.len() / (4 * blocks);
        for (at, block) in (blocks..).zip(rows.chunks_exact_mut(4 * quarter)) {
            let wide = Root::new(roots.heads[at]);
            let narrow = [Root::new(roots.heads[2 * at]), Root::new(roots.heads[2 * at + 1])];
            let [a, b, c, d] = quarters(block);
            for k in 0..a.len() {
                let (x0, x1) = m.inverse(load(&a[k]), load(&b[k]), narrow[0]);
                let (x2, x3) = m.inverse(load(&c[k]), load(&d[k]), narrow[1]);
                let (x0, x2) = m.inverse(x0, x2, wide);
                let (x1, x3) = m.inverse(x1, x3, wide);
                store(&mut a[k], m.shrink(x0));
                store(&mut b[k], x1);
                store(&mut c[k], x2);
                store(&mut d[k], x3);
            }
        }
    }
    if blocks == 2 {
        let root = Root::new(roots.heads[1]);
        let (left, right) = rows.split_at_mut(rows.len() / 2);
        for k in 0..left.len() {
            let (x, y) = m.inverse(load(&left[k]), load(&right[k]), root);
            store(&mut left[k], x);
            store(&mut right[k], y);
        }
    }
    let scale = Root::new(montgomery(table.prime, table.scale.w));
    for row in rows {
        store(row, m.non_negative(m.mul(load(row), scale)));
    }
}

/// A factor of each lane: both words of [`montgomery`], for even lanes, and for odd lanes in the place before.
#[derive(Clone, Copy)]
struct Root {
    u: __m256i,
    v: __m256i,
    odd_u: __m256i,
    odd_v: __m256i,
}

impl Root {
    /// One factor for all lanes.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn new([u, v]: [u32; 2]) -> Self {
        let (u, v) = (_mm256_set1_epi32(u as i32), _mm256_set1_epi32(v as i32));
        Self { u, v, odd_u: u, odd_v: v }
    }

    /// A factor for each lane.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn load(u: &Row, v: &Row) -> Self {
        let (u, v) = (load(u), load(v));
        Self { u, v, odd_u: odd(u), odd_v: odd(v) }
    }
}

#[derive(Clone, Copy)]
struct Modulus {
    p: __m256i,
    two_p: __m256i,
    sixteen_p: __m256i,
}

impl Modulus {
    #[target_feature(enable = "avx2")]
    #[inline]
    fn new(prime: Prime) -> Self {
        let p = prime.get() as i32;
        let [p, two_p, sixteen_p] = [_mm256_set1_epi32(p), _mm256_set1_epi32(2 * p), _mm256_set1_epi32(16 * p)];
        Self { p, two_p, sixteen_p }
    }

    /// A stage on a square's rows that are `D` apart; block i of the square uses head `first + i`.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn forward_rows<const D: usize>(self, v: &mut [__m256i; 8], heads: &[[u32; 2]], first: usize) {
        self.forward_stage::<D>(
            v,
            [
                Root::new(heads[first + 0 / D]),
                Root::new(heads[first + 1 / D]),
                Root::new(heads[first + 2 / D]),
                Root::new(heads[first + 3 / D]),
            ],
        );
    }

    /// The inverse of that stage.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn inverse_rows<const D: usize>(self, v: &mut [__m256i; 8], heads: &[[u32; 2]], first: usize) {
        self.inverse_stage::<D>(
            v,
            [
                Root::new(heads[first + 0 / D]),
                Root::new(heads[first + 1 / D]),
                Root::new(heads[first + 2 / D]),
                Root::new(heads[first + 3 / D]),
            ],
        );
    }

    /// A stage on the lanes `D` apart, which lie in rows that are `D` apart now; pair i of rows of `tail` is block i's root.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn forward_lanes<const D: usize>(self, v: &mut [__m256i; 8], tail: &[Row]) {
        self.forward_stage::<D>(
            v,
            [
                Root::load(&tail[2 * (0 / D)], &tail[2 * (0 / D) + 1]),
                Root::load(&tail[2 * (1 / D)], &tail[2 * (1 / D) + 1]),
                Root::load(&tail[2 * (2 / D)], &tail[2 * (2 / D) + 1]),
                Root::load(&tail[2 * (3 / D)], &tail[2 * (3 / D) + 1]),
            ],
        );
    }

    /// The inverse of that stage.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn inverse_lanes<const D: usize>(self, v: &mut [__m256i; 8], tail: &[Row]) {
        self.inverse_stage::<D>(
            v,
            [
                Root::load(&tail[2 * (0 / D)], &tail[2 * (0 / D) + 1]),
                Root::load(&tail[2 * (1 / D)], &tail[2 * (1 / D) + 1]),
                Root::load(&tail[2 * (2 / D)], &tail[2 * (2 / D) + 1]),
                Root::load(&tail[2 * (3 / D)], &tail[2 * (3 / D) + 1]),
            ],
        );
    }

    /// A stage on rows that are `D` apart, with the roots of its four pairs. Written out, as a loop would be kept, and the rows in memory.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn forward_stage<const D: usize>(self, v: &mut [__m256i; 8], roots: [Root; 4]) {
        let [a, b, c, d] = const { [place::<D>(0), place::<D>(1), place::<D>(2), place::<D>(3)] };
        (v[a], v[a + D]) = self.forward(v[a], v[a + D], roots[0]);
        (v[b], v[b + D]) = self.forward(v[b], v[b + D], roots[1]);
        (v[c], v[c + D]) = self.forward(v[c], v[c + D], roots[2]);
        (v[d], v[d + D]) = self.forward(v[d], v[d + D], roots[3]);
    }

    /// The inverse of that stage.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn inverse_stage<const D: usize>(self, v: &mut [__m256i; 8], roots: [Root; 4]) {
        let [a, b, c, d] = const { [place::<D>(0), place::<D>(1), place::<D>(2), place::<D>(3)] };
        (v[a], v[a + D]) = self.inverse(v[a], v[a + D], roots[0]);
        (v[b], v[b + D]) = self.inverse(v[b], v[b + D], roots[1]);
        (v[c], v[c + D]) = self.inverse(v[c], v[c + D], roots[2]);
        (v[d], v[d + D]) = self.inverse(v[d], v[d + D], roots[3]);
    }

    /// (x + wy, x − wy), where |wy| < p.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn forward(self, x: __m256i, y: __m256i, root: Root) -> (__m256i, __m256i) {
        let product = self.mul(y, root);
        (_mm256_add_epi32(x, product), _mm256_sub_epi32(x, product))
    }

    /// (x + y, w(x − y)), where |w(x − y)| < p.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn inverse(self, x: __m256i, y: __m256i, root: Root) -> (__m256i, __m256i) {
        (_mm256_add_epi32(x, y), self.mul(_mm256_sub_epi32(x, y), root))
    }

    /// A number of absolute value below p that is `a·w` modulo p, for any signed a.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn mul(self, a: __m256i, root: Root) -> __m256i {
        let even = self.mul_even(a, root.u, root.v);
        let odds = self.mul_even(odd(a), root.odd_u, root.odd_v);
        _mm256_blend_epi32::<0xaa>(odd(even), odds)
    }

    /// Products of the even lanes, in the odd ones.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn mul_even(self, a: __m256i, u: __m256i, v: __m256i) -> __m256i {
        let multiple = _mm256_mul_epi32(_mm256_mul_epi32(a, v), self.p);
        _mm256_sub_epi64(_mm256_mul_epi32(a, u), multiple)
    }

    /// After three stages from below 2p: the rows that may have reached 16p and 4p are brought back below 2p.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn settle(self, v: &mut [__m256i; 8]) {
        v[0] = self.shrink(v[0]);
        v[1] = self.shrink(v[1]);
    }

    /// Any `a` less a multiple of p, above −p/2 and below 2p: p is 2^27 less at most [`super::LARGEST_GAP`], and the quotient by 2^27 at most 16.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn shrink(self, a: __m256i) -> __m256i {
        _mm256_sub_epi32(a, _mm256_mullo_epi32(_mm256_srai_epi32::<27>(a), self.p))
    }

    /// `a` of absolute value below 16p modulo p. As in [`Modulus::shrink`], the quotient by 2^27 leaves less than 2p.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn reduce(self, a: __m256i) -> __m256i {
        let a = _mm256_add_epi32(a, self.sixteen_p);
        let rest = _mm256_sub_epi32(a, _mm256_mullo_epi32(_mm256_srli_epi32::<27>(a), self.p));
        _mm256_min_epu32(rest, _mm256_sub_epi32(rest, self.p))
    }

    /// `a` of absolute value below p modulo p: the smaller of a and a + p as unsigned numbers.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn non_negative(self, a: __m256i) -> __m256i {
        _mm256_min_epu32(a, _mm256_add_epi32(a, self.p))
    }
}

/// The first row of pair `k` of four, of rows that are `D` apart.
const fn place<const D: usize>(k: usize) -> usize {
    k / D * 2 * D + k % D
}

/// The odd lanes, in the even ones.
#[target_feature(enable = "avx2")]
#[inline]
fn odd(v: __m256i) -> __m256i {
    _mm256_shuffle_epi32::<0xf5>(v)
}

/// Lane k of row j becomes lane j of row k.
#[target_feature(enable = "avx2")]
#[inline]
fn transpose(v: &mut [__m256i; 8]) {
    let mut pairs = *v;
    for k in 0..4 {
        pairs[2 * k] = _mm256_unpacklo_epi32(v[2 * k], v[2 * k + 1]);
        pairs[2 * k + 1] = _mm256_unpackhi_epi32(v[2 * k], v[2 * k + 1]);
    }
    let mut fours = pairs;
    for k in [0, 4] {
        fours[k] = _mm256_unpacklo_epi64(pairs[k], pairs[k + 2]);
        fours[k + 1] = _mm256_unpackhi_epi64(pairs[k], pairs[k + 2]);
        fours[k + 2] = _mm256_unpacklo_epi64(pairs[k + 1], pairs[k + 3]);
        fours[k + 3] = _mm256_unpackhi_epi64(pairs[k + 1], pairs[k + 3]);
    }
    for k in 0..4 {
        v[k] = _mm256_permute2x128_si256::<0x20>(fours[k], fours[k + 4]);
        v[k + 4] = _mm256_permute2x128_si256::<0x31>(fours[k], fours[k + 4]);
    }
}

/// The four quarters of a block.
#[inline]
fn quarters(block: &mut [Row]) -> [&mut [Row]; 4] {
    let quarter = block.len() / 4;
    let (left, right) = block.split_at_mut(2 * quarter);
    let (a, b) = left.split_at_mut(quarter);
    let (c, d) = right.split_at_mut(quarter);
    [a, b, c, d]
}

#[target_feature(enable = "avx2")]
#[inline]
fn load(row: &Row) -> __m256i {
    // SAFETY: a row has 32 bytes, and the instruction asks for no alignment.
    unsafe { _mm256_loadu_si256(row.as_ptr().cast()) }
}

#[target_feature(enable = "avx2")]
#[inline]
fn store(row: &mut Row, v: __m256i) {
    // SAFETY: a row has 32 bytes, and the instruction asks for no alignment.
    unsafe { _mm256_storeu_si256(row.as_mut_ptr().cast(), v) }
}
