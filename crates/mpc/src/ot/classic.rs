//! The classic path: base OTs once, then KK13 with the server as sender and IKNP in both directions.

use std::sync::Arc;

use rand_chacha::ChaCha20Rng;
use rand_core::Rng;
use sotto_crypto::hash::Pi;
use sotto_crypto::{BitVec, Block, Prg, SecretVec};
use zeroize::Zeroizing;

use super::base;
use super::iknp::{self, IknpReceiver, IknpSender};
use super::io::Io;
use super::kk13::{self, Kk13Receiver, Kk13Sender};
use super::rot::{Offsets, RotHalves, RotKind, Rows};
use crate::channel::Channel;
use crate::error::{Result, internal};
use crate::party::{Party, served};

enum Extension<S, R> {
    Sender(S),
    Receiver(R),
}

/// The classic path: base OTs once, then KK13 with the server as sender and IKNP in both directions.
pub(crate) struct ClassicOt {
    pi: Arc<Pi>,
    kk13: Extension<Kk13Sender, Kk13Receiver>,
    iknp_server_sends: Extension<IknpSender, IknpReceiver>,
    iknp_client_sends: Extension<IknpSender, IknpReceiver>,
}

/// Independent seeds from one base-OT key, for KK13 and for the server's IKNP, which share their base OTs, in a lane.
fn two_seeds(key: Block, lane: usize) -> [Block; 2] {
    let mut prg = Prg::new(key);
    prg.seek(2 * lane as u64);
    [prg.next_block(), prg.next_block()]
}

/// The seed of the client's IKNP in a lane. In lane 0 it is the base-OT key itself, whose stream never gets as far as
/// [`FAR`].
fn one_seed(key: Block, lane: usize) -> Block {
    if lane == 0 {
        return key;
    }
    let mut prg = Prg::new(key);
    prg.seek(FAR + lane as u64);
    prg.next_block()
}

/// Blocks of a column's stream that no session uses up.
const FAR: u64 = 1 << 62;

impl ClassicOt {
    /// Runs the base OTs: 256 in which the server chooses, 128 in which the client does. One result for each of two lanes: with
    /// the same secrets s and offsets, and independent streams.
    pub(crate) async fn setup(channel: &mut Channel, party: Party, rng: &mut ChaCha20Rng) -> Result<[Self; 2]> {
        match party {
            Party::Server => served!({
                let s = BitVec::random(kk13::COLUMNS, rng);
                let ots = base::base_ots(channel, party, rng, iknp::COLUMNS, &s).await?;
                Ok([0, 1].map(|lane| Self::of_server(&s, &ots, lane)))
            }),
            Party::Client => {
                let s = BitVec::random(iknp::COLUMNS, rng);
                let ots = base::base_ots(channel, party, rng, kk13::COLUMNS, &s).await?;
                Ok([0, 1].map(|lane| Self::of_client(&s, &ots, lane)))
            }
        }
    }

    fn of_server(s: &BitVec, ots: &base::BaseOts, lane: usize) -> Self {
        let seeds = Zeroizing::new(ots.received.iter().map(|&key| two_seeds(key, lane)).collect::<Vec<_>>());
        let of = |which: usize| Zeroizing::new(seeds.iter().map(|s| s[which]).collect::<Vec<_>>());
        let sent = ots.sent.iter().map(|pair| pair.map(|key| one_seed(key, lane))).collect();
        Self {
            pi: ots.constants.pi.clone(),
            kk13: Extension::Sender(Kk13Sender::new(s.clone(), &of(0))),
            iknp_server_sends: Extension::Sender(IknpSender::new(s.slice(0..iknp::COLUMNS), &of(1)[..iknp::COLUMNS])),
            iknp_client_sends: Extension::Receiver(IknpReceiver::new(&Zeroizing::<Vec<_>>::new(sent))),
        }
    }

    fn of_client(s: &BitVec, ots: &base::BaseOts, lane: usize) -> Self {
        let seeds = ots.sent.iter().map(|pair| pair.map(|key| two_seeds(key, lane)));
        let seeds = Zeroizing::new(seeds.collect::<Vec<_>>());
        let of = |which: usize| Zeroizing::new(seeds.iter().map(|pair| pair.map(|s| s[which])).collect::<Vec<_>>());
        let received = ots.received.iter().map(|&key| one_seed(key, lane)).collect();
        Self {
            pi: ots.constants.pi.clone(),
            kk13: Extension::Receiver(Kk13Receiver::new(&of(0))),
            iknp_server_sends: Extension::Receiver(IknpReceiver::new(&of(1)[..iknp::COLUMNS])),
            iknp_client_sends: Extension::Sender(IknpSender::new(s.clone(), &Zeroizing::<Vec<_>>::new(received))),
        }
    }

    /// Payload bytes of the setup, each way: (client to server, server to client).
    pub(crate) fn setup_bytes() -> (u64, u64) {
        (32 * (1 + iknp::COLUMNS as u64), 32 * (1 + kk13::COLUMNS as u64))
    }

    /// What makes pads of rows.
    pub(crate) fn pi(&self) -> Arc<Pi> {
        self.pi.clone()
    }

    /// `n` random OTs of a kind, with choices from `rng`.
    pub(crate) async fn rots(&mut self, io: Io<'_>, party: Party, kind: RotKind, n: usize) -> Result<RotHalves> {
        let mut choices = SecretVec::zeros(if kind.sender == party { 0 } else { n });
        io.rng.fill_bytes(&mut choices);
        choices.iter_mut().for_each(|c| *c &= ((1u16 << kind.width) - 1) as u8);
        let rows = self.extend(io.channel, kind, n, &choices).await?;
        Ok(RotHalves { rows, choices })
    }

    /// Rows of `n` more OTs of a kind; `choices` are the receiver's, ignored at the sender.
    pub(crate) async fn extend(
        &mut self,
        channel: &mut Channel,
        kind: RotKind,
        n: usize,
        choices: &[u8],
    ) -> Result<Rows> {
        let bits = |choices: &[u8]| BitVec::from_bytes_at(choices, [0]);
        if kind.width > 1 {
            if kind.sender == Party::Client {
                return Err(internal("no 1-of-k OT has the client as sender"));
            }
            return match &mut self.kk13 {
                Extension::Sender(sender) => served!(sender.extend(channel, kind.width, n).await),
                Extension::Receiver(receiver) => receiver.extend(channel, kind.width, choices).await,
            };
        }
        match self.iknp(kind.sender) {
            Extension::Sender(sender) => sender.extend(channel, n).await,
            Extension::Receiver(receiver) => receiver.extend(channel, &bits(choices)).await,
        }
    }

    /// Rows of 1-of-2 OTs with this party as receiver and given choices.
    pub(crate) async fn choose(&mut self, channel: &mut Channel, choices: &BitVec) -> Result<Rows> {
        let receiver = [&mut self.iknp_server_sends, &mut self.iknp_client_sends].into_iter().find_map(|e| match e {
            Extension::Receiver(receiver) => Some(receiver),
            Extension::Sender(_) => None,
        });
        match receiver {
            Some(receiver) => receiver.extend(channel, choices).await,
            None => Err(internal("a party is receiver in exactly one direction")),
        }
    }

    fn iknp(&mut self, sender: Party) -> &mut Extension<IknpSender, IknpReceiver> {
        match sender {
            Party::Server => &mut self.iknp_server_sends,
            Party::Client => &mut self.iknp_client_sends,
        }
    }

    /// Offsets of a kind of which this party is the sender; those of a width are a prefix of the next one's.
    pub(crate) fn offsets(&self, kind: RotKind) -> Result<Offsets> {
        let offsets = match (kind.width, &self.kk13) {
            (2.., Extension::Sender(sender)) => Some(sender.offsets()),
            (2.., Extension::Receiver(_)) => None,
            _ => [&self.iknp_server_sends, &self.iknp_client_sends].into_iter().find_map(|e| match e {
                Extension::Sender(sender) => Some(sender.offsets()),
                Extension::Receiver(_) => None,
            }),
        };
        offsets.ok_or_else(|| internal("only senders have offsets"))
    }
}
