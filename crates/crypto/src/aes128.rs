//! AES-128 over blocks (FIPS 197), encryption only.
//!
//! The `aes` crate brings the kernels and detects the machine itself: AES-NI or VAES with at least eight blocks in
//! flight natively, a constant-time bitsliced ("fixsliced") implementation elsewhere. WebAssembly with `simd128` has
//! a bitsliced kernel of its own, several times faster there.

#[cfg(any(test, all(target_arch = "wasm32", target_feature = "simd128")))]
mod bitslice;
#[cfg(any(test, all(target_arch = "wasm32", target_feature = "simd128")))]
mod vector;

use crate::Block;

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
type Cipher = aes::Aes128Enc;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
type Cipher = bitslice::Bitsliced;

/// AES-128 under one key. The key schedule is wiped on drop.
#[derive(Clone)]
pub struct Aes128(Cipher);

impl Aes128 {
    /// Expands `key`.
    pub fn new(key: Block) -> Aes128 {
        #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
        return Aes128(aes::cipher::KeyInit::new(&key.to_bytes().into()));
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        Aes128(Cipher::new(key.to_bytes()))
    }

    /// Encrypts each block in place. Slices of many blocks are the fast case.
    #[inline]
    pub fn encrypt_blocks(&self, blocks: &mut [Block]) {
        self.encrypt_bytes(Block::as_bytes_mut(blocks));
    }

    /// Encrypts each 16-byte chunk in place; bytes beyond the last whole chunk stay as they are.
    #[inline]
    pub(crate) fn encrypt_bytes(&self, bytes: &mut [u8]) {
        #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
        aes::cipher::BlockCipherEncrypt::encrypt_blocks(&self.0, aes::Block::slice_as_chunks_mut(bytes).0);
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        self.0.encrypt_bytes(bytes);
    }
}

impl zeroize::ZeroizeOnDrop for Aes128 {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Prg;

    #[test]
    fn the_bitsliced_kernel_equals_the_aes_crate_at_every_length() {
        let mut prg = Prg::new(Block::new(3));
        for n in [0, 1, 7, 8, 9, 15, 16, 17, 127, 128, 129, 1000] {
            let key = prg.next_block();
            let mut expected = vec![Block::ZERO; n];
            prg.fill_blocks(&mut expected);
            let mut bytes = Block::as_bytes(&expected).to_vec();
            // A partial block at the end stays as it is.
            bytes.extend([7; 15]);
            Aes128::new(key).encrypt_blocks(&mut expected);
            bitslice::Bitsliced::new(key.to_bytes()).encrypt_bytes(&mut bytes);
            assert_eq!(bytes[..16 * n], *Block::as_bytes(&expected), "{n} blocks");
            assert_eq!(bytes[16 * n..], [7; 15]);
        }
    }
}
