//! What Prometheus reads of a server: counters that only grow, gauges of what is there now, and how long things take.
//!
//! Labels are of few values that a client cannot choose: models on offer, kinds of work, kinds of errors. No address, no ticket and no
//! account is among them, and nothing depends on inputs or weights.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::ready;
use futures_util::{SinkExt, StreamExt};
use prometheus_client::encoding::{EncodeLabelSet, prometheus_text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use sotto_mpc::{Error, ErrorKind};

use crate::ws::{Broken, Received, Sent, Socket, Stage};

/// Of the answer that [`Metrics::text`] is.
pub(crate) const CONTENT_TYPE: &str = prometheus_text::CONTENT_TYPE;

/// Kinds of errors by which a server declines what a client asks for; others end what has begun.
const REFUSALS: [ErrorKind; 7] = [
    ErrorKind::Version,
    ErrorKind::UnknownModel,
    ErrorKind::Busy,
    ErrorKind::ModelChanged,
    ErrorKind::TooLarge,
    ErrorKind::Ticket,
    ErrorKind::Exhausted,
];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfModel {
    model: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InStage {
    model: String,
    stage: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfWork {
    model: String,
    work: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Passed {
    model: String,
    direction: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Because {
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfUnit {
    unit: &'static str,
}

type Times = Family<OfWork, Histogram, fn() -> Histogram>;

/// From a thousandth of a second to nine minutes.
fn times() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 2.0, 20))
}

/// What a server has and allows at the moment of a scrape.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    /// Sessions that compute, and requests that wait for a place.
    pub(crate) places: (usize, usize),
    /// Places in all.
    pub(crate) most_places: usize,
    /// Bytes that are held for what is prepared.
    pub(crate) memory: u64,
    /// Bytes that there are for that.
    pub(crate) most_memory: u64,
    /// Sessions that may be open.
    pub(crate) most_sessions: usize,
    /// Threads that compute for all sessions now, and those that there are.
    pub(crate) threads: (usize, usize),
}

/// All metrics of a server.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    load: [Gauge; 8],
    sessions: Family<InStage, Gauge>,
    opened: Counter,
    ended: Family<Because, Counter>,
    lost: Counter,
    resumed: Counter,
    refusals: Family<Because, Counter>,
    queue: Times,
    work: Times,
    preparations: Family<OfModel, Counter>,
    inferences: Family<OfModel, Counter>,
    prepared: Family<OfModel, Gauge>,
    correlations: Family<OfModel, Counter>,
    bytes: Family<Passed, Counter>,
    used: Family<OfUnit, Counter>,
}

impl Metrics {
    pub(crate) fn new() -> Arc<Metrics> {
        let mut registry = Registry::with_prefix("sotto");
        let build = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The server's version", build);
        let gauges = [
            ("places_taken", "Sessions that compute"),
            ("places_waiting", "Requests that wait for a place to compute in, or for memory"),
            ("places_limit", "Sessions that may compute at once"),
            ("sessions_limit", "Sessions that may be open at once"),
            ("prepared_memory_bytes", "Memory that is taken, or kept free, for prepared inferences"),
            ("prepared_memory_limit_bytes", "Memory that there may be for prepared inferences"),
            ("threads_busy", "Threads that compute on ciphertexts and long layers for all sessions now"),
            ("threads", "Threads that there are for that"),
        ];
        let load = gauges.map(|(name, help)| {
            let gauge = Gauge::default();
            registry.register(name, help, gauge.clone());
            gauge
        });
        let metrics = Metrics {
            registry: Registry::default(),
            load,
            sessions: Family::default(),
            opened: Counter::default(),
            ended: Family::default(),
            lost: Counter::default(),
            resumed: Counter::default(),
            refusals: Family::default(),
            queue: Family::new_with_constructor(times),
            work: Family::new_with_constructor(times),
            preparations: Family::default(),
            inferences: Family::default(),
            prepared: Family::default(),
            correlations: Family::default(),
            bytes: Family::default(),
            used: Family::default(),
        };
        let Metrics { sessions, opened, ended, refusals, queue, work, .. } = &metrics;
        registry.register("sessions", "Open sessions; without a model until one is chosen", sessions.clone());
        registry.register("sessions_opened", "Sessions that were opened", opened.clone());
        let help = "Sessions that ended: done, or by the kind of the error, which can be the client's word for it";
        registry.register("sessions_ended", help, ended.clone());
        let Metrics { lost, resumed, .. } = &metrics;
        registry.register("connections_lost", "Connections that sessions lost and did not end with", lost.clone());
        registry.register("sessions_resumed", "Times that a session went on over another connection", resumed.clone());
        registry.register("refusals", "What clients asked for and did not get", refusals.clone());
        let help = "Time from asking for a place until there is one";
        registry.register_with_unit("queue", help, Unit::Seconds, queue.clone());
        let help = "Time of work that was finished, the client's share and the network among it";
        registry.register_with_unit("work", help, Unit::Seconds, work.clone());
        let Metrics { preparations, inferences, prepared, correlations, bytes, used, .. } = &metrics;
        registry.register("preparations", "Finished preparations", preparations.clone());
        registry.register("inferences", "Finished inferences", inferences.clone());
        registry.register("prepared", "Prepared inferences that sessions hold", prepared.clone());
        let help = "Random OTs and bit triples that were generated, in work that was finished";
        registry.register("correlations", help, correlations.clone());
        let help = "Bytes of the protocol, without those of WebSocket and TLS";
        registry.register_with_unit("protocol", help, Unit::Bytes, bytes.clone());
        registry.register("budget_used", "What was counted in budgets, whether or not there are limits", used.clone());
        Arc::new(Metrics { registry, ..metrics })
    }

    /// Makes a model's series begin at zero, so that the first change is seen as one.
    pub(crate) fn offer(&self, model: &str) {
        let of_model = OfModel { model: model.into() };
        for family in [&self.preparations, &self.inferences, &self.correlations] {
            drop(family.get_or_create_owned(&of_model));
        }
        drop(self.prepared.get_or_create_owned(&of_model));
        for direction in ["received", "sent"] {
            drop(self.bytes.get_or_create_owned(&Passed { model: model.into(), direction }));
        }
    }

    /// All of it in Prometheus' text format.
    pub(crate) fn text(&self, now: Load) -> String {
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let bytes = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let values = [
            count(now.places.0),
            count(now.places.1),
            count(now.most_places),
            count(now.most_sessions),
            bytes(now.memory),
            bytes(now.most_memory),
            count(now.threads.0),
            count(now.threads.1),
        ];
        for (gauge, value) in self.load.iter().zip(values) {
            gauge.set(value);
        }
        let mut text = String::new();
        // Only writing can fail, and a string takes all.
        let _ = prometheus_text::encode(&mut text, &self.registry);
        text
    }

    /// A session that opens now.
    pub(crate) fn session(self: &Arc<Metrics>) -> Arc<Meter> {
        self.opened.inc();
        let state = State { model: String::new(), stage: Stage::Greeting, bytes: Default::default(), correlations: 0 };
        self.gauge(&state).inc();
        Arc::new(Meter { metrics: self.clone(), state: Mutex::new(state) })
    }

    /// Somebody does not get what they ask for.
    pub(crate) fn refused(&self, reason: &'static str) {
        self.refusals.get_or_create(&Because { reason }).inc();
    }

    /// So much of a unit is used.
    pub(crate) fn used(&self, unit: &'static str, amount: u64) {
        self.used.get_or_create(&OfUnit { unit }).inc_by(amount);
    }

    fn gauge(&self, state: &State) -> Gauge {
        self.sessions.get_or_create_owned(&InStage { model: state.model.clone(), stage: state.stage.name() })
    }

    fn bytes_of(&self, model: &str) -> [Counter; 2] {
        ["received", "sent"].map(|direction| self.bytes.get_or_create_owned(&Passed { model: model.into(), direction }))
    }
}

/// What is measured of one session, which is open until this is dropped.
#[derive(Debug)]
pub(crate) struct Meter {
    metrics: Arc<Metrics>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Empty until one is chosen.
    model: String,
    stage: Stage,
    /// Received and sent: counters of the model, or, until one is chosen, of this session alone.
    bytes: [Counter; 2],
    /// That are counted already.
    correlations: u64,
}

impl Meter {
    /// The session is one of a model on offer.
    pub(crate) fn choose(&self, model: &str) {
        let mut state = self.state();
        self.metrics.gauge(&state).dec();
        model.clone_into(&mut state.model);
        self.metrics.gauge(&state).inc();
        let early = mem::replace(&mut state.bytes, self.metrics.bytes_of(model));
        for (counter, early) in state.bytes.iter().zip(early) {
            counter.inc_by(early.get());
        }
    }

    /// It does something else from now on.
    pub(crate) fn enter(&self, stage: Stage) {
        let mut state = self.state();
        self.metrics.gauge(&state).dec();
        state.stage = stage;
        self.metrics.gauge(&state).inc();
    }

    /// It waited so long for a place.
    pub(crate) fn queued(&self, work: &'static str, time: Duration) {
        self.metrics.queue.get_or_create(&self.of_work(work)).observe(time.as_secs_f64());
    }

    /// It finished some work, and has generated so many correlations since it opened.
    pub(crate) fn worked(&self, work: &'static str, time: Duration, correlations: u64) {
        self.metrics.work.get_or_create(&self.of_work(work)).observe(time.as_secs_f64());
        let mut state = self.state();
        let more = correlations.saturating_sub(mem::replace(&mut state.correlations, correlations));
        let of_model = OfModel { model: state.model.clone() };
        self.metrics.correlations.get_or_create(&of_model).inc_by(more);
    }

    /// It has prepared an inference, and holds it until the result is dropped.
    pub(crate) fn prepared(&self) -> Held {
        let of_model = self.of_model();
        self.metrics.preparations.get_or_create(&of_model).inc();
        let gauge = self.metrics.prepared.get_or_create_owned(&of_model);
        gauge.inc();
        Held(gauge)
    }

    /// It has finished an inference.
    pub(crate) fn inferred(&self) {
        self.metrics.inferences.get_or_create(&self.of_model()).inc();
    }

    /// Counts an error if the server declines something by it.
    pub(crate) fn refused(&self, error: &Error) {
        if REFUSALS.contains(&error.kind()) {
            self.metrics.refused(error.kind().name());
        }
    }

    /// It has lost its connection, and waits for another.
    pub(crate) fn lost(&self) {
        self.metrics.lost.inc();
    }

    /// It goes on over another connection.
    pub(crate) fn resumed(&self) {
        self.metrics.resumed.inc();
    }

    /// How it ended.
    pub(crate) fn ended(&self, error: Option<&Error>) {
        let reason = error.map_or("done", |error| error.kind().name());
        self.metrics.ended.get_or_create(&Because { reason }).inc();
    }

    /// A connection whose protocol bytes are counted.
    pub(crate) fn count(self: &Arc<Meter>, socket: Socket) -> Socket {
        let (received, sent) = (self.clone(), self.clone());
        let Socket { reader, writer, held } = socket;
        let reader = reader.inspect(move |message| {
            if let Received::Data(frame) = message {
                received.state().bytes[0].inc_by(frame.len() as u64);
            }
        });
        let writer = writer.with(move |message: Sent| {
            if let Sent::Data(frame) = &message {
                sent.state().bytes[1].inc_by(frame.len() as u64);
            }
            ready(Ok::<_, Broken>(message))
        });
        Socket { reader: Box::pin(reader), writer: Box::pin(writer), held }
    }

    fn of_model(&self) -> OfModel {
        OfModel { model: self.state().model.clone() }
    }

    fn of_work(&self, work: &'static str) -> OfWork {
        OfWork { model: self.state().model.clone(), work }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        let state = self.state();
        self.metrics.gauge(&state).dec();
        if state.model.is_empty() {
            for (counter, early) in self.metrics.bytes_of("").iter().zip(&state.bytes) {
                counter.inc_by(early.get());
            }
        }
    }
}

/// A prepared inference that a session holds.
#[derive(Debug)]
pub(crate) struct Held(Gauge);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOAD: Load =
        Load { places: (1, 2), most_places: 3, memory: 4, most_memory: 5, most_sessions: 6, threads: (7, 8) };

    fn value(metrics: &Metrics, series: &str) -> Option<u64> {
        let text = metrics.text(LOAD);
        text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
    }

    #[test]
    fn a_session_is_counted_once_wherever_it_is() {
        let metrics = Metrics::new();
        metrics.offer("m");
        let of = |model: &str, stage: &str| {
            value(&metrics, &format!("sotto_sessions{{model=\"{model}\",stage=\"{stage}\"}}"))
        };
        let meter = metrics.session();
        assert_eq!(of("", "greeting"), Some(1));
        meter.enter(Stage::Queued);
        meter.choose("m");
        assert_eq!((of("", "greeting"), of("", "queued"), of("m", "queued")), (Some(0), Some(0), Some(1)));
        let held = [meter.prepared(), meter.prepared()];
        meter.worked("preprocess", Duration::from_secs(1), 40);
        meter.worked("preprocess", Duration::from_secs(1), 70);
        assert_eq!(value(&metrics, "sotto_prepared{model=\"m\"}"), Some(2));
        assert_eq!(value(&metrics, "sotto_correlations_total{model=\"m\"}"), Some(70));
        assert_eq!(value(&metrics, "sotto_work_seconds_count{model=\"m\",work=\"preprocess\"}"), Some(2));
        drop((meter, held));
        assert_eq!((of("m", "queued"), value(&metrics, "sotto_prepared{model=\"m\"}")), (Some(0), Some(0)));
        assert_eq!(value(&metrics, "sotto_places_waiting"), Some(2));
    }

    #[test]
    fn only_what_is_declined_is_a_refusal() {
        let metrics = Metrics::new();
        let meter = metrics.session();
        for kind in [ErrorKind::Exhausted, ErrorKind::Closed, ErrorKind::Exhausted] {
            meter.refused(&Error::new(kind, "no"));
        }
        assert_eq!(value(&metrics, "sotto_refusals_total{reason=\"exhausted\"}"), Some(2));
        assert_eq!(value(&metrics, "sotto_refusals_total{reason=\"closed\"}"), None);
    }
}
