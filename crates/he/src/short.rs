//! Sums of products of ciphertexts with short polynomials, values beside each other. Kernel file.
//!
//! A polynomial of fewer than B coefficients, a power of two, is its own remainder by every X^B − ζ: the widest stages of its transform only
//! copy it, and each of the N/B blocks of B values is a transform of the same B coefficients under roots of its own. Sixteen blocks are
//! transformed at once, one in each lane, and multiplied where they are, so that a polynomial of weights is never written to memory. For that
//! the values of ciphertexts are laid out in tiles of sixteen blocks: B rows of sixteen lanes, value r of block i in lane i of row r.
//!
//! A polynomial of weights that is not short as a whole is the sum of a few bands, each a short polynomial times a power of X, with which the
//! ciphertexts are multiplied once for all weights.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
mod vectors;

use sotto_crypto::{Platform, SecretVec};

use crate::cipher::Ciphertext;
use crate::context::Context;
use crate::pack::monomial;
use crate::params::ParamSet;
use crate::poly::Poly;
use crate::prime::{Factor, Prime};
use crate::{NttTable, pointwise};

/// Blocks in a tile.
const LANES: usize = 16;

/// Values that are worth a call of the kernel.
const WORTH: usize = 256;

/// Most coefficients of a short polynomial: their transform has so few stages that nothing is reduced in between, and blocks fill the lanes of
/// every set.
const MOST: usize = 256;

/// A value of each block of a tile.
pub(crate) type Row = [u32; LANES];

/// A sum of products for each block of a tile: those of even lanes before those of odd ones.
type WideRow = [u64; LANES];

/// Place of a lane in a [`WideRow`].
fn wide_place(lane: usize) -> usize {
    lane % 2 * (LANES / 2) + lane / 2
}

/// Roots of each block of a tile, and their quotients.
type Roots = [Row; 2];

/// A polynomial of weights by B coefficients modulo a prime, and what it is multiplied with: some tiles of a ciphertext's halves.
pub(crate) struct Term<'a> {
    weights: &'a [u32],
    tiles: &'a [Row],
}

/// How the values of one layer's ciphertexts are laid out.
pub(crate) struct ShortLayout {
    set: ParamSet,
    /// B.
    size: usize,
    /// The power of X that each band begins with, ascending.
    starts: Vec<isize>,
    /// These powers, but X^0, by their values' factors and quotients, one prime after the other.
    shifts: Vec<Option<[Vec<u32>; 2]>>,
    /// For each prime, the roots of each tile: of the widest stage within a block first.
    roots: Vec<Vec<Roots>>,
}

/// A ciphertext's values in tiles, one prime after the other: a's rows of a tile before b's.
pub(crate) struct Tiled(Vec<Row>);

impl ShortLayout {
    /// For weights in bands of `extent` powers of X from these on, ascending, none below X^(−N), if that is short.
    pub(crate) fn new(set: ParamSet, starts: Vec<isize>, extent: usize) -> Option<Self> {
        Self::work(starts.len(), extent)?;
        let (size, period) = (extent.next_power_of_two(), 2 * set.degree() as isize);
        let shift = |&start: &isize| (start != 0).then(|| monomial(set, start.rem_euclid(period) as usize));
        let shifts = starts.iter().map(shift).collect();
        let roots = Context::get(set).tables.iter().map(|table| roots(table, size)).collect();
        Some(Self { set, size, starts, shifts, roots })
    }

    /// What products with so many bands cost, in the work of a product with values beside that of a stage, if they are short.
    pub(crate) fn work(bands: usize, extent: usize) -> Option<usize> {
        let size = extent.next_power_of_two();
        // A product of both halves takes as long as two or three stages.
        (size <= MOST).then(|| bands * (5 + 2 * size.ilog2() as usize))
    }

    /// Bands.
    pub(crate) fn bands(&self) -> usize {
        self.starts.len()
    }

    /// The band of X^place, and its coefficient there.
    pub(crate) fn place(&self, place: isize) -> (usize, usize) {
        let band = self.starts.partition_point(|&start| start <= place).saturating_sub(1);
        (band, (place - self.starts[band]) as usize)
    }

    /// B.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// Tiles of a polynomial modulo one prime.
    fn tiles(&self) -> usize {
        self.set.degree() / (LANES * self.size)
    }

    /// A ciphertext in this layout, for each band.
    pub(crate) fn tile(&self, ciphertext: &Ciphertext) -> Vec<Tiled> {
        self.shifts.iter().map(|shift| self.tile_shifted(ciphertext.clone(), shift.as_ref())).collect()
    }

    fn tile_shifted(&self, mut ciphertext: Ciphertext, shift: Option<&[Vec<u32>; 2]>) -> Tiled {
        let (n, tiles) = (self.set.degree(), self.tiles());
        let mut rows = vec![[0; LANES]; 2 * n * self.set.primes().len() / LANES];
        for (half, poly) in [&mut ciphertext.a, &mut ciphertext.b].into_iter().enumerate() {
            for (k, &prime) in self.set.primes().iter().enumerate() {
                if let Some([factors, quotients]) = shift {
                    pointwise::mul_factor(prime, poly.part_mut(k), &factors[k * n..][..n], &quotients[k * n..][..n]);
                }
                for (tile, values) in poly.part(k).chunks_exact(LANES * self.size).enumerate() {
                    let rows = &mut rows[((k * tiles + tile) * 2 + half) * self.size..][..self.size];
                    for (lane, block) in values.chunks_exact(self.size).enumerate() {
                        rows.iter_mut().zip(block).for_each(|(row, &value)| row[lane] = value);
                    }
                }
            }
        }
        Tiled(rows)
    }

    /// Sums of products: for each sum its terms, ciphertexts with the coefficients of weights, B for each prime, one prime after the other.
    pub(crate) fn sums(&self, sums: &[Vec<(&[u32], &Tiled)>]) -> Vec<Ciphertext> {
        let (size, tiles) = (self.size, self.tiles());
        let zero = || Ciphertext { a: Poly::zeros(self.set), b: Poly::zeros(self.set) };
        let mut out: Vec<Ciphertext> = sums.iter().map(|_| zero()).collect();
        let platform = Platform::detect();
        // Several small tiles at a time.
        let step = (WORTH / (LANES * size)).clamp(1, tiles);
        let mut values = SecretVec::<Row>::zeros(size);
        let mut wide = SecretVec::<WideRow>::zeros(2 * size * step);
        for (k, &prime) in self.set.primes().iter().enumerate() {
            for tile in (0..tiles).step_by(step) {
                let roots = &self.roots[k][tile * (size - 1)..][..step * (size - 1)];
                let at = (k * tiles + tile) * 2 * size;
                // What is read of the ciphertexts is read again for the next sum, and is in the cache.
                for (terms, out) in sums.iter().zip(&mut out) {
                    let terms = terms.iter().map(|&(weights, tiled)| Term {
                        weights: &weights[k * size..][..size],
                        tiles: &tiled.0[at..][..2 * size * step],
                    });
                    let terms: Vec<Term<'_>> = terms.collect();
                    wide.fill([0; LANES]);
                    sum_terms(platform, prime, roots, &terms, &mut values, &mut wide);
                    for (t, halves) in wide.chunks_exact(2 * size).enumerate() {
                        let first = (tile + t) * LANES * size;
                        for (poly, rows) in [&mut out.a, &mut out.b].into_iter().zip(halves.chunks_exact(size)) {
                            let values = &mut poly.part_mut(k)[first..][..LANES * size];
                            for (lane, block) in values.chunks_exact_mut(size).enumerate() {
                                block
                                    .iter_mut()
                                    .zip(rows)
                                    .for_each(|(value, row)| *value = row[wide_place(lane)] as u32);
                            }
                        }
                    }
                }
            }
        }
        out
    }
}

/// Roots of the narrowest stages, which are within blocks of `size` values, in tiles.
fn roots(table: &NttTable, size: usize) -> Vec<Roots> {
    let blocks = table.len() / size;
    let mut roots = Vec::with_capacity(table.len());
    for tile in 0..blocks / LANES {
        let mut parts = 1;
        while parts < size {
            for part in 0..parts {
                let root = |lane: usize| table.root((blocks + tile * LANES + lane) * parts + part);
                let factors: [Factor; LANES] = core::array::from_fn(root);
                roots.push([factors.map(|factor| factor.w), factors.map(|factor| factor.quotient)]);
            }
            parts *= 2;
        }
    }
    roots
}

/// Terms whose products, with values below (1 + 2·stages)·p for p below 2^27, a sum has room for beside a residue.
fn room(size: usize) -> usize {
    (1 << 10) / (1 + 2 * size.ilog2() as usize) - 1
}

/// Adds all terms to `sums`, which are residues before and after: for each tile the rows of both halves. `values` is room for the rows of one
/// tile.
fn sum_terms(
    platform: Platform,
    prime: Prime,
    roots: &[Roots],
    terms: &[Term<'_>],
    values: &mut [Row],
    sums: &mut [WideRow],
) {
    match platform {
        // SAFETY: an `Avx2` exists only where AVX2 was found.
        #[cfg(target_arch = "x86_64")]
        Platform::X86Avx2(_) => unsafe { vectors::avx2::sum_terms(prime, roots, terms, values, sums) },
        // SAFETY: an `Avx512` exists only where AVX-512 (F, BW, VL) was found.
        #[cfg(target_arch = "x86_64")]
        Platform::X86Avx512(_) => unsafe { vectors::avx512::sum_terms(prime, roots, terms, values, sums) },
        _ => sum_terms_portable(prime, roots, terms, values, sums),
    }
}

/// The readable twin.
fn sum_terms_portable(prime: Prime, roots: &[Roots], terms: &[Term<'_>], values: &mut [Row], sums: &mut [WideRow]) {
    let size = values.len();
    for terms in terms.chunks(room(size)) {
        for term in terms {
            for (t, (sums, tile)) in sums.chunks_exact_mut(2 * size).zip(term.tiles.chunks_exact(2 * size)).enumerate()
            {
                transform(prime, &roots[t * (size - 1)..][..size - 1], term.weights, values);
                for (sums, tile) in sums.chunks_exact_mut(size).zip(tile.chunks_exact(size)) {
                    for ((sum, factor), value) in sums.iter_mut().zip(tile).zip(values.iter()) {
                        (0..LANES)
                            .for_each(|lane| sum[wide_place(lane)] += u64::from(factor[lane]) * u64::from(value[lane]));
                    }
                }
            }
        }
        sums.iter_mut().flatten().for_each(|sum| *sum = prime.reduce64(*sum).into());
    }
}

/// Coefficients below p to values below (1 + 2·stages)·p in each of the blocks.
fn transform(prime: Prime, roots: &[Roots], coefficients: &[u32], values: &mut [Row]) {
    let two_p = 2 * prime.get();
    values.iter_mut().zip(coefficients).for_each(|(row, &coefficient)| *row = [coefficient; LANES]);
    let mut roots = roots.iter();
    let mut half = values.len() / 2;
    while half > 0 {
        for (block, [words, quotients]) in values.chunks_exact_mut(2 * half).zip(roots.by_ref()) {
            let (left, right) = block.split_at_mut(half);
            for (x, y) in left.iter_mut().zip(right) {
                for lane in 0..LANES {
                    let root = Factor { w: words[lane], quotient: quotients[lane] };
                    let product = prime.mul_lazy(y[lane], root);
                    (x[lane], y[lane]) = (x[lane] + product, x[lane] + two_p - product);
                }
            }
        }
        half /= 2;
    }
}

#[cfg(test)]
mod tests {
    use sotto_crypto::{Block, Prg};

    use super::*;
    use crate::cipher::Accumulator;
    use crate::poly::Coefficients;
    use crate::sample::uniform;

    /// Of every size, set and platform, the largest residues among them: the products of whole polynomials.
    #[test]
    fn sums_are_those_of_whole_polynomials() {
        let mut prg = Prg::new(Block::from(21u64));
        for set in ParamSet::ALL {
            for (shift, extent) in [(0, 1), (0, 2), (1, 2), (3, 4), (2, 7), (15, 16), (4, 200), (63, 256)] {
                let shift: usize = shift;
                let layout = ShortLayout::new(set, vec![-(shift as isize), 1000], extent).unwrap();
                let (n, size, primes) = (set.degree(), layout.size(), set.primes());
                let ciphertexts: Vec<Ciphertext> = (0..3)
                    .map(|i| Ciphertext { a: uniform(set, &mut prg, 2 * i), b: uniform(set, &mut prg, 2 * i + 1) })
                    .collect();
                let tiled: Vec<Vec<Tiled>> = ciphertexts.iter().map(|c| layout.tile(c)).collect();
                let mut weights = vec![0; size * primes.len()];
                for (k, prime) in primes.iter().enumerate() {
                    let word =
                        |i: usize, word: u64| if i.is_multiple_of(3) { prime.get() - 1 } else { prime.reduce64(word) };
                    (0..extent).for_each(|i| weights[k * size + i] = word(i, prg.next_u64()));
                }
                let mut whole = Poly::<Coefficients>::zeros(set);
                for (k, prime) in primes.iter().enumerate() {
                    for i in 0..extent {
                        let w = weights[k * size + i];
                        let (place, signed) = if i < shift { (n + i - shift, prime.neg(w)) } else { (i - shift, w) };
                        whole.part_mut(k)[place] = signed;
                        whole.part_mut(k)[1000 + i] = w;
                        assert_eq!(layout.place(1000 + i as isize), (1, i));
                        assert_eq!(layout.place(i as isize - shift as isize), (0, i));
                    }
                }
                let whole = whole.to_evaluations();
                // More terms than there is room for without a reduction.
                let mut sum = Accumulator::new(set);
                let counts = [350, 1];
                let term = |i: usize| (&weights[..], &tiled[i / 2 % 3][i % 2]);
                let terms = counts.map(|n| (0..2 * n).map(term).collect::<Vec<_>>());
                for (count, got) in counts.into_iter().zip(layout.sums(&terms)) {
                    (0..count).for_each(|i| sum.add_product(&ciphertexts[i % 3], &whole));
                    let expected = sum.take();
                    assert!(got.a.residues() == expected.a.residues(), "{set:?}, {shift}, {extent}: a");
                    assert!(got.b.residues() == expected.b.residues(), "{set:?}, {shift}, {extent}: b");
                }
            }
            assert!(ShortLayout::new(set, vec![0], MOST + 1).is_none());
        }
    }

    #[test]
    fn every_platform_sums_the_same() {
        let set = ParamSet::N4096;
        let mut prg = Prg::new(Block::from(22u64));
        for size in [1, 2, 4, 16, 64, 256] {
            let layout = ShortLayout::new(set, vec![0], size).unwrap();
            for (k, &prime) in set.primes().iter().enumerate() {
                let mut words = |n: usize| (0..n).map(|_| prime.reduce64(prg.next_u64())).collect::<Vec<_>>();
                let weights = [words(size), vec![prime.get() - 1; size]];
                let mut rows = |largest: bool| -> Vec<Row> {
                    let row = |_| if largest { [prime.get() - 1; LANES] } else { words(LANES).try_into().unwrap() };
                    (0..2 * size).map(row).collect()
                };
                let tiles = [rows(false), rows(true)];
                let term = |i: usize| Term { weights: &weights[i % 2], tiles: &tiles[i / 2 % 2] };
                let terms: Vec<_> = (0..1500).map(term).collect();
                let sums = |platform| {
                    let (mut values, mut sums) = (vec![[0; LANES]; size], vec![[0; LANES]; 2 * size]);
                    let roots = &layout.roots[k][..size - 1];
                    sum_terms(platform, prime, roots, &terms, &mut values, &mut sums);
                    sums
                };
                let expected = sums(Platform::Portable);
                for platform in Platform::all() {
                    assert!(sums(platform) == expected, "{platform}: {size} coefficients modulo {}", prime.get());
                }
            }
        }
    }
}
