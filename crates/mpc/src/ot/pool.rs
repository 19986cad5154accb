//! A session's store of random correlations: generated in bulk, each used once.

use std::collections::BTreeMap;
use std::sync::Arc;

use rand_chacha::ChaCha20Rng;
use rand_core::Rng;
use sotto_crypto::hash::Pi;
use sotto_crypto::{BitVec, SecretVec};

use super::demand::{Demand, PAIR_WIDTH, RotKind, TRIPLE_WIDTH};
use super::{ClassicOt, RotReceiver, RotSender, Rows, SilentOt, triples};
use crate::ideal::Dealer;
use crate::wire::bytes_for;
use crate::{Channel, Error, Party, Result};

/// Where correlations come from.
pub(crate) enum Source {
    /// Base OTs, extended by IKNP and KK13.
    Classic(Box<ClassicOt>),
    /// Base OTs, extended by SoftSpokenOT and Ferret.
    Silent(Box<SilentOt>),
    /// A trusted dealer that both parties simulate from a common seed: tests and benchmarks only.
    Ideal(Box<Dealer>),
}

/// One party's half of a batch of random OTs.
#[derive(Default)]
pub(crate) struct RotHalves {
    pub(crate) rows: Rows,
    /// The receiver's choices; empty at the sender.
    pub(crate) choices: SecretVec<u8>,
}

/// K bit vectors of which a growing prefix is used up.
pub(crate) struct BitPool<const K: usize> {
    bits: [BitVec; K],
    used: usize,
}

impl<const K: usize> Default for BitPool<K> {
    fn default() -> Self {
        Self { bits: std::array::from_fn(|_| BitVec::zeros(0)), used: 0 }
    }
}

impl<const K: usize> BitPool<K> {
    pub(crate) fn len(&self) -> usize {
        self.bits[0].len() - self.used
    }

    pub(crate) fn put(&mut self, more: &[BitVec; K]) {
        let end = self.bits[0].len();
        for (bits, more) in self.bits.iter_mut().zip(more) {
            *bits = bits.slice(self.used..end);
            bits.extend(more);
        }
        self.used = 0;
    }

    fn take(&mut self, n: usize) -> [BitVec; K] {
        let range = self.used..self.used + n;
        self.used += n;
        std::array::from_fn(|k| self.bits[k].slice(range.clone()))
    }
}

/// The store. Both parties make the same calls in the same order, so their halves always match.
pub(crate) struct Pools {
    party: Party,
    source: Source,
    pi: Arc<Pi>,
    rots: BTreeMap<RotKind, RotHalves>,
    triples: BitPool<3>,
    pairs: BitPool<5>,
}

impl Pools {
    pub(crate) fn new(party: Party, source: Source) -> Self {
        let pi = match &source {
            Source::Classic(ot) => ot.pi.clone(),
            Source::Silent(ot) => ot.pi(),
            Source::Ideal(_) => Arc::new(Pi::fixed()),
        };
        Self { party, source, pi, rots: BTreeMap::new(), triples: BitPool::default(), pairs: BitPool::default() }
    }

    /// What makes pads of this store's rows.
    pub(crate) fn pi(&self) -> Arc<Pi> {
        self.pi.clone()
    }

    /// Generates `demand` more correlations. Classic path: two messages, all of the client's first. Silent path: what Ferret starts from,
    /// if it has to, then all in which the server sends, then all in which the client does.
    pub(crate) async fn generate(
        &mut self,
        channel: &mut Channel,
        rng: &mut ChaCha20Rng,
        demand: &Demand,
    ) -> Result<()> {
        if let Source::Silent(ot) = &mut self.source {
            ot.ask(channel, rng, demand).await?;
        }
        let triple_ots = demand.triples.div_ceil(2);
        let rots = demand.rots.iter().map(|(&kind, &n)| (kind, n));
        // Kinds that the client receives come first (in each session's fixed order), so that the parties take turns once.
        for sender in [Party::Server, Party::Client] {
            for (kind, n) in rots.clone().filter(|(kind, _)| kind.sender == sender) {
                let halves = self.extend(channel, rng, kind, n).await?;
                let pool = self.rots.entry(kind).or_default();
                pool.rows.append(halves.rows);
                pool.choices.append(halves.choices);
            }
            if sender == Party::Server && demand.triples + demand.pairs > 0 {
                if let Source::Silent(ot) = &mut self.source {
                    self.triples.put(&ot.triples(channel, demand.triples).await?);
                    self.pairs.put(&ot.pairs(channel, demand.pairs).await?);
                    continue;
                }
                let triple = self.extend(channel, rng, RotKind::leaf(TRIPLE_WIDTH), triple_ots).await?;
                let pair = self.extend(channel, rng, RotKind::leaf(PAIR_WIDTH), demand.pairs).await?;
                self.make_triples(channel, rng, triple, pair).await?;
            }
        }
        Ok(())
    }

    async fn extend(
        &mut self,
        channel: &mut Channel,
        rng: &mut ChaCha20Rng,
        kind: RotKind,
        n: usize,
    ) -> Result<RotHalves> {
        let receives = kind.sender != self.party;
        match &mut self.source {
            Source::Ideal(dealer) => Ok(dealer.rots(self.party, kind, n)),
            Source::Silent(ot) => ot.rots(channel, kind, n).await,
            Source::Classic(ot) => {
                let mut choices = SecretVec::zeros(if receives { n } else { 0 });
                rng.fill_bytes(&mut choices);
                choices.iter_mut().for_each(|c| *c &= ((1u16 << kind.width) - 1) as u8);
                let rows = ot.extend(channel, kind, n, &choices).await?;
                Ok(RotHalves { rows, choices })
            }
        }
    }

    async fn make_triples(
        &mut self,
        channel: &mut Channel,
        rng: &mut ChaCha20Rng,
        triple: RotHalves,
        pair: RotHalves,
    ) -> Result<()> {
        let (triples, pairs) = match self.party {
            Party::Server => {
                let (triple, pair) = (self.sender(TRIPLE_WIDTH, triple.rows)?, self.sender(PAIR_WIDTH, pair.rows)?);
                triples::send(channel, rng, &triple, &pair).await?
            }
            Party::Client => triples::receive(channel, &self.receiver(triple), &self.receiver(pair)).await?,
        };
        self.triples.put(&triples);
        self.pairs.put(&pairs);
        Ok(())
    }

    fn sender(&self, width: u32, rows: Rows) -> Result<RotSender> {
        let kind = RotKind { sender: self.party, width };
        let offsets = match &self.source {
            Source::Classic(ot) => ot.offsets(kind)?,
            Source::Silent(ot) => ot.offsets(),
            Source::Ideal(dealer) => dealer.offsets(kind),
        };
        Ok(RotSender { rows, width, offsets, pi: self.pi() })
    }

    fn receiver(&self, halves: RotHalves) -> RotReceiver {
        RotReceiver { rows: halves.rows, choices: halves.choices, pi: self.pi() }
    }

    /// Generates what `n` random OTs of a kind lack.
    async fn take_halves(
        &mut self,
        channel: &mut Channel,
        rng: &mut ChaCha20Rng,
        kind: RotKind,
        n: usize,
    ) -> Result<RotHalves> {
        let have = self.rots.entry(kind).or_default().rows.len();
        self.generate(channel, rng, &Demand::rots(kind, n.saturating_sub(have))).await?;
        let pool = self.rots.entry(kind).or_default();
        let rows = pool.rows.split_off(pool.rows.len() - n);
        let choices = pool.choices.split_off(pool.choices.len().saturating_sub(n));
        Ok(RotHalves { rows, choices })
    }

    /// Sender's half of `n` random OTs.
    pub(crate) async fn take_sender(
        &mut self,
        channel: &mut Channel,
        rng: &mut ChaCha20Rng,
        width: u32,
        n: usize,
    ) -> Result<RotSender> {
        let halves = self.take_halves(channel, rng, RotKind { sender: self.party, width }, n).await?;
        self.sender(width, halves.rows)
    }

    /// Receiver's half of `n` random OTs.
    pub(crate) async fn take_receiver(
        &mut self,
        channel: &mut Channel,
        rng: &mut ChaCha20Rng,
        width: u32,
        n: usize,
    ) -> Result<RotReceiver> {
        let kind = RotKind { sender: self.party.peer(), width };
        let halves = self.take_halves(channel, rng, kind, n).await?;
        Ok(self.receiver(halves))
    }

    /// `n` bit triples `[a, b, c]` with `c = a ∧ b`.
    pub(crate) async fn take_triples(
        &mut self,
        channel: &mut Channel,
        rng: &mut ChaCha20Rng,
        n: usize,
    ) -> Result<[BitVec; 3]> {
        let lacking = Demand { triples: n.saturating_sub(self.triples.len()), ..Demand::default() };
        self.generate(channel, rng, &lacking).await?;
        Ok(self.triples.take(n))
    }

    /// `n` pairs `[a, b, b', c, c']` with `c = a ∧ b` and `c' = a ∧ b'`.
    pub(crate) async fn take_pairs(
        &mut self,
        channel: &mut Channel,
        rng: &mut ChaCha20Rng,
        n: usize,
    ) -> Result<[BitVec; 5]> {
        let lacking = Demand { pairs: n.saturating_sub(self.pairs.len()), ..Demand::default() };
        self.generate(channel, rng, &lacking).await?;
        Ok(self.pairs.take(n))
    }

    /// 1-of-2 OTs of which this party receives with given choices (the bits of r or of W): on the classic path made for them,
    /// otherwise taken from the store and derandomised.
    pub(crate) async fn choose(
        &mut self,
        channel: &mut Channel,
        rng: &mut ChaCha20Rng,
        choices: &BitVec,
    ) -> Result<Rows> {
        if let Source::Classic(ot) = &mut self.source {
            return ot.choose(channel, choices).await;
        }
        let halves = self.take_halves(channel, rng, RotKind::bit(self.party.peer()), choices.len()).await?;
        channel.send((choices ^ &BitVec::from_bytes_at(&halves.choices, [0])).to_bytes()).await?;
        Ok(halves.rows)
    }

    /// The sender's side of [`Pools::choose`].
    pub(crate) async fn offer(&mut self, channel: &mut Channel, rng: &mut ChaCha20Rng, n: usize) -> Result<RotSender> {
        let kind = RotKind::bit(self.party);
        if let Source::Classic(ot) = &mut self.source {
            let rows = ot.extend(channel, kind, n, &[]).await?;
            return self.sender(1, rows);
        }
        let mut rows = self.take_halves(channel, rng, kind, n).await?.rows;
        let message = channel.recv(bytes_for(n as u64)).await?;
        let shift = BitVec::from_bytes(&message, n).map_err(|_| Error::malformed("padding is not zero"))?;
        let sender = self.sender(1, Rows::default())?;
        rows.iter_mut().zip(shift.iter()).for_each(|(row, shift)| *row ^= sender.offsets()[usize::from(shift)]);
        Ok(RotSender { rows, ..sender })
    }

    /// What is in store, for the test that a plan reserves exactly what its program uses.
    pub(crate) fn stock(&self) -> Demand {
        let mut stock = Demand { triples: self.triples.len(), pairs: self.pairs.len(), ..Demand::default() };
        self.rots.iter().for_each(|(&kind, pool)| stock.add_rots(kind, pool.rows.len()));
        stock
    }
}
