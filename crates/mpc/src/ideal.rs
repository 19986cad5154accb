//! Random OTs from a trusted dealer, for tests and benchmarks: both parties expand one common seed and keep their own half.
//!
//! This is the ideal functionality, **not secure**: whoever knows the seed knows both halves. No handshake selects it; only
//! [`Session::ideal`](crate::Session::ideal) does.

use std::collections::BTreeMap;
use std::sync::Arc;

use sotto_crypto::{BitVec, Block, Prg, SecretVec};
use zeroize::Zeroizing;

use crate::ot::pool::RotHalves;
use crate::ot::{Offsets, RotKind, Rows};
use crate::wire::bytes_for;
use crate::{Channel, Party, Result};

/// The simulated dealer.
pub(crate) struct Dealer {
    prg: Prg,
    offsets: BTreeMap<RotKind, Offsets>,
}

impl Dealer {
    /// Every lane has its own dealer.
    pub(crate) fn new(seed: u64, lane: u64) -> Self {
        let mut prg = Prg::new(Block::new(u128::from(seed) | u128::from(lane) << 64));
        let mut offsets = BTreeMap::new();
        for sender in [Party::Client, Party::Server] {
            for width in 1..=8 {
                let base: Vec<Block> = (0..width).map(|_| prg.next_block()).collect();
                let offset = |k: usize| {
                    base.iter().enumerate().fold(Block::ZERO, |sum, (i, &b)| sum ^ b.mul_mask((k >> i) & 1 == 1))
                };
                let all: Vec<Block> = (0..1 << width).map(offset).collect();
                offsets.insert(RotKind { sender, width }, Arc::new(Zeroizing::new(all)));
            }
        }
        Self { prg, offsets }
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

    /// OTs with chosen bits: the dealer's random choices, derandomised on the wire to keep the halves independent.
    pub(crate) async fn choose(&mut self, channel: &mut Channel, kind: RotKind, y: &BitVec) -> Result<Rows> {
        let halves = self.rots(kind.sender.peer(), kind, y.len());
        let c = BitVec::from_fn(y.len(), |i| halves.choices[i] == 1);
        channel.send((y ^ &c).to_bytes()).await?;
        Ok(halves.rows)
    }

    /// The sender's side of [`Dealer::choose`].
    pub(crate) async fn offer(&mut self, channel: &mut Channel, kind: RotKind, n: usize) -> Result<Rows> {
        let mut rows = self.rots(kind.sender, kind, n).rows;
        let message = channel.recv(bytes_for(n as u64)).await?;
        let shift = BitVec::from_bytes(&message, n).map_err(|_| crate::Error::malformed("padding is not zero"))?;
        let delta = self.offsets[&kind][1];
        rows.iter_mut().enumerate().for_each(|(i, row)| *row ^= delta.mul_mask(shift.get(i)));
        Ok(rows)
    }
}
