//! Random OTs from a trusted dealer, for tests and benchmarks: both parties expand one common seed and keep their own half.
//!
//! This is the ideal functionality, **not secure**: whoever knows the seed knows both halves. No handshake selects it; only
//! [`Session::ideal`](crate::session::Session::ideal) does.

use std::collections::BTreeMap;
use std::sync::Arc;

use sotto_crypto::hash::Pi;
use sotto_crypto::{Block, Prg, SecretVec};
use zeroize::Zeroizing;

use super::rot::{Offsets, RotHalves, RotKind, Rows, WIDE};
use crate::party::Party;

/// The simulated dealer.
pub(crate) struct Dealer {
    prg: Prg,
    pi: Arc<Pi>,
    offsets: BTreeMap<RotKind, Offsets>,
}

impl Dealer {
    /// Every lane has its own dealer.
    pub(crate) fn new(seed: u64, lane: u64, pi: Arc<Pi>) -> Self {
        let mut prg = Prg::new(Block::new(u128::from(seed) | u128::from(lane) << 64));
        let mut offsets = BTreeMap::new();
        for sender in [Party::Client, Party::Server] {
            let delta = prg.next_block();
            for width in 1..=8 {
                let all = match width <= WIDE {
                    true => (0..1 << width).map(|k| delta.gf16_mul(k)).collect(),
                    false => (0..=255).take(1 << width).map(|k| delta.gf_mul_small(k)).collect(),
                };
                offsets.insert(RotKind { sender, width }, Arc::new(Zeroizing::new(all)));
            }
        }
        Self { prg, pi, offsets }
    }

    pub(crate) fn pi(&self) -> Arc<Pi> {
        self.pi.clone()
    }

    pub(crate) fn offsets(&self, kind: RotKind) -> Offsets {
        self.offsets[&kind].clone()
    }

    pub(crate) fn rots(&mut self, party: Party, kind: RotKind, n: usize) -> RotHalves {
        let mut rows = Rows::zeros(n);
        let mut choices = SecretVec::zeros(n);
        self.prg.fill_blocks(&mut rows);
        self.prg.fill_bytes(&mut choices);
        choices.iter_mut().for_each(|c| *c &= ((1u16 << kind.width) - 1) as u8);
        if party == kind.sender {
            return RotHalves { rows, ..RotHalves::default() };
        }
        let offsets = &self.offsets[&kind];
        rows.iter_mut().zip(choices.iter()).for_each(|(row, &c)| *row ^= offsets[usize::from(c)]);
        RotHalves { rows, choices }
    }
}
