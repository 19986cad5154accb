//! Where rows come from, behind one interface: the classic path, the silent path, or a dealer for tests.

use std::sync::Arc;

use sotto_crypto::hash::Pi;
use sotto_crypto::{BitVec, SecretVec};

use super::classic::ClassicOt;
use super::dealer::Dealer;
use super::demand::{Demand, PAIR_WIDTH, TRIPLE_WIDTH};
use super::io::{Io, LANES};
use super::rot::{Offsets, RotHalves, RotKind, Rows};
use super::silent::SilentOt;
use super::triples::{self, Pairs, Triples};
use crate::channel::Channel;
use crate::error::Result;
use crate::party::{OtKind, Params, Party, served};

/// A source of random OTs; both parties make the same calls in the same order. All are for semi-honest parties.
pub(crate) struct Source {
    party: Party,
    path: Path,
}

enum Path {
    /// Base OTs, extended by IKNP and KK13.
    Classic(Box<ClassicOt>),
    /// Base OTs, extended by SoftSpokenOT and Ferret.
    Silent(Box<SilentOt>),
    /// A trusted dealer that both parties simulate from a common seed: tests and benchmarks only.
    Ideal(Box<Dealer>),
}

impl Source {
    /// The sources of all lanes, from one set of base OTs.
    pub(crate) async fn setup(io: Io<'_>, party: Party, params: Params) -> Result<[Self; LANES]> {
        let Io { channel, rng } = io;
        let of = |path| Self { party, path };
        Ok(match params.ot {
            OtKind::Classic => {
                let lanes = ClassicOt::setup(channel, party, rng).await?;
                lanes.map(|ot| of(Path::Classic(Box::new(ot))))
            }
            OtKind::Silent => {
                let lanes = SilentOt::setup(channel, party, params.lpn, rng).await?;
                lanes.map(|ot| of(Path::Silent(Box::new(ot))))
            }
        })
    }

    /// Sources over the ideal OT functionality: **not secure**.
    pub(crate) fn ideal(party: Party, seed: u64) -> [Self; LANES] {
        let pi = Arc::new(Pi::fixed());
        let dealer = |lane| Box::new(Dealer::new(seed, lane as u64, pi.clone()));
        std::array::from_fn(|lane| Self { party, path: Path::Ideal(dealer(lane)) })
    }

    /// Payload bytes of [`Source::setup`]: client to server, server to client.
    pub(crate) fn setup_bytes(ot: OtKind) -> (u64, u64) {
        match ot {
            OtKind::Classic => ClassicOt::setup_bytes(),
            OtKind::Silent => (SilentOt::setup_bytes(), SilentOt::setup_bytes()),
        }
    }

    /// What makes pads of rows.
    pub(crate) fn pi(&self) -> Arc<Pi> {
        match &self.path {
            Path::Classic(ot) => ot.pi(),
            Path::Silent(ot) => ot.pi(),
            Path::Ideal(dealer) => dealer.pi(),
        }
    }

    /// Offsets of a kind of which this party is the sender: at least one for each choice.
    pub(crate) fn offsets(&self, kind: RotKind) -> Result<Offsets> {
        match &self.path {
            Path::Classic(ot) => ot.offsets(kind),
            Path::Silent(ot) => Ok(ot.offsets(kind.width)),
            Path::Ideal(dealer) => Ok(dealer.offsets(kind)),
        }
    }

    /// Tells the source what will be asked for: the silent path starts Ferret for it, if that pays.
    pub(crate) async fn ask(&mut self, io: Io<'_>, demand: &Demand) -> Result<()> {
        match &mut self.path {
            Path::Silent(ot) => ot.ask(io, demand).await,
            Path::Classic(_) | Path::Ideal(_) => Ok(()),
        }
    }

    /// `n` random OTs of a kind.
    pub(crate) async fn rots(&mut self, io: Io<'_>, kind: RotKind, n: usize) -> Result<RotHalves> {
        match &mut self.path {
            Path::Classic(ot) => ot.rots(io, self.party, kind, n).await,
            Path::Silent(ot) => ot.rots(io, kind, n).await,
            Path::Ideal(dealer) => Ok(dealer.rots(self.party, kind, n)),
        }
    }

    /// Bit triples and pairs. Silent path: from two OTs each, without a message of their own; otherwise from 1-of-2^m OTs.
    pub(crate) async fn triples(&mut self, mut io: Io<'_>, n: usize, pairs: usize) -> Result<(Triples, Pairs)> {
        if let Path::Silent(ot) = &mut self.path {
            return Ok((ot.triples(io.again(), n).await?, ot.pairs(io, pairs).await?));
        }
        let triple = self.rots(io.again(), RotKind::leaf(TRIPLE_WIDTH), n.div_ceil(2)).await?;
        let pair = self.rots(io.again(), RotKind::leaf(PAIR_WIDTH), pairs).await?;
        let pi = self.pi();
        let made = match self.party {
            Party::Server => {
                let offsets = [self.offsets(RotKind::leaf(TRIPLE_WIDTH))?, self.offsets(RotKind::leaf(PAIR_WIDTH))?];
                served!(triples::send(io, &pi, [(&triple.rows, &offsets[0]), (&pair.rows, &offsets[1])]).await?)
            }
            Party::Client => triples::receive(io.channel, &pi, [&triple, &pair]).await?,
        };
        Ok(made)
    }

    /// Rows of 1-of-2 OTs of which this party receives with given choices, if the source makes such; otherwise random ones
    /// are derandomised.
    pub(crate) async fn choose(&mut self, channel: &mut Channel, choices: &BitVec) -> Option<Result<Rows>> {
        match &mut self.path {
            Path::Classic(ot) => Some(ot.choose(channel, choices).await),
            Path::Silent(_) | Path::Ideal(_) => None,
        }
    }

    /// The sender's side of [`Source::choose`].
    pub(crate) async fn offer(&mut self, channel: &mut Channel, n: usize) -> Option<Result<Rows>> {
        let kind = RotKind::bit(self.party);
        match &mut self.path {
            Path::Classic(ot) => Some(ot.extend(channel, kind, n, &SecretVec::default()).await),
            Path::Silent(_) | Path::Ideal(_) => None,
        }
    }
}
