//! The server's half of a session.
//!
//! It is made of parts that wait for the client, which take no thread, and parts that compute: [`Greeting::read`] and
//! [`Serving::command`] are of the first kind, [`Accepted::setup`] and [`Serving::run`] of the second. [`serve_session`] does one
//! after the other.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use sotto_nn::{ModelDigest, Program, Weights};

use crate::channel::{Channel, Transport};
use crate::engine::linears::Linears;
use crate::engine::online::{self, Own};
use crate::engine::plan::{self, Plan};
use crate::engine::prepare::{self, Prepared, Role};
use crate::engine::schedule::Schedule;
use crate::error::{Error, ErrorKind, Result};
use crate::ot::supply::Supply;
use crate::party::{Params, Party};
use crate::protocols::linear_he::HeOptions;
use crate::session::command::Command;
use crate::session::handshake::Hello;
use crate::session::progress::{Observer, Reporter};
use crate::session::stats::Stats;
use crate::session::{self, Session, handshake};
use crate::ticket::Ticket;
use crate::workers::crew::Crew;
use crate::workers::letter::Job;
use crate::workers::post::Post;
use crate::workers::worker::Worker;

/// Layouts that a model keeps: clients that ask for unusual parameters cannot make it hold more.
const LAYOUTS: usize = 8;

/// A model as the server holds it. Program and weights have been validated against each other. Copies are cheap.
#[derive(Clone)]
pub struct ServedModel {
    id: String,
    program: Arc<Program>,
    weights: Arc<Weights>,
    digest: Option<ModelDigest>,
    layouts: Arc<Mutex<Layouts>>,
}

/// The last ones that were asked for.
type Layouts = VecDeque<(Params, Arc<Layout>)>;

/// How a program runs with agreed parameters: the same for all sessions.
struct Layout {
    linears: Arc<Linears>,
    schedule: Arc<Schedule>,
    plan: Plan,
}

impl fmt::Debug for ServedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServedModel").field("id", &self.id).field("digest", &self.digest).finish_non_exhaustive()
    }
}

impl ServedModel {
    /// Of the id that clients ask for, a public architecture and its secret weights; with the digest of the card that clients are told
    /// of and the program, where there is a card.
    pub fn new(id: &str, program: Arc<Program>, weights: Arc<Weights>, digest: Option<ModelDigest>) -> Self {
        Self { id: id.into(), program, weights, digest, layouts: Arc::default() }
    }

    /// The id that clients ask for.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The public architecture.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The secret weights.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    fn layout(&self, params: Params) -> Result<Arc<Layout>> {
        let known = || self.layouts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, layout)) = known().iter().find(|(of, _)| *of == params) {
            return Ok(layout.clone());
        }
        let linears = match params.workers {
            1 => Arc::new(Linears::choose(&self.program, params)?),
            // They do not depend on it.
            _ => self.layout(Params { workers: 1, ..params })?.linears.clone(),
        };
        let schedule = Arc::new(Schedule::new(&self.program, params)?);
        plan::check(&self.program, &linears, &schedule)?;
        let plan = plan::plan_with(&self.program, params, &linears, &schedule, &mut Supply::new(params))?;
        let layout = Arc::new(Layout { linears, schedule, plan });
        let mut known = known();
        known.push_back((params, layout.clone()));
        if known.len() > LAYOUTS {
            known.pop_front();
        }
        Ok(layout)
    }
}

/// Prepared inferences that a server keeps for a session, unless it is told otherwise.
pub const MAX_PREPARED: usize = 4;

/// Limits of a session. LOCAL.
pub struct ServerOptions {
    /// Prepared inferences that a client may hold at once.
    pub max_prepared: usize,
    /// Workers that a session may have at most: each beyond the first needs another connection of its client ([`Accepted::workers`]),
    /// and another thread.
    pub workers: u32,
    /// Correlated OTs of an inference for each worker: with fewer, another one is not worth its begin.
    pub ots_each: u64,
    /// Told of the session's progress, from the setup on.
    pub observer: Option<Observer>,
    /// How it computes on ciphertexts.
    pub encryption: HeOptions,
    /// Fixes the server's randomness: tests and wire traces only.
    pub rng_seed: Option<[u8; 32]>,
}

impl Default for ServerOptions {
    fn default() -> Self {
        let (observer, encryption, rng_seed) = (None, HeOptions::default(), None);
        Self { max_prepared: MAX_PREPARED, workers: 1, ots_each: 1 << 20, observer, encryption, rng_seed }
    }
}

/// A client that has said what it wants and has no answer yet.
pub struct Greeting {
    channel: Channel,
    hello: Hello,
}

impl Greeting {
    /// Waits for the client's first message.
    ///
    /// # Errors
    /// `Malformed` or `Version` for what is no hello of this protocol; the peer's close as its own kind.
    pub async fn read(mut channel: Channel) -> Result<Self> {
        let hello = handshake::await_hello(&mut channel).await?;
        Ok(Self { channel, hello })
    }

    /// Id of the model that it asks for.
    pub fn model(&self) -> &str {
        &self.hello.model
    }

    /// The ticket that it shows.
    pub fn ticket(&self) -> Option<&Ticket> {
        self.hello.ticket.as_ref()
    }

    /// Takes the client on, which has no answer yet.
    ///
    /// # Errors
    /// `ModelChanged` when the client was told of another version; what the program cannot run with, for its parameters.
    pub fn accept(self, model: ServedModel, options: ServerOptions) -> Result<Accepted> {
        let Self { channel, hello } = self;
        let program = handshake::described(&hello, &model.program, model.digest)?;
        let mut params = hello.params;
        let worth = match params.workers.min(options.workers) {
            0 | 1 => 1,
            most => {
                let ots = model.layout(Params { workers: 1, ..params })?.schedule.correlated_ots();
                ots.checked_div(options.ots_each).unwrap_or(u64::MAX).clamp(1, most.into()) as u32
            }
        };
        params.workers = worth;
        let layout = model.layout(params)?;
        let (mut posts, mut workers) = (Vec::new(), Vec::new());
        for number in 1..worth {
            let (post, theirs) = Post::pair();
            let (channel, transport) = Channel::new();
            let rng = session::rng_of_worker(options.rng_seed, number)?;
            let (program, schedule) = (model.program.clone(), layout.schedule.clone());
            let worker = Worker::new(number as usize, channel, Party::Server, params, rng, program, schedule, theirs);
            posts.push(post);
            workers.push((worker, transport));
        }
        let (crew, answer) = (Crew::of(posts), Some((hello, program)));
        Ok(Accepted { channel, answer, params, model, layout, options, crew, workers })
    }

    /// The error for a model that is not there.
    pub fn unknown_model(&self) -> Error {
        Error::new(ErrorKind::UnknownModel, format!("no model '{}' here", printable(&self.hello.model)))
    }
}

/// A session that is agreed upon and not set up.
pub struct Accepted {
    channel: Channel,
    /// What the client asked, and the program, until it has its answer.
    answer: Option<(Hello, Vec<u8>)>,
    params: Params,
    model: ServedModel,
    layout: Arc<Layout>,
    options: ServerOptions,
    crew: Crew,
    workers: Vec<(Worker, Transport)>,
}

impl Accepted {
    /// The session's further workers, 1, 2, …, each with the transport of the connection by which the same worker of the client joins.
    /// While the session [sets up](Accepted::setup) or [runs](Serving::run), each has to [run](Worker::run), too.
    pub fn workers(&mut self) -> Vec<(Worker, Transport)> {
        std::mem::take(&mut self.workers)
    }

    /// Answers with the model's public architecture. From now on the client's workers may join.
    ///
    /// # Errors
    /// Of the channel.
    pub async fn answer(&mut self) -> Result<()> {
        let Some((hello, program)) = self.answer.take() else { return Ok(()) };
        handshake::answer(&mut self.channel, &hello, program, self.params.workers).await
    }

    /// What the session and its first inference take; further ones take no more.
    pub fn plan(&self) -> &Plan {
        &self.layout.plan
    }

    /// Base OTs, and keys of the encryption if it is used; before them the answer, if there was none.
    ///
    /// # Errors
    /// Of the protocol and the channel.
    pub async fn setup(mut self) -> Result<Serving> {
        self.answer().await?;
        let Self { channel, params, model, layout, options, crew, .. } = self;
        let ServerOptions { max_prepared, observer, encryption, rng_seed, .. } = options;
        let (rng, reporter, keys) = (session::rng(rng_seed)?, Reporter::new(observer), layout.linears.keys());
        let mut session = Session::setup_reporting(channel, Party::Server, params, keys, rng, reporter, crew).await?;
        session.crew.tell_all(Job::Rest);
        Ok(Serving { session, model, layout, prepared: VecDeque::new(), max_prepared, encryption })
    }
}

/// A session that is set up.
pub struct Serving {
    session: Session,
    model: ServedModel,
    layout: Arc<Layout>,
    prepared: VecDeque<Prepared>,
    max_prepared: usize,
    encryption: HeOptions,
}

impl Serving {
    /// Waits for what the client asks for next. What it may not ask for now is an error.
    ///
    /// # Errors
    /// `Malformed` for an unknown command, an inference without preprocessing, or more preprocessings than may wait; the peer's close
    /// as its own kind.
    pub async fn command(&mut self) -> Result<Command> {
        let command = self.session.lane().channel.recv_command().await?;
        let refused = match command {
            Command::Preprocess if self.prepared.len() >= self.max_prepared => {
                format!("more than {} prepared inferences", self.max_prepared)
            }
            Command::Infer if self.prepared.is_empty() => "an inference without preprocessing".into(),
            Command::Preprocess | Command::Infer | Command::Close => return Ok(command),
        };
        Err(Error::malformed(refused).in_phase(command.phase()))
    }

    /// Does what was asked for.
    ///
    /// # Errors
    /// Of the protocol and the channel: the session is over then.
    pub async fn run(&mut self, command: Command) -> Result<()> {
        let done = match command {
            Command::Preprocess => self.preprocess().await,
            Command::Infer => self.infer().await,
            Command::Close => Ok(()),
        };
        self.session.crew.tell_all(Job::Rest);
        done.map_err(|e| self.session.in_phase(e))
    }

    /// Bytes of correlations that the server holds for one prepared inference.
    pub fn memory(&self) -> u64 {
        self.layout.schedule.memory(Party::Server)
    }

    /// What the session and its first inference take; further ones take no more.
    pub fn plan(&self) -> &Plan {
        &self.layout.plan
    }

    /// Bytes, rounds and seconds so far.
    pub fn stats(&self) -> &Stats {
        self.session.stats()
    }

    async fn preprocess(&mut self) -> Result<()> {
        let Self { session, model, layout, prepared, encryption, .. } = self;
        let role = Role::Server { weights: &model.weights, encryption };
        let Layout { linears, schedule, .. } = &**layout;
        prepared.push_back(prepare::preprocess(session, &model.program, schedule, linears, role).await?);
        Ok(())
    }

    async fn infer(&mut self) -> Result<()> {
        let Self { session, model, layout, prepared, encryption, .. } = self;
        let next = prepared.pop_front().ok_or_else(|| Error::malformed("an inference without preprocessing"))?;
        let own = Own::Weights(&model.weights, &encryption.threads);
        online::run(session, &model.program, &layout.schedule, next, own).await?;
        session.stats_mut().inferences += 1;
        Ok(())
    }
}

/// Serves one session until the client closes it.
///
/// # Errors
/// Whatever ended the session early, with the close code and reason to send to the client.
pub async fn serve_session(
    channel: Channel,
    find: &dyn Fn(&str) -> Option<ServedModel>,
    options: ServerOptions,
) -> Result<Stats> {
    let greeting = Greeting::read(channel).await?;
    let model = find(greeting.model()).ok_or_else(|| greeting.unknown_model())?;
    let mut serving = greeting.accept(model, options)?.setup().await?;
    loop {
        match serving.command().await? {
            Command::Close => return Ok(serving.stats().clone()),
            command => serving.run(command).await?,
        }
    }
}

/// A peer's string, fit for a message: short and without control characters.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}
