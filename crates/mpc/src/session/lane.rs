//! One of the strands of a session that share its connection: what a protocol call works with.

use std::sync::Arc;

use rand_chacha::ChaCha20Rng;
use sotto_crypto::BitVec;
use sotto_crypto::hash::Pi;

use crate::channel::Channel;
use crate::error::{Error, Result};
use crate::ot::demand::Demand;
use crate::ot::io::Io;
use crate::ot::pads::{Opened, PadKind, Pads};
use crate::ot::rot::{Offsets, RotKind, Rows};
use crate::ot::source::Source;
use crate::ot::store::Store;
use crate::ot::triples::{Pairs, Triples};
use crate::party::{Params, Party};
use crate::session::stats::Stats;
use crate::share::{Arith, Modulus};
use crate::wire::{Reader, Writer, bytes_for};

/// OTs whose rows are hashed together: bounds the rows that are in memory, and no message of a source is cut by it.
const SEGMENT: usize = 1 << 16;

/// One party's end of a lane: its channel, its randomness, its source of OTs, and the correlations in store.
pub struct Lane {
    party: Party,
    agreed: Params,
    params: Params,
    pub(crate) channel: Channel,
    pub(crate) rng: ChaCha20Rng,
    source: Source,
    pub(crate) store: Store,
    /// Leaves of the next comparison, where their choices were exchanged in preprocessing.
    pub(crate) opened: Option<Opened>,
}

impl Lane {
    pub(crate) fn new(channel: Channel, party: Party, params: Params, rng: ChaCha20Rng, source: Source) -> Self {
        Self { party, agreed: params, params, channel, rng, source, store: Store::default(), opened: None }
    }

    /// Which party this is.
    pub fn party(&self) -> Party {
        self.party
    }

    /// The agreed parameters, in a program those of its last call.
    pub fn params(&self) -> Params {
        self.params
    }

    /// Sets the parameters of a call.
    pub(crate) fn begin_call(&mut self, params: Params) {
        self.params = params;
    }

    /// The parameters that the parties agreed on.
    pub(crate) fn agreed(&self) -> Params {
        self.agreed
    }

    /// Bytes and rounds of this lane so far; those of the session in its first lane.
    pub fn stats(&self) -> &Stats {
        self.channel.stats()
    }

    /// What makes pads of rows.
    pub(crate) fn pi(&self) -> Arc<Pi> {
        self.source.pi()
    }

    /// Correlations in store.
    pub fn stock(&self) -> Demand {
        self.store.stock()
    }

    /// Generates `demand` more correlations and hashes them to pads. Classic path: two messages, all of the client's first. Silent
    /// path: what Ferret starts from, if it has to, then all in which the server sends, then all in which the client does.
    pub async fn reserve(&mut self, demand: &Demand) -> Result<()> {
        let Self { party, channel, rng, source, store, .. } = self;
        let mut io = Io { channel, rng };
        io.channel.count_correlations(demand.count());
        source.ask(io.again(), demand).await?;
        let pi = source.pi();
        // Kinds that the client receives come first (in each session's fixed order), so that the parties take turns once.
        for sender in [Party::Server, Party::Client] {
            for (kind, &n) in demand.pads.iter().filter(|(kind, _)| kind.rot.sender == sender) {
                let offsets = if sender == *party { Some(source.offsets(kind.rot)?) } else { None };
                for start in (0..n).step_by(SEGMENT) {
                    let (made_of, of) = kind.made_of(SEGMENT.min(n - start));
                    let halves = source.rots(io.again(), made_of, of).await?;
                    store.put_pads(
                        kind,
                        match &offsets {
                            Some(offsets) => Pads::sent(&pi, &halves.rows, &offsets[..1 << kind.rot.width], kind),
                            None => Pads::received(&pi, &halves, kind),
                        },
                    );
                }
            }
            for (&kind, &n) in demand.rows.iter().filter(|(kind, _)| kind.sender == sender) {
                store.put_rows(kind, source.rots(io.again(), kind, n).await?);
            }
            if sender == Party::Server && demand.triples + demand.pairs > 0 {
                store.put_triples(source.triples(io.again(), demand.triples, demand.pairs).await?);
            }
        }
        Ok(())
    }

    /// Generates what of `demand` is not in store.
    async fn complete(&mut self, demand: Demand) -> Result<()> {
        let lacking = self.store.lacking(&demand);
        if lacking.is_empty() { Ok(()) } else { self.reserve(&lacking).await }
    }

    /// This party's half of `n` OTs of a kind; generates what lacks.
    pub(crate) async fn take(&mut self, kind: &PadKind, n: usize) -> Result<Pads> {
        self.complete(Demand::pads(kind.clone(), n)).await?;
        Ok(self.store.take_pads(kind, n))
    }

    /// `n` triples and `pairs` pairs; generates what lacks, first triples, then pairs.
    pub(crate) async fn take_triples(&mut self, n: usize, pairs: usize) -> Result<(Triples, Pairs)> {
        self.complete(Demand { triples: n, ..Demand::default() }).await?;
        self.complete(Demand { pairs, ..Demand::default() }).await?;
        Ok(self.store.take_triples(n, pairs))
    }

    /// Receiver's rows of fresh 1-of-2 OTs with chosen bits (those of r or of W).
    pub(crate) async fn choose(&mut self, choices: &BitVec) -> Result<Rows> {
        if let Some(rows) = self.source.choose(&mut self.channel, choices).await {
            return rows;
        }
        let kind = RotKind::bit(self.party.peer());
        self.complete(Demand::rows(kind, choices.len())).await?;
        let halves = self.store.take_rows(kind, choices.len());
        self.channel.send((choices ^ &BitVec::from_bytes_at(&halves.choices, [0])).to_bytes()).await?;
        Ok(halves.rows)
    }

    /// The sender's side of [`Lane::choose`]: rows and Δ.
    pub(crate) async fn offer(&mut self, n: usize) -> Result<(Rows, Offsets)> {
        let kind = RotKind::bit(self.party);
        let offsets = self.source.offsets(kind)?;
        if let Some(rows) = self.source.offer(&mut self.channel, n).await {
            return Ok((rows?, offsets));
        }
        self.complete(Demand::rows(kind, n)).await?;
        let mut rows = self.store.take_rows(kind, n).rows;
        let message = self.channel.recv(bytes_for(n as u64)).await?;
        let shift = BitVec::from_bytes(&message, n).map_err(|_| Error::malformed("padding is not zero"))?;
        rows.iter_mut().zip(shift.iter()).for_each(|(row, shift)| *row ^= offsets[usize::from(shift)]);
        Ok((rows, offsets))
    }

    /// Shows the peer this party's share: ⌈log₂ size⌉ bits per element, one message.
    pub(crate) async fn send_share(&mut self, share: &Arith) -> Result<()> {
        let mut writer = Writer::default();
        writer.put_all(share.values(), share.modulus().bits());
        self.channel.send(writer.finish()).await
    }

    /// Receives what [`Lane::send_share`] sends.
    pub(crate) async fn recv_share(&mut self, modulus: Modulus, n: usize) -> Result<Arith> {
        let message = self.channel.recv(bytes_for(n as u64 * u64::from(modulus.bits()))).await?;
        let mut reader = Reader::new(&message);
        let share = Arith::new(modulus, reader.take_all(n, modulus.bits())?);
        reader.finish()?;
        Ok(share)
    }

    /// Flips a Boolean sharing: one party complements its share.
    pub(crate) fn complement(&self, bits: BitVec) -> BitVec {
        if self.party == Party::Server { bits.not() } else { bits }
    }

    /// Adds a public element to every value: the server does.
    pub(crate) fn add_public(&self, x: &Arith, element: u64) -> Arith {
        match self.party {
            Party::Server => x.plus(element),
            Party::Client => x.clone(),
        }
    }

    /// Hash calls of this lane's permutation so far.
    pub(crate) fn hash_calls(&self) -> u64 {
        self.source.pi().calls()
    }
}
