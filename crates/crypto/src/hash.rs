//! Hashing blocks with one fixed-key AES-128, the permutation π.
//!
//! Source: Guo, Katz, Wang, Yu, "Efficient and Secure Multiparty Computation from Fixed-Key Block Ciphers",
//! IEEE S&P 2020 (eprint 2019/074), section 7, in the random-permutation model. Cost per block: one AES call, or two with a tweak.

use std::sync::LazyLock;

use zeroize::Zeroize;

use crate::{Aes128, Block};

/// The public key of π: the first 128 fractional bits of the number π, 243f6a8885a308d313198a2e03707344, as bytes in
/// that order. Any constant would do; this one was visibly not chosen by us.
pub const FIXED_KEY: Block = Block::from_bytes(&0x243f_6a88_85a3_08d3_1319_8a2e_0370_7344_u128.to_be_bytes());

static PI: LazyLock<Aes128> = LazyLock::new(|| Aes128::new(FIXED_KEY));

/// Blocks hashed together: enough for every kernel's pipeline, few enough to stay in the first-level cache.
const BATCH: usize = 64;

/// Correlation-robust hash, circular too, of each block in place: `H(x) = π(σ(x)) ⊕ σ(x)`.
///
/// For inputs of the form `K ⊕ c·Δ` with a secret uniform Δ and `K` no adversary chooses.
pub fn cr_hash(blocks: &mut [Block]) {
    let mut image = [Block::ZERO; BATCH];
    let used = blocks.len().min(BATCH);
    for batch in blocks.chunks_mut(BATCH) {
        let image = &mut image[..batch.len()];
        for (x, y) in batch.iter_mut().zip(&mut *image) {
            *x = sigma(*x);
            *y = *x;
        }
        PI.encrypt_blocks(batch);
        for (x, y) in batch.iter_mut().zip(image) {
            *x ^= *y;
        }
    }
    image[..used].zeroize();
}

/// Tweakable correlation-robust hash of each block in place: `H(x, i) = π(π(x) ⊕ i) ⊕ π(x)` with `i = tweak(position)`.
///
/// Also for inputs an adversary can influence; a tweak of its own for each use keeps equal inputs apart.
pub fn tccr_hash(blocks: &mut [Block], tweak: impl Fn(usize) -> Block) {
    for (n, batch) in blocks.chunks_mut(BATCH).enumerate() {
        tccr_begin(batch);
        tccr_finish(batch, |k| tweak(n * BATCH + k));
    }
}

/// First half of [`tccr_hash`], `π(x)`: what hashes of one input under many tweaks have in common.
pub fn tccr_begin(blocks: &mut [Block]) {
    PI.encrypt_blocks(blocks);
}

/// Second half of [`tccr_hash`]: from `π(x)` to `H(x, i)`, in place.
pub fn tccr_finish(blocks: &mut [Block], tweak: impl Fn(usize) -> Block) {
    let mut image = [Block::ZERO; BATCH];
    let used = blocks.len().min(BATCH);
    for (n, batch) in blocks.chunks_mut(BATCH).enumerate() {
        let image = &mut image[..batch.len()];
        for (k, (x, y)) in batch.iter_mut().zip(&mut *image).enumerate() {
            *y = *x;
            *x ^= tweak(n * BATCH + k);
        }
        PI.encrypt_blocks(batch);
        for (x, y) in batch.iter_mut().zip(image) {
            *x ^= *y;
        }
    }
    image[..used].zeroize();
}

/// The linear orthomorphism `(L, R) ↦ (L ⊕ R, L)` on the high and low halves.
#[inline]
fn sigma(x: Block) -> Block {
    let (left, right) = (x.high_u64(), x.low_u64());
    Block::new(u128::from(left ^ right) << 64 | u128::from(left))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Prg;

    fn pi(x: Block) -> Block {
        let mut y = [x];
        PI.encrypt_blocks(&mut y);
        y[0]
    }

    #[test]
    fn batches_equal_the_formula_at_every_length() {
        for n in [0, 1, 7, 8, 9, 63, 64, 65, 127, 128, 129, 1000] {
            let mut x = vec![Block::ZERO; n];
            Prg::new(Block::new(n as u128)).fill_blocks(&mut x);

            let mut plain = x.clone();
            cr_hash(&mut plain);
            let mut tweaked = x.clone();
            tccr_hash(&mut tweaked, |i| Block::new(i as u128 * 3));

            for i in 0..n {
                let s = sigma(x[i]);
                assert_eq!(plain[i], pi(s) ^ s);
                assert_eq!(tweaked[i], pi(pi(x[i]) ^ Block::new(i as u128 * 3)) ^ pi(x[i]));
            }
        }
    }

    #[test]
    fn sigma_is_an_orthomorphism() {
        // σ and x ↦ σ(x) ⊕ x are both linear bijections: their images of the unit vectors have full rank.
        for map in [sigma as fn(Block) -> Block, |x| sigma(x) ^ x] {
            let mut rows: Vec<u128> = (0..128).map(|i| map(Block::new(1 << i)).as_u128()).collect();
            for bit in 0..128 {
                let pivot = (bit..128).find(|&r| rows[r] >> bit & 1 == 1).expect("full rank");
                rows.swap(bit, pivot);
                for r in bit + 1..128 {
                    rows[r] ^= rows[bit] * (rows[r] >> bit & 1);
                }
            }
        }
    }
}
