//! Bytes of correlations that one inference may hold, by both parties' agreement.

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
