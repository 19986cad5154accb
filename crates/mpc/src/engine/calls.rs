//! Protocol calls that may run side by side, by lane.
//!
//! A batch of n elements is cut into pieces of at most [`Params::chunk`] elements, so that memory is bounded; a large batch of one
//! piece is cut in two, because while one party computes for a piece of one lane, the other one computes for a piece of
//! another. Several operations that do not depend on each other run in different lanes. Where a session has several workers, calls go to
//! these in turn, and to each one's lanes in turn. Correlations of a call are in store (from preprocessing, as far as the budget goes), or
//! are generated when it starts. Source: this project, docs/decisions/0006-chunks-and-lanes.md and 0040-workers.md.

use std::ops::Range;

use futures_util::future;

use crate::channel::Section;
use crate::cost::Cost;
use crate::engine::budget::Budget;
use crate::error::{Result, internal};
use crate::ot::demand::{AesCalls, Demand};
use crate::ot::io::LANES;
use crate::ot::supply::Supply;
use crate::party::{Params, Party};
use crate::session::Session;
use crate::session::lane::Lane;
use crate::share::Arith;
use crate::sorted::Sorted;

/// Elements from which on a batch is cut, so that every worker has some, and every lane.
const SPLIT: usize = 1 << 12;

/// A protocol call on a part of an operation's items.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The operation, by its number; 0 for a batch of its own.
    pub(crate) operation: usize,
    /// Its items, from where to where.
    pub(crate) range: Range<usize>,
    /// Counted over all workers' lanes, one worker after the other.
    lane: usize,
    /// Online, with all that it takes.
    cost: Cost,
    /// Whether preprocessing generates its correlations.
    stored: bool,
    /// Bits of the choices that preprocessing exchanges for its first comparison.
    pub(crate) opened: Option<u64>,
}

impl Call {
    /// The worker that runs it.
    pub(crate) fn worker(&self) -> usize {
        self.lane / LANES
    }

    /// The worker's lane that does.
    pub(crate) fn lane(&self) -> usize {
        self.lane % LANES
    }

    /// Online, without what generates correlations.
    fn online(&self) -> Cost {
        match self.opened {
            Some(bits) => self.cost.clone().without_first(bits),
            None => self.cost.clone(),
        }
    }
}

/// Items of an operation, and what calls on them take.
pub(crate) struct Items<'a> {
    /// The operation's number.
    pub(crate) operation: usize,
    /// Number of items.
    pub(crate) n: usize,
    /// Elements of the largest.
    pub(crate) size: usize,
    /// Cost of a call on a range of items.
    pub(crate) cost: &'a dyn Fn(Range<usize>) -> Cost,
    /// Bits of the choices that a call on a range of items could exchange in preprocessing, if they are known then.
    pub(crate) opened: &'a dyn Fn(Range<usize>) -> Option<u64>,
}

/// Calls that run side by side.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    list: Vec<Call>,
}

impl Calls {
    /// `n` items of `size` elements each; `cost` gives the cost of a call on a range of items. An item larger than a chunk is a
    /// call of its own, and such items use one lane.
    pub fn new(
        n: usize,
        size: usize,
        params: Params,
        budget: &mut Budget,
        cost: impl Fn(Range<usize>) -> Cost,
    ) -> Self {
        Self::of(&[Items { operation: 0, n, size, cost: &cost, opened: &|_| None }], params, budget)
    }

    /// One call, of any size.
    pub fn whole(n: usize, budget: &mut Budget, cost: Cost) -> Self {
        let stored = budget.takes(&cost.demand);
        Self { list: vec![Call { operation: 0, range: 0..n, lane: 0, cost, stored, opened: None }] }
    }

    /// The calls of operations that do not depend on each other.
    pub(crate) fn of(operations: &[Items<'_>], params: Params, budget: &mut Budget) -> Self {
        let mut list = Vec::new();
        let mut turns = vec![0; params.workers as usize];
        for items in operations {
            let pieces = pieces(items, params, operations.len() == 1);
            for i in 0..pieces {
                let range = items.n * i / pieces..items.n * (i + 1) / pieces;
                let cost = (items.cost)(range.clone());
                let stored = budget.takes(&cost.demand);
                let opened = if stored { (items.opened)(range.clone()) } else { None };
                // What is not cut is not worth the way to another worker.
                let worker = if pieces == 1 { 0 } else { i % turns.len() };
                let lane = if items.size > params.chunk as usize { 0 } else { worker * LANES + turns[worker] % LANES };
                turns[worker] += 1;
                list.push(Call { operation: items.operation, range, lane, cost, stored, opened });
            }
        }
        Self { list }
    }

    /// All calls, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Call> {
        self.list.iter()
    }

    /// The calls of a worker, in order and with their numbers.
    pub(crate) fn of_worker(&self, worker: usize) -> impl Iterator<Item = (usize, &Call)> {
        self.list.iter().enumerate().filter(move |(_, call)| call.worker() == worker)
    }

    /// Lanes of a worker that have calls.
    fn lanes(&self, worker: usize) -> usize {
        self.of_worker(worker).map(|(_, call)| call.lane() + 1).max().unwrap_or(1)
    }

    fn of_lane(&self, worker: usize, lane: usize) -> impl Iterator<Item = (usize, &Call)> {
        self.of_worker(worker).filter(move |(_, call)| call.lane() == lane)
    }

    /// What preprocessing generates for each of a worker's lanes.
    pub fn stored(&self, worker: usize) -> [Demand; LANES] {
        let mut demands = std::array::from_fn(|_| Demand::default());
        let stored = self.of_worker(worker).filter(|(_, call)| call.stored);
        stored.for_each(|(_, call)| demands[call.lane()] += &call.cost.demand);
        demands
    }

    /// Bytes of the correlations of the largest call, at the party that holds more.
    pub(crate) fn most_memory(&self) -> u64 {
        self.list.iter().map(|call| call.cost.demand.most_memory()).max().unwrap_or(0)
    }

    /// Cost of the online phase, exactly: with what is generated on the way, and with the rounds of the longest lane. Its demand
    /// counts all correlations. `supply` has generated what is in store.
    pub fn cost(&self, supply: &mut Supply) -> Cost {
        let lanes = self.list.iter().map(|call| call.lane + 1).max().unwrap_or(1);
        Cost::beside((0..lanes).map(|lane| self.lane_cost(lane, supply)).collect())
    }

    fn lane_cost(&self, lane: usize, supply: &mut Supply) -> Cost {
        let mut sum = Cost::default();
        for call in self.list.iter().filter(|call| call.lane == lane) {
            if !call.stored {
                sum += supply.generate(lane, &call.cost.demand);
            }
            sum += call.online();
        }
        sum
    }

    /// Correlations that the online phase generates.
    pub(crate) fn generated(&self) -> u64 {
        self.list.iter().filter(|call| !call.stored).map(|call| call.cost.demand.count()).sum()
    }

    /// AES calls of a party for all calls, as [`Demand::aes_calls`] counts them.
    pub fn aes_calls(&self, party: Party) -> AesCalls {
        self.list.iter().fold(AesCalls::default(), |sum, call| {
            let calls = call.cost.demand.aes_calls(party);
            AesCalls { stream: sum.stream + calls.stream, hash: sum.hash + calls.hash }
        })
    }

    /// Bytes that the same worker of a peer of `party` sends at most before it must receive: what a send that is held back has to put
    /// aside, with what generating correlations takes.
    fn allowance(&self, worker: usize, party: Party) -> usize {
        let most = |lane| {
            let calls = self.of_lane(worker, lane).map(|(_, call)| match party {
                Party::Client => call.cost.to_client,
                Party::Server => call.cost.to_server,
            });
            calls.max().unwrap_or(0)
        };
        let online: u64 = (0..self.lanes(worker)).map(most).sum();
        let generated = self.of_worker(worker).filter(|(_, call)| !call.stored);
        let generated: u64 = generated.map(|(_, call)| 64 * call.cost.demand.count()).sum();
        (8 << 20) + online.saturating_add(generated).min(1 << 30) as usize
    }
}

/// Into how many pieces an operation's items go.
fn pieces(items: &Items<'_>, params: Params, alone: bool) -> usize {
    let chunk = params.chunk as usize;
    let per_call = (chunk / items.size.max(1)).max(1);
    let pieces = items.n.div_ceil(per_call).max(1);
    let elements = items.n.saturating_mul(items.size);
    // Beside others, lanes have work anyway, and workers if there are enough of it.
    let turns = params.workers as usize * if alone { LANES } else { 1 };
    match items.size <= chunk && (pieces > 1 || elements >= SPLIT) {
        true => pieces.next_multiple_of(turns).min(items.n),
        false => pieces,
    }
}

impl Session {
    /// Generates what [`Calls::stored`] lists, as part of preprocessing.
    pub async fn prepare(&mut self, calls: &Calls) -> Result<()> {
        self.reserve(&calls.stored(self.worker())).await
    }

    /// Runs `f` for every call of this worker, in the call's lane, and `beside` at the same time: other workers, if there are any. Results
    /// are those of the calls' numbers.
    ///
    /// # Errors
    /// The first that a lane meets; the other lanes end there, too, and the session is of no more use.
    pub(crate) async fn run_calls<T>(
        &mut self,
        calls: &Calls,
        beside: impl Future<Output = Result<Vec<Section>>>,
        f: impl AsyncFn(&mut Lane, usize, &Call) -> Result<T>,
    ) -> Result<Sorted<usize, T>> {
        let worker = self.worker();
        let run = async |s: &mut Lane, lane: usize| {
            let mut results = Vec::new();
            for (i, call) in calls.of_lane(worker, lane) {
                if !call.stored {
                    s.reserve(&call.cost.demand).await?;
                }
                results.push((i, f(s, i, call).await?));
            }
            Ok(results)
        };
        let lanes = self.run_lanes(calls.lanes(worker), calls.allowance(worker, self.party()), beside, run).await?;
        Ok(lanes.into_iter().flatten().collect())
    }

    /// Runs `f` for every call's range of items, in a session of one worker. Results come in the order of the calls.
    ///
    /// # Errors
    /// As [`Session::map_shares`].
    pub async fn map<T>(
        &mut self,
        calls: &Calls,
        f: impl AsyncFn(&mut Lane, Range<usize>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let alone = future::ready(Ok(Vec::new()));
        let results = self.run_calls(calls, alone, async |s, _, call| f(s, call.range.clone()).await).await?;
        Ok(results.into_values().collect())
    }

    /// [`Session::map`] for shares, which are joined to one batch.
    ///
    /// # Errors
    /// The first that a lane meets; the other lanes end there, too, and the session is of no more use.
    pub async fn map_shares(
        &mut self,
        calls: &Calls,
        f: impl AsyncFn(&mut Lane, Range<usize>) -> Result<Arith>,
    ) -> Result<Arith> {
        joined(self.map(calls, f).await?)
    }
}

/// One batch of several.
pub(crate) fn joined(mut parts: Vec<Arith>) -> Result<Arith> {
    let Some(first) = parts.first() else { return Err(internal("a batch has a call")) };
    if parts.len() == 1 {
        return Ok(parts.swap_remove(0));
    }
    let modulus = first.modulus();
    let mut values = Vec::with_capacity(parts.iter().map(Arith::len).sum());
    parts.iter().for_each(|part| values.extend_from_slice(part.values()));
    Ok(Arith::new(modulus, values))
}
