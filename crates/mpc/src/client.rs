//! The client of a private inference.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use futures_channel::oneshot;
use futures_util::future::LocalBoxFuture;
use sotto_crypto::memcheck;
use sotto_nn::{Description, Program};

use crate::channel::Channel;
use crate::engine::linears::Linears;
use crate::engine::online::{self, Own};
use crate::engine::plan;
use crate::engine::prepare::{self, Prepared, Role};
use crate::engine::schedule::Schedule;
use crate::error::{Error, ErrorKind, Result, internal};
use crate::ot::supply::Supply;
use crate::party::{Params, Party};
use crate::session::command::Command;
use crate::session::handshake;
use crate::session::phase::{HELLO, Phase};
use crate::session::progress::{Observer, Reporter};
use crate::session::stats::Stats;
use crate::session::{self, Session};
use crate::share::{Arith, Ring};
use crate::ticket::Ticket;
use crate::workers::crew::{self, Crew};
use crate::workers::post::Post;
use crate::workers::recruit::Recruit;

/// What is said of a result that cannot be right.
const DAMAGED: &str = "the result was damaged on the way and is not shown";

/// How to connect.
pub struct ClientOptions {
    /// Model id.
    pub model: String,
    /// What the client was told of the model. The server then has to hold that version, and results have to be possible ones.
    pub description: Option<Arc<Description>>,
    /// Agreement parameters.
    pub params: Params,
    /// What lets the client in, where the server asks for that. It is sent in the first message.
    pub ticket: Option<Ticket>,
    /// Told of the session's progress, from the handshake on.
    pub observer: Option<Observer>,
    /// Most bytes that setup, preprocessing and one inference may take, both ways: a server's program that needs more
    /// ([`Plan::total`](plan::Plan::total)) is refused before any of it is allocated, as is one of which a single call would
    /// hold more than 512 MiB. 1 GiB by default. LOCAL.
    pub max_bytes: u64,
    /// Where the session's further workers are made, if there are any: told of all that `params` wishes and the server grants, they have
    /// to join. Without it the session has one.
    pub recruits: Option<oneshot::Sender<Vec<Recruit>>>,
    /// Fixes the client's randomness: tests and wire traces only.
    pub rng_seed: Option<[u8; 32]>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            model: String::new(),
            description: None,
            params: Params::default(),
            ticket: None,
            observer: None,
            max_bytes: 1 << 30,
            recruits: None,
            rng_seed: None,
        }
    }
}

/// A client's session with a server.
///
/// Its futures are boxed, and by functions that are never inlined: so their code, which is all of the protocol, is compiled once, in this
/// crate. Of an `async fn` every crate that awaits one compiles a copy, with all that it awaits.
pub struct Client {
    session: Session,
    program: Arc<Program>,
    description: Option<Arc<Description>>,
    linears: Linears,
    schedule: Arc<Schedule>,
    prepared: VecDeque<Prepared>,
    /// Whether a call failed, or was dropped, in the middle of a protocol: the peer is then at another place in it.
    broken: bool,
}

/// What an inference yields. Its `Debug` keeps the result to itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Inference {
    /// The program's result, signed.
    pub output: Vec<i64>,
    /// The input as the server saw it: `x − r` in the input's ring.
    pub masked_input: Vec<u64>,
}

impl fmt::Debug for Inference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inference").finish_non_exhaustive()
    }
}

impl Client {
    /// Handshake, base OTs, and keys of the linear layers' encryption if it is used.
    ///
    /// # Errors
    /// Of any kind; the channel is dropped then.
    #[inline(never)]
    pub fn connect(channel: Channel, options: ClientOptions) -> LocalBoxFuture<'static, Result<Self>> {
        Box::pin(Self::connected(channel, options))
    }

    async fn connected(mut channel: Channel, options: ClientOptions) -> Result<Self> {
        let mut params = options.params;
        params.validate()?;
        if options.recruits.is_none() || !crew::POSSIBLE {
            params.workers = 1;
        }
        let rng = session::rng(options.rng_seed)?;
        let mut reporter = Reporter::new(options.observer);
        reporter.begin_phase(&mut channel, Phase::Handshake, 1);
        let step = reporter.begin_step(&channel, HELLO);
        let description = options.description;
        let (program, workers) =
            handshake::greet(&mut channel, &options.model, description.as_deref(), params, options.ticket).await?;
        params.workers = workers;
        reporter.end_step(&mut channel, step, HELLO);
        reporter.end_phase(&mut channel);
        let linears = Linears::choose(&program, params)?;
        let schedule = Schedule::new(&program, params)?;
        let mut supply = Supply::new(params);
        let needed = plan::plan_with(&program, params, &linears, &schedule, &mut supply)?.total();
        if needed > options.max_bytes {
            let limit = options.max_bytes;
            let message = format!(
                "setup and one inference with the server's program take {needed} bytes, more than the {limit} allowed"
            );
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        let (program, schedule) = (Arc::new(program), Arc::new(schedule));
        let mut posts = Vec::new();
        let recruit = |number| {
            let (post, theirs) = Post::pair();
            posts.push(post);
            let (program, schedule, rng_seed) = (program.clone(), schedule.clone(), options.rng_seed);
            Recruit { number, post: theirs, program, schedule, params, rng_seed }
        };
        let recruits = (1..params.workers).filter(|_| crew::POSSIBLE).map(recruit).collect();
        if let Some(to) = options.recruits.filter(|_| crew::POSSIBLE) {
            // Who wants none any more is missed when they are to answer.
            drop(to.send(recruits));
        }
        let (keys, crew) = (linears.keys(), Crew::of(posts));
        let session = Session::setup_reporting(channel, Party::Client, params, keys, rng, reporter, crew).await?;
        Ok(Self { session, program, description, linears, schedule, prepared: VecDeque::new(), broken: false })
    }

    /// The public architecture.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Inferences that are prepared and not yet used.
    pub fn prepared(&self) -> usize {
        self.prepared.len()
    }

    /// The parameters that were agreed upon.
    pub fn params(&self) -> Params {
        self.session.params()
    }

    /// Bytes, rounds and seconds so far.
    pub fn stats(&self) -> &Stats {
        self.session.stats()
    }

    /// Prepares one more inference; needs no input.
    #[inline(never)]
    pub fn preprocess(&mut self) -> LocalBoxFuture<'_, Result<()>> {
        Box::pin(self.prepare())
    }

    async fn prepare(&mut self) -> Result<()> {
        self.command(Command::Preprocess).await?;
        let Self { session, program, schedule, linears, .. } = self;
        let prepared = prepare::preprocess(session, program, schedule, linears, Role::Client).await;
        self.prepared.push_back(prepared.map_err(|e| self.session.in_phase(e))?);
        self.broken = false;
        Ok(())
    }

    /// Runs one inference on the program's fixed-point input; prepares it first when nothing is prepared.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] when the input has another length or a value outside the input's ring; the session stays usable.
    /// [`ErrorKind::Damaged`] for a result that cannot be right. The peer is not to learn of it: go on with the session, and end
    /// it, as after a result.
    #[inline(never)]
    pub fn infer<'a>(&'a mut self, input: &'a [i64]) -> LocalBoxFuture<'a, Result<Inference>> {
        Box::pin(self.inferred(input))
    }

    async fn inferred(&mut self, input: &[i64]) -> Result<Inference> {
        let raw = input;
        let input = self.ring_input(raw)?;
        if self.prepared.is_empty() {
            self.prepare().await?;
        }
        let prepared = self.prepared.pop_front().ok_or_else(|| internal("nothing is prepared"))?;
        self.command(Command::Infer).await?;
        let outcome = online::run(&mut self.session, &self.program, &self.schedule, prepared, Own::Input(input)).await;
        let outcome = outcome.map_err(|e| self.session.in_phase(e))?;
        self.broken = false;
        self.session.stats_mut().inferences += 1;
        if !outcome.intact || !self.is_possible(raw, &outcome.output) {
            return Err(Error::new(ErrorKind::Damaged, DAMAGED).in_phase(Phase::Online));
        }
        Ok(Inference { output: outcome.output, masked_input: outcome.masked_input })
    }

    /// Ends the session.
    #[inline(never)]
    pub fn close(mut self) -> LocalBoxFuture<'static, Result<Stats>> {
        Box::pin(async move {
            self.command(Command::Close).await?;
            Ok(self.session.stats().clone())
        })
    }

    /// Whether the model can give this result for this input, by what is public of it.
    fn is_possible(&self, input: &[i64], output: &[i64]) -> bool {
        match &self.description {
            Some(described) => described.card.can_give(&self.program, input, output),
            None => self.program.can_give(output),
        }
    }

    fn ring_input(&self, input: &[i64]) -> Result<Arith> {
        let ty = &self.program.input;
        if input.len() != ty.len() {
            return Err(Error::input(format!("the model takes {} values, got {}", ty.len(), input.len())));
        }
        let ring = Ring::new(ty.bits);
        let element = |(i, &v): (usize, &i64)| {
            let element = ring.from_signed(v);
            let mut fits = ring.to_signed(element) == v;
            // An input is refused aloud, before anything is sent.
            memcheck::public(std::slice::from_mut(&mut fits));
            fits.then_some(element).ok_or_else(|| Error::input(format!("input {i} does not fit {} bits", ty.bits)))
        };
        Ok(Arith::new(ring, input.iter().enumerate().map(element).collect::<Result<_>>()?))
    }

    async fn command(&mut self, command: Command) -> Result<()> {
        if self.broken {
            return Err(
                Error::new(ErrorKind::Closed, "the session ended with an earlier error").in_phase(command.phase())
            );
        }
        self.broken = true;
        self.session.lane().channel.set_phase(command.phase());
        self.session.lane().channel.send(vec![command as u8]).await
    }
}
