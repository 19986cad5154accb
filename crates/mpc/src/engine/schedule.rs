//! A program's schedule: computed once for a session, and walked by the plan, by the preprocessing and by the online phase.
//!
//! Operations run as soon as their inputs are there: first whatever a party computes alone, then all others whose inputs are
//! there, side by side. So what does not depend on each other shares its rounds.

use sotto_nn::{Op, Program};

use super::budget::Budget;
use super::calls::{Calls, Items};
use super::local::is_local;
use super::operation::Operation;
use crate::error::{Error, ErrorKind, Result};
use crate::ot::demand::Demand;
use crate::ot::io::LANES;
use crate::party::{Params, Party};

/// What runs at once.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// A linear layer; whether the client first makes its share of the input the mask r.
    Linear { operation: usize, reshares: bool },
    /// An operation without messages.
    Local(usize),
    /// Operations that take messages and do not depend on each other.
    Calls { operations: Vec<usize>, calls: Calls },
}

impl Step {
    /// What the step is called: its operations' names.
    pub(crate) fn name(&self, program: &Program) -> String {
        let names: Vec<&str> = self.operations().iter().map(|&k| program.ops[k].name.as_str()).collect();
        names.join(", ")
    }

    /// The operations of the step, by number.
    pub(crate) fn operations(&self) -> &[usize] {
        match self {
            Step::Linear { operation, .. } | Step::Local(operation) => std::slice::from_ref(operation),
            Step::Calls { operations, .. } => operations,
        }
    }
}

/// The steps of a program under agreed parameters.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    steps: Vec<Step>,
    /// By step: values that nobody reads after it.
    last_reads: Vec<Vec<usize>>,
    workers: usize,
}

impl Schedule {
    /// Of a valid program.
    ///
    /// # Errors
    /// [`Internal`](ErrorKind::Internal) for a program that was not validated.
    pub(crate) fn new(program: &Program, params: Params) -> Result<Self> {
        let mut budget = Budget::new(params);
        let mut state = State::new(program);
        let mut steps = Vec::new();
        while let Some(ready) = state.ready(program) {
            match ready {
                Ready::Alone(k) => {
                    let op = &program.ops[k];
                    let step = match op.kind.weights() {
                        Some(_) => {
                            let reshares = !std::mem::replace(&mut state.masked[op.inputs[0]], true);
                            state.client_knows[op.inputs[0]] = true;
                            Step::Linear { operation: k, reshares }
                        }
                        None => Step::Local(k),
                    };
                    state.finish(op, k, true);
                    steps.push(step);
                }
                Ready::Together(operations) => {
                    let calls = calls(program, &operations, params, &state, &mut budget)?;
                    operations.iter().for_each(|&k| state.finish(&program.ops[k], k, false));
                    steps.push(Step::Calls { operations, calls });
                }
            }
        }
        let last_reads = last_reads(program, &steps);
        Ok(Self { steps, last_reads, workers: params.workers as usize })
    }

    /// The steps in order.
    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The steps in order, each with the values that nobody reads after it.
    pub(crate) fn walk(&self) -> impl Iterator<Item = (&Step, &[usize])> {
        self.steps.iter().zip(self.last_reads.iter().map(Vec::as_slice))
    }

    /// Workers that it is for.
    pub(crate) fn workers(&self) -> usize {
        self.workers
    }

    /// The correlations that one inference's preprocessing generates in each of a worker's lanes.
    pub(crate) fn stored(&self, worker: usize) -> [Demand; LANES] {
        let mut sum: [Demand; LANES] = std::array::from_fn(|_| Demand::default());
        for step in &self.steps {
            if let Step::Calls { calls, .. } = step {
                sum.iter_mut().zip(calls.stored(worker)).for_each(|(sum, more)| *sum += &more);
            }
        }
        sum
    }

    /// Bytes that a party holds of them, all workers together.
    pub(crate) fn memory(&self, party: Party) -> u64 {
        let demands = (0..self.workers).flat_map(|worker| self.stored(worker));
        demands.map(|demand| demand.memory(party)).sum()
    }

    /// Correlated OTs of all that is prepared, both directions.
    pub(crate) fn correlated_ots(&self) -> u64 {
        let demands = (0..self.workers).flat_map(|worker| self.stored(worker));
        demands.map(|demand| demand.cots(Party::Server) + demand.cots(Party::Client)).sum()
    }

    /// Refuses a program of which a single call would hold more than [`MOST_MEMORY`] in correlations.
    ///
    /// # Errors
    /// [`ErrorKind::Version`] with the operation and the numbers.
    pub(crate) fn check_memory(&self, program: &Program) -> Result<()> {
        for step in &self.steps {
            let Step::Calls { operations, calls } = step else { continue };
            let name = operations.first().map_or("", |&k| &program.ops[k].name);
            check_memory(name, calls.most_memory())?;
        }
        Ok(())
    }
}

/// Bytes of correlations that one call may hold at once: a layer by OT, or all pairs of an argmax. LOCAL.
const MOST_MEMORY: u64 = 512 << 20;

/// Refuses an operation that would hold more than [`MOST_MEMORY`] in correlations at once.
///
/// # Errors
/// [`ErrorKind::Version`] with the operation and the numbers.
pub(crate) fn check_memory(name: &str, bytes: u64) -> Result<()> {
    match bytes {
        0..=MOST_MEMORY => Ok(()),
        _ => {
            let message =
                format!("operation '{name}' takes {bytes} bytes of correlations at once, more than {MOST_MEMORY}");
            Err(Error::new(ErrorKind::Version, message))
        }
    }
}

/// What can run next.
enum Ready {
    Alone(usize),
    Together(Vec<usize>),
}

/// How far a program has come.
struct State {
    /// By value: whether it is there.
    there: Vec<bool>,
    /// By value: whether the client's share is the mask r.
    masked: Vec<bool>,
    /// By value: whether the client's share is fixed in preprocessing.
    client_knows: Vec<bool>,
    /// By operation.
    done: Vec<bool>,
}

impl State {
    fn new(program: &Program) -> Self {
        let values = program.ops.len() + 1;
        let mut there = vec![false; values];
        there[0] = true;
        Self { there, masked: vec![false; values], client_knows: vec![false; values], done: vec![false; values - 1] }
    }

    fn ready(&self, program: &Program) -> Option<Ready> {
        let waiting = (0..program.ops.len()).filter(|&k| !self.done[k]);
        let ready: Vec<usize> = waiting.filter(|&k| program.ops[k].inputs.iter().all(|&id| self.there[id])).collect();
        let alone = |op: &Op| op.kind.weights().is_some() || is_local(op);
        match ready.iter().find(|&&k| alone(&program.ops[k])) {
            Some(&k) => Some(Ready::Alone(k)),
            None if ready.is_empty() => None,
            None => Some(Ready::Together(ready)),
        }
    }

    /// Operation `k` has run; its result is value k + 1. A local one, or a layer, fixes the client's share if it had its inputs'.
    fn finish(&mut self, op: &Op, k: usize, alone: bool) {
        self.done[k] = true;
        self.there[k + 1] = true;
        self.client_knows[k + 1] = alone && op.inputs.iter().all(|&id| self.client_knows[id]);
    }
}

fn calls(program: &Program, operations: &[usize], params: Params, state: &State, budget: &mut Budget) -> Result<Calls> {
    let of = |&k: &usize| Operation::new(program, &program.ops[k], params);
    let parts = operations.iter().map(of).collect::<Result<Vec<_>>>()?;
    let costs: Vec<_> = parts.iter().map(|part| |range| part.cost(range)).collect();
    let known = |k: usize| state.client_knows[program.ops[k].inputs[0]];
    let opened: Vec<_> = operations
        .iter()
        .zip(&parts)
        .map(|(&k, part)| move |range| part.leaves(range).filter(|_| known(k)).map(|leaves| leaves.choice_bits()))
        .collect();
    let items = |i: usize| Items {
        operation: operations[i],
        n: parts[i].items(),
        size: parts[i].item_size(),
        cost: &costs[i],
        opened: &opened[i],
    };
    Ok(Calls::of(&(0..parts.len()).map(items).collect::<Vec<_>>(), params, budget))
}

/// By step, the values that are read in it and not later. The program's output is never among them.
fn last_reads(program: &Program, steps: &[Step]) -> Vec<Vec<usize>> {
    let mut seen = vec![false; program.ops.len() + 1];
    seen[program.ops.len()] = true;
    let mut reads: Vec<Vec<usize>> = Vec::with_capacity(steps.len());
    for step in steps.iter().rev() {
        let inputs = step.operations().iter().flat_map(|&k| &program.ops[k].inputs);
        reads.push(inputs.copied().filter(|&id| !std::mem::replace(&mut seen[id], true)).collect());
    }
    reads.reverse();
    reads
}
