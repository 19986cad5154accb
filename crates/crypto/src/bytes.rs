//! Blocks seen as bytes, without a copy. Kernel file.
#![allow(unsafe_code)]

use crate::Block;

// A block's bytes in memory are its bytes on the wire on little-endian targets only; WebAssembly and x86-64 both are.
const _: () = assert!(cfg!(target_endian = "little"));

impl Block {
    /// The bytes of all blocks in order, 16 each, as [`Block::to_bytes`] gives them.
    pub fn as_bytes(blocks: &[Block]) -> &[u8] {
        // SAFETY: `Block` is a transparent `u128`: 16 bytes without padding, every one of which may be read as `u8`;
        // the slice spans exactly `size_of_val(blocks)` of them and borrows `blocks`.
        unsafe { core::slice::from_raw_parts(blocks.as_ptr().cast(), size_of_val(blocks)) }
    }

    /// The bytes of all blocks in order, 16 each, for writing.
    pub fn as_bytes_mut(blocks: &mut [Block]) -> &mut [u8] {
        // SAFETY: as in `as_bytes`; moreover every bit pattern is a valid `u128`, and the borrow is exclusive.
        unsafe { core::slice::from_raw_parts_mut(blocks.as_mut_ptr().cast(), size_of_val(blocks)) }
    }
}
