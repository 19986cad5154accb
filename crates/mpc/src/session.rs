//! A party's state during a session.

pub(crate) mod command;
pub(crate) mod handshake;
pub(crate) mod keys;
pub(crate) mod lane;
pub(crate) mod phase;
pub(crate) mod progress;
pub(crate) mod stats;

use futures_util::future;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use crate::channel::{Channel, Section};
use crate::error::{Error, Result, internal};
use crate::ot::demand::Demand;
use crate::ot::io::{Io, LANES};
use crate::ot::source::Source;
use crate::ot::store::Store;
use crate::party::{Params, Party};
use crate::workers::crew::{Answer, Crew};
use crate::workers::letter::Job;
use keys::{HeKeys, KeySets};
use lane::Lane;
use phase::{BASE_OTS, ENCRYPTION_KEYS, Phase};
use progress::{Reporter, Step};
use stats::Stats;

/// One party's end of a session: its lanes, of which the first has the connection, and its keys.
pub struct Session {
    lanes: Vec<Lane>,
    /// Keys of the linear layers' encryption, if it is used.
    pub(crate) he: Option<Box<HeKeys>>,
    reporter: Reporter,
    /// Calls of the hash when the phase began.
    hashes: u64,
    /// Which of the session's workers this is: 0 runs the program.
    worker: usize,
    /// The others, at the first one.
    pub(crate) crew: Crew,
}

impl Session {
    /// Sets up a session over real OTs. `channel` must be past the handshake.
    pub async fn setup(channel: Channel, party: Party, params: Params, rng: ChaCha20Rng) -> Result<Self> {
        Self::setup_reporting(channel, party, params, &KeySets::new(), rng, Reporter::new(None), Crew::default()).await
    }

    /// [`Session::setup`] with a reporter that goes on with the session, and its further workers.
    pub(crate) async fn setup_reporting(
        mut channel: Channel,
        party: Party,
        params: Params,
        keys: &KeySets,
        mut rng: ChaCha20Rng,
        mut reporter: Reporter,
        mut crew: Crew,
    ) -> Result<Self> {
        crew.tell_all(Job::Setup);
        reporter.begin_phase(&mut channel, Phase::Setup, 1 + usize::from(!keys.is_empty()));
        let step = reporter.begin_step(&channel, BASE_OTS);
        let sources = Source::setup(Io { channel: &mut channel, rng: &mut rng }, party, params).await;
        let sources = sources.map_err(|e| e.in_phase(Phase::Setup))?;
        reporter.end_step(&mut channel, step, BASE_OTS);
        let mut session = Self::with(channel, party, params, rng, sources, reporter);
        session.crew = crew;
        if !keys.is_empty() {
            let step = session.begin_step(ENCRYPTION_KEYS);
            session.setup_encryption(keys).await.map_err(|e| e.in_phase(Phase::Setup))?;
            session.end_step(step, ENCRYPTION_KEYS);
        }
        session.hear_crew().await.map_err(|e| e.in_phase(Phase::Setup))?;
        session.end_phase();
        session.lane().channel.set_phase(Phase::Online);
        Ok(session)
    }

    /// A session over the ideal OT functionality: **not secure**, for tests and benchmarks. Both parties give one `seed`.
    pub fn ideal(mut channel: Channel, party: Party, params: Params, seed: u64) -> Self {
        let mut own = [0; 32];
        own[..8].copy_from_slice(&seed.to_le_bytes());
        own[8] = party as u8;
        channel.set_phase(Phase::Online);
        let (rng, sources) = (ChaCha20Rng::from_seed(own), Source::ideal(party, seed));
        Self::with(channel, party, params, rng, sources, Reporter::new(None))
    }

    fn with(
        channel: Channel,
        party: Party,
        params: Params,
        rng: ChaCha20Rng,
        sources: [Source; LANES],
        reporter: Reporter,
    ) -> Self {
        let mut channel = Some(channel);
        let lane = |(index, source): (u64, Source)| {
            // Another stream of the same generator: the nonce makes it independent.
            let mut own = rng.clone();
            own.set_stream(rng.get_stream() ^ index.reverse_bits());
            Lane::new(channel.take().unwrap_or_else(Channel::detached), party, params, own, source)
        };
        let lanes = (0..).zip(sources).map(lane).collect();
        Self { lanes, he: None, reporter, hashes: 0, worker: 0, crew: Crew::default() }
    }

    /// From now on, this is a further worker.
    pub(crate) fn work_as(&mut self, worker: usize) {
        self.worker = worker;
    }

    /// Which of the session's workers this is.
    pub(crate) fn worker(&self) -> usize {
        self.worker
    }

    /// Waits for what the other workers have to answer, and counts what they did.
    pub(crate) async fn hear_crew(&mut self) -> Result<()> {
        let answers = self.crew.hear().await?;
        self.count_answers(&answers);
        Ok(())
    }

    /// Counts what other workers did at the same time.
    pub(crate) fn count_answers(&mut self, answers: &[Answer]) {
        let channel = &mut self.lanes[0].channel;
        let phase = channel.phase();
        let traffic = channel.stats_mut().phase_mut(phase);
        answers.iter().for_each(|answer| traffic.add_beside(&answer.report.traffic));
        if !answers.is_empty() {
            channel.stats_mut().workers = self.crew.totals();
        }
    }

    /// Makes and sends, or receives, the keys of `sets`, which replace those at hand.
    ///
    /// # Errors
    /// Of the channel, and `Malformed` for numbers that are no residues.
    pub async fn setup_encryption(&mut self, sets: &KeySets) -> Result<()> {
        if !sets.is_empty() {
            self.he = Some(Box::new(HeKeys::exchange(self.lane(), sets).await?));
        }
        Ok(())
    }

    /// The first lane, which has the connection: where everything runs that does not run side by side.
    pub fn lane(&mut self) -> &mut Lane {
        &mut self.lanes[0]
    }

    /// Which party this is.
    pub fn party(&self) -> Party {
        self.lanes[0].party()
    }

    /// The agreed parameters.
    pub fn params(&self) -> Params {
        self.lanes[0].agreed()
    }

    /// Bytes, rounds and seconds so far.
    pub fn stats(&self) -> &Stats {
        self.lanes[0].stats()
    }

    pub(crate) fn stats_mut(&mut self) -> &mut Stats {
        self.lane().channel.stats_mut()
    }

    /// Ends the session and gives its connection back.
    pub fn into_channel(mut self) -> Channel {
        self.lanes.swap_remove(0).channel
    }

    /// Generates each lane's correlations, one lane after the other, over the session's connection.
    pub async fn reserve(&mut self, demands: &[Demand]) -> Result<()> {
        for (lane, demand) in demands.iter().enumerate() {
            let reserved = self.on_lane(lane, async |s: &mut Lane| s.reserve(demand).await).await;
            reserved?;
        }
        Ok(())
    }

    /// Runs `f` in a lane alone, on the session's connection.
    pub(crate) async fn on_lane<T>(&mut self, lane: usize, f: impl AsyncFnOnce(&mut Lane) -> Result<T>) -> Result<T> {
        if lane == 0 {
            return f(self.lane()).await;
        }
        let detached = std::mem::replace(&mut self.lanes[0].channel, Channel::detached());
        let detached = std::mem::replace(&mut self.lanes[lane].channel, detached);
        let result = f(&mut self.lanes[lane]).await;
        let channel = std::mem::replace(&mut self.lanes[lane].channel, detached);
        self.lanes[0].channel = channel;
        result
    }

    /// Runs the first `lanes` lanes on this session's connection until all are done, or one fails, and `beside` at the same time, whose
    /// rounds count as those of lanes. While a send is held back, up to `allowance` bytes of what the peer sends are put aside.
    pub(crate) async fn run_lanes<T>(
        &mut self,
        lanes: usize,
        allowance: usize,
        beside: impl Future<Output = Result<Vec<Section>>>,
        lane: impl AsyncFn(&mut Lane, usize) -> Result<T>,
    ) -> Result<Vec<T>> {
        let party = self.party();
        let [first, others @ ..] = &mut self.lanes[..lanes] else { return Err(internal("a session has lanes")) };
        first.channel.share(others.iter_mut().map(|lane| &mut lane.channel), party, allowance);
        let run = async |(index, s): (usize, &mut Lane)| {
            s.channel.turn().await?;
            let result = lane(s, index).await?;
            s.channel.leave();
            Ok(result)
        };
        let results = future::try_join_all(self.lanes[..lanes].iter_mut().enumerate().map(&run));
        let results = future::try_join(results, beside).await;
        let (results, sections) =
            results.map_or_else(|e| (Err(e), Vec::new()), |(results, beside)| (Ok(results), beside));
        if let [first, others @ ..] = &mut self.lanes[..lanes] {
            first.channel.unite(others.iter_mut().map(|lane| &mut lane.channel), sections);
        }
        results
    }

    /// Correlations in store, of all lanes.
    pub fn stock(&self) -> Demand {
        let mut stock = Demand::default();
        self.lanes.iter().for_each(|lane| stock += &lane.stock());
        stock
    }

    /// Gives every lane a store and takes the old ones.
    pub(crate) fn exchange_stores(&mut self, stores: Vec<Store>) -> Vec<Store> {
        self.lanes.iter_mut().zip(stores).map(|(lane, store)| std::mem::replace(&mut lane.store, store)).collect()
    }

    /// Starts a phase of `steps` steps.
    pub fn begin_phase(&mut self, phase: Phase, steps: usize) {
        self.hashes = self.lanes[0].hash_calls();
        self.reporter.begin_phase(&mut self.lanes[0].channel, phase, steps);
    }

    /// Ends the phase and books its seconds and its calls of the hash.
    pub fn end_phase(&mut self) {
        let calls = self.lanes[0].hash_calls() - self.hashes;
        let channel = &mut self.lanes[0].channel;
        let phase = channel.phase();
        channel.stats_mut().phase_mut(phase).hashes += calls;
        self.reporter.end_phase(channel);
    }

    /// Starts a step of the phase.
    pub(crate) fn begin_step(&mut self, name: &str) -> Step {
        self.reporter.begin_step(&self.lanes[0].channel, name)
    }

    /// Ends a step and books its traffic.
    pub(crate) fn end_step(&mut self, step: Step, name: &str) {
        self.reporter.end_step(&mut self.lanes[0].channel, step, name);
    }

    /// The error with the phase that runs.
    pub(crate) fn in_phase(&self, error: Error) -> Error {
        error.in_phase(self.lanes[0].channel.phase())
    }
}

/// The operating system's randomness, or a fixed seed for tests.
pub(crate) fn rng(seed: Option<[u8; 32]>) -> Result<ChaCha20Rng> {
    match seed {
        Some(seed) => Ok(ChaCha20Rng::from_seed(seed)),
        None => sotto_crypto::os_rng().map_err(|e| internal(e.to_string())),
    }
}

/// As [`rng`], of a session's further worker: another stream of a fixed seed than the first one's lanes have.
pub(crate) fn rng_of_worker(seed: Option<[u8; 32]>, number: u32) -> Result<ChaCha20Rng> {
    let mut rng = rng(seed)?;
    rng.set_stream(u64::from(number) << 32);
    Ok(rng)
}
