//! The key streams of 256 seeds, added up by the bits of the seed's index: what SoftSpokenOT makes of a tree's leaves.
//!
//! The stream of a seed is ChaCha8 under the seed taken twice, 64 bytes a stretch. ChaCha because it is what WebAssembly computes
//! fastest: docs/decisions/0010. Lane l of the g-th vector belongs to seed g·L + l, so the index' high bits decide about whole
//! vectors, and the low ones about lanes once all is added up.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
use crate::chacha::x86::{Words8, Words16};
use crate::chacha::{self, Lanes};
use crate::{Block, Platform, SecretVec};

/// Seeds of a tree.
pub const SEEDS: usize = 1 << BITS;
/// Bits of an index.
pub const BITS: usize = 8;
/// Blocks of a stretch.
pub const STRETCH: usize = 4;

/// One stretch of a stream.
type Stretch = [u32; 16];

/// The sum of all seeds' streams, then for every bit of the index of those that have it set.
pub type Sums = [[Block; STRETCH]; 1 + BITS];

/// The seeds of a tree. Wiped on drop.
#[derive(Clone)]
pub struct Seeds {
    /// Words by their place in the seed, each of all seeds.
    words: SecretVec<u32>,
}

impl Seeds {
    /// # Panics
    /// If there are not [`SEEDS`].
    pub fn new(seeds: &[Block]) -> Seeds {
        assert_eq!(seeds.len(), SEEDS, "seeds of a tree");
        let mut words = SecretVec::zeros(4 * SEEDS);
        for (place, words) in words.chunks_exact_mut(SEEDS).enumerate() {
            words.iter_mut().zip(seeds).for_each(|(word, seed)| *word = (seed.as_u128() >> (32 * place)) as u32);
        }
        Seeds { words }
    }

    /// The sums of a stretch of all streams.
    pub fn sums(&self, stretch: u64, sums: &mut Sums) {
        self.sums_on(Platform::detect(), stretch, sums);
    }

    /// As [`Seeds::sums`], by one platform's kernel.
    pub fn sums_on(&self, platform: Platform, stretch: u64, sums: &mut Sums) {
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx512f")]
        fn kernel_512(words: &[u32], stretch: u64, sums: &mut Sums) {
            // SAFETY: this function's feature is the vector's.
            unsafe { add_up::<Words16>(words, stretch, sums) }
        }
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2")]
        fn kernel_256(words: &[u32], stretch: u64, sums: &mut Sums) {
            // SAFETY: as above.
            unsafe { add_up::<Words8>(words, stretch, sums) }
        }
        match platform {
            // SAFETY: a platform's proof exists only where its instructions were found.
            #[cfg(target_arch = "x86_64")]
            Platform::X86Avx512(_) => unsafe { kernel_512(&self.words, stretch, sums) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Platform::X86Avx2(_) => unsafe { kernel_256(&self.words, stretch, sums) },
            // SAFETY: a module with this platform was compiled with simd128.
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Platform::WasmSimd128 => unsafe { add_up::<chacha::wasm::Words4>(&self.words, stretch, sums) },
            // SAFETY: words need no instructions of a machine.
            _ => unsafe { add_up::<u32>(&self.words, stretch, sums) },
        }
    }
}

/// # Safety
/// As [`Lanes`].
#[inline(always)]
unsafe fn add_up<V: Lanes>(words: &[u32], stretch: u64, sums: &mut Sums) {
    let low_bits = V::COUNT.ilog2() as usize;
    // SAFETY: the caller's promise.
    unsafe {
        // Of all, then of the high bits.
        let mut totals = [[V::splat(0); 16]; 1 + BITS];
        for g in 0..SEEDS / V::COUNT {
            let mut key = [V::splat(0); 8];
            for place in 0..4 {
                key[place] = V::load(&words[place * SEEDS + g * V::COUNT..]);
                key[4 + place] = key[place];
            }
            let stream = chacha::blocks(key, stretch, 0);
            for (total, wanted) in
                totals.iter_mut().zip(core::iter::once(true).chain((0..).map(|bit| g >> bit & 1 == 1)))
            {
                if wanted {
                    for i in 0..16 {
                        total[i] = total[i].xor(stream[i]);
                    }
                }
            }
        }
        let mut stretches = [[0; 16]; 1 + BITS];
        for i in 0..16 {
            let lanes = |total: &[V; 16]| {
                let mut lanes = [0; 16];
                total[i].store(&mut lanes);
                lanes
            };
            let sum = |lanes: [u32; 16], wanted: &dyn Fn(usize) -> bool| {
                (0..V::COUNT).filter(|&lane| wanted(lane)).fold(0, |sum, lane| sum ^ lanes[lane])
            };
            stretches[0][i] = sum(lanes(&totals[0]), &|_| true);
            for bit in 0..low_bits {
                stretches[1 + bit][i] = sum(lanes(&totals[0]), &|lane| lane >> bit & 1 == 1);
            }
            for bit in low_bits..BITS {
                stretches[1 + bit][i] = sum(lanes(&totals[1 + bit - low_bits]), &|_| true);
            }
        }
        *sums = stretches.map(as_blocks);
    }
}

fn as_blocks(stretch: Stretch) -> [Block; STRETCH] {
    let block = |words: &[u32]| words.iter().rev().fold(0, |block, &word| block << 32 | u128::from(word));
    core::array::from_fn(|i| Block::new(block(&stretch[4 * i..4 * i + 4])))
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_core::{Rng, SeedableRng};

    use super::*;
    use crate::Prg;

    #[test]
    fn sums_are_those_of_another_chacha_on_every_platform() {
        let mut seeds = vec![Block::ZERO; SEEDS];
        Prg::new(Block::new(8)).fill_blocks(&mut seeds);
        for stretch in [0, 1, u64::from(u32::MAX), 1 << 32, (1 << 57) - 1] {
            let mut expected: Sums = [[Block::ZERO; STRETCH]; 1 + BITS];
            for (x, seed) in seeds.iter().enumerate() {
                let key: [u8; 32] = [seed.to_bytes(); 2].concat().try_into().unwrap();
                let mut rng = ChaCha8Rng::from_seed(key);
                rng.set_word_pos(16 * u128::from(stretch));
                let mut bytes = [[0; 16]; STRETCH];
                rng.fill_bytes(bytes.as_flattened_mut());
                for bit in (0..BITS).filter(|bit| x >> bit & 1 == 1).map(|bit| 1 + bit).chain([0]) {
                    expected[bit].iter_mut().zip(&bytes).for_each(|(sum, block)| *sum ^= Block::from_bytes(block));
                }
            }
            for platform in Platform::all() {
                let mut sums = [[Block::ONES; STRETCH]; 1 + BITS];
                Seeds::new(&seeds).sums_on(platform, stretch, &mut sums);
                assert_eq!(sums, expected, "{platform}: stretch {stretch}");
            }
        }
    }
}
