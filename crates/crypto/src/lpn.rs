//! The local linear code of silent OT: every output adds ten entries of a table, at places that a public stream gives.
//!
//! Source: Yang, Weng, Lan, Zhang, Wang, "Ferret: Fast Extension for Correlated OT with Small Communication" (CCS 2020), section 3.2:
//! primal LPN with a 10-local code. Its places are the key stream of ChaCha8, by the generator that the slower party computes fastest
//! (docs/decisions/0010), under a public key that a session draws from its transcript: nobody could choose a code with a hidden
//! structure, and no work on one session's code helps with another's (docs/decisions/0011).
//!
//! The stream comes in groups of 16 ChaCha blocks. Of the words 2p and 2p + 1 of a block, a and b, three places are taken: from the low bits
//! of a, of b, and of `a >> 20 | (b >> 20) << 12`. A group's places are ordered by p, then by these three, then by block.
//!
//! Over GF(2) all coefficients are one. Over GF(16) an output's first three entries are taken as they are, the next three times β, then
//! two times β² and two times β³: no proper subspace of GF(16) is kept by all of them (docs/notes/wide-ferret.md).

mod places;
mod portable;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;
#[cfg(target_arch = "x86_64")]
mod x86;

use crate::{Block, Platform};
use places::{GROUP, GROUPS, LANES, POWERS, Places};
pub use places::{LOCALITY, STRETCH};

/// What an output's entries are multiplied with over GF(16), as [`Block::gf16_mul`] takes it.
pub const COEFFICIENTS: [u8; LOCALITY] = {
    let (mut all, mut power) = ([0; LOCALITY], 0);
    while power < POWERS.len() {
        let mut i = POWERS[power].start;
        while i < POWERS[power].end {
            all[i] = 1 << power;
            i += 1;
        }
        power += 1;
    }
    all
};

/// The largest table: places are taken from 20 bits.
pub const MAX_TABLE: usize = 1 << 20;

/// Stretches of a code before its stream would repeat.
pub const STRETCHES: u64 = u64::MAX / (GROUPS * LANES) as u64;

/// The field of a code's coefficients; what it adds are vectors over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Bits.
    Gf2,
    /// As [`Block::times_beta`] has it.
    Gf16,
}

/// The code under a key. Both are public.
#[derive(Clone, Debug)]
pub struct Code {
    key: [u32; 8],
}

impl Code {
    /// The code whose places are ChaCha8's key stream under `key`.
    pub fn new(key: &[u8; 32]) -> Code {
        let words = key.as_chunks().0;
        Code { key: core::array::from_fn(|i| u32::from_le_bytes(words[i])) }
    }

    /// Adds to every output its ten entries of `table`: `outputs` are those of the code from stretch `stretch` on.
    ///
    /// # Panics
    /// If the table's length is not a power of two, at most [`MAX_TABLE`], or for stretches beyond [`STRETCHES`].
    pub fn encode(&self, field: Field, table: &[Block], stretch: u64, outputs: &mut [Block]) {
        self.encode_on(Platform::detect(), field, table, stretch, outputs);
    }

    /// As [`Code::encode`], by one platform's kernel.
    pub fn encode_on(&self, platform: Platform, field: Field, table: &[Block], stretch: u64, outputs: &mut [Block]) {
        let mut places = [0; GROUP * GROUPS];
        for (stretch, outputs) in (stretch..).zip(outputs.chunks_mut(STRETCH)) {
            self.places_on(platform, table.len(), stretch, &mut places);
            let add = match (platform, field) {
                #[cfg(target_arch = "x86_64")]
                (Platform::X86Avx512(_) | Platform::X86Avx2(_), Field::Gf2) => x86::add,
                #[cfg(target_arch = "x86_64")]
                (Platform::X86Avx512(_) | Platform::X86Avx2(_), Field::Gf16) => x86::add_gf16,
                #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
                (Platform::WasmSimd128, Field::Gf2) => wasm::add,
                #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
                (Platform::WasmSimd128, Field::Gf16) => wasm::add_gf16,
                (_, Field::Gf2) => portable::add,
                (_, Field::Gf16) => portable::add_gf16,
            };
            add(table, &places, outputs);
        }
    }

    /// Where the outputs of a stretch look in a table of `table` entries: ten places for each of [`STRETCH`] outputs.
    ///
    /// # Panics
    /// As [`Code::encode`].
    pub fn places(&self, table: usize, stretch: u64) -> [u32; STRETCH * LOCALITY] {
        let mut places = [0; GROUP * GROUPS];
        self.places_on(Platform::detect(), table, stretch, &mut places);
        places
    }

    fn places_on(&self, platform: Platform, table: usize, stretch: u64, places: &mut Places) {
        assert!(table.is_power_of_two() && table <= MAX_TABLE, "a table of {table} entries");
        assert!(stretch < STRETCHES, "the code's stream is used up");
        let (key, mask) = (&self.key, table as u32 - 1);
        for (g, places) in (0..).zip(places.as_chunks_mut().0) {
            let first = (stretch * GROUPS as u64 + g) * LANES as u64;
            match platform {
                #[cfg(target_arch = "x86_64")]
                Platform::X86Avx512(proof) => x86::places_512(proof, key, first, mask, places),
                #[cfg(target_arch = "x86_64")]
                Platform::X86Avx2(proof) => x86::places_256(proof, key, first, mask, places),
                #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
                Platform::WasmSimd128 => wasm::places(key, first, mask, places),
                _ => portable::places(key, first, mask, places),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_core::{Rng, SeedableRng};

    use super::*;
    use crate::Prg;

    /// Bytes that all differ.
    const KEY: [u8; 32] = *b"0123456789abcdefghijklmnopqrstuv";

    fn blocks(n: usize, seed: u128) -> Vec<Block> {
        let mut blocks = vec![Block::ZERO; n];
        Prg::new(Block::new(seed)).fill_blocks(&mut blocks);
        blocks
    }

    fn platforms_and_fields() -> impl Iterator<Item = (Platform, Field)> {
        Platform::all().into_iter().flat_map(|platform| [Field::Gf2, Field::Gf16].map(|field| (platform, field)))
    }

    /// Place i of the code, from the definition, by another implementation of ChaCha8.
    fn place(i: usize) -> u32 {
        let (group, within) = (i / GROUP, i % GROUP);
        let (p, which, lane) = (within / (3 * LANES), within / LANES % 3, within % LANES);
        let mut stream = ChaCha8Rng::from_seed(KEY);
        stream.set_word_pos(16 * (group * LANES + lane) as u128 + 2 * p as u128);
        let (a, b) = (stream.next_u32(), stream.next_u32());
        [a, b, a >> 20 | (b >> 20) << 12][which] & 0xf_ffff
    }

    #[test]
    fn outputs_are_those_of_the_definition_on_every_platform() {
        for (table, stretch, n) in [(1 << 16, 0, 400), (1 << 17, 3, 192), (1 << 20, 11, 5), (1, 0, 3), (2, 1, 1)] {
            let table = blocks(table, 1);
            for (platform, field) in platforms_and_fields() {
                let mut outputs = blocks(n, 2);
                Code::new(&KEY).encode_on(platform, field, &table, stretch, &mut outputs);
                for (j, (got, &noise)) in outputs.iter().zip(&blocks(n, 2)).enumerate().step_by(1 + n / 40) {
                    let first = LOCALITY * (stretch as usize * STRETCH + j);
                    let entries = (first..first + LOCALITY).map(|i| table[place(i) as usize & (table.len() - 1)]);
                    let coefficients: [u8; LOCALITY] = match field {
                        Field::Gf2 => [1; LOCALITY],
                        Field::Gf16 => COEFFICIENTS,
                    };
                    let expected = entries.zip(coefficients).fold(noise, |sum, (x, c)| sum ^ x.gf16_mul(c));
                    assert_eq!(*got, expected, "{platform}, {field:?}: output {j} of a table of {}", table.len());
                }
            }
        }
    }

    #[test]
    fn platforms_agree_at_every_length() {
        let (code, table) = (Code::new(&KEY), blocks(1 << 17, 3));
        for stretch in [0, 1 << 20, STRETCHES - 20] {
            for n in [0, 1, STRETCH - 1, STRETCH, STRETCH + 1, 2048] {
                for (platform, field) in platforms_and_fields() {
                    let mut expected = blocks(n, 4);
                    code.encode_on(Platform::Portable, field, &table, stretch, &mut expected);
                    let mut outputs = blocks(n, 4);
                    code.encode_on(platform, field, &table, stretch, &mut outputs);
                    assert!(outputs == expected, "{platform}, {field:?}: {n} outputs from stretch {stretch}");
                }
            }
        }
    }

    #[test]
    fn coefficients_are_powers_of_beta() {
        assert_eq!(COEFFICIENTS, [1, 1, 1, 2, 2, 2, 4, 4, 8, 8]);
    }

    #[test]
    fn places_are_uniform() {
        // Chi-square over the 16 top bits' values of a table of 2^16, for 2^21 places: 65535 ± 362 expected.
        let mut counts = vec![0_u32; 1 << 16];
        for stretch in 0..((1 << 21) / (STRETCH * LOCALITY)) as u64 {
            Code::new(&KEY).places(1 << 16, stretch).iter().for_each(|&i| counts[i as usize] += 1);
        }
        let total: u32 = counts.iter().sum();
        let expected = f64::from(total) / counts.len() as f64;
        let chi_square: f64 = counts.iter().map(|&c| (f64::from(c) - expected).powi(2) / expected).sum();
        assert!((chi_square - 65535.0).abs() < 6.0 * 362.0, "{chi_square}");
    }
}
