//! The transforms with AVX2. Kernel file.
//!
//! A row is a vector of eight neighbours. Two stages at a time, rows are added to rows until a block is one row. The last three
//! stages add lanes of a row: squares of eight rows are transposed for them, and back. They take two passes, because one would be a
//! chain of instructions so long that processors find too little to do beside it.
//!
//! Values are signed and products Montgomery's: for a sum t of double words, t − (t/p mod 2^32)·p is a multiple of 2^32, and its high
//! word is t/2^32 modulo p, of absolute value at most |t|/2^32 + p/2. Two stages together take four values to
//!
//! ```text
//! (a + w₁c) + (w₂b + w₁w₂d), (a + w₁c) − (w₂b + w₁w₂d), (a − w₁c) + (w₃b − w₁w₃d), (a − w₁c) − (w₃b − w₁w₃d),
//! ```
//!
//! with three reductions of products and sums of products, instead of four in two stages one by one.
#![allow(unsafe_code)]

use core::arch::x86_64::*;

use sotto_crypto::Avx2;

use crate::prime::{Factor, Prime};

type Row = [u32; 8];

/// Roots of two stages: w₁, w₂, w₁w₂, w₃, w₁w₃, all times 2^32 modulo p.
type Five<T> = [T; 5];

/// Roots times 2^32 modulo p, in the order of use.
#[derive(Debug)]
pub(super) struct Roots {
    /// The widest stage's.
    first: u32,
    /// For block i of a stage with b blocks, and for the next stage: place b + i.
    fives: Vec<Five<u32>>,
    /// For each square, once transposed, its rows' roots: of the first two stages within a row, and of the last.
    lane_fives: Vec<Five<Row>>,
    lane_fours: Vec<[Row; 4]>,
}

impl Roots {
    /// From the roots of all stages, block i of a stage with b blocks at b + i.
    pub(super) fn new(prime: Prime, roots: &[Factor]) -> Self {
        let word = |i: usize| prime.reduce64(u64::from(roots[i].w) << 32);
        let five = |i: usize| {
            let [one, two, three] = [word(i), word(2 * i), word(2 * i + 1)];
            [one, two, prime.mul(two, roots[i].w), three, prime.mul(three, roots[i].w)]
        };
        let rows = roots.len() / 8;
        let squares = (rows..2 * rows).step_by(8).filter(|_| rows >= 8);
        let lanes = |root: &dyn Fn(usize) -> u32| core::array::from_fn(root);
        Self {
            first: word(1),
            fives: (0..rows / 2).map(five).collect(),
            lane_fives: squares
                .clone()
                .map(|square| core::array::from_fn(|k| lanes(&|row| five(square + row)[k])))
                .collect(),
            lane_fours: squares
                .map(|square| core::array::from_fn(|k| lanes(&|row| word(4 * (square + row) + k))))
                .collect(),
        }
    }
}

/// Coefficients below 4p to evaluations below p.
pub(super) fn forward(_: Avx2, prime: Prime, roots: &Roots, values: &mut [u32]) {
    // SAFETY: an `Avx2` exists only where AVX2 was found.
    unsafe { forward_avx2(prime, roots, values.as_chunks_mut().0) }
}

/// Evaluations below 2p, times `scale`, to coefficients below p.
pub(super) fn inverse(_: Avx2, prime: Prime, roots: &Roots, scale: Factor, values: &mut [u32]) {
    // SAFETY: an `Avx2` exists only where AVX2 was found.
    unsafe { inverse_avx2(prime, roots, scale, values.as_chunks_mut().0) }
}

/// From below bp, two stages lead to at most bp + p + 3bp/32, one to bp + p/2 + bp/32. So 13 stages lead from 4p to below 15.5p.
/// 16p < 2^31.
#[target_feature(enable = "avx2")]
fn forward_avx2(prime: Prime, roots: &Roots, rows: &mut [Row]) {
    let m = Modulus::new(prime);
    let mut blocks = 1;
    if rows.len().ilog2() % 2 == 1 {
        let root = Root::new(roots.first);
        let (left, right) = rows.split_at_mut(rows.len() / 2);
        for k in 0..left.len() {
            let (x, y) = m.forward(load(&left[k]), load(&right[k]), root);
            store(&mut left[k], x);
            store(&mut right[k], y);
        }
        blocks = 2;
    }
    while rows.len() > 4 * blocks {
        for (five, block) in roots.fives[blocks..].iter().zip(rows.chunks_exact_mut(rows.len() / blocks)) {
            let five = splat(five);
            let [a, b, c, d] = quarters(block);
            for k in 0..a.len() {
                let v = m.forward_four([load(&a[k]), load(&b[k]), load(&c[k]), load(&d[k])], &five);
                store(&mut a[k], v[0]);
                store(&mut b[k], v[1]);
                store(&mut c[k], v[2]);
                store(&mut d[k], v[3]);
            }
        }
        blocks *= 4;
    }
    for (five, block) in roots.fives[blocks..].iter().zip(rows.as_chunks_mut().0) {
        let v = m.forward_four(load_four(block), &splat(five));
        store_four(block, v);
    }
    for ([top, bottom], five) in squares(rows).zip(&roots.lane_fives) {
        let five = lanes(five);
        let [[a, b, c, d], [e, f, g, h]] = transpose(load_four(top), load_four(bottom));
        store_four(top, m.forward_four([a, c, e, g], &five));
        store_four(bottom, m.forward_four([b, d, f, h], &five));
    }
    for ([top, bottom], four) in squares(rows).zip(&roots.lane_fours) {
        let (even, odd, roots) = (load_four(top), load_four(bottom), lanes(four));
        let (a, b) = m.forward_reduced(even[0], odd[0], roots[0]);
        let (c, d) = m.forward_reduced(even[1], odd[1], roots[1]);
        let (e, f) = m.forward_reduced(even[2], odd[2], roots[2]);
        let (g, h) = m.forward_reduced(even[3], odd[3], roots[3]);
        let [v, w] = transpose([a, b, c, d], [e, f, g, h]);
        store_four(top, v);
        store_four(bottom, w);
    }
}

/// From below 2p, three stages lead to below 16p in one row of eight, and below 3p in the next, which are brought back below 2p; two
/// stages lead to below 8p in one of four. The last stage multiplies by 1/N as well.
#[target_feature(enable = "avx2")]
fn inverse_avx2(prime: Prime, roots: &Roots, scale: Factor, rows: &mut [Row]) {
    let m = Modulus::new(prime);
    for ([top, bottom], four) in squares(rows).zip(&roots.lane_fours) {
        let ([v, w], roots) = (transpose(load_four(top), load_four(bottom)), lanes(four));
        let (a, b) = m.inverse(v[0], v[1], roots[0]);
        let (c, d) = m.inverse(v[2], v[3], roots[1]);
        let (e, f) = m.inverse(w[0], w[1], roots[2]);
        let (g, h) = m.inverse(w[2], w[3], roots[3]);
        store_four(top, [a, c, e, g]);
        store_four(bottom, [b, d, f, h]);
    }
    for ([top, bottom], five) in squares(rows).zip(&roots.lane_fives) {
        let five = lanes(five);
        let [a, c, e, g] = m.inverse_four(load_four(top), &five);
        let [b, d, f, h] = m.inverse_four(load_four(bottom), &five);
        let [v, w] = transpose([m.shrink(a), m.shrink(b), c, d], [e, f, g, h]);
        store_four(top, v);
        store_four(bottom, w);
    }
    let mut blocks = rows.len() / 4;
    for (five, block) in roots.fives[blocks..].iter().zip(rows.as_chunks_mut().0) {
        let [a, b, c, d] = m.inverse_four(load_four(block), &splat(five));
        store_four(block, [m.shrink(a), b, c, d]);
    }
    while blocks > 4 {
        blocks /= 4;
        for (five, block) in roots.fives[blocks..].iter().zip(rows.chunks_exact_mut(rows.len() / blocks)) {
            let five = splat(five);
            let [a, b, c, d] = quarters(block);
            for k in 0..a.len() {
                let v = m.inverse_four([load(&a[k]), load(&b[k]), load(&c[k]), load(&d[k])], &five);
                store(&mut a[k], m.shrink(v[0]));
                store(&mut b[k], v[1]);
                store(&mut c[k], v[2]);
                store(&mut d[k], v[3]);
            }
        }
    }
    let scaled = |u: u32| prime.mul_factor(u, scale);
    // 2^32/N modulo p.
    let one = Root::new(scaled(prime.reduce64(1 << 32)));
    if blocks == 4 {
        let five = splat(&roots.fives[1].map(scaled));
        let [a, b, c, d] = quarters(rows);
        for k in 0..a.len() {
            let v = m.inverse_four([load(&a[k]), load(&b[k]), load(&c[k]), load(&d[k])], &five);
            store(&mut a[k], m.non_negative(m.mul(v[0], one)));
            store(&mut b[k], m.non_negative(v[1]));
            store(&mut c[k], m.non_negative(v[2]));
            store(&mut d[k], m.non_negative(v[3]));
        }
    } else {
        let root = Root::new(scaled(roots.first));
        let (left, right) = rows.split_at_mut(rows.len() / 2);
        for k in 0..left.len() {
            let (x, y) = m.inverse(load(&left[k]), load(&right[k]), root);
            store(&mut left[k], m.non_negative(m.mul(x, one)));
            store(&mut right[k], m.non_negative(y));
        }
    }
}

/// A factor of each lane; those of odd lanes once more in the place before.
#[derive(Clone, Copy)]
struct Root {
    all: __m256i,
    odd: __m256i,
}

impl Root {
    /// One factor for all lanes.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn new(u: u32) -> Self {
        let all = _mm256_set1_epi32(u as i32);
        Self { all, odd: all }
    }

    /// A factor for each lane.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn load(row: &Row) -> Self {
        let all = load(row);
        Self { all, odd: odd(all) }
    }
}

/// Each factor for all lanes.
#[target_feature(enable = "avx2")]
#[inline]
fn splat<const K: usize>(roots: &[u32; K]) -> [Root; K] {
    let mut all = [Root::new(0); K];
    for k in 0..K {
        all[k] = Root::new(roots[k]);
    }
    all
}

/// Roots of a transposed square.
#[target_feature(enable = "avx2")]
#[inline]
fn lanes<const K: usize>(rows: &[Row; K]) -> [Root; K] {
    let mut all = [Root::new(0); K];
    for k in 0..K {
        all[k] = Root::load(&rows[k]);
    }
    all
}

/// Double words, of even lanes and of odd ones.
#[derive(Clone, Copy)]
struct Wide {
    even: __m256i,
    odd: __m256i,
}

impl Wide {
    /// Values with the odd ones in even lanes as well, as multiplications take them.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn new(a: __m256i) -> Self {
        Self { even: a, odd: odd(a) }
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn times(self, root: Root) -> Self {
        Self { even: _mm256_mul_epi32(self.even, root.all), odd: _mm256_mul_epi32(self.odd, root.odd) }
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn plus(self, other: Self) -> Self {
        Self { even: _mm256_add_epi64(self.even, other.even), odd: _mm256_add_epi64(self.odd, other.odd) }
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn minus(self, other: Self) -> Self {
        Self { even: _mm256_sub_epi64(self.even, other.even), odd: _mm256_sub_epi64(self.odd, other.odd) }
    }
}

#[derive(Clone, Copy)]
struct Modulus {
    p: __m256i,
    /// 1/p modulo 2^32.
    inverse: __m256i,
    sixteen_p: __m256i,
    bits: __m256i,
}

impl Modulus {
    #[target_feature(enable = "avx2")]
    #[inline]
    fn new(prime: Prime) -> Self {
        let p = prime.get();
        // Newton's iteration doubles the bits of 1/p, beginning with three.
        let inverse = (0..4).fold(p, |x, _| x.wrapping_mul(2u32.wrapping_sub(p.wrapping_mul(x))));
        let all = |a: u32| a as i32;
        Self {
            p: _mm256_set1_epi32(all(p)),
            inverse: _mm256_set1_epi32(all(inverse)),
            sixteen_p: _mm256_set1_epi32(all(16 * p)),
            bits: _mm256_set1_epi32(all(prime.bits())),
        }
    }

    /// Two stages: see the head of this file.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn forward_four(
        self,
        [a, b, c, d]: [__m256i; 4],
        [one, two, one_two, three, one_three]: &Five<Root>,
    ) -> [__m256i; 4] {
        let (b, c, d) = (Wide::new(b), Wide::new(c), Wide::new(d));
        let c = self.reduce_wide(c.times(*one));
        let left = self.reduce_wide(b.times(*two).plus(d.times(*one_two)));
        let right = self.reduce_wide(b.times(*three).minus(d.times(*one_three)));
        let (sum, difference) = (_mm256_add_epi32(a, c), _mm256_sub_epi32(a, c));
        [
            _mm256_add_epi32(sum, left),
            _mm256_sub_epi32(sum, left),
            _mm256_add_epi32(difference, right),
            _mm256_sub_epi32(difference, right),
        ]
    }

    /// The inverse of these stages, times four.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn inverse_four(
        self,
        [a, b, c, d]: [__m256i; 4],
        [one, two, one_two, three, one_three]: &Five<Root>,
    ) -> [__m256i; 4] {
        let (left, right) = (_mm256_add_epi32(a, b), _mm256_add_epi32(c, d));
        let (b, d) = (Wide::new(_mm256_sub_epi32(a, b)), Wide::new(_mm256_sub_epi32(c, d)));
        let c = Wide::new(_mm256_sub_epi32(left, right));
        [
            _mm256_add_epi32(left, right),
            self.reduce_wide(b.times(*two).plus(d.times(*three))),
            self.reduce_wide(c.times(*one)),
            self.reduce_wide(b.times(*one_two).minus(d.times(*one_three))),
        ]
    }

    /// (x + wy, x − wy).
    #[target_feature(enable = "avx2")]
    #[inline]
    fn forward(self, x: __m256i, y: __m256i, root: Root) -> (__m256i, __m256i) {
        let product = self.mul(y, root);
        (_mm256_add_epi32(x, product), _mm256_sub_epi32(x, product))
    }

    /// The same, reduced, of x and y below 15.5p: the sum and the difference are raised by 16p.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn forward_reduced(self, x: __m256i, y: __m256i, root: Root) -> (__m256i, __m256i) {
        let (x, y) = self.forward(_mm256_add_epi32(x, self.sixteen_p), y, root);
        (self.reduce(x), self.reduce(y))
    }

    /// (x + y, w(x − y)).
    #[target_feature(enable = "avx2")]
    #[inline]
    fn inverse(self, x: __m256i, y: __m256i, root: Root) -> (__m256i, __m256i) {
        (_mm256_add_epi32(x, y), self.mul(_mm256_sub_epi32(x, y), root))
    }

    /// `a·w`, of absolute value below p.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn mul(self, a: __m256i, root: Root) -> __m256i {
        self.reduce_wide(Wide::new(a).times(root))
    }

    /// t/2^32 modulo p, of absolute value at most |t|/2^32 + p/2.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn reduce_wide(self, t: Wide) -> __m256i {
        let even = _mm256_sub_epi64(t.even, _mm256_mul_epi32(_mm256_mul_epi32(t.even, self.inverse), self.p));
        let odds = _mm256_sub_epi64(t.odd, _mm256_mul_epi32(_mm256_mul_epi32(t.odd, self.inverse), self.p));
        _mm256_blend_epi32::<0xaa>(odd(even), odds)
    }

    /// Any `a` less a multiple of p, of absolute value below 2p: the quotient by 2^bits will do, see
    /// [`super::is_close`].
    #[target_feature(enable = "avx2")]
    #[inline]
    fn shrink(self, a: __m256i) -> __m256i {
        _mm256_sub_epi32(a, _mm256_mullo_epi32(_mm256_srav_epi32(a, self.bits), self.p))
    }

    /// Any unsigned `a` modulo p. The quotient by 2^bits leaves less than 2p: see [`super::is_close`].
    #[target_feature(enable = "avx2")]
    #[inline]
    fn reduce(self, a: __m256i) -> __m256i {
        let rest = _mm256_sub_epi32(a, _mm256_mullo_epi32(_mm256_srlv_epi32(a, self.bits), self.p));
        _mm256_min_epu32(rest, _mm256_sub_epi32(rest, self.p))
    }

    /// `a` of absolute value below p modulo p: the smaller of a and a + p as unsigned numbers.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn non_negative(self, a: __m256i) -> __m256i {
        _mm256_min_epu32(a, _mm256_add_epi32(a, self.p))
    }
}

/// The odd lanes, in the even ones.
#[target_feature(enable = "avx2")]
#[inline]
fn odd(v: __m256i) -> __m256i {
    _mm256_srli_epi64::<32>(v)
}

/// Of eight rows, lane k of row j becomes lane j of row k.
#[target_feature(enable = "avx2")]
#[inline]
fn transpose(v: [__m256i; 4], w: [__m256i; 4]) -> [[__m256i; 4]; 2] {
    let (v, w) = (transpose_lanes(v), transpose_lanes(w));
    let mut out = [v, w];
    for k in 0..4 {
        out[0][k] = _mm256_permute2x128_si256::<0x20>(v[k], w[k]);
        out[1][k] = _mm256_permute2x128_si256::<0x31>(v[k], w[k]);
    }
    out
}

/// Of four rows, in each half: lane k of row j becomes lane j of row k.
#[target_feature(enable = "avx2")]
#[inline]
fn transpose_lanes([a, b, c, d]: [__m256i; 4]) -> [__m256i; 4] {
    let (ab, cd) = (_mm256_unpacklo_epi32(a, b), _mm256_unpacklo_epi32(c, d));
    let (ab_high, cd_high) = (_mm256_unpackhi_epi32(a, b), _mm256_unpackhi_epi32(c, d));
    [
        _mm256_unpacklo_epi64(ab, cd),
        _mm256_unpackhi_epi64(ab, cd),
        _mm256_unpacklo_epi64(ab_high, cd_high),
        _mm256_unpackhi_epi64(ab_high, cd_high),
    ]
}

/// Squares of eight rows, by their halves.
#[inline]
fn squares(rows: &mut [Row]) -> core::slice::IterMut<'_, [[Row; 4]; 2]> {
    rows.as_chunks_mut().0.as_chunks_mut().0.iter_mut()
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
fn load_four(rows: &[Row; 4]) -> [__m256i; 4] {
    [load(&rows[0]), load(&rows[1]), load(&rows[2]), load(&rows[3])]
}

#[target_feature(enable = "avx2")]
#[inline]
fn store_four(rows: &mut [Row; 4], v: [__m256i; 4]) {
    for k in 0..4 {
        store(&mut rows[k], v[k]);
    }
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
