//! Oblivious transfer: base OTs, their extensions, the store of random correlations, and the conversions from them.
//!
//! Every extension ends in the same form: a random 1-of-2^m OT is a row q at the sender and `q ⊕ D_c` at the receiver, with
//! offsets D_k that are linear in k and D_0 = 0. Pad k is `H(q ⊕ D_k)`, one fixed-key hash.

pub(crate) mod base;
mod columns;
pub(crate) mod demand;
mod ferret;
mod iknp;
mod kk13;
pub(crate) mod lookup;
pub(crate) mod pool;
pub(crate) mod short;
mod silent;
mod soft;
mod triples;

use std::sync::Arc;

use rand_chacha::ChaCha20Rng;
use sotto_crypto::hash::Pi;
use sotto_crypto::{BitVec, Block, Prg, SecretVec};
use zeroize::Zeroizing;

pub use demand::{AesCalls, Demand, RotKind};
pub use ferret::LpnSet;
use iknp::{IknpReceiver, IknpSender};
use kk13::{Kk13Receiver, Kk13Sender};
pub(crate) use silent::{SILENT_OT_BYTES, SilentLedger, SilentOt};

use crate::error::internal;
use crate::{Channel, Party, Result};

/// Rows of random OTs, wiped on drop.
pub(crate) type Rows = SecretVec<Block>;

/// Offsets D_k of a sender, wiped on drop.
pub(crate) type Offsets = Arc<Zeroizing<Vec<Block>>>;

/// Sender's half of random 1-of-2^m OTs.
pub(crate) struct RotSender {
    pub(crate) rows: Rows,
    width: u32,
    /// D_k for at least k in 0..2^m.
    offsets: Offsets,
    /// What makes pads of rows.
    pub(crate) pi: Arc<Pi>,
}

impl RotSender {
    /// D_k for k in 0..2^m.
    pub(crate) fn offsets(&self) -> &[Block] {
        &self.offsets[..1 << self.width]
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }
}

/// Receiver's half of random 1-of-2^m OTs.
pub(crate) struct RotReceiver {
    pub(crate) rows: Rows,
    pub(crate) choices: SecretVec<u8>,
    /// What makes pads of rows.
    pub(crate) pi: Arc<Pi>,
}

impl RotReceiver {
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }
}

/// A party's half of random 1-of-2^m OTs.
pub(crate) enum Rot {
    Sender(RotSender),
    Receiver(RotReceiver),
}

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
            Party::Server => {
                let s = BitVec::random(kk13::COLUMNS, rng);
                let ots = base::base_ots(channel, party, rng, iknp::COLUMNS, &s).await?;
                Ok([0, 1].map(|lane| Self::of_server(&s, &ots, lane)))
            }
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

    /// Rows of `n` more OTs of a kind; `choices` are the receiver's, ignored at the sender.
    async fn extend(&mut self, channel: &mut Channel, kind: RotKind, n: usize, choices: &[u8]) -> Result<Rows> {
        let bits = |choices: &[u8]| BitVec::from_bytes_at(choices, [0]);
        if kind.width > 1 {
            if kind.sender == Party::Client {
                return Err(internal("no 1-of-k OT has the client as sender"));
            }
            return match &mut self.kk13 {
                Extension::Sender(sender) => sender.extend(channel, kind.width, n).await,
                Extension::Receiver(receiver) => receiver.extend(channel, kind.width, choices).await,
            };
        }
        match self.iknp(kind.sender) {
            Extension::Sender(sender) => sender.extend(channel, n).await,
            Extension::Receiver(receiver) => receiver.extend(channel, &bits(choices)).await,
        }
    }

    /// Rows of 1-of-2 OTs with this party as receiver and given choices.
    async fn choose(&mut self, channel: &mut Channel, choices: &BitVec) -> Result<Rows> {
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
    fn offsets(&self, kind: RotKind) -> Result<Offsets> {
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

#[cfg(test)]
mod tests;
