//! Random OTs as sources make them: rows, offsets and choices.

use std::sync::Arc;

use serde::Serialize;
use sotto_crypto::{Block, SecretVec};
use zeroize::Zeroizing;

use crate::party::Party;

/// Rows of random OTs, wiped on drop.
pub(crate) type Rows = SecretVec<Block>;

/// Offsets D_k of a sender, wiped on drop.
pub(crate) type Offsets = Arc<Zeroizing<Vec<Block>>>;

/// Choice bits of the OTs that Ferret makes over GF(16).
pub(crate) const WIDE: u32 = 4;

/// Correlated OTs: over GF(2), and over GF(16), of which each is a 1-of-16 OT.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ots {
    pub(crate) bits: u64,
    pub(crate) wide: u64,
}

/// A kind of random OT: who sends, and the bits of the choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct RotKind {
    /// Sender.
    pub sender: Party,
    /// Choice bits m: a 1-of-2^m OT.
    pub width: u32,
}

impl RotKind {
    /// 1-of-2 OTs with the given sender.
    pub fn bit(sender: Party) -> Self {
        Self { sender, width: 1 }
    }

    /// 1-of-2^m OTs of the comparisons' leaves: the server sends, because senders hash most.
    pub fn leaf(width: u32) -> Self {
        Self { sender: Party::Server, width }
    }
}

/// The row of a 1-of-2^m OT from m correlated ones.
pub(crate) fn combined(cots: &[Block]) -> Block {
    match cots.len() <= WIDE as usize {
        true => cots.iter().rev().fold(Block::ZERO, |sum, &q| sum.times_beta() ^ q),
        false => (0..).zip(cots).fold(Block::ZERO, |sum, (j, q)| sum ^ q.gf_mul_x(j)),
    }
}

/// One party's half of a batch of random OTs.
#[derive(Default)]
pub(crate) struct RotHalves {
    pub(crate) rows: Rows,
    /// The receiver's choices; empty at the sender.
    pub(crate) choices: SecretVec<u8>,
}

impl RotHalves {
    /// Adds `more` at the end.
    pub(crate) fn append(&mut self, more: RotHalves) {
        self.rows.append(more.rows);
        self.choices.append(more.choices);
    }

    /// Takes the first `n` away.
    pub(crate) fn take(&mut self, n: usize) -> RotHalves {
        let choices = n.min(self.choices.len());
        let rest = RotHalves { rows: self.rows.split_off(n), choices: self.choices.split_off(choices) };
        std::mem::replace(self, rest)
    }
}
