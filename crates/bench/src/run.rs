//! A batch: both parties' inputs, each one's half, and the check of what they make of them.

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sotto_mpc::{Channel, Modulus, Party, Phase, Session, Stats};

use crate::cases::{Case, Own};
use crate::protocol::{Share, is_picked};
use crate::{CpuSeconds, Error, Op, Record, Result, Spec, plain};

/// One operation with its inputs.
pub struct Batch {
    spec: Spec,
    case: Case,
}

/// What a party holds at the end.
pub struct Outcome {
    /// Its share of each result.
    pub words: Vec<u64>,
    /// Its counters.
    pub stats: Stats,
}

impl Batch {
    /// Derives the inputs.
    ///
    /// # Errors
    /// [`Error::Spec`] as [`Spec::validate`].
    pub fn new(spec: Spec) -> Result<Self> {
        spec.validate()?;
        let case = Case::new(&spec);
        Ok(Batch { spec, case })
    }

    /// The operation.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// One party's half: setup, the correlations that the batch needs, the batch. Gives the channel back.
    ///
    /// # Errors
    /// The session's.
    pub async fn run(&self, channel: Channel, party: Party) -> sotto_mpc::Result<(Outcome, Channel)> {
        let Spec { ideal, seed, params, .. } = self.spec;
        let own: &Own = match party {
            Party::Client => &self.case.client,
            Party::Server => &self.case.server,
        };
        let (calls, each) = (self.spec.calls(), self.spec.values_each());
        let mut session = if ideal {
            Session::ideal(channel, party, params, seed)
        } else {
            let mut rng = ChaCha20Rng::seed_from_u64(seed);
            // The parties' randomness is independent; only the inputs' seed is common.
            rng.set_stream(1 + party as u64);
            Session::setup(channel, party, params, rng).await?
        };
        session.begin_phase(Phase::Preprocess, 1);
        session.prepare(&calls).await?;
        session.end_phase();
        session.begin_phase(Phase::Online, 1);
        let parts = session.map(&calls, async |s, range| self.spec.evaluate(s, &own.slice(range, each)).await).await?;
        session.end_phase();
        let words = parts.into_iter().flat_map(Share::into_words).collect();
        Ok((Outcome { words, stats: session.stats().clone() }, session.into_channel()))
    }

    /// Joins both parties' shares and compares them with the plain computation. Returns the number of results.
    ///
    /// # Errors
    /// [`Error::Mismatch`] naming the first result that differs.
    pub fn check(&self, client: &[u64], server: &[u64]) -> Result<u64> {
        let Spec { op, seed, .. } = self.spec;
        let (bits, expected) = (self.spec.modulus().bits(), plain::results(&self.spec, &self.case));
        if client.len() != expected.len() || server.len() != expected.len() {
            let what = format!("{}: {} and {} results, not {}", op.name(), client.len(), server.len(), expected.len());
            return Err(Error::Mismatch(what));
        }
        let modulus = self.spec.result_modulus();
        let join = |(&a, &b): (&u64, &u64)| match modulus {
            _ if op == Op::RandomOt => i64::from(!is_picked(a, b)),
            None => ((a ^ b) & 1) as i64,
            Some(m) => m.to_signed(m.add(m.reduce(a), m.reduce(b))),
        };
        let joined: Vec<i64> = client.iter().zip(server).map(join).collect();
        let wrong = joined.iter().zip(&expected).filter(|(a, b)| a != b).count();
        match joined.iter().zip(&expected).position(|(a, b)| a != b) {
            Some(at) => Err(Error::Mismatch(format!(
                "{}, {bits} bits: {wrong} of {} results are wrong; number {at} is {}, not {} (seed {seed})",
                op.name(),
                expected.len(),
                joined[at],
                expected[at],
            ))),
            None => Ok(expected.len() as u64),
        }
    }

    /// What is to be reported of a checked run.
    pub fn record(&self, stats: &Stats, cpu_seconds: CpuSeconds, checked: u64) -> Record {
        let spec = &self.spec;
        let mut record = Record {
            op: spec.op.name().into(),
            bits: spec.modulus().bits(),
            modulus: spec.modulus,
            n: spec.n.into(),
            shift: spec.op.shifts().then_some(spec.shift),
            divisor: (spec.op == Op::Divide).then_some(spec.divisor),
            max: (spec.op == Op::Clip).then(|| spec.max()),
            window: (spec.op == Op::Maxpool).then_some(spec.window),
            out_bits: spec.out().map(Modulus::bits),
            checked,
            seed: spec.seed,
            cpu_seconds,
            ..Record::of(spec.params, spec.ideal)
        };
        record.book(stats, 1);
        record
    }
}
