//! Sums of products with short polynomials by AVX2 and AVX-512, of one text: the vectors differ in their lanes alone. Kernel file.
//!
//! The widest stage of a transform takes the coefficients as they are, and the narrowest one hands its values on to the products.
#![allow(unsafe_code)]

/// The kernel for one kind of vectors of so many lanes.
macro_rules! kernel {
    (
        $name:ident, $features:literal, $vector:ty, $lanes:literal, $load:ident, $store:ident, $splat:ident, $splat_wide:ident,
        $mul_wide:ident, $mul:ident, $add:ident, $sub:ident, $add_wide:ident, $sub_wide:ident, $shift:ident, $and:ident, $min:ident,
        $odd_of:expr
    ) => {
        pub(super) mod $name {
            use core::arch::x86_64::*;

            use super::super::{LANES, Roots, Row, Term, WideRow, room};
            use crate::prime::{Factor, Prime};

            type Vector = $vector;

            /// A modulus with what reduces by it, in each lane or each pair of lanes.
            struct Modulus {
                p: Vector,
                two_p: Vector,
                p_wide: Vector,
                one: Vector,
                word: [Vector; 2],
                low: Vector,
            }

            impl Modulus {
                #[target_feature(enable = $features)]
                #[inline]
                fn new(prime: Prime) -> Self {
                    let (one, Factor { w, quotient }) = prime.words();
                    let wide = |v: u32| $splat_wide(v.into());
                    Self {
                        p: $splat(prime.get() as i32),
                        two_p: $splat(2 * prime.get() as i32),
                        p_wide: wide(prime.get()),
                        one: wide(one),
                        word: [wide(w), wide(quotient)],
                        low: wide(u32::MAX),
                    }
                }

                /// (x + wy, x − wy + 2p), the product below 2p.
                #[target_feature(enable = $features)]
                #[inline]
                fn butterfly(&self, x: Vector, y: Vector, [w, quotient]: [Vector; 2]) -> [Vector; 2] {
                    let even = $shift::<32>($mul_wide(y, quotient));
                    let odd = $mul_wide(odd(y), odd(quotient));
                    let turns = $odd_of(even, odd);
                    let product = $sub($mul(y, w), $mul(turns, self.p));
                    [$add(x, product), $sub($add(x, self.two_p), product)]
                }

                /// Residues of words of 64 bits.
                #[target_feature(enable = $features)]
                #[inline]
                fn reduce(&self, v: Vector) -> Vector {
                    let [w, quotient] = self.word;
                    let high = $shift::<32>(v);
                    let turns = $shift::<32>($mul_wide(high, quotient));
                    let high = $sub_wide($mul_wide(high, w), $mul_wide(turns, self.p_wide));
                    let rest = self.reduce_once($add_wide(high, self.reduce_once($and(v, self.low))));
                    // Of the upper halves, which are 0 and, if that is less than p, −1, the smaller is 0.
                    $min(rest, $sub_wide(rest, self.p_wide))
                }

                /// Below 2p, of words of 32 bits.
                #[target_feature(enable = $features)]
                #[inline]
                fn reduce_once(&self, v: Vector) -> Vector {
                    $sub_wide(v, $mul_wide($shift::<32>($mul_wide(v, self.one)), self.p_wide))
                }
            }

            /// The odd lanes, in the even ones.
            #[target_feature(enable = $features)]
            #[inline]
            fn odd(v: Vector) -> Vector {
                $shift::<32>(v)
            }

            #[target_feature(enable = $features)]
            #[inline]
            fn load(row: &Row, part: usize) -> Vector {
                let part: &[u32] = &row[part * $lanes..][..$lanes];
                // SAFETY: the slice has as many bytes, and the instruction asks for no alignment.
                unsafe { $load(part.as_ptr().cast()) }
            }

            #[target_feature(enable = $features)]
            #[inline]
            fn store(row: &mut Row, part: usize, v: Vector) {
                let part: &mut [u32] = &mut row[part * $lanes..][..$lanes];
                // SAFETY: the slice has as many bytes, and the instruction asks for no alignment.
                unsafe { $store(part.as_mut_ptr().cast(), v) }
            }

            #[target_feature(enable = $features)]
            #[inline]
            fn load_wide(row: &WideRow, place: usize) -> Vector {
                let part: &[u64] = &row[place..][..$lanes / 2];
                // SAFETY: the slice has as many bytes, and the instruction asks for no alignment.
                unsafe { $load(part.as_ptr().cast()) }
            }

            #[target_feature(enable = $features)]
            #[inline]
            fn store_wide(row: &mut WideRow, place: usize, v: Vector) {
                let part: &mut [u64] = &mut row[place..][..$lanes / 2];
                // SAFETY: the slice has as many bytes, and the instruction asks for no alignment.
                unsafe { $store(part.as_mut_ptr().cast(), v) }
            }

            #[target_feature(enable = $features)]
            pub(crate) fn sum_terms(
                prime: Prime,
                roots: &[Roots],
                terms: &[Term<'_>],
                values: &mut [Row],
                sums: &mut [WideRow],
            ) {
                let (m, size) = (Modulus::new(prime), values.len());
                for terms in terms.chunks(room(size)) {
                    for term in terms {
                        let tiles = sums.chunks_exact_mut(2 * size).zip(term.tiles.chunks_exact(2 * size));
                        for (t, (sums, tile)) in tiles.enumerate() {
                            let roots = &roots[t * (size - 1)..][..size - 1];
                            for part in 0..LANES / $lanes {
                                add_term(&m, roots, &term.weights[..size], tile, values, sums, part);
                            }
                        }
                    }
                    for sum in sums.iter_mut() {
                        for place in (0..LANES).step_by($lanes / 2) {
                            store_wide(sum, place, m.reduce(load_wide(sum, place)));
                        }
                    }
                }
            }

            #[target_feature(enable = $features)]
            #[inline]
            fn add_term(
                m: &Modulus,
                roots: &[Roots],
                weights: &[u32],
                tile: &[Row],
                values: &mut [Row],
                sums: &mut [WideRow],
                part: usize,
            ) {
                let size = values.len();
                let root = |roots: &Roots| [load(&roots[0], part), load(&roots[1], part)];
                let (sums_a, sums_b) = sums.split_at_mut(size);
                let (tile_a, tile_b) = tile.split_at(size);
                if size == 1 {
                    let value = $splat(weights[0] as i32);
                    add_product(&mut sums_a[0], &tile_a[0], value, part);
                    add_product(&mut sums_b[0], &tile_b[0], value, part);
                    return;
                }
                let half = size / 2;
                let (left, right) = values.split_at_mut(half);
                let first = root(&roots[0]);
                for (((x, y), &a), &b) in left.iter_mut().zip(right).zip(&weights[..half]).zip(&weights[half..]) {
                    let [v, w] = m.butterfly($splat(a as i32), $splat(b as i32), first);
                    store(x, part, v);
                    store(y, part, w);
                }
                let (mut half, mut parts) = (half / 2, 2);
                while half > 1 {
                    for (block, roots) in values.chunks_exact_mut(2 * half).zip(&roots[parts - 1..]) {
                        let root = root(roots);
                        let (left, right) = block.split_at_mut(half);
                        for (x, y) in left.iter_mut().zip(right) {
                            let [v, w] = m.butterfly(load(x, part), load(y, part), root);
                            store(x, part, v);
                            store(y, part, w);
                        }
                    }
                    (half, parts) = (half / 2, parts * 2);
                }
                let pairs = values.as_chunks::<2>().0.iter();
                let sums = sums_a.as_chunks_mut::<2>().0.iter_mut().zip(sums_b.as_chunks_mut::<2>().0);
                let tiles = tile_a.as_chunks::<2>().0.iter().zip(tile_b.as_chunks::<2>().0);
                // With two values the first stage was the last.
                let last = if size > 2 { &roots[parts - 1..] } else { roots };
                for (((pair, (sums_a, sums_b)), (tile_a, tile_b)), roots) in pairs.zip(sums).zip(tiles).zip(last) {
                    let mut pair = [load(&pair[0], part), load(&pair[1], part)];
                    if size > 2 {
                        pair = m.butterfly(pair[0], pair[1], root(roots));
                    }
                    for k in 0..2 {
                        add_product(&mut sums_a[k], &tile_a[k], pair[k], part);
                        add_product(&mut sums_b[k], &tile_b[k], pair[k], part);
                    }
                }
            }

            #[target_feature(enable = $features)]
            #[inline]
            fn add_product(sum: &mut WideRow, factor: &Row, value: Vector, part: usize) {
                let factor = load(factor, part);
                let (even, odds) = (part * $lanes / 2, LANES / 2 + part * $lanes / 2);
                store_wide(sum, even, $add_wide(load_wide(sum, even), $mul_wide(factor, value)));
                store_wide(sum, odds, $add_wide(load_wide(sum, odds), $mul_wide(odd(factor), odd(value))));
            }
        }
    };
}

kernel!(
    avx2,
    "avx2",
    __m256i,
    8,
    _mm256_loadu_si256,
    _mm256_storeu_si256,
    _mm256_set1_epi32,
    _mm256_set1_epi64x,
    _mm256_mul_epu32,
    _mm256_mullo_epi32,
    _mm256_add_epi32,
    _mm256_sub_epi32,
    _mm256_add_epi64,
    _mm256_sub_epi64,
    _mm256_srli_epi64,
    _mm256_and_si256,
    _mm256_min_epu32,
    |even, odd| _mm256_blend_epi32::<0xaa>(even, odd)
);

kernel!(
    avx512,
    "avx512f,avx512bw,avx512vl",
    __m512i,
    16,
    _mm512_loadu_si512,
    _mm512_storeu_si512,
    _mm512_set1_epi32,
    _mm512_set1_epi64,
    _mm512_mul_epu32,
    _mm512_mullo_epi32,
    _mm512_add_epi32,
    _mm512_sub_epi32,
    _mm512_add_epi64,
    _mm512_sub_epi64,
    _mm512_srli_epi64,
    _mm512_and_si512,
    _mm512_min_epu32,
    |even, odd| _mm512_mask_blend_epi32(0xaaaa, even, odd)
);
