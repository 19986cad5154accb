//! Bytes of correlations that may be held: of one inference by both parties' agreement, and of all sessions of a server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::ot::demand::Demand;
use crate::party::{Params, Party};

/// What is left of an inference's budget, for either party: calls take from it in the order of the schedule, until one does not
/// fit.
#[derive(Clone, Debug)]
pub struct Budget([u64; 2]);

impl Budget {
    /// The whole budget of one inference.
    pub fn new(params: Params) -> Self {
        Self([params.store; 2])
    }

    /// Whether the next call's correlations are prepared: both parties have room for them.
    pub(crate) fn takes(&mut self, demand: &Demand) -> bool {
        let needed = [Party::Client, Party::Server].map(|party| demand.memory(party));
        let fits = self.0.iter().zip(needed).all(|(left, needed)| needed <= *left);
        self.0 = if fits { [self.0[0] - needed[0], self.0[1] - needed[1]] } else { [0; 2] };
        fits
    }
}

/// Bytes that all prepared inferences of a server may take together. LOCAL.
#[derive(Clone, Debug)]
pub struct SharedBudget {
    most: u64,
    taken: Arc<AtomicU64>,
}

/// A part of a [`SharedBudget`], given back when it is dropped.
#[derive(Debug)]
pub struct Reservation {
    bytes: u64,
    taken: Arc<AtomicU64>,
}

impl SharedBudget {
    /// Of `most` bytes.
    pub fn new(most: u64) -> Self {
        Self { most, taken: Arc::default() }
    }

    /// Takes `bytes`, if they are there.
    pub fn reserve(&self, bytes: u64) -> Option<Reservation> {
        let more = |taken: u64| taken.checked_add(bytes).filter(|&sum| sum <= self.most);
        self.taken.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok()?;
        Some(Reservation { bytes, taken: self.taken.clone() })
    }

    /// Bytes that are reserved.
    pub fn taken(&self) -> u64 {
        self.taken.load(Ordering::Acquire)
    }

    /// Bytes in all.
    pub fn most(&self) -> u64 {
        self.most
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.taken.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_never_exceeded_and_comes_back() {
        let budget = SharedBudget::new(100);
        let first = budget.reserve(60);
        assert!(first.is_some() && budget.reserve(41).is_none());
        let second = budget.reserve(40);
        assert!(second.is_some() && budget.reserve(1).is_none() && budget.reserve(u64::MAX).is_none());
        drop(first);
        assert_eq!(budget.taken(), 40);
        assert!(budget.reserve(60).is_some());
        drop(second);
        assert_eq!(budget.taken(), 0);
    }
}
