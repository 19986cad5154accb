//! Hashing blocks with AES-128 under one public key, the permutation π.
//!
//! Source: Guo, Katz, Wang, Yu, "Efficient and Secure Multiparty Computation from Fixed-Key Block Ciphers",
//! IEEE S&P 2020 (eprint 2019/074), section 7, in the random-permutation model. Cost per block: one AES call, or two with a tweak.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use zeroize::{Zeroize, Zeroizing};

#[cfg(target_arch = "x86_64")]
use crate::aes128::in_lanes;
use crate::sigma::sigma;
use crate::{Aes128, BitVec, Block, Modulus, Platform, SecretVec};

/// The key of [`Pi::fixed`]: the first 128 fractional bits of the number π, 243f6a8885a308d313198a2e03707344, as bytes in
/// that order. Any constant would do; this one was visibly not chosen by us.
pub const FIXED_KEY: Block = Block::from_bytes(&0x243f_6a88_85a3_08d3_1319_8a2e_0370_7344_u128.to_be_bytes());

/// The permutation π under a public key. A session draws the key from its transcript, so that no work on one session's π helps
/// with another's.
///
/// Clones count their calls together.
#[derive(Clone)]
pub struct Pi {
    aes: Aes128,
    calls: Arc<AtomicU64>,
}

/// Blocks hashed together: enough for every kernel's pipeline, few enough to stay in the first-level cache.
const BATCH: usize = 64;

impl Pi {
    /// Under `key`.
    pub fn new(key: Block) -> Pi {
        Pi::new_on(Platform::detect(), key)
    }

    /// As [`Pi::new`], for one platform's kernel.
    pub fn new_on(platform: Platform, key: Block) -> Pi {
        Pi { aes: Aes128::new_on(platform, key), calls: Arc::default() }
    }

    /// Under [`FIXED_KEY`], which is for tests, known answers and sessions over ideal OTs.
    pub fn fixed() -> Pi {
        Pi::new(FIXED_KEY)
    }

    /// Blocks that went through π so far.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    fn count(&self, blocks: usize) {
        self.calls.fetch_add(blocks as u64, Ordering::Relaxed);
    }

    /// Correlation-robust hash, circular too, of each block in place: `H(x) = π(σ(x)) ⊕ σ(x)`. Circular also for what is added to a hash
    /// of `K ⊕ Δ` being v·Δ, with v a scalar of GF(16) ([`Block::gf16_mul`]): σ(x) ⊕ v·x is a bijection for each of them.
    ///
    /// For inputs of the form `K ⊕ c·Δ` with a secret uniform Δ and `K` no adversary chooses.
    pub fn cr_hash(&self, blocks: &mut [Block]) {
        self.count(blocks.len());
        #[cfg(target_arch = "x86_64")]
        if let Some(keys) = self.aes.vaes() {
            return in_lanes(blocks, |lanes| keys.cr_hash(lanes));
        }
        let mut image = [Block::ZERO; BATCH];
        let used = blocks.len().min(BATCH);
        for batch in blocks.chunks_mut(BATCH) {
            let image = &mut image[..batch.len()];
            for (x, y) in batch.iter_mut().zip(&mut *image) {
                *x = sigma(*x);
                *y = *x;
            }
            self.aes.encrypt_blocks(batch);
            for (x, y) in batch.iter_mut().zip(image) {
                *x ^= *y;
            }
        }
        image[..used].zeroize();
    }

    /// Tweakable correlation-robust hash of each block in place: `H(x, i) = π(π(x) ⊕ i) ⊕ π(x)` with `i = tweak(position)`.
    ///
    /// Also for inputs an adversary can influence; a tweak of its own for each use keeps equal inputs apart.
    pub fn tccr_hash(&self, blocks: &mut [Block], tweak: impl Fn(usize) -> Block) {
        for (n, batch) in blocks.chunks_mut(BATCH).enumerate() {
            self.tccr_begin(batch);
            self.tccr_finish(batch, |k| tweak(n * BATCH + k));
        }
    }

    /// First half of [`Pi::tccr_hash`], `π(x)`: what hashes of one input under many tweaks have in common.
    pub fn tccr_begin(&self, blocks: &mut [Block]) {
        self.count(blocks.len());
        self.aes.encrypt_blocks(blocks);
    }

    /// Second half of [`Pi::tccr_hash`]: from `π(x)` to `H(x, i)`, in place.
    pub fn tccr_finish(&self, blocks: &mut [Block], tweak: impl Fn(usize) -> Block) {
        self.count(blocks.len());
        let mut image = [Block::ZERO; BATCH];
        let used = blocks.len().min(BATCH);
        for (n, batch) in blocks.chunks_mut(BATCH).enumerate() {
            let image = &mut image[..batch.len()];
            for (k, (x, y)) in batch.iter_mut().zip(&mut *image).enumerate() {
                *y = *x;
                *x ^= tweak(n * BATCH + k);
            }
            self.aes.encrypt_blocks(batch);
            for (x, y) in batch.iter_mut().zip(image) {
                *x ^= *y;
            }
        }
        image[..used].zeroize();
    }
}

/// An element of a pad: that of `modulus` which the bits of a block from `offset` on give ([`Modulus::uniform`]).
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    /// What the element is of.
    pub modulus: Modulus,
    /// Which of the pad's blocks.
    pub block: usize,
    /// The first bit.
    pub offset: u32,
}

/// Appends to `out` the elements of all pads `q ⊕ D_k`, row by row, of pads of `blocks` blocks each: hashes as [`Pi::cr_hash`] for one
/// block, as [`Pi::tccr_hash`] with the block's number for more.
///
/// # Panics
/// If the number of offsets is no power of two.
pub fn append_pads(pi: &Pi, rows: &[Block], offsets: &[Block], cuts: &[Cut], blocks: usize, out: &mut BitVec) {
    assert!(offsets.len().is_power_of_two(), "{} is no power of two", offsets.len());
    let (total, width) = (rows.len() << offsets.len().ilog2(), offsets.len().ilog2());
    if total == 0 || blocks == 0 {
        return;
    }
    let most = (4 * BATCH).div_ceil(blocks);
    let mut scratch = SecretVec::zeros(most.min(total) * blocks);
    for start in (0..total).step_by(most) {
        let pads = &mut scratch[..most.min(total - start) * blocks];
        for (j, pad) in (start..).zip(pads.chunks_exact_mut(blocks)) {
            pad.fill(rows[j >> width] ^ offsets[j & (offsets.len() - 1)]);
        }
        match blocks {
            1 => pi.cr_hash(pads),
            _ => pi.tccr_hash(pads, |i| Block::new((i % blocks) as u128)),
        }
        match cuts {
            [Cut { modulus: Modulus::PowerOfTwo(ring), offset: 0, .. }] if blocks == 1 => {
                pads.iter().for_each(|pad| out.append(ring.reduce(pad.low_u64()), ring.bits()));
            }
            _ => pads.chunks_exact(blocks).for_each(|pad| {
                for cut in cuts {
                    out.append(cut.modulus.uniform(pad[cut.block].as_u128() >> cut.offset), cut.modulus.bits());
                }
            }),
        }
    }
}

/// Pads of a group, the unit of the bulk kernel.
const GROUP: usize = 16;

/// The offsets D_k, 0 ≤ k < 2^w, of a batch of random OTs, ready for hashing: pad k of a row q is `H(q ⊕ D_k)`.
///
/// Most pads are wanted for a few low bits only; these are computed without writing the pads to memory. Wiped on drop.
pub struct Pads {
    pi: Pi,
    offsets: Zeroizing<Vec<Block>>,
    width: u32,
    /// σ(D_k) in groups of 16, repeated for w < 4; a group is transposed as a 4×4 matrix, so that the kernel's vector i
    /// has the pads i, i + 4, i + 8 and i + 12, and interleaving four vectors puts the pads in order.
    #[cfg(target_arch = "x86_64")]
    groups: Zeroizing<Vec<[Block; GROUP]>>,
}

impl Pads {
    /// For offsets whose number is a power of two.
    pub fn new(pi: &Pi, offsets: &[Block]) -> Pads {
        assert!(offsets.len().is_power_of_two(), "{} is no power of two", offsets.len());
        Pads {
            pi: pi.clone(),
            width: offsets.len().ilog2(),
            #[cfg(target_arch = "x86_64")]
            groups: Zeroizing::new(
                (0..offsets.len().div_ceil(GROUP))
                    .map(|g| core::array::from_fn(|j| GROUP * g + j / 4 + 4 * (j % 4)))
                    .map(|group: [usize; GROUP]| group.map(|k| sigma(offsets[k % offsets.len()])))
                    .collect(),
            ),
            offsets: Zeroizing::new(offsets.to_vec()),
        }
    }

    /// The low `bits` (1, 2, 4 or 8) bits of all pads of all rows, packed: those of pad k of row i start at bit
    /// `(i·2^w + k)·bits`. Written are `2·bits` bytes for every 16 pads begun; what follows the last pad is unspecified.
    ///
    /// # Panics
    /// If `out` has another length.
    pub fn low_bits(&self, rows: &[Block], bits: usize, out: &mut [u8]) {
        match bits {
            1 => self.low_bits_of::<1>(rows, out),
            2 => self.low_bits_of::<2>(rows, out),
            4 => self.low_bits_of::<4>(rows, out),
            8 => self.low_bits_of::<8>(rows, out),
            _ => panic!("{bits} low bits of a pad"),
        }
    }

    fn low_bits_of<const BITS: usize>(&self, rows: &[Block], out: &mut [u8]) {
        assert_eq!(out.len(), 2 * BITS * (rows.len() << self.width).div_ceil(GROUP), "bytes for {} rows", rows.len());
        if rows.is_empty() {
            return;
        }
        #[cfg(target_arch = "x86_64")]
        if let Some(keys) = self.pi.aes.vaes() {
            self.pi.count(rows.len() << self.width);
            return keys.low_bits::<BITS>(rows, self.width, &self.groups, out.as_chunks_mut().0);
        }
        let mut pads = [Block::ZERO; BATCH];
        let mask = (1 << self.width) - 1;
        for (n, out) in out.chunks_mut(BATCH / 8 * BITS).enumerate() {
            let pads = &mut pads[..out.len() / BITS * 8];
            for (j, pad) in pads.iter_mut().enumerate() {
                let j = n * BATCH + j;
                *pad = rows[(j >> self.width).min(rows.len() - 1)] ^ self.offsets[j & mask];
            }
            self.pi.cr_hash(pads);
            for (out, pads) in out.chunks_exact_mut(BITS).zip(pads.chunks_exact(8)) {
                let low = |pad: &Block| pad.low_u64() & ((1 << BITS) - 1);
                let word = pads.iter().rev().fold(0, |word, pad| word << BITS | low(pad));
                out.copy_from_slice(&word.to_le_bytes()[..BITS]);
            }
        }
        pads.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Prg;

    fn pi(x: Block) -> Block {
        let mut y = [x];
        Pi::fixed().aes.encrypt_blocks(&mut y);
        y[0]
    }

    #[test]
    fn batches_equal_the_formula_at_every_length() {
        for n in [0, 1, 7, 8, 9, 63, 64, 65, 127, 128, 129, 1000] {
            let mut x = vec![Block::ZERO; n];
            Prg::new(Block::new(n as u128)).fill_blocks(&mut x);

            let mut plain = x.clone();
            Pi::fixed().cr_hash(&mut plain);
            for platform in Platform::all() {
                let mut other = x.clone();
                Pi::new_on(platform, FIXED_KEY).cr_hash(&mut other);
                assert_eq!(other, plain, "{platform}: {n} blocks");
            }
            let mut tweaked = x.clone();
            Pi::fixed().tccr_hash(&mut tweaked, |i| Block::new(i as u128 * 3));

            for i in 0..n {
                let s = sigma(x[i]);
                assert_eq!(plain[i], pi(s) ^ s);
                assert_eq!(tweaked[i], pi(pi(x[i]) ^ Block::new(i as u128 * 3)) ^ pi(x[i]));
            }
        }
    }

    #[test]
    fn elements_of_pads_are_those_of_the_formula() {
        let mut blocks = vec![Block::ZERO; 16 + 300];
        Prg::new(Block::new(4)).fill_blocks(&mut blocks);
        let (offsets, rows) = blocks.split_at(16);
        let pi = Pi::fixed();
        let cut = |modulus, block, offset| Cut { modulus, block, offset };
        let (ring, odd) = (Modulus::power_of_two(13), Modulus::odd(1009));
        let one = [cut(ring, 0, 0)];
        let packed = [cut(ring, 0, 20), cut(Modulus::power_of_two(64), 0, 40)];
        let several = [cut(odd, 0, 0), cut(ring, 1, 3), cut(odd, 2, 0)];
        for (cuts, blocks) in [(&one[..], 1), (&packed, 1), (&several, 3), (&[], 0)] {
            for (n, width) in [(0, 0), (1, 0), (300, 0), (5, 1), (70, 4)] {
                let (mut all, mut expected) = (BitVec::default(), BitVec::default());
                append_pads(&pi, &rows[..n], &offsets[..1 << width], cuts, blocks, &mut all);
                for j in 0..n << width {
                    let mut pad = vec![rows[j >> width] ^ offsets[j & ((1 << width) - 1)]; blocks];
                    match blocks {
                        1 => pi.cr_hash(&mut pad),
                        _ => pi.tccr_hash(&mut pad, |i| Block::new(i as u128)),
                    }
                    for cut in cuts {
                        let element = cut.modulus.uniform(pad[cut.block].as_u128() >> cut.offset);
                        expected.append(element, cut.modulus.bits());
                    }
                }
                assert_eq!(all, expected, "{n} rows of {} pads, {blocks} blocks", 1 << width);
            }
        }
    }

    #[test]
    fn low_bits_are_those_of_the_pads_on_every_platform() {
        let mut blocks = vec![Block::ZERO; 256 + 70];
        Prg::new(Block::new(9)).fill_blocks(&mut blocks);
        let (offsets, rows) = blocks.split_at(256);
        for platform in Platform::all() {
            for width in 0..=8 {
                let pads = Pads::new(&Pi::new_on(platform, FIXED_KEY), &offsets[..1 << width]);
                for (n, bits) in
                    [0_usize, 1, 2, 3, 7, 16, 17, 70].into_iter().flat_map(|n| [1, 2, 4, 8].map(|bits| (n, bits)))
                {
                    let mut out = vec![0xa5; 2 * bits * (n << width).div_ceil(16)];
                    pads.low_bits(&rows[..n], bits, &mut out);
                    let mask = ((1_u16 << bits) - 1) as u8;
                    for j in 0..n << width {
                        let mut pad = [rows[j >> width] ^ offsets[j & ((1 << width) - 1)]];
                        Pi::fixed().cr_hash(&mut pad);
                        let found = out[j * bits / 8] >> (j * bits % 8);
                        let context = format!("{platform}: pad {j} of {n} rows, width {width}, {bits} bits");
                        assert_eq!(found & mask, pad[0].low_u64() as u8 & mask, "{context}");
                    }
                }
            }
        }
    }
}
