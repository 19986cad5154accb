//! What the AES calls of a protocol cost by themselves, to set a party's processor time against.

use std::hint::black_box;

use serde::Serialize;
use sotto_crypto::{Aes128, Block};
use sotto_mpc::AesCalls;

use super::link::thread_seconds;

/// Blocks encrypted at once: they stay in the first-level cache.
const BLOCKS: u64 = 1024;

/// A party's AES calls and their share of its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct AesShare {
    /// Calls, one block each.
    pub calls: u64,
    /// Processor seconds of as many calls in bulk, measured after the protocol in the same run.
    pub seconds: f64,
    /// Share of the party's processor time that is not theirs.
    pub rest: f64,
}

impl AesShare {
    /// Measures `calls` against a party's processor time.
    pub(super) fn measure(calls: AesCalls, cpu_seconds: f64) -> Self {
        let calls = calls.stream + calls.hash;
        let aes = Aes128::new(Block::new(1));
        let mut blocks = vec![Block::ZERO; BLOCKS as usize];
        let before = thread_seconds();
        for _ in 0..calls / BLOCKS {
            aes.encrypt_blocks(black_box(&mut blocks));
        }
        let seconds = thread_seconds() - before;
        Self { calls, seconds, rest: 1.0 - seconds / cpu_seconds }
    }
}
