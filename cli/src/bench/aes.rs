//! What the AES calls of a protocol cost by themselves, to set a party's processor time against.

use std::hint::black_box;

use sotto_bench::AesShare;
use sotto_crypto::{Aes128, Block};
use sotto_mpc::AesCalls;

use crate::clock::thread_seconds;

/// Blocks encrypted at once: they stay in the first-level cache.
const BLOCKS: u64 = 1024;

/// Measures `calls` against a party's processor time.
pub(super) fn measure(calls: AesCalls, cpu_seconds: f64) -> AesShare {
    let calls = calls.stream + calls.hash;
    let aes = Aes128::new(Block::new(1));
    let mut blocks = vec![Block::ZERO; BLOCKS as usize];
    let before = thread_seconds();
    for _ in 0..calls / BLOCKS {
        aes.encrypt_blocks(black_box(&mut blocks));
    }
    let seconds = thread_seconds() - before;
    AesShare { calls, seconds, rest: 1.0 - seconds / cpu_seconds }
}
