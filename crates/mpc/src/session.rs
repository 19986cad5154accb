//! A party's state during a session.

use std::mem;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sotto_crypto::{BitVec, Block};
use web_time::Instant;

use crate::ideal::Dealer;
use crate::ot::pool::{Pools, Source};
use crate::ot::{ClassicOt, Demand, RotReceiver, RotSender};
use crate::{Channel, Error, OtKind, Params, Party, Phase, Progress, Result, Stats, Traffic};

/// Receives progress reports.
pub type Observer = Box<dyn FnMut(&Progress)>;

/// One party's end of a session: its channel, its randomness and its store of correlations.
pub struct Session {
    party: Party,
    params: Params,
    pub(crate) channel: Channel,
    pub(crate) rng: ChaCha20Rng,
    pools: Pools,
    observer: Option<Observer>,
    clock: PhaseClock,
}

/// Where the current phase began, for progress reports.
struct PhaseClock {
    start: Instant,
    before: Traffic,
    steps: usize,
    done: usize,
}

impl Session {
    /// Sets up a session over real OTs. `channel` must be past the handshake.
    pub async fn setup(mut channel: Channel, party: Party, params: Params, mut rng: ChaCha20Rng) -> Result<Self> {
        let OtKind::Classic = params.ot;
        channel.set_phase(Phase::Setup);
        let start = Instant::now();
        let ot = ClassicOt::setup(&mut channel, party, &mut rng).await.map_err(|e| e.in_phase(Phase::Setup))?;
        channel.stats_mut().phase_mut(Phase::Setup).seconds += start.elapsed().as_secs_f64();
        let pools = Pools::new(party, Source::Classic(Box::new(ot)));
        Ok(Self::with(channel, party, params, rng, pools))
    }

    /// A session over the ideal OT functionality: **not secure**, for tests and benchmarks. Both parties give one `seed`.
    pub fn ideal(channel: Channel, party: Party, params: Params, seed: u64) -> Self {
        let mut own = [0; 32];
        own[..8].copy_from_slice(&seed.to_le_bytes());
        own[8] = party as u8;
        let pools = Pools::new(party, Source::Ideal(Box::new(Dealer::new(seed))));
        Self::with(channel, party, params, ChaCha20Rng::from_seed(own), pools)
    }

    fn with(mut channel: Channel, party: Party, params: Params, rng: ChaCha20Rng, pools: Pools) -> Self {
        channel.set_phase(Phase::Online);
        let clock = PhaseClock { start: Instant::now(), before: Traffic::default(), steps: 0, done: 0 };
        Self { party, params, channel, rng, pools, observer: None, clock }
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

    /// Reports progress to `observer` from now on.
    pub fn set_observer(&mut self, observer: Observer) {
        self.observer = Some(observer);
    }

    /// Generates `demand` more correlations, as part of preprocessing.
    pub async fn reserve(&mut self, demand: &Demand) -> Result<()> {
        self.pools.generate(&mut self.channel, &mut self.rng, demand).await
    }

    /// Correlations in store.
    pub fn stock(&self) -> Demand {
        self.pools.stock()
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
    pub(crate) async fn choose(&mut self, choices: &BitVec) -> Result<Vec<Block>> {
        self.pools.choose(&mut self.channel, choices).await
    }

    /// The sender's side of [`Session::choose`].
    pub(crate) async fn offer(&mut self, n: usize) -> Result<RotSender> {
        self.pools.offer(&mut self.channel, n).await
    }

    /// Flips a Boolean sharing: one party complements its share.
    pub(crate) fn complement(&self, bits: BitVec) -> BitVec {
        if self.party == Party::Server { bits.not() } else { bits }
    }

    /// Starts a phase of `steps` steps.
    pub fn begin_phase(&mut self, phase: Phase, steps: usize) {
        self.channel.set_phase(phase);
        self.clock = PhaseClock { start: Instant::now(), before: self.channel.traffic(), steps, done: 0 };
    }

    /// Starts a step: reports it, and returns what [`Session::end_step`] needs.
    pub(crate) fn begin_step(&mut self, name: &str) -> Step {
        self.report(name, false);
        Step { start: Instant::now(), before: self.channel.traffic() }
    }

    /// Ends a step and books its traffic.
    pub(crate) fn end_step(&mut self, step: Step, name: &str) {
        let phase = self.channel.phase();
        let mut traffic = self.channel.traffic().since(&step.before);
        traffic.seconds = step.start.elapsed().as_secs_f64();
        self.channel.stats_mut().record_layer(phase, name, &traffic);
        self.clock.done += 1;
    }

    /// Ends the phase and books its seconds.
    pub fn end_phase(&mut self) {
        let phase = self.channel.phase();
        self.channel.stats_mut().phase_mut(phase).seconds += self.clock.start.elapsed().as_secs_f64();
        self.report("", true);
    }

    fn report(&mut self, name: &str, done: bool) {
        let Some(mut observer) = mem::take(&mut self.observer) else { return };
        let traffic = self.channel.traffic().since(&self.clock.before);
        observer(&Progress {
            phase: self.channel.phase(),
            layer: self.clock.done,
            layers: self.clock.steps,
            name: name.into(),
            bytes_sent: traffic.bytes_sent,
            bytes_received: traffic.bytes_received,
            seconds: self.clock.start.elapsed().as_secs_f64(),
            done,
        });
        self.observer = Some(observer);
    }

    /// The error with the phase that runs.
    pub(crate) fn in_phase(&self, error: Error) -> Error {
        error.in_phase(self.channel.phase())
    }
}

/// A running step of a phase.
pub(crate) struct Step {
    start: Instant,
    before: Traffic,
}
