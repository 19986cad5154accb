//! The online phase: walks a program's schedule on shares; the result is that of the reference executor of `sotto-nn`, bit for bit.
//!
//! Between operations every value is an additive sharing in its own ring. A linear layer wants the client's share of its
//! input to be the mask r of the preprocessing: the client sends the difference once, and the server computes on `x − r` in the
//! clear.

use std::cell::RefCell;

use futures_util::future::LocalBoxFuture;
use sotto_crypto::memcheck;
use sotto_nn::kernels::{self, Conv, Layer};
use sotto_nn::{OpKind, Program, Weights};

use super::calls::{Call, Calls, joined};
use super::local::local;
use super::operation::Operation;
use super::prepare::{Prepared, tensor};
use super::schedule::{Schedule, Step};
use super::values::Values;
use crate::channel::Section;
use crate::error::{Result, internal};
use crate::ot::pads::Opened;
use crate::parallel::Threads;
use crate::party::{Party, served};
use crate::session::Session;
use crate::session::lane::Lane;
use crate::session::phase::{Phase, REVEAL};
use crate::share::{Arith, Ring};
use crate::sorted::Sorted;
use crate::workers::crew;
use crate::workers::letter::{Job, put_share, take_share};

/// Output channels that a thread computes together.
const CHANNELS: usize = 8;

/// What a party brings to the online phase.
pub(crate) enum Own<'a> {
    /// The client's input.
    Input(Arith),
    /// The server's weights, and what computes with them.
    Weights(&'a Weights, &'a Threads),
}

/// What the client learns and sent.
pub(crate) struct Outcome {
    /// Signed result; empty at the server.
    pub(crate) output: Vec<i64>,
    /// `x − r` as sent; empty at the server, or when no linear layer reads the input.
    pub(crate) masked_input: Vec<u64>,
    /// Whether all that crossed the connection so far arrived as it was sent; true at the server, which does not get to know.
    pub(crate) intact: bool,
}

/// Runs the online phase of one inference. What it was prepared with is used up, and gone whatever happens.
pub(crate) async fn run(
    s: &mut Session,
    program: &Program,
    schedule: &Schedule,
    mut prepared: Prepared,
    own: Own<'_>,
) -> Result<Outcome> {
    s.begin_phase(Phase::Online, schedule.steps().len() + 1);
    let left = s.exchange_stores(std::mem::take(&mut prepared.stores));
    let outcome = walk(s, program, schedule, prepared, own).await;
    // What an inference leaves is not for the next one.
    s.exchange_stores(left);
    s.end_phase();
    outcome
}

async fn walk(
    s: &mut Session,
    program: &Program,
    schedule: &Schedule,
    mut prepared: Prepared,
    own: Own<'_>,
) -> Result<Outcome> {
    let input = match &own {
        Own::Input(x) => x.clone(),
        Own::Weights(..) => Arith::zeros(Ring::new(program.input.bits), program.input.len()),
    };
    let mut values = Values::new(program, input);
    let mut masked_input = Vec::new();
    for (number, (step, last_reads)) in schedule.walk().enumerate() {
        let name = step.name(program);
        let started = s.begin_step(&name);
        match step {
            Step::Linear { operation, reshares } => {
                let id = program.ops[*operation].inputs[0];
                if *reshares {
                    let sent = reshare(s, program, &mut prepared, values.get_mut(id)?, id).await?;
                    if id == 0 {
                        masked_input = sent;
                    }
                }
                let share = linear(program, *operation, values.get(id)?, &mut prepared, &own)?;
                values.put(*operation, share);
            }
            Step::Local(k) => {
                let share = local(program, &program.ops[*k], &values.inputs(program, *k)?)?;
                values.put(*k, share);
            }
            Step::Calls { operations, calls } => {
                for (&k, share) in
                    operations.iter().zip(talk(s, program, operations, calls, number, &mut prepared, &values).await?)
                {
                    values.put(k, share);
                }
            }
        }
        last_reads.iter().for_each(|&id| values.drop_value(id));
        s.end_step(started, &name);
    }
    let started = s.begin_step(REVEAL);
    let (output, intact) = reveal(s, values.get(program.ops.len())?).await?;
    s.end_step(started, REVEAL);
    Ok(Outcome { output, masked_input, intact })
}

/// Operations that take messages, side by side; their results in order.
async fn talk(
    s: &mut Session,
    program: &Program,
    operations: &[usize],
    calls: &Calls,
    number: usize,
    prepared: &mut Prepared,
    values: &Values,
) -> Result<Vec<Arith>> {
    let params = s.params();
    let of =
        |&k: &usize| Ok((k, Operation::new(program, &program.ops[k], params)?, values.get(program.ops[k].inputs[0])?));
    let parts = operations.iter().map(of).collect::<Result<Vec<_>>>()?;
    let opened = prepared.opened(number);
    let part = |call: &Call| {
        let part = parts.iter().find(|(k, ..)| *k == call.operation);
        part.ok_or_else(|| internal("a call of no operation"))
    };
    let mut own = Vec::new();
    for (i, call) in calls.of_worker(0) {
        let (k, _, x) = part(call)?;
        let operation = Operation::new(program, &program.ops[*k], params)?;
        let x = operation.part(x, call.range.clone());
        own.push((i, operation, RefCell::new(x)));
    }
    // Lost when a call fails: that is the end of them, too.
    let mut crew = std::mem::take(&mut s.crew);
    let workers = if crew::POSSIBLE { s.params().workers as usize } else { 1 };
    for worker in 1..workers {
        let mut inputs = Vec::new();
        for (_, call) in calls.of_worker(worker) {
            let (_, operation, x) = part(call)?;
            inputs.push(operation.part(x, call.range.clone()));
        }
        if !inputs.is_empty() {
            crew.tell(worker, Job::Run, |writer| {
                writer.put(number as u64, 32);
                inputs.iter().for_each(|share| put_share(writer, share));
            });
        }
    }
    let mut answers = Vec::new();
    let beside = Box::pin(async {
        answers = crew.hear().await?;
        Ok(answers.iter().map(|answer| answer.report.section).collect())
    });
    let mut results = run_parts(s, calls, own, opened, beside).await?;
    s.crew = crew;
    s.count_answers(&answers);
    for answer in answers.iter().filter(|_| crew::POSSIBLE) {
        let mut reader = answer.reader()?;
        for (i, call) in calls.of_worker(answer.worker) {
            let (_, operation, _) = part(call)?;
            results.insert(i, take_share(&mut reader, operation.output(), call.range.len())?);
        }
    }
    let mut by_operation: Vec<Vec<Arith>> = operations.iter().map(|_| Vec::new()).collect();
    for (call, result) in calls.iter().zip(results.into_values()) {
        let place = operations.iter().position(|&k| k == call.operation);
        by_operation[place.unwrap_or(0)].push(result);
    }
    by_operation.into_iter().map(joined).collect()
}

/// Calls of a worker, by number and with their parts of the input, and `beside` at the same time. The first worker and the others share
/// this code, and so a browser's module has it once.
pub(crate) async fn run_parts(
    s: &mut Session,
    calls: &Calls,
    parts: Vec<(usize, Operation<'_>, RefCell<Arith>)>,
    opened: RefCell<Sorted<usize, Opened>>,
    beside: LocalBoxFuture<'_, Result<Vec<Section>>>,
) -> Result<Sorted<usize, Arith>> {
    let run = async |s: &mut Lane, i: usize, call: &Call| {
        let part = parts.iter().find(|(k, ..)| *k == i);
        let (_, operation, x) = part.ok_or_else(|| internal("a call without its input"))?;
        s.opened = opened.borrow_mut().remove(&i);
        let nothing = Arith::zeros(operation.input(), 0);
        operation.run(s, x.replace(nothing), call.range.clone()).await
    };
    s.run_calls(calls, beside, run).await
}

/// Makes the client's share of a value its mask: the client sends `share − r`, the server adds it.
async fn reshare(
    s: &mut Session,
    program: &Program,
    prepared: &mut Prepared,
    value: &mut Arith,
    id: usize,
) -> Result<Vec<u64>> {
    match prepared.mask(s, program, id)? {
        Some(mask) => {
            let difference = value.sub(&mask);
            s.lane().send_share(&difference).await?;
            *value = mask;
            Ok(difference.values().to_vec())
        }
        None => {
            let difference = s.lane().recv_share(value.modulus(), value.len()).await?;
            *value = value.add(&difference);
            Ok(Vec::new())
        }
    }
}

/// A linear layer: the server multiplies `x − r` in the clear and adds its share of W·r, the client's share is its own.
fn linear(program: &Program, k: usize, x: &Arith, prepared: &mut Prepared, own: &Own<'_>) -> Result<Arith> {
    let op = &program.ops[k];
    let missing = || internal(format!("no preprocessing for {}", op.name));
    let share = prepared.linear.remove(&k).ok_or_else(missing)?;
    let (Own::Weights(held, threads), Some((weight, bias, weight_bits))) = (own, op.kind.weights()) else {
        return Ok(share);
    };
    let (weights, bias) = (tensor(held, weight)?, bias.map(|bias| tensor(held, bias)).transpose()?);
    let layer = Layer { weights, weight_bits, bias, bits: op.output.bits };
    let product = served!(match op.kind {
        OpKind::Conv { window, groups, .. } => {
            let geometry = program.geometry(op, window).map_err(internal)?;
            let conv = Conv::new(&layer, x.values(), &geometry, groups);
            let parts = threads.parts(conv.channels(), CHANNELS);
            threads.map(parts, |channels| conv.outputs(channels)).concat()
        }
        _ => kernels::dense(&layer, x.values()),
    });
    Ok(share.add(&Arith::new(share.modulus(), product)))
}

/// Shows the client the result: the server sends its share, and behind it the digest of the session so far.
async fn reveal(s: &mut Session, share: &Arith) -> Result<(Vec<i64>, bool)> {
    s.crew.tell_all(Job::Finish);
    s.hear_crew().await?;
    let others = s.crew.digests();
    let lane = s.lane();
    match lane.party() {
        Party::Server => served!({
            lane.send_share(share).await?;
            lane.channel.attest(&others).await?;
            Ok((Vec::new(), true))
        }),
        Party::Client => {
            let sum = share.add(&lane.recv_share(share.modulus(), share.len()).await?);
            let mut output: Vec<i64> = sum.values().iter().map(|&v| share.modulus().to_signed(v)).collect();
            // The client is to learn it; the server gets no answer to what the client does with it.
            memcheck::public(&mut output);
            Ok((output, lane.channel.is_intact(&others).await?))
        }
    }
}

#[cfg(test)]
mod deviation;
