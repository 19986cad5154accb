//! A further worker of a session, at either end: does what the first one of its side says, with the same worker of the other side.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::future::{self, Either, LocalBoxFuture};
use rand_chacha::ChaCha20Rng;
use sotto_nn::Program;
use zeroize::Zeroizing;

use super::letter::{Job, Report, failed, letter, put_share, take_share};
use super::post::{Letter, Post};
use crate::channel::Channel;
use crate::engine::calls::{Call, Calls};
use crate::engine::online::run_parts;
use crate::engine::operation::Operation;
use crate::engine::prepare::{self, Prepared};
use crate::engine::schedule::{Schedule, Step};
use crate::error::{Result, internal};
use crate::party::{Params, Party};
use crate::session::Session;
use crate::session::phase::Phase;
use crate::session::stats::Traffic;
use crate::share::Arith;
use crate::wire::Reader;

/// A further worker. Whoever holds it gives it a thread, or an event loop, of its own.
pub struct Worker {
    post: Post,
    /// Letters that came while another one was worked on.
    waiting: VecDeque<Letter>,
    bench: Bench,
}

/// What a worker works with.
struct Bench {
    number: usize,
    party: Party,
    params: Params,
    program: Arc<Program>,
    schedule: Arc<Schedule>,
    /// What the session is made of, until it is.
    start: Option<(Channel, ChaCha20Rng)>,
    session: Option<Session>,
    prepared: VecDeque<Prepared>,
    /// Calls of the hash that were reported.
    hashes: u64,
}

impl Worker {
    #[expect(clippy::too_many_arguments, reason = "they are the worker's fields")]
    pub(crate) fn new(
        number: usize,
        channel: Channel,
        party: Party,
        params: Params,
        rng: ChaCha20Rng,
        program: Arc<Program>,
        schedule: Arc<Schedule>,
        post: Post,
    ) -> Self {
        let (start, session) = (Some((channel, rng)), None);
        let prepared = VecDeque::new();
        let bench = Bench { number, party, params, program, schedule, start, session, prepared, hashes: 0 };
        Self { post, waiting: VecDeque::new(), bench }
    }

    /// Works until there is nothing to do for now: then it is called again before there is more. Says whether the session goes on.
    ///
    /// # Errors
    /// What ends the session, of which the first worker hears when it asks.
    #[inline(never)]
    pub fn run(&mut self) -> LocalBoxFuture<'_, Result<bool>> {
        // Boxed here, as those of a client are: so its code is compiled once.
        Box::pin(self.work())
    }

    async fn work(&mut self) -> Result<bool> {
        let Self { post, waiting, bench } = self;
        loop {
            let next = match waiting.pop_front() {
                Some(letter) => Some(letter),
                None => post.incoming.next().await,
            };
            let Some(next) = next else { return Ok(false) };
            let answered = {
                let work = pin!(bench.answer(&next));
                // A worker whose session is over waits for nobody.
                let over = pin!(async {
                    while let Some(letter) = post.incoming.next().await {
                        waiting.push_back(letter);
                    }
                });
                match future::select(work, over).await {
                    Either::Left((answered, _)) => answered,
                    Either::Right(_) => return Ok(false),
                }
            };
            match answered {
                Ok(Some(answer)) => drop(post.outgoing.unbounded_send(answer)),
                Ok(None) => return Ok(true),
                Err(error) => {
                    post.outgoing.unbounded_send(failed(&error)).ok();
                    return Err(error);
                }
            }
        }
    }
}

impl Bench {
    /// Does a job; nothing if there is none to do for now.
    async fn answer(&mut self, job: &[u8]) -> Result<Option<Letter>> {
        let mut reader = Reader::new(job);
        let job = Job::read(&mut reader)?;
        let mut results = Vec::new();
        match job {
            Job::Rest => return Ok(None),
            Job::Setup => {
                let (channel, rng) = self.start.take().ok_or_else(|| internal("a worker is set up once"))?;
                let mut session = Session::setup(channel, self.party, self.params, rng).await?;
                session.work_as(self.number);
                self.session = Some(session);
            }
            Job::Prepare => {
                let Self { session, schedule, prepared, .. } = self;
                let session = at_work(session)?;
                session.lane().channel.set_phase(Phase::Preprocess);
                prepared.push_back(Prepared::of(prepare::correlations(session, schedule).await?));
            }
            Job::Open => {
                let [step, call, n] = [reader.take(32)?, reader.take(32)?, reader.take(32)?].map(|k| k as usize);
                let y = Zeroizing::new(reader.take_all(n, 64)?);
                let Self { session, program, schedule, prepared, .. } = self;
                let prepared = prepared.back_mut().ok_or_else(|| internal("nothing was prepared"))?;
                let calls = calls(schedule, step)?;
                let found = calls.iter().nth(call).ok_or_else(|| internal("no such call"))?;
                prepare::open(at_work(session)?, program, (step, call, found), &y, prepared).await?;
            }
            Job::Run => {
                let step = reader.take(32)? as usize;
                results = self.run(step, reader).await?;
            }
            Job::Finish => drop(self.prepared.pop_front()),
        }
        let session = at_work(&mut self.session)?;
        let hashes = session.lane().hash_calls();
        let new = hashes - std::mem::replace(&mut self.hashes, hashes);
        let mut writer = report(session, new)?.writer();
        results.iter().for_each(|share| put_share(&mut writer, share));
        Ok(Some(letter(writer)))
    }

    /// The worker's calls of a step.
    async fn run(&mut self, number: usize, mut reader: Reader<'_>) -> Result<Vec<Arith>> {
        let Self { session, program, schedule, params, prepared, number: worker, .. } = self;
        let session = at_work(session)?;
        session.lane().channel.set_phase(Phase::Online);
        let calls = calls(schedule, number)?;
        let operation = |call: &Call| Operation::new(program, &program.ops[call.operation], *params);
        let mut parts = Vec::new();
        for (i, call) in calls.of_worker(*worker) {
            let operation = operation(call)?;
            let part = take_share(&mut reader, operation.input(), operation.part_len(call.range.clone()))?;
            parts.push((i, operation, RefCell::new(part)));
        }
        let prepared = prepared.front_mut().ok_or_else(|| internal("nothing is prepared"))?;
        let opened = prepared.opened(number);
        let left = session.exchange_stores(std::mem::take(&mut prepared.stores));
        let alone = Box::pin(future::ready(Ok(Vec::new())));
        let results = run_parts(session, calls, parts, opened, alone).await?;
        prepared.stores = session.exchange_stores(left);
        Ok(results.into_values().collect())
    }
}

/// The calls of a step.
fn calls(schedule: &Schedule, step: usize) -> Result<&Calls> {
    match schedule.steps().get(step) {
        Some(Step::Calls { calls, .. }) => Ok(calls),
        _ => Err(internal("a step without calls")),
    }
}

fn at_work(session: &mut Option<Session>) -> Result<&mut Session> {
    session.as_mut().ok_or_else(|| internal("a worker is set up before it works"))
}

/// What was done since the last one.
fn report(session: &mut Session, hashes: u64) -> Result<Report> {
    let party = session.party();
    let channel = &mut session.lane().channel;
    let mut traffic = Traffic { hashes, ..Traffic::default() };
    let stats = std::mem::take(channel.stats_mut());
    stats.phases.values().for_each(|phase| traffic.add_beside(phase));
    Ok(Report { traffic, section: channel.last_section(), digest: channel.digest(party)? })
}
