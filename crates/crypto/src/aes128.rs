//! AES-128 over blocks (FIPS 197), encryption only.
//!
//! The `aes` crate brings the kernels and detects the machine itself: AES-NI or VAES with at least eight blocks in
//! flight natively, a constant-time bitsliced ("fixsliced") implementation elsewhere, WebAssembly included.

use aes::Aes128Enc;
use aes::cipher::{BlockCipherEncrypt, KeyInit};

use crate::Block;

/// AES-128 under one key. The key schedule is wiped on drop.
#[derive(Clone)]
pub struct Aes128(Aes128Enc);

impl Aes128 {
    /// Expands `key`.
    pub fn new(key: Block) -> Aes128 {
        Aes128(Aes128Enc::new(&key.to_bytes().into()))
    }

    /// Encrypts each block in place. Slices of many blocks are the fast case.
    #[inline]
    pub fn encrypt_blocks(&self, blocks: &mut [Block]) {
        self.encrypt_bytes(Block::as_bytes_mut(blocks));
    }

    /// Encrypts each 16-byte chunk in place; bytes beyond the last whole chunk stay as they are.
    #[inline]
    pub(crate) fn encrypt_bytes(&self, bytes: &mut [u8]) {
        let (chunks, _) = aes::Block::slice_as_chunks_mut(bytes);
        self.0.encrypt_blocks(chunks);
    }
}

impl zeroize::ZeroizeOnDrop for Aes128 {}
