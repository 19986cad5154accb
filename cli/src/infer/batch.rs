//! The sessions of a run: an inference for each row, and another session when one was lost or the server had no place for it.
//!
//! Nothing that was prepared is used twice: what a lost session had prepared is gone with it, and the row whose result did not come is
//! computed anew in the next one. A result that cannot be right is no such loss. The server is not to learn of it, so the session goes
//! on as if it were right, and the row is not asked again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use futures_executor::block_on;
use sotto_mpc::{Channel, Client, ClientOptions, ErrorKind, Params, Stats, Ticket};
use sotto_nn::Description;
use sotto_server::ws::Limits;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::answer::{Outcome, Question, Refusal, outcome};
use crate::native_client::{Connection, Failed, Remote};
use crate::signals::Asked;
use crate::{Error, Result};

/// The first wait before another session; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A row's name, and what is asked of it or why nothing can be.
pub(super) struct Job {
    pub(super) name: String,
    pub(super) asked: std::result::Result<Question, String>,
}

/// What all sessions of a run have in common.
pub(super) struct Batch<'a> {
    pub(super) remote: &'a Remote,
    pub(super) model: String,
    pub(super) description: Arc<Description>,
    pub(super) params: Params,
    /// What is shown to a server that asks for it.
    pub(super) ticket: Option<Ticket>,
    pub(super) max_bytes: u64,
    pub(super) limits: Limits,
    /// How many classes to name beside the decision.
    pub(super) top: usize,
    /// Sessions that may fail, one after the other without a result, beyond the first.
    pub(super) retries: u32,
}

/// How far a run came, and why it ended there.
pub(super) struct Ended {
    /// Rows that are done, those before its first among them.
    pub(super) done: usize,
    /// Of all sessions.
    pub(super) stats: Stats,
    /// Nothing when all rows are done, or the run was stopped.
    pub(super) outcome: Result<()>,
}

impl Batch<'_> {
    /// Runs the rows from `first` on, and hands on what becomes of each, in their order.
    pub(super) async fn run(
        &self,
        jobs: &Arc<Vec<Job>>,
        first: usize,
        asked: &Asked,
        each: &mut impl FnMut(usize, Outcome) -> Result<()>,
    ) -> Ended {
        let mut ended = Ended { done: first, stats: Stats::default(), outcome: Ok(()) };
        ended.outcome = self.go_on(jobs, asked, &mut ended, each).await;
        ended
    }

    async fn go_on(
        &self,
        jobs: &Arc<Vec<Job>>,
        asked: &Asked,
        ended: &mut Ended,
        each: &mut impl FnMut(usize, Outcome) -> Result<()>,
    ) -> Result<()> {
        let mut failures = 0;
        loop {
            refuse_bad(jobs, &mut ended.done, each)?;
            if ended.done == jobs.len() || asked.stop.is_cancelled() {
                return Ok(());
            }
            let before = ended.done;
            let failed = match self.session(jobs, asked, ended, each).await {
                Ok(()) => continue,
                Err(failed) => failed,
            };
            // When the last result is here, or no more are wanted, it is no loss that the connection broke.
            if failed.passing && (ended.done == jobs.len() || asked.stop.is_cancelled()) {
                return Ok(());
            }
            failures = if ended.done > before { 1 } else { failures + 1 };
            if !failed.passing || failures > self.retries {
                return Err(failed.error);
            }
            let wait = wait(failures);
            warn!(
                "{}; a new session in {:.1} s ({failures} of {} retries)",
                failed.error,
                wait.as_secs_f64(),
                self.retries
            );
            tokio::select! {
                () = sleep(wait) => {}
                () = asked.stop.cancelled() => return Ok(()),
            }
        }
    }

    /// One session, which goes on behind what is done.
    async fn session(
        &self,
        jobs: &Arc<Vec<Job>>,
        asked: &Asked,
        ended: &mut Ended,
        each: &mut impl FnMut(usize, Outcome) -> Result<()>,
    ) -> std::result::Result<(), Failed> {
        let fatal = |error| Failed { error, passing: false };
        let opened = tokio::select! {
            opened = Connection::open(self.remote, self.limits) => opened?,
            () = asked.stop.cancelled() => return Ok(()),
        };
        let (channel, connection) = opened;
        let (sender, mut results) = unbounded_channel();
        let (questions, from, stop, draining) = (jobs.clone(), ended.done, asked.stop.clone(), connection.draining());
        let (model, described, params, max_bytes, ticket) =
            (self.model.clone(), self.description.clone(), self.params, self.max_bytes, self.ticket.clone());
        let recruits = (params.workers > 1).then(|| connection.recruits());
        let thread = tokio::task::spawn_blocking(move || {
            let description = Some(described);
            let options =
                ClientOptions { model, description, params, max_bytes, ticket, recruits, ..Default::default() };
            let inputs = questions.iter().enumerate().skip(from);
            let inputs = inputs.filter_map(|(k, job)| Some((k, &job.asked.as_ref().ok()?.input[..])));
            block_on(infer_all(channel, options, inputs, &sender, &Stop { asked: stop, draining }))
        });
        let Description { card, program, .. } = &*self.description;
        let mut told = false;
        loop {
            let next: Option<(usize, Option<Vec<i64>>)> = tokio::select! {
                next = results.recv() => next,
                () = asked.hurry.cancelled() => return Err(fatal(Error::Interrupted("stopped at once".into()))),
                () = asked.stop.cancelled(), if !told => {
                    warn!("stopping behind the inference that runs; another signal, a second or more later, stops it, too");
                    told = true;
                    continue;
                }
            };
            let Some((k, output)) = next else { break };
            if let Job { name, asked: Ok(question) } = &jobs[k] {
                each(k, outcome(card, program, name, question, output, self.top)).map_err(fatal)?;
                ended.done = k + 1;
                refuse_bad(jobs, &mut ended.done, each).map_err(fatal)?;
            }
        }
        let (counted, outcome) =
            thread.await.map_err(|_| fatal(Error::Internal("the protocol's thread panicked".into())))?;
        ended.stats.add(&counted);
        let id = connection.session_id().map(str::to_owned);
        // The outcome is here; how the connection closes after it changes nothing.
        let _ = connection.finish(&outcome).await;
        outcome.map_err(|error| {
            let passing = [ErrorKind::Transport, ErrorKind::Closed, ErrorKind::Busy, ErrorKind::Timeout];
            Failed { passing: passing.contains(&error.kind()), error: Error::from(error).of_session(id.as_deref()) }
        })
    }
}

/// Hands on why the next rows have no input, up to one that has.
fn refuse_bad(jobs: &[Job], done: &mut usize, each: &mut impl FnMut(usize, Outcome) -> Result<()>) -> Result<()> {
    while let Some(Job { name, asked: Err(why) }) = jobs.get(*done) {
        each(*done, Outcome::Refusal(Refusal { name: name.clone(), error: why.clone(), damaged: false }))?;
        *done += 1;
    }
    Ok(())
}

/// How long to wait before another session, after so many that failed: not the same for all clients of a server that was lost.
fn wait(failures: u32) -> Duration {
    let plain = FIRST_WAIT.saturating_mul(1 << (failures - 1).min(16)).min(LONGEST_WAIT);
    let clock = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    plain.mul_f64(0.75 + 0.5 * f64::from(clock.subsec_micros()) / 1e6)
}

/// When a session begins no further inference.
struct Stop {
    /// The run is to end.
    asked: CancellationToken,
    /// The server is shutting down: the next row is asked of another one, or of the same one when it is there again.
    draining: Arc<AtomicBool>,
}

/// One session's inferences, until it is asked to stop: an inference that has begun is finished. Nothing in an output's place stands
/// for one that cannot be right.
async fn infer_all<'a>(
    channel: Channel,
    options: ClientOptions,
    inputs: impl Iterator<Item = (usize, &'a [i64])>,
    results: &UnboundedSender<(usize, Option<Vec<i64>>)>,
    stop: &Stop,
) -> (Stats, sotto_mpc::Result<()>) {
    let mut client = match Client::connect(channel, options).await {
        Ok(client) => client,
        Err(error) => return (Stats::default(), Err(error)),
    };
    let outcome = infer_each(&mut client, inputs, results, stop).await;
    let stats = client.stats().clone();
    match outcome {
        Ok(()) => match client.close().await {
            Ok(stats) => (stats, Ok(())),
            Err(error) => (stats, Err(error)),
        },
        Err(error) => (stats, Err(error)),
    }
}

async fn infer_each<'a>(
    client: &mut Client,
    inputs: impl Iterator<Item = (usize, &'a [i64])>,
    results: &UnboundedSender<(usize, Option<Vec<i64>>)>,
    stop: &Stop,
) -> sotto_mpc::Result<()> {
    for (k, input) in inputs {
        if stop.asked.is_cancelled() {
            break;
        }
        if client.prepared() == 0 {
            client.preprocess().await?;
        }
        if stop.asked.is_cancelled() {
            break;
        }
        let output = match client.infer(input).await {
            Ok(inference) => Some(inference.output),
            Err(error) if error.kind() == ErrorKind::Damaged => None,
            Err(error) => return Err(error),
        };
        if results.send((k, output)).is_err() || stop.draining.load(Ordering::Relaxed) {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_minute_or_so() {
        for (failures, seconds) in [(1, 1.0), (2, 2.0), (3, 4.0), (6, 32.0), (7, 60.0), (u32::MAX, 60.0)] {
            let waited = wait(failures).as_secs_f64() / seconds;
            assert!((0.75..1.25).contains(&waited), "{failures}: {waited}");
        }
    }
}
