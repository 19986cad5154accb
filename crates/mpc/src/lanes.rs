//! Large batches: a protocol call over n elements runs as calls over chunks, in two lanes that take turns on the connection.
//!
//! While one party computes for a chunk of one lane, the other one computes for a chunk of the other. Lane 0 takes the even
//! chunks, lane 1 the odd ones, each in order; a lane is a [`Session`] of its own, with its own store and randomness. A batch of
//! one chunk is a plain call in lane 0. Memory: at most two chunks are under way. Correlations of a chunk are in store (from
//! preprocessing, up to [`Params::store`] bytes), or are generated when it starts. Source: this project,
//! docs/decisions/0006-chunks-and-lanes.md.

use std::ops::Range;

use crate::cost::{Cost, Supply};
use crate::error::internal;
use crate::ot::{AesCalls, Demand};
use crate::share::Arith;
use crate::{Params, Party, Result, Session};

/// What is left of the store's budget: chunks take from it in the order of the program, until one does not fit.
#[derive(Clone, Debug)]
pub struct Store(u64);

impl Store {
    /// The whole budget of one inference.
    pub fn new(params: Params) -> Self {
        Self(params.store)
    }

    /// Whether the next chunk's correlations are in store.
    fn holds(&mut self, demand: &Demand) -> bool {
        let rest = self.0.checked_sub(demand.memory());
        self.0 = rest.unwrap_or(0);
        rest.is_some()
    }
}

/// A batch cut into chunks, and what each will cost.
#[derive(Clone, Debug)]
pub struct Chunks {
    list: Vec<Chunk>,
    lanes: usize,
}

#[derive(Clone, Debug)]
struct Chunk {
    range: Range<usize>,
    cost: Cost,
    /// Whether preprocessing generates its correlations.
    stored: bool,
}

impl Chunks {
    /// Cuts `n` items of `size` elements each; `cost` gives the cost of a call over a range of items. An item larger than a
    /// chunk is a call of its own, and such items use one lane.
    pub fn new(n: usize, size: usize, params: Params, store: &mut Store, cost: impl Fn(Range<usize>) -> Cost) -> Self {
        let chunk = params.chunk as usize;
        let per_call = (chunk / size.max(1)).max(1);
        let chunk_at = |start: usize| {
            let range = start..n.min(start.saturating_add(per_call));
            let cost = cost(range.clone());
            let stored = store.holds(&cost.demand);
            Chunk { range, cost, stored }
        };
        let list = (0..n.max(1)).step_by(per_call).map(chunk_at).collect();
        Self { list, lanes: if size <= chunk { 2 } else { 1 } }
    }

    /// A batch in one call of any size.
    pub fn whole(n: usize, store: &mut Store, cost: Cost) -> Self {
        let stored = store.holds(&cost.demand);
        Self { list: vec![Chunk { range: 0..n, cost, stored }], lanes: 1 }
    }

    /// What preprocessing generates for each lane.
    pub fn stored(&self) -> [Demand; 2] {
        let mut demands = [Demand::default(), Demand::default()];
        let stored = self.list.iter().enumerate().filter(|(_, chunk)| chunk.stored);
        stored.for_each(|(i, chunk)| demands[i % self.lanes] += &chunk.cost.demand);
        demands
    }

    /// Bytes of the correlations of the largest call.
    pub(crate) fn most_memory(&self) -> u64 {
        self.list.iter().map(|chunk| chunk.cost.demand.memory()).max().unwrap_or(0)
    }

    /// Cost of the online phase, exactly: with what is generated on the way, and with the rounds of lane 0, beside which lane 1
    /// runs. Its demand counts all correlations. `supply` has generated what is in store.
    pub fn cost(&self, supply: &mut Supply) -> Cost {
        let mut sum = Cost::default();
        for (i, chunk) in self.list.iter().enumerate() {
            let lane = i % self.lanes;
            let generation = if chunk.stored { Cost::default() } else { supply.generate(lane, &chunk.cost.demand) };
            let cost = generation + chunk.cost.clone();
            sum += if lane == 0 { cost } else { cost.beside() };
        }
        sum
    }
}

impl Chunks {
    /// AES calls of a party for all chunks, as [`Demand::aes_calls`] counts them.
    pub fn aes_calls(&self, party: Party) -> AesCalls {
        self.list.iter().fold(AesCalls::default(), |sum, chunk| {
            let calls = chunk.cost.demand.aes_calls(party);
            AesCalls { stream: sum.stream + calls.stream, hash: sum.hash + calls.hash }
        })
    }
}

impl Session {
    /// Generates what [`Chunks::stored`] lists, as part of preprocessing.
    pub async fn prepare(&mut self, chunks: &Chunks) -> Result<()> {
        self.reserve_lanes(&chunks.stored()).await
    }

    /// Calls `f` for every chunk's range, with the session of its lane. Results come in the order of the chunks.
    ///
    /// # Errors
    /// The first that a lane meets; the other lane ends there, too, and the session is of no more use.
    pub async fn map<T>(
        &mut self,
        chunks: &Chunks,
        f: impl AsyncFn(&mut Session, Range<usize>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let run = async |s: &mut Session, first: usize, step: usize| {
            let mut results = Vec::with_capacity(chunks.list.len().div_ceil(step));
            for chunk in chunks.list.iter().skip(first).step_by(step) {
                if !chunk.stored {
                    s.reserve(&chunk.cost.demand).await?;
                }
                results.push(f(s, chunk.range.clone()).await?);
            }
            Ok(results)
        };
        if chunks.lanes == 1 || chunks.list.len() == 1 {
            return run(self, 0, 1).await;
        }
        let (even, odd) = self.run_lanes(async |s, lane| run(s, lane, 2).await).await?;
        let mut odd = odd.into_iter();
        Ok(even.into_iter().flat_map(|result| [Some(result), odd.next()]).flatten().collect())
    }

    /// [`Session::map`] for shares, which are joined to one batch.
    pub async fn map_shares(
        &mut self,
        chunks: &Chunks,
        f: impl AsyncFn(&mut Session, Range<usize>) -> Result<Arith>,
    ) -> Result<Arith> {
        let mut parts = self.map(chunks, f).await?;
        let Some(first) = parts.first() else { return Err(internal("a batch has a chunk")) };
        if parts.len() == 1 {
            return Ok(parts.swap_remove(0));
        }
        let modulus = first.modulus();
        let mut values = Vec::with_capacity(parts.iter().map(Arith::len).sum());
        parts.iter().for_each(|part| values.extend_from_slice(part.values()));
        Ok(Arith::new(modulus, values))
    }
}
