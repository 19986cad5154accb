//! The silent path: random correlated OTs in both directions, by [SoftSpokenOT](super::soft) while few are needed and by
//! [Ferret](super::ferret) from then on; random 1-of-2^m OTs and bit triples from them without another message. What a larger
//! set starts from is made by the next smaller one.
//!
//! What is made when follows from public counts alone ([`ledger::Ledger`]), so that both parties agree on it and a plan knows its exact
//! bytes. A 1-of-16 OT comes from Ferret over GF(16) where many are asked for. Another 1-of-2^m OT takes m correlated OTs, combined to one
//! row `Σ β^j q_j` over GF(16) for m ≤ 4, or `Σ x^j q_j` over GF(2^128) (never by plain addition: their offsets would cancel), with
//! offsets D_k = k·Δ. Two OTs make a bit triple, one in each direction a pair: docs/protocols.md.

mod direction;
pub(crate) mod ledger;

use std::sync::Arc;

use rand_chacha::ChaCha20Rng;
use sotto_crypto::hash::{Pads, Pi};
use sotto_crypto::{BitVec, Block, SecretVec, gf16};
use zeroize::Zeroizing;

use super::base;
use super::demand::Demand;
use super::ferret::Public;
use super::io::{Io, LANES};
use super::lpn_set::LpnSet;
use super::rot::{Offsets, RotHalves, RotKind, Rows, WIDE, combined};
use super::soft::{self, SoftReceiver, SoftSender};
use crate::channel::Channel;
use crate::error::Result;
use crate::party::Party;
use crate::wire::Reader;
use direction::{Direction, Soft};

/// 1-of-2^m OTs that are combined together.
const ROWS: usize = 4096;
/// OTs that become products together.
const PRODUCTS: usize = 1 << 16;

/// A party's end of both directions.
pub(crate) struct SilentOt {
    party: Party,
    largest: LpnSet,
    pi: Arc<Pi>,
    /// In which this party sends, and receives.
    sends: Direction,
    receives: Direction,
    /// k·Δ for all k of 4 bits, over GF(16), and of 8 bits, over GF(2^128).
    offsets: [Offsets; 2],
}

impl SilentOt {
    /// Runs the base OTs, 128 in each direction, and SoftSpokenOT's setup. One result for each of two lanes, with one Δ and independent
    /// streams.
    pub(crate) async fn setup(
        channel: &mut Channel,
        party: Party,
        largest: LpnSet,
        rng: &mut ChaCha20Rng,
    ) -> Result<[Self; LANES]> {
        let choices = Zeroizing::new(soft::choices(rng));
        let ots = base::base_ots(channel, party, rng, soft::BASE_OTS, &choices).await?;
        let (receivers, message) = SoftReceiver::new(&ots, rng);
        let message = channel.exchange(message, soft::SETUP_BYTES).await?;
        let [sender, second_sender] = SoftSender::new(&choices, &ots, &message);
        let [receiver, second_receiver] = receivers;
        let delta = sender.delta();
        let offsets =
            [(0..16).map(|k| delta.gf16_mul(k)).collect(), (0..=255).map(|k| delta.gf_mul_small(k)).collect()]
                .map(|offsets: Vec<Block>| Offsets::new(Zeroizing::new(offsets)));
        let public = |lane: usize, sender: Party| {
            [0, 1].map(|field| Public::new(&ots.constants, 4 * field + 2 * lane + sender as usize))
        };
        let lane = |lane, sender, receiver| Self {
            party,
            largest,
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
    pub(crate) async fn ask(&mut self, mut io: Io<'_>, demand: &Demand) -> Result<()> {
        let largest = self.largest;
        for sender in [Party::Server, Party::Client] {
            self.direction(sender).ask(io.again(), demand.ots(sender), largest).await?;
        }
        Ok(())
    }

    /// Offsets of 1-of-2^`width` OTs in which this party sends.
    pub(crate) fn offsets(&self, width: u32) -> Offsets {
        self.offsets[usize::from(width > WIDE)].clone()
    }

    /// `n` random 1-of-2^m OTs.
    pub(crate) async fn rots(&mut self, io: Io<'_>, kind: RotKind, n: usize) -> Result<RotHalves> {
        let receives = kind.sender != self.party;
        let direction = self.direction(kind.sender);
        let mut halves = RotHalves { rows: Rows::zeros(n), ..RotHalves::default() };
        if receives {
            halves.choices = SecretVec::zeros(n);
        }
        let RotHalves { rows, choices } = &mut halves;
        if kind.width == 1 {
            direction.fill(io.channel, rows).await?;
            choices.iter_mut().zip(rows.iter()).for_each(|(c, t)| *c = t.bit(0).into());
        } else if kind.width == WIDE && direction.is_wide() {
            direction.fill_wide(io, rows).await?;
            choices.iter_mut().zip(rows.iter()).for_each(|(c, t)| *c = t.element_0());
        } else {
            let width = kind.width as usize;
            let mut cots = Rows::zeros(ROWS.min(n) * width);
            for (i, rows) in rows.chunks_mut(ROWS).enumerate() {
                let cots = &mut cots[..rows.len() * width];
                direction.fill(io.channel, cots).await?;
                match kind.width <= WIDE {
                    true => gf16::combine(cots, width, rows),
                    false => {
                        rows.iter_mut().zip(cots.chunks_exact(width)).for_each(|(row, cots)| *row = combined(cots))
                    }
                }
                for (choice, cots) in choices.iter_mut().skip(i * ROWS).zip(cots.chunks_exact(width)) {
                    *choice = (0..).zip(cots).fold(0, |choice, (j, t)| choice | u8::from(t.bit(0)) << j);
                }
            }
        }
        Ok(halves)
    }

    /// `n` bit triples from two OTs each, in which the server sends.
    pub(crate) async fn triples(&mut self, io: Io<'_>, n: usize) -> Result<[BitVec; 3]> {
        let Products { factors, shares } = self.make_products(io, Party::Server, 2 * n, 1).await?;
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
    pub(crate) async fn pairs(&mut self, mut io: Io<'_>, n: usize) -> Result<[BitVec; 5]> {
        let server = self.make_products(io.again(), Party::Server, n, 2).await?;
        let client = self.make_products(io, Party::Client, n, 2).await?;
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

    /// [`SilentOt::products`] of `n` fresh OTs, whose rows are in memory a part at a time.
    async fn make_products(&mut self, mut io: Io<'_>, sender: Party, n: usize, bits: u32) -> Result<Products> {
        let factors = if sender == self.party { bits as usize } else { 1 };
        let room = |parts: usize| vec![BitVec::with_capacity(n); parts];
        let mut all = Products { factors: room(factors), shares: room(bits as usize) };
        for start in (0..n).step_by(PRODUCTS) {
            let halves = self.rots(io.again(), RotKind::bit(sender), PRODUCTS.min(n - start)).await?;
            let part = self.products(sender, &halves, bits)?;
            all.factors.iter_mut().zip(&part.factors).for_each(|(all, part)| all.extend(part));
            all.shares.iter_mut().zip(&part.shares).for_each(|(all, part)| all.extend(part));
        }
        Ok(all)
    }

    /// Shares of the products of the receiver's choice and the sender's `r⁰ ⊕ r¹`, for messages r of `bits` bits: r⁰ at the sender, the
    /// chosen one at the receiver.
    fn products(&self, sender: Party, halves: &RotHalves, bits: u32) -> Result<Products> {
        let n = halves.rows.len();
        let sends = sender == self.party;
        let pads = if sends { &self.offsets[0][..2] } else { &self.offsets[0][..1] };
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
mod tests;
