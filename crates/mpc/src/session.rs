//! A party's state during a session.

use std::sync::Arc;

use futures_util::future;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sotto_crypto::BitVec;
use sotto_crypto::hash::Pi;

use crate::error::internal;
use crate::he::{HeKeys, KeySets};
use crate::ideal::Dealer;
use crate::ot::pool::{Pools, Source};
use crate::ot::{ClassicOt, Demand, RotReceiver, RotSender, Rows, SilentOt};
use crate::progress::{Reporter, Step};
use crate::share::{Arith, Modulus};
use crate::wire::{Reader, Writer, bytes_for};
use crate::{Channel, Error, OtKind, Params, Party, Phase, Result, Stats};

/// Names of the setup's steps.
const BASE_OTS: &str = "base OTs";
pub(crate) const ENCRYPTION_KEYS: &str = "encryption keys";

/// One party's end of a session: its channel, its randomness and its store of correlations.
pub struct Session {
    party: Party,
    params: Params,
    pub(crate) channel: Channel,
    pub(crate) rng: ChaCha20Rng,
    /// Keys of the linear layers' encryption, if it is used.
    pub(crate) he: Option<Box<HeKeys>>,
    pools: Pools,
    reporter: Reporter,
    /// The second lane, in a session that is not itself one: its own randomness and store, and a channel without link.
    second: Option<Box<Session>>,
}

impl Session {
    /// Sets up a session over real OTs. `channel` must be past the handshake.
    pub async fn setup(channel: Channel, party: Party, params: Params, rng: ChaCha20Rng) -> Result<Self> {
        Self::setup_reporting(channel, party, params, &KeySets::new(), rng, Reporter::new(None)).await
    }

    /// [`Session::setup`] with a reporter that goes on with the session.
    pub(crate) async fn setup_reporting(
        mut channel: Channel,
        party: Party,
        params: Params,
        keys: &KeySets,
        mut rng: ChaCha20Rng,
        mut reporter: Reporter,
    ) -> Result<Self> {
        reporter.begin_phase(&mut channel, Phase::Setup, 1 + usize::from(!keys.is_empty()));
        let step = reporter.begin_step(&channel, BASE_OTS);
        let sources = match params.ot {
            OtKind::Classic => ClassicOt::setup(&mut channel, party, &mut rng)
                .await
                .map(|ots| ots.map(|ot| Source::Classic(Box::new(ot)))),
            OtKind::Silent => SilentOt::setup(&mut channel, party, params, &mut rng)
                .await
                .map(|ots| ots.map(|ot| Source::Silent(Box::new(ot)))),
        };
        let sources = sources.map_err(|e| e.in_phase(Phase::Setup))?;
        reporter.end_step(&mut channel, step, BASE_OTS);
        let pools = sources.map(|source| Pools::new(party, source));
        let mut session = Self::with(channel, party, params, rng, pools, reporter);
        if !keys.is_empty() {
            let step = session.begin_step(ENCRYPTION_KEYS);
            session.setup_encryption(keys).await.map_err(|e| e.in_phase(Phase::Setup))?;
            session.end_step(step, ENCRYPTION_KEYS);
        }
        session.end_phase();
        session.channel.set_phase(Phase::Online);
        Ok(session)
    }

    /// A session over the ideal OT functionality: **not secure**, for tests and benchmarks. Both parties give one `seed`.
    pub fn ideal(mut channel: Channel, party: Party, params: Params, seed: u64) -> Self {
        let mut own = [0; 32];
        own[..8].copy_from_slice(&seed.to_le_bytes());
        own[8] = party as u8;
        let pools = [0, 1].map(|lane| Pools::new(party, Source::Ideal(Box::new(Dealer::new(seed, lane)))));
        channel.set_phase(Phase::Online);
        Self::with(channel, party, params, ChaCha20Rng::from_seed(own), pools, Reporter::new(None))
    }

    fn with(
        channel: Channel,
        party: Party,
        params: Params,
        rng: ChaCha20Rng,
        pools: [Pools; 2],
        reporter: Reporter,
    ) -> Self {
        let [pools, second_pools] = pools;
        // Another stream of the same generator: the nonce makes it independent.
        let mut second_rng = rng.clone();
        second_rng.set_stream(rng.get_stream() ^ 1 << 63);
        let lane = |channel, rng, pools, reporter| Self {
            party,
            params,
            channel,
            rng,
            he: None,
            pools,
            reporter,
            second: None,
        };
        let second = lane(Channel::detached(), second_rng, second_pools, Reporter::new(None));
        Self { second: Some(Box::new(second)), ..lane(channel, rng, pools, reporter) }
    }

    /// Which party this is.
    pub fn party(&self) -> Party {
        self.party
    }

    /// The agreed parameters.
    pub fn params(&self) -> Params {
        self.params
    }

    /// Bytes, rounds and seconds so far.
    pub fn stats(&self) -> &Stats {
        self.channel.stats()
    }

    /// Ends the session and gives its connection back.
    pub fn into_channel(self) -> Channel {
        self.channel
    }

    /// Generates `demand` more correlations, as part of preprocessing.
    pub async fn reserve(&mut self, demand: &Demand) -> Result<()> {
        self.pools.generate(&mut self.channel, &mut self.rng, demand).await
    }

    /// Generates the correlations of both lanes, one lane after the other.
    pub(crate) async fn reserve_lanes(&mut self, demands: &[Demand; 2]) -> Result<()> {
        self.reserve(&demands[0]).await?;
        let second = self.second.as_mut().ok_or_else(|| internal("a lane has no lanes"))?;
        second.pools.generate(&mut self.channel, &mut second.rng, &demands[1]).await
    }

    /// Runs both lanes on this session's connection until both are done, or one fails.
    pub(crate) async fn run_lanes<T>(
        &mut self,
        lane: impl AsyncFn(&mut Session, usize) -> Result<T>,
    ) -> Result<(T, T)> {
        let mut second = self.second.take().ok_or_else(|| internal("a lane has no lanes"))?;
        self.channel.share(&mut second.channel, self.party, self.params.allowance());
        let run = async |s: &mut Session, index| {
            s.channel.turn().await?;
            let result = lane(s, index).await?;
            s.channel.leave();
            Ok(result)
        };
        let results = future::try_join(run(self, 0), run(&mut second, 1)).await;
        self.channel.unite(&mut second.channel);
        self.second = Some(second);
        results
    }

    /// Correlations in store, of both lanes.
    pub fn stock(&self) -> Demand {
        let mut stock = self.pools.stock();
        self.second.iter().for_each(|second| stock += &second.pools.stock());
        stock
    }

    /// What makes pads of rows.
    pub(crate) fn pi(&self) -> Arc<Pi> {
        self.pools.pi()
    }

    pub(crate) async fn take_sender(&mut self, width: u32, n: usize) -> Result<RotSender> {
        self.pools.take_sender(&mut self.channel, &mut self.rng, width, n).await
    }

    pub(crate) async fn take_receiver(&mut self, width: u32, n: usize) -> Result<RotReceiver> {
        self.pools.take_receiver(&mut self.channel, &mut self.rng, width, n).await
    }

    pub(crate) async fn take_triples(&mut self, n: usize) -> Result<[BitVec; 3]> {
        self.pools.take_triples(&mut self.channel, &mut self.rng, n).await
    }

    pub(crate) async fn take_pairs(&mut self, n: usize) -> Result<[BitVec; 5]> {
        self.pools.take_pairs(&mut self.channel, &mut self.rng, n).await
    }

    /// Receiver's rows of fresh 1-of-2 OTs with chosen bits.
    pub(crate) async fn choose(&mut self, choices: &BitVec) -> Result<Rows> {
        self.pools.choose(&mut self.channel, &mut self.rng, choices).await
    }

    /// The sender's side of [`Session::choose`].
    pub(crate) async fn offer(&mut self, n: usize) -> Result<RotSender> {
        self.pools.offer(&mut self.channel, &mut self.rng, n).await
    }

    /// Shows the peer this party's share: ⌈log₂ size⌉ bits per element, one message.
    pub(crate) async fn send_share(&mut self, share: &Arith) -> Result<()> {
        let mut writer = Writer::default();
        writer.put_all(share.values(), share.modulus().bits());
        self.channel.send(writer.finish()).await
    }

    /// Receives what [`Session::send_share`] sends.
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

    /// Starts a phase of `steps` steps.
    pub fn begin_phase(&mut self, phase: Phase, steps: usize) {
        self.reporter.begin_phase(&mut self.channel, phase, steps);
    }

    /// Ends the phase and books its seconds.
    pub fn end_phase(&mut self) {
        self.reporter.end_phase(&mut self.channel);
    }

    /// Starts a step of the phase.
    pub(crate) fn begin_step(&mut self, name: &str) -> Step {
        self.reporter.begin_step(&self.channel, name)
    }

    /// Ends a step and books its traffic.
    pub(crate) fn end_step(&mut self, step: Step, name: &str) {
        self.reporter.end_step(&mut self.channel, step, name);
    }

    /// The error with the phase that runs.
    pub(crate) fn in_phase(&self, error: Error) -> Error {
        error.in_phase(self.channel.phase())
    }
}
