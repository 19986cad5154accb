//! IKNP: many 1-of-2 correlated OTs `t = q ⊕ c·Δ` from 128 base OTs.
//!
//! Source: Ishai, Kilian, Nissim, Petrank, "Extending Oblivious Transfers Efficiently" (CRYPTO 2003). Security:
//! semi-honest. Cost: λ = 128 bits per OT, receiver to sender; one message.

use std::sync::Arc;

use sotto_crypto::{BitVec, Block, SecretVec, transpose_to_blocks};
use zeroize::Zeroizing;

use super::columns::{CHUNK_ROWS, ColumnReceiver, ColumnSender};
use super::rot::{Offsets, Rows};
use crate::channel::Channel;
use crate::error::Result;

/// Columns, and base OTs.
pub(crate) const COLUMNS: usize = 128;

/// Sender: holds Δ and the rows q.
pub(crate) struct IknpSender {
    columns: ColumnSender,
    offsets: Offsets,
}

/// Receiver: holds the rows t.
pub(crate) struct IknpReceiver(ColumnReceiver);

impl IknpSender {
    /// From [`COLUMNS`] base OTs in which this party chose by `s`.
    pub(crate) fn new(s: BitVec, seeds: &[Block]) -> Self {
        assert_eq!(seeds.len(), COLUMNS);
        let columns = ColumnSender::new(s, seeds);
        let offsets = Arc::new(Zeroizing::new(vec![Block::ZERO, columns.secret()[0]]));
        Self { columns, offsets }
    }

    /// The offsets 0 and Δ.
    pub(crate) fn offsets(&self) -> Offsets {
        self.offsets.clone()
    }

    /// Rows q of `n` more OTs.
    pub(crate) async fn extend(&mut self, channel: &mut Channel, n: usize) -> Result<Rows> {
        let mut rows = Rows::zeros(n);
        let mut q = SecretVec::default();
        for chunk in rows.chunks_mut(CHUNK_ROWS) {
            let u = channel.recv((COLUMNS * chunk.len().div_ceil(8)) as u64).await?;
            self.columns.extend(|_| true, &u, chunk.len(), &mut q);
            transpose_to_blocks(&q, chunk);
        }
        Ok(rows)
    }
}

impl IknpReceiver {
    /// From both keys of [`COLUMNS`] base OTs in which this party sent.
    pub(crate) fn new(seeds: &[[Block; 2]]) -> Self {
        assert_eq!(seeds.len(), COLUMNS);
        Self(ColumnReceiver::new(seeds))
    }

    /// Rows `t = q ⊕ c·Δ`, one per choice bit.
    pub(crate) async fn extend(&mut self, channel: &mut Channel, choices: &BitVec) -> Result<Rows> {
        let bytes = choices.to_bytes();
        let mut rows = Rows::zeros(choices.len());
        let mut t = SecretVec::default();
        for (chunk, code) in rows.chunks_mut(CHUNK_ROWS).zip(bytes.chunks(CHUNK_ROWS / 8)) {
            let u = self.0.extend(|_| true, |_| code, chunk.len(), &mut t);
            channel.send(u).await?;
            transpose_to_blocks(&t, chunk);
        }
        Ok(rows)
    }
}
