//! Pseudo-random generator: AES-128 in counter mode.

use core::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};
use zeroize::ZeroizeOnDrop;

use crate::{Aes128, Block};

/// Blocks made at a time for callers that take a few bytes.
const BUFFER: usize = 8;

/// The stream `AES_seed(0), AES_seed(1), …`, counters as little-endian blocks.
///
/// One stream of bytes: how it is cut into calls, and which methods make them, does not change it.
#[derive(Clone, ZeroizeOnDrop)]
pub struct Prg {
    aes: Aes128,
    /// The next counter to encrypt; everything before it is handed out or in `buffer`.
    #[zeroize(skip)]
    counter: u64,
    buffer: [Block; BUFFER],
    /// Bytes of `buffer` already handed out.
    #[zeroize(skip)]
    used: usize,
}

impl Prg {
    /// The stream under `seed`, from its start.
    pub fn new(seed: Block) -> Prg {
        Prg { aes: Aes128::new(seed), counter: 0, buffer: [Block::ZERO; BUFFER], used: BUFFER * 16 }
    }

    /// Continues at block `block_index` of the stream.
    pub fn seek(&mut self, block_index: u64) {
        self.counter = block_index;
        self.used = BUFFER * 16;
    }

    /// The next bytes of the stream.
    pub fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.write::<false>(bytes);
    }

    /// XORs the next bytes of the stream into `bytes`.
    pub fn xor_bytes(&mut self, bytes: &mut [u8]) {
        self.write::<true>(bytes);
    }

    fn write<const XOR: bool>(&mut self, bytes: &mut [u8]) {
        let (whole, rest) = self.take_buffered::<XOR>(bytes).as_chunks_mut();
        self.aes.counters::<XOR>(self.counter, whole);
        self.counter = self.counter.wrapping_add(whole.len() as u64);
        if !rest.is_empty() {
            self.refill();
            self.take_buffered::<XOR>(rest);
        }
    }

    /// The next `16 · blocks.len()` bytes of the stream as blocks.
    pub fn fill_blocks(&mut self, blocks: &mut [Block]) {
        self.fill_bytes(Block::as_bytes_mut(blocks));
    }

    /// The next 16 bytes of the stream as a block.
    pub fn next_block(&mut self) -> Block {
        Block::from_bytes(&self.next_array())
    }

    /// The next 8 bytes of the stream as a little-endian integer.
    pub fn next_u64(&mut self) -> u64 {
        u64::from_le_bytes(self.next_array())
    }

    /// The next `N` bytes, few, so by way of the buffer.
    #[inline]
    fn next_array<const N: usize>(&mut self) -> [u8; N] {
        if let Some(bytes) = Block::as_bytes(&self.buffer)[self.used..].first_chunk() {
            self.used += N;
            return *bytes;
        }
        let mut bytes = [0; N];
        let rest = self.take_buffered::<false>(&mut bytes);
        if !rest.is_empty() {
            self.refill();
            self.take_buffered::<false>(rest);
        }
        bytes
    }

    /// Writes what the buffer still holds to `bytes`, or XORs it, and returns the part left.
    #[inline]
    fn take_buffered<'a, const XOR: bool>(&mut self, bytes: &'a mut [u8]) -> &'a mut [u8] {
        let buffered = &Block::as_bytes(&self.buffer)[self.used..];
        let n = buffered.len().min(bytes.len());
        let (filled, rest) = bytes.split_at_mut(n);
        if XOR {
            filled.iter_mut().zip(buffered).for_each(|(byte, stream)| *byte ^= stream);
        } else {
            filled.copy_from_slice(&buffered[..n]);
        }
        self.used += n;
        rest
    }

    #[inline]
    fn refill(&mut self) {
        for block in &mut self.buffer {
            *block = Block::from(self.counter);
            self.counter = self.counter.wrapping_add(1);
        }
        self.aes.encrypt_blocks(&mut self.buffer);
        self.used = 0;
    }
}

impl TryRng for Prg {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.next_array()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Prg {}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: Block = Block::new(0x0123_4567_89ab_cdef);

    fn stream(n: usize) -> Vec<u8> {
        let mut blocks: Vec<Block> = (0..n.div_ceil(16) as u64).map(Block::from).collect();
        Aes128::new(SEED).encrypt_blocks(&mut blocks);
        Block::as_bytes(&blocks)[..n].to_vec()
    }

    #[test]
    fn fills_any_length() {
        for n in [0, 1, 7, 8, 9, 15, 16, 17, 127, 128, 129, 1000, 2047, 2048, 2049, 5000] {
            let mut bytes = vec![0; n];
            Prg::new(SEED).fill_bytes(&mut bytes);
            assert_eq!(bytes, stream(n), "{n} bytes");
            Prg::new(SEED).xor_bytes(&mut bytes);
            assert_eq!(bytes, vec![0; n], "{n} bytes");
        }
    }

    #[test]
    fn cutting_the_stream_does_not_change_it() {
        let mut prg = Prg::new(SEED);
        let mut bytes = Vec::new();
        for n in [3, 0, 16, 1, 200, 5000, 13] {
            let mut part = vec![0; n];
            prg.fill_bytes(&mut part);
            bytes.extend(part);
            bytes.extend(prg.next_u64().to_le_bytes());
            bytes.extend(prg.next_block().to_bytes());
            let mut blocks = [Block::ZERO; 11];
            prg.fill_blocks(&mut blocks);
            bytes.extend(Block::as_bytes(&blocks));
            bytes.extend(prg.try_next_u32().unwrap().to_le_bytes());
        }
        assert_eq!(bytes, stream(bytes.len()));
    }

    #[test]
    fn seeks_to_a_block() {
        let expected = stream(64 * 16);
        let mut prg = Prg::new(SEED);
        for i in [63, 0, 17] {
            prg.seek(i as u64);
            assert_eq!(prg.next_block().to_bytes(), expected[16 * i..][..16]);
        }
    }
}
