//! The silent path: random correlated OTs in both directions, by [SoftSpokenOT](super::soft) while few are needed and by
//! [Ferret](super::ferret) from then on; random 1-of-2^m OTs and bit triples from them without another message. What a larger
//! set starts from is made by the next smaller one.
//!
//! What is made when follows from public counts alone ([`Ledger`]), so that both parties agree on it and a plan knows its exact
//! bytes. A 1-of-2^m OT takes m correlated OTs, combined to one row `Σ α^j q_j` over GF(2^128) (never by plain addition: their offsets
//! would cancel), with offsets D_k = k·Δ. Two OTs make a bit triple, one in each direction a pair: docs/protocols.md.

use std::sync::Arc;

use rand_chacha::ChaCha20Rng;
use sotto_crypto::hash::{Pads, Pi};
use sotto_crypto::{BitVec, Block, Prg};
use zeroize::Zeroizing;

use super::demand::{Demand, RotKind};
use super::ferret::{Ferret, LpnSet, Public};
use super::pool::RotHalves;
use super::soft::{self, SoftReceiver, SoftSender};
use super::{Offsets, Rows, base};
use crate::cost::Cost;
use crate::error::internal;
use crate::wire::Reader;
use crate::{Channel, Params, Party, Result};

/// What a correlated OT costs at most, about: SoftSpokenOT's 15 bits.
pub(crate) const SILENT_OT_BYTES: u64 = 2;

/// Correlated OTs that are made together, in whole trees or units: what bounds a message and the memory for it.
const BATCH: usize = 1 << 15;
/// 1-of-2^m OTs that are combined together.
const ROWS: usize = 4096;

/// What a direction's source does next, in OTs: whole units of SoftSpokenOT, or whole trees of Ferret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    /// A batch to hand out.
    Batch(usize),
    /// What the next iteration starts from.
    Renew(usize),
}

/// Public counts of a direction's source.
#[derive(Clone, Copy, Debug, Default)]
struct Ledger {
    /// Ferret's parameters once it runs, and the trees that are left of its iteration.
    ferret: Option<(LpnSet, usize)>,
    /// OTs that were made and not handed out, at most a batch.
    spare: u64,
    /// OTs that are still to be handed out of those that were asked for.
    asked: u64,
}

impl Ledger {
    /// Asks for `n` OTs. Whether Ferret has to start for them: with the set of the fewest bytes, if those are fewer than
    /// SoftSpokenOT's.
    fn ask(&mut self, n: u64, largest: LpnSet) -> Option<LpnSet> {
        self.asked += n;
        let lacking = self.asked.saturating_sub(self.spare);
        if self.ferret.is_some() || lacking == 0 {
            return None;
        }
        let start = |set: LpnSet| {
            let mut ledger = Self { ferret: Some((set, set.trees())), asked: lacking, spare: 0 };
            let [soft, trees] = start_bytes(set);
            (soft + trees + ledger.finish(), set)
        };
        let best = LpnSet::ALL.into_iter().filter(|&set| set <= largest).map(start).min();
        let (_, set) = best.filter(|&(bytes, _)| bytes < soft_bytes(lacking))?;
        self.ferret = Some((set, set.trees()));
        Some(set)
    }

    /// What to do before `n` OTs can be handed out; nothing once they are there.
    fn next(&mut self, n: u64) -> Option<Work> {
        if self.spare >= n {
            return None;
        }
        let lacking = self.asked.max(n) - self.spare;
        let Some((set, left)) = &mut self.ferret else {
            let batch = lacking.min(BATCH as u64).next_multiple_of(soft::UNIT as u64);
            self.spare += batch;
            return Some(Work::Batch(batch as usize));
        };
        let free = *left - set.kept_trees();
        if free == 0 {
            *left = set.trees();
            return Some(Work::Renew(set.kept_trees() * set.leaves()));
        }
        let most = free.min((BATCH / set.leaves()).max(1));
        let trees = lacking.div_ceil(set.leaves() as u64).min(most as u64) as usize;
        *left -= trees;
        self.spare += (trees * set.leaves()) as u64;
        Some(Work::Batch(trees * set.leaves()))
    }

    /// Hands out.
    fn take(&mut self, n: u64) {
        self.spare -= n;
        self.asked = self.asked.saturating_sub(n);
    }

    /// Makes and hands out all that was asked for. Bytes: SoftSpokenOT's from the receiver, or Ferret's from the sender.
    fn finish(&mut self) -> u64 {
        let mut bytes = 0;
        while let Some(Work::Batch(n) | Work::Renew(n)) = self.next(self.asked) {
            bytes += match self.ferret {
                Some((set, _)) => (n / set.leaves() * set.tree_bytes()) as u64,
                None => soft_bytes(n as u64),
            };
        }
        self.take(self.asked);
        bytes
    }
}

/// Bytes of `n` OTs by SoftSpokenOT, receiver to sender.
fn soft_bytes(n: u64) -> u64 {
    n.div_ceil(soft::UNIT as u64) * soft::UNIT_BYTES
}

/// OTs by SoftSpokenOT that the smallest set starts from, in whole units.
const FIRST: usize = LpnSet::B9.taken().next_multiple_of(soft::UNIT);

/// The sets with which Ferret comes to run `set`, each from trees of the one before: (from, to).
fn steps(set: LpnSet) -> impl Iterator<Item = (LpnSet, LpnSet)> {
    LpnSet::ALL.windows(2).map(|pair| (pair[0], pair[1])).take_while(move |&(_, to)| to <= set)
}

/// Bytes of starting Ferret: SoftSpokenOT's from the receiver, then those of trees from the sender.
fn start_bytes(set: LpnSet) -> [u64; 2] {
    [soft_bytes(FIRST as u64), steps(set).map(|(from, to)| (from.trees_for(to) * from.tree_bytes()) as u64).sum()]
}

/// What generating correlations will cost, call by call, as [`SilentOt`] generates them.
#[derive(Clone, Debug)]
pub(crate) struct SilentLedger {
    largest: LpnSet,
    /// By the sender: the server, the client.
    directions: [Ledger; 2],
}

impl SilentLedger {
    pub(crate) fn new(largest: LpnSet) -> Self {
        Self { largest, directions: Default::default() }
    }

    /// Generating `demand`.
    pub(crate) fn generate(&mut self, demand: &Demand) -> Cost {
        let mut cost = Cost::default();
        let senders = [Party::Server, Party::Client];
        for (ledger, sender) in self.directions.iter_mut().zip(senders) {
            if let Some(set) = ledger.ask(demand.cots(sender), self.largest) {
                let [soft, trees] = start_bytes(set);
                cost += Cost::message(sender, 8 * soft) + Cost::message(sender.peer(), 8 * trees);
            }
        }
        for (ledger, sender) in self.directions.iter_mut().zip(senders) {
            let receiver = if ledger.ferret.is_some() { sender.peer() } else { sender };
            cost += Cost::message(receiver, 8 * ledger.finish());
        }
        cost
    }
}

/// One party's end of one direction.
struct Direction {
    ledger: Ledger,
    public: Public,
    soft: Soft,
    ferret: Option<Ferret>,
    /// The ledger's spare OTs are the first of these.
    batch: Rows,
}

enum Soft {
    Sender(SoftSender),
    Receiver(SoftReceiver),
}

impl Direction {
    fn new(public: Public, soft: Soft) -> Self {
        Self { ledger: Ledger::default(), public, soft, ferret: None, batch: Rows::default() }
    }

    /// Asks for `n` OTs: starts Ferret if that pays.
    async fn ask(&mut self, channel: &mut Channel, rng: &mut ChaCha20Rng, n: u64, largest: LpnSet) -> Result<()> {
        let Some(set) = self.ledger.ask(n, largest) else { return Ok(()) };
        let mut ots = Rows::zeros(FIRST);
        self.soft(channel, &mut ots).await?;
        self.ferret = Some(self.start(LpnSet::B9, ots, rng));
        for (from, to) in steps(set) {
            let mut ots = Rows::zeros(from.trees_for(to) * from.leaves());
            self.trees(channel, &mut ots).await?;
            self.ferret = Some(self.start(to, ots, rng));
        }
        Ok(())
    }

    fn start(&self, set: LpnSet, ots: Rows, rng: &mut ChaCha20Rng) -> Ferret {
        match &self.soft {
            Soft::Sender(sender) => {
                Ferret::sender(set, ots, sender.delta(), Prg::new(*Zeroizing::new(Block::random(rng))))
            }
            Soft::Receiver(_) => Ferret::receiver(set, ots),
        }
    }

    /// As many OTs by SoftSpokenOT, whole units.
    async fn soft(&mut self, channel: &mut Channel, out: &mut [Block]) -> Result<()> {
        match &mut self.soft {
            Soft::Sender(sender) => sender.extend(channel, out).await,
            Soft::Receiver(receiver) => receiver.extend(channel, out).await,
        }
    }

    /// As many OTs by Ferret, whole trees.
    async fn trees(&mut self, channel: &mut Channel, out: &mut [Block]) -> Result<()> {
        let ferret = self.ferret.as_mut().ok_or_else(|| internal("trees of a Ferret that does not run"))?;
        let set = ferret.set();
        for out in out.chunks_mut(BATCH.max(set.leaves())) {
            match &self.soft {
                Soft::Sender(_) => channel.send(ferret.send(&mut self.public, out)?).await?,
                Soft::Receiver(_) => {
                    let message = channel.recv((out.len() / set.leaves() * set.tree_bytes()) as u64).await?;
                    ferret.receive(&mut self.public, &message, out);
                }
            }
        }
        Ok(())
    }

    /// The next OTs, of those that were asked for.
    async fn fill(&mut self, channel: &mut Channel, mut out: &mut [Block]) -> Result<()> {
        loop {
            let spare = self.ledger.spare as usize;
            let n = out.len().min(spare);
            let lost = || internal("OTs of a direction that failed");
            let taken = self.batch.get(spare - n..spare).ok_or_else(lost)?;
            let (filled, rest) = std::mem::take(&mut out).split_at_mut(n);
            filled.copy_from_slice(taken);
            self.ledger.take(n as u64);
            out = rest;
            match self.ledger.next(out.len() as u64) {
                None => return Ok(()),
                Some(Work::Batch(n)) => self.refill(channel, n).await?,
                Some(Work::Renew(n)) => {
                    let mut ots = Rows::zeros(n);
                    self.trees(channel, &mut ots).await?;
                    if let Some(ferret) = &mut self.ferret {
                        ferret.renew(ots);
                    }
                }
            }
        }
    }

    /// Makes a batch of `n` OTs in place of the last one.
    async fn refill(&mut self, channel: &mut Channel, n: usize) -> Result<()> {
        if self.batch.len() < n {
            self.batch = Rows::zeros(n.max(BATCH));
        }
        let mut batch = std::mem::take(&mut self.batch);
        match self.ferret {
            Some(_) => self.trees(channel, &mut batch[..n]).await?,
            None => self.soft(channel, &mut batch[..n]).await?,
        }
        self.batch = batch;
        Ok(())
    }
}

/// A party's end of both directions.
pub(crate) struct SilentOt {
    party: Party,
    largest: LpnSet,
    pi: Arc<Pi>,
    /// In which this party sends, and receives.
    sends: Direction,
    receives: Direction,
    /// k·Δ for all k of 8 bits.
    offsets: Offsets,
}

impl SilentOt {
    /// Runs the base OTs, 128 in each direction, and SoftSpokenOT's setup. One result for each of two lanes, with one Δ and independent
    /// streams.
    pub(crate) async fn setup(
        channel: &mut Channel,
        party: Party,
        params: Params,
        rng: &mut ChaCha20Rng,
    ) -> Result<[Self; 2]> {
        let choices = Zeroizing::new(soft::choices(rng));
        let ots = base::base_ots(channel, party, rng, soft::BASE_OTS, &choices).await?;
        let (receivers, message) = SoftReceiver::new(&ots, rng);
        let message = channel.exchange(message, soft::SETUP_BYTES).await?;
        let [sender, second_sender] = SoftSender::new(&choices, &ots, &message);
        let [receiver, second_receiver] = receivers;
        let delta = sender.delta();
        let offsets: Vec<Block> = (0..=255).map(|k| delta.gf_mul_small(k)).collect();
        let offsets = Offsets::new(Zeroizing::new(offsets));
        let public = |lane: usize, sender: Party| Public::new(&ots.constants, 2 * lane + sender as usize);
        let lane = |lane, sender, receiver| Self {
            party,
            largest: params.lpn,
            pi: ots.constants.pi.clone(),
            sends: Direction::new(public(lane, party), Soft::Sender(sender)),
            receives: Direction::new(public(lane, party.peer()), Soft::Receiver(receiver)),
            offsets: offsets.clone(),
        };
        Ok([lane(0, sender, receiver), lane(1, second_sender, second_receiver)])
    }

    /// What hashes rows and makes trees.
    pub(crate) fn pi(&self) -> Arc<Pi> {
        self.pi.clone()
    }

    /// Payload bytes of the setup, either way.
    pub(crate) fn setup_bytes() -> u64 {
        32 * (1 + soft::BASE_OTS as u64) + soft::SETUP_BYTES
    }

    fn direction(&mut self, sender: Party) -> &mut Direction {
        if sender == self.party { &mut self.sends } else { &mut self.receives }
    }

    /// Asks for what `demand` takes.
    pub(crate) async fn ask(&mut self, channel: &mut Channel, rng: &mut ChaCha20Rng, demand: &Demand) -> Result<()> {
        let largest = self.largest;
        for sender in [Party::Server, Party::Client] {
            self.direction(sender).ask(channel, rng, demand.cots(sender), largest).await?;
        }
        Ok(())
    }

    /// k·Δ, of this party's Δ.
    pub(crate) fn offsets(&self) -> Offsets {
        self.offsets.clone()
    }

    /// `n` random 1-of-2^m OTs.
    pub(crate) async fn rots(&mut self, channel: &mut Channel, kind: RotKind, n: usize) -> Result<RotHalves> {
        let receives = kind.sender != self.party;
        let direction = self.direction(kind.sender);
        let width = kind.width as usize;
        let mut halves = RotHalves { rows: Rows::zeros(n), ..RotHalves::default() };
        if receives {
            halves.choices = sotto_crypto::SecretVec::zeros(n);
        }
        if width == 1 {
            direction.fill(channel, &mut halves.rows).await?;
            halves.choices.iter_mut().zip(halves.rows.iter()).for_each(|(c, t)| *c = t.bit(0).into());
            return Ok(halves);
        }
        let mut cots = Rows::zeros(ROWS.min(n) * width);
        let RotHalves { rows, choices } = &mut halves;
        for (i, rows) in rows.chunks_mut(ROWS).enumerate() {
            let cots = &mut cots[..rows.len() * width];
            direction.fill(channel, cots).await?;
            for (row, cots) in rows.iter_mut().zip(cots.chunks_exact(width)) {
                *row = (0..).zip(cots).fold(Block::ZERO, |sum, (j, q)| sum ^ q.gf_mul_x(j));
            }
            for (choice, cots) in choices.iter_mut().skip(i * ROWS).zip(cots.chunks_exact(width)) {
                *choice = (0..).zip(cots).fold(0, |choice, (j, t)| choice | u8::from(t.bit(0)) << j);
            }
        }
        Ok(halves)
    }

    /// `n` bit triples from two OTs each, in which the server sends.
    pub(crate) async fn triples(&mut self, channel: &mut Channel, n: usize) -> Result<[BitVec; 3]> {
        let halves = self.rots(channel, RotKind::bit(Party::Server), 2 * n).await?;
        let Products { factors, shares } = self.products(Party::Server, &halves, 1)?;
        let ((first, second), (share, share2)) = (factors[0].split(n), shares[0].split(n));
        // The client's choice is its a in the first OT and its b in the second.
        let [a, b] = match self.party {
            Party::Client => [first, second],
            Party::Server => [second, first],
        };
        let c = &(&(&a & &b) ^ &share) ^ &share2;
        Ok([a, b, c])
    }

    /// `n` pairs of bit triples with a common factor from two OTs each, one in either direction.
    pub(crate) async fn pairs(&mut self, channel: &mut Channel, n: usize) -> Result<[BitVec; 5]> {
        let server = self.rots(channel, RotKind::bit(Party::Server), n).await?;
        let client = self.rots(channel, RotKind::bit(Party::Client), n).await?;
        let server = self.products(Party::Server, &server, 2)?;
        let client = self.products(Party::Client, &client, 2)?;
        let (sent, received) = match self.party {
            Party::Server => (server, client),
            Party::Client => (client, server),
        };
        let a = received.factors[0].clone();
        let [b, b2] = [0, 1].map(|k| sent.factors[k].clone());
        let [c, c2] = [&b, &b2].map(|b| &a & b);
        let [c, c2] = [(c, 0), (c2, 1)].map(|(c, k)| &(&c ^ &sent.shares[k]) ^ &received.shares[k]);
        Ok([a, b, b2, c, c2])
    }

    /// Shares of the products of the receiver's choice and the sender's `r⁰ ⊕ r¹`, for messages r of `bits` bits: r⁰ at the sender, the
    /// chosen one at the receiver.
    fn products(&self, sender: Party, halves: &RotHalves, bits: u32) -> Result<Products> {
        let n = halves.rows.len();
        let sends = sender == self.party;
        let pads = if sends { &self.offsets[..2] } else { &self.offsets[..1] };
        let mut packed = Zeroizing::new(vec![0; 2 * bits as usize * (n * pads.len()).div_ceil(16)]);
        Pads::new(&self.pi, pads).low_bits(&halves.rows, bits as usize, &mut packed);
        let messages = Zeroizing::new(Reader::new(&packed).take_bytes(n, bits * pads.len() as u32)?);
        let plane = |at: u32| BitVec::from_bytes_at(&messages, [at]);
        let shares: Vec<BitVec> = (0..bits).map(plane).collect();
        let factors = match sends {
            true => (0..bits).map(|k| &shares[k as usize] ^ &plane(bits + k)).collect(),
            false => vec![BitVec::from_bytes_at(&halves.choices, [0])],
        };
        Ok(Products { factors, shares })
    }
}

/// A party's factors of a batch of products, and its shares of them.
struct Products {
    factors: Vec<BitVec>,
    shares: Vec<BitVec>,
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;
    use rand_core::SeedableRng;

    use super::*;
    use crate::testing::run2;
    use crate::{OtKind, Session};

    const N: usize = 1 << 18;

    /// Both parties ask for several batches, of the server's and of the client's.
    fn batches(seeds: [u8; 2], largest: LpnSet, batches: &[usize]) -> [Vec<RotHalves>; 2] {
        let party = async |mut channel: Channel, party, seed| {
            let mut rng = ChaCha20Rng::from_seed([seed; 32]);
            let params = Params { lpn: largest, ..Params::default() };
            let [mut ot, _] = SilentOt::setup(&mut channel, party, params, &mut rng).await.unwrap();
            let mut halves = Vec::new();
            for (i, &n) in batches.iter().enumerate() {
                let kind = RotKind::bit([Party::Server, Party::Client][i % 2]);
                ot.ask(&mut channel, &mut rng, &Demand::rots(kind, n)).await.unwrap();
                halves.push(ot.rots(&mut channel, kind, n).await.unwrap());
            }
            (halves, ot.offsets()[1])
        };
        let (client, server) =
            block_on(run2(|c| party(c, Party::Client, seeds[0]), |c| party(c, Party::Server, seeds[1])));
        for (i, (ours, theirs)) in client.0.iter().zip(&server.0).enumerate() {
            let (sent, received, delta) = match i % 2 {
                0 => (theirs, ours, server.1),
                _ => (ours, theirs, client.1),
            };
            let pairs = sent.rows.iter().zip(received.rows.iter()).zip(received.choices.iter());
            for (j, ((&q, &t), &c)) in pairs.enumerate() {
                assert_eq!(t, q ^ delta.mul_mask(c == 1), "batch {i}, OT {j}");
            }
        }
        [client.0, server.0]
    }

    #[test]
    fn every_ot_is_correlated_with_soft_spoken_and_through_iterations_of_ferret() {
        // Small ones by SoftSpokenOT, then Ferret starts; 1,100,000 reach into the second iteration of the smallest set.
        for sizes in [vec![1, 5, 1000, 70_000, 129], vec![300, 1, 1_100_000, 200_000, 50_000, 3]] {
            batches([1, 2], LpnSet::B10, &sizes);
        }
    }

    #[test]
    fn choices_and_rows_look_random_and_differ_between_sessions_and_lanes() {
        let [first, _] = batches([1, 2], LpnSet::B11, &[N]);
        let [second, _] = batches([3, 4], LpnSet::B11, &[N]);
        let ones = |halves: &RotHalves| halves.choices.iter().map(|&c| f64::from(c)).sum::<f64>();
        // Mean N/2, standard deviation √N/2 = 256; the seeds are fixed.
        for halves in [&first[0], &second[0]] {
            assert!((ones(halves) - N as f64 / 2.0).abs() < 5.0 * 256.0, "{} ones of {N}", ones(halves));
            for bit in [1, 64, 127] {
                let ones = halves.rows.iter().filter(|row| row.bit(bit)).count() as f64;
                assert!((ones - N as f64 / 2.0).abs() < 5.0 * 256.0, "bit {bit}: {ones} ones of {N}");
            }
            let distinct: std::collections::HashSet<_> = halves.rows.iter().collect();
            assert_eq!(distinct.len(), N, "rows repeat");
        }
        let same = first[0].choices.iter().zip(second[0].choices.iter()).filter(|(a, b)| a == b).count() as f64;
        assert!((same - N as f64 / 2.0).abs() < 5.0 * 256.0, "choices of two sessions agree in {same} of {N}");
    }

    #[test]
    fn lanes_share_delta_and_no_row() {
        let party = async |mut channel: Channel, party, seed| {
            let mut rng = ChaCha20Rng::from_seed([seed; 32]);
            let mut lanes = SilentOt::setup(&mut channel, party, Params::default(), &mut rng).await.unwrap();
            let mut rows = Vec::new();
            for ot in &mut lanes {
                let demand = Demand::rots(RotKind::bit(Party::Server), 1000);
                ot.ask(&mut channel, &mut rng, &demand).await.unwrap();
                rows.extend(ot.rots(&mut channel, RotKind::bit(Party::Server), 1000).await.unwrap().rows.to_vec());
            }
            assert_eq!(lanes[0].offsets(), lanes[1].offsets());
            rows.into_iter().collect::<std::collections::HashSet<Block>>().len()
        };
        let distinct = block_on(run2(|c| party(c, Party::Client, 1), |c| party(c, Party::Server, 2)));
        assert_eq!(distinct, (2000, 2000));
    }

    #[test]
    fn what_a_ledger_counts_is_what_travels() {
        for (largest, demands) in [
            (LpnSet::B10, vec![(10, 0, 3), (5000, 7, 100), (200_000, 60_000, 0), (1, 1, 1), (400_000, 0, 9000)]),
            (LpnSet::B12, vec![(1_000_000, 0, 300_000), (1_500_000, 0, 0), (4_000_000, 0, 0)]),
        ] {
            let params = Params { ot: OtKind::Silent, lpn: largest, ..Params::default() };
            let demands: Vec<Demand> = demands
                .into_iter()
                .map(|(n, triples, pairs)| Demand { triples, pairs, ..Demand::rots(RotKind::leaf(1), n) })
                .collect();
            let run = async |channel, party, seed| {
                let rng = ChaCha20Rng::from_seed([seed; 32]);
                let mut s = Session::setup(channel, party, params, rng).await.unwrap();
                let mut counts = Vec::new();
                for demand in &demands {
                    let before = s.stats().phase(crate::Phase::Online);
                    s.reserve(demand).await.unwrap();
                    s.take_triples(demand.triples).await.unwrap();
                    let after = s.stats().phase(crate::Phase::Online);
                    counts.push((after.bytes_sent - before.bytes_sent, after.bytes_received - before.bytes_received));
                }
                counts
            };
            let (client, _) = block_on(run2(|c| run(c, Party::Client, 1), |c| run(c, Party::Server, 2)));
            let mut ledger = SilentLedger::new(largest);
            let expected: Vec<_> =
                demands.iter().map(|d| ledger.generate(d)).map(|c| (c.to_server, c.to_client)).collect();
            assert_eq!(client, expected, "{largest:?}");
        }
    }

    #[test]
    fn large_demands_cost_less_than_a_bit() {
        for (set, most) in [(LpnSet::B11, 0.9), (LpnSet::B12, 0.6), (LpnSet::B13, 0.35)] {
            let mut ledger = SilentLedger::new(set);
            ledger.generate(&Demand::rots(RotKind::bit(Party::Server), 1 << 26));
            let cost = ledger.generate(&Demand::rots(RotKind::bit(Party::Server), 1 << 26));
            let bits = 8.0 * (cost.to_server + cost.to_client) as f64 / f64::from(1 << 26);
            assert!(bits <= most, "{set:?}: {bits} bits");
            assert_eq!(cost.to_server, 0, "only the sender speaks");
        }
    }
}
