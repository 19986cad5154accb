//! The server's half of a session.

use std::collections::VecDeque;
use std::sync::Arc;

use sotto_nn::{ModelDigest, Program, Weights};

use crate::channel::Channel;
use crate::engine::budget::SharedBudget;
use crate::engine::linears::Linears;
use crate::engine::online::{self, Own};
use crate::engine::plan;
use crate::engine::prepare::{self, Role};
use crate::engine::schedule::Schedule;
use crate::error::{Error, ErrorKind, Result};
use crate::party::Party;
use crate::protocols::linear_he::HeOptions;
use crate::session::command::Command;
use crate::session::phase::Phase;
use crate::session::progress::{Observer, Reporter};
use crate::session::stats::Stats;
use crate::session::{self, Session, handshake};

/// A model as the server holds it. Program and weights have been validated against each other.
#[derive(Clone, Debug)]
pub struct ServedModel {
    /// Id that clients ask for.
    pub id: String,
    /// Public architecture.
    pub program: Arc<Program>,
    /// Secret weights.
    pub weights: Arc<Weights>,
    /// Of the card that clients are told of and the program; none where there is no card.
    pub digest: Option<ModelDigest>,
}

/// Limits of a session. LOCAL.
pub struct ServerOptions {
    /// Prepared inferences that a client may hold at once.
    pub max_prepared: usize,
    /// Bytes of correlations that all sessions' prepared inferences may take together, if there is a bound.
    pub budget: Option<SharedBudget>,
    /// Told of the session's progress, from the setup on.
    pub observer: Option<Observer>,
    /// How it computes on ciphertexts.
    pub encryption: HeOptions,
    /// Fixes the server's randomness: tests and wire traces only.
    pub rng_seed: Option<[u8; 32]>,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self { max_prepared: 4, budget: None, observer: None, encryption: HeOptions::default(), rng_seed: None }
    }
}

/// Serves one session until the client closes it.
///
/// # Errors
/// Whatever ended the session early, with the close code and reason to send to the client.
pub async fn serve_session(
    mut channel: Channel,
    find: &dyn Fn(&str) -> Option<ServedModel>,
    options: ServerOptions,
) -> Result<Stats> {
    let hello = handshake::await_hello(&mut channel).await?;
    let unknown = || Error::new(ErrorKind::UnknownModel, format!("no model '{}' here", printable(&hello.model)));
    let model = find(&hello.model).ok_or_else(unknown)?;
    handshake::answer(&mut channel, &hello, &model.program, model.digest).await?;
    let (rng, reporter) = (session::rng(options.rng_seed)?, Reporter::new(options.observer));
    let linears = Linears::choose(&model.program, hello.params)?;
    let schedule = Schedule::new(&model.program, hello.params)?;
    plan::check(&model.program, &linears, &schedule)?;
    let (params, keys) = (hello.params, linears.keys());
    let mut session = Session::setup_reporting(channel, Party::Server, params, keys, rng, reporter).await?;
    let mut prepared = VecDeque::new();
    loop {
        let command = session.lane().channel.recv_command().await?;
        match command {
            Command::Preprocess if prepared.len() >= options.max_prepared => {
                let message = format!("more than {} prepared inferences", options.max_prepared);
                return Err(Error::malformed(message).in_phase(Phase::Preprocess));
            }
            Command::Preprocess => {
                let role = Role::Server { weights: &model.weights, encryption: &options.encryption };
                let bytes = schedule.memory(Party::Server);
                let reservation = options.budget.as_ref().map(|budget| budget.reserve(bytes).ok_or(budget));
                let full = |budget: &SharedBudget| {
                    let (taken, most) = (budget.taken(), budget.most());
                    let message = format!(
                        "preparing takes {bytes} bytes of the server's memory, of which {taken} of {most} are in use"
                    );
                    Error::new(ErrorKind::Busy, message).in_phase(Phase::Preprocess)
                };
                let reservation = reservation.transpose().map_err(full)?;
                let more = prepare::preprocess(&mut session, &model.program, &schedule, &linears, role).await;
                let more = more.map_err(|e| session.in_phase(e))?;
                prepared.push_back((more, reservation));
            }
            Command::Infer => {
                let nothing = || Error::malformed("an inference without preprocessing").in_phase(Phase::Online);
                let (next, _reservation) = prepared.pop_front().ok_or_else(nothing)?;
                let done = online::run(
                    &mut session,
                    &model.program,
                    &schedule,
                    next,
                    Own::Weights(&model.weights, &options.encryption.threads),
                )
                .await;
                done.map_err(|e| session.in_phase(e))?;
                session.stats_mut().inferences += 1;
            }
            Command::Close => return Ok(session.stats().clone()),
        }
    }
}

/// A peer's string, fit for a message: short and without control characters.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}
