//! AES-128 over blocks (FIPS 197), encryption only.
//!
//! The `aes` crate brings the kernels and detects the machine itself: AES-NI or VAES natively, a constant-time bitsliced
//! ("fixsliced") implementation elsewhere. Two platforms have kernels of their own: AVX-512 with VAES, where the passes
//! before and after AES would cost more than AES itself, and WebAssembly with `simd128`, where it is twice as fast. Their
//! portable twin is the crate's backend.

#[cfg(any(test, all(target_arch = "wasm32", target_feature = "simd128")))]
mod bitslice;
#[cfg(target_arch = "x86_64")]
pub(crate) mod vaes;
#[cfg(any(test, all(target_arch = "wasm32", target_feature = "simd128")))]
mod vector;

use zeroize::Zeroize;

use crate::{Block, Platform};

/// Counters written before they are encrypted: both passes stay in the first-level cache.
const BATCH: usize = 128;

/// AES-128 under one key. The key schedule is wiped on drop.
#[derive(Clone)]
pub struct Aes128(Kind);

#[derive(Clone)]
enum Kind {
    #[cfg(target_arch = "x86_64")]
    Vaes(vaes::RoundKeys),
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    Bitsliced(bitslice::Bitsliced),
    Crate(aes::Aes128Enc),
}

impl Aes128 {
    /// Expands `key`.
    pub fn new(key: Block) -> Aes128 {
        Aes128::new_on(Platform::detect(), key)
    }

    /// As [`Aes128::new`], for one platform's kernel.
    pub fn new_on(platform: Platform, key: Block) -> Aes128 {
        Aes128(match platform {
            #[cfg(target_arch = "x86_64")]
            Platform::X86Avx512(proof) => Kind::Vaes(vaes::RoundKeys::new(proof, key)),
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Platform::WasmSimd128 => Kind::Bitsliced(bitslice::Bitsliced::new(key.to_bytes())),
            _ => Kind::Crate(aes::cipher::KeyInit::new(&key.to_bytes().into())),
        })
    }

    /// Encrypts each block in place. Slices of many blocks are the fast case.
    #[inline]
    pub fn encrypt_blocks(&self, blocks: &mut [Block]) {
        match &self.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Vaes(keys) => in_lanes(blocks, |lanes| keys.encrypt(lanes)),
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Kind::Bitsliced(cipher) => cipher.encrypt_bytes(Block::as_bytes_mut(blocks)),
            Kind::Crate(cipher) => {
                let bytes = Block::as_bytes_mut(blocks);
                aes::cipher::BlockCipherEncrypt::encrypt_blocks(cipher, aes::Block::slice_as_chunks_mut(bytes).0);
            }
        }
    }

    /// The VAES kernels under this key, where they are in use.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn vaes(&self) -> Option<&vaes::RoundKeys> {
        match &self.0 {
            Kind::Vaes(keys) => Some(keys),
            Kind::Crate(_) => None,
        }
    }

    /// Writes the encryptions of the little-endian `counter, counter + 1, …` to `blocks`, or XORs them into it.
    pub(crate) fn counters<const XOR: bool>(&self, counter: u64, blocks: &mut [[u8; 16]]) {
        #[cfg(target_arch = "x86_64")]
        if let Some(keys) = self.vaes() {
            return keys.counters::<XOR>(counter, blocks);
        }
        let mut counters = [Block::ZERO; BATCH];
        let used = blocks.len().min(BATCH);
        for (n, batch) in blocks.chunks_mut(BATCH).enumerate() {
            let counters = &mut counters[..batch.len()];
            for (k, block) in counters.iter_mut().enumerate() {
                *block = Block::from(counter.wrapping_add((n * BATCH + k) as u64));
            }
            self.encrypt_blocks(counters);
            for (out, stream) in batch.as_flattened_mut().iter_mut().zip(Block::as_bytes(counters)) {
                *out = if XOR { *out ^ stream } else { *stream };
            }
        }
        counters[..used].zeroize();
    }
}

impl zeroize::ZeroizeOnDrop for Aes128 {}

/// Applies a kernel of [`vaes`] to all blocks, the last of them in a copy.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(crate) fn in_lanes(blocks: &mut [Block], kernel: impl Fn(&mut [Block; vaes::LANES])) {
    let (whole, rest) = blocks.as_chunks_mut();
    whole.iter_mut().for_each(&kernel);
    if !rest.is_empty() {
        let mut lanes = [Block::ZERO; vaes::LANES];
        lanes[..rest.len()].copy_from_slice(rest);
        kernel(&mut lanes);
        rest.copy_from_slice(&lanes[..rest.len()]);
        lanes.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Prg;

    const LENGTHS: [usize; 16] = [0, 1, 3, 4, 5, 7, 8, 9, 31, 32, 33, 127, 128, 129, 257, 1000];

    #[test]
    fn every_kernel_equals_the_aes_crate_at_every_length() {
        let mut prg = Prg::new(Block::new(3));
        for n in LENGTHS {
            let key = prg.next_block();
            let mut plain = vec![Block::ZERO; n];
            prg.fill_blocks(&mut plain);
            let mut expected = plain.clone();
            Aes128::new_on(Platform::Portable, key).encrypt_blocks(&mut expected);
            for platform in Platform::all() {
                let mut blocks = plain.clone();
                Aes128::new_on(platform, key).encrypt_blocks(&mut blocks);
                assert_eq!(blocks, expected, "{platform}: {n} blocks");
            }
            let mut bytes = Block::as_bytes(&plain).to_vec();
            // A partial block at the end stays as it is.
            bytes.extend([7; 15]);
            bitslice::Bitsliced::new(key.to_bytes()).encrypt_bytes(&mut bytes);
            assert_eq!(bytes[..16 * n], *Block::as_bytes(&expected), "{n} blocks");
            assert_eq!(bytes[16 * n..], [7; 15]);
        }
    }

    #[test]
    fn counters_are_encrypted_on_every_platform() {
        for platform in Platform::all() {
            for (n, start) in LENGTHS.into_iter().zip([0, 1, u64::MAX - 2].into_iter().cycle()) {
                let cipher = Aes128::new_on(platform, Block::new(5));
                let mut expected: Vec<Block> = (0..n as u64).map(|i| Block::from(start.wrapping_add(i))).collect();
                cipher.encrypt_blocks(&mut expected);
                let mut stream = vec![[1; 16]; n];
                cipher.counters::<false>(start, &mut stream);
                assert_eq!(stream.as_flattened(), Block::as_bytes(&expected), "{platform}: {n} from {start}");
                cipher.counters::<true>(start, &mut stream);
                assert_eq!(stream, vec![[0; 16]; n], "{platform}: {n} from {start}");
            }
        }
    }
}
