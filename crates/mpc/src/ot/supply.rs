//! What generating correlations costs in a session, call by call and exactly as a session generates them.

use crate::cost::Cost;
use crate::party::{OtKind, Params, Party};

use super::demand::Demand;
use super::io::LANES;
use super::lpn_set::LpnSet;
use super::silent::ledger::Ledgers;

/// What generating correlations costs in a session: what the silent path makes for a call depends on the calls before, and keys of
/// encryption are renewed.
#[derive(Clone, Debug)]
pub struct Supply {
    /// All workers' lanes, one worker after the other.
    lanes: Option<Vec<SilentSupply>>,
    /// Inferences that were prepared with the keys at hand.
    answered: u64,
}

impl Supply {
    /// A session's at its beginning.
    pub fn new(params: Params) -> Self {
        let lanes = match params.ot {
            OtKind::Classic => None,
            OtKind::Silent => Some(vec![SilentSupply::new(params.lpn); LANES * params.workers as usize]),
        };
        Self { lanes, answered: 0 }
    }

    /// One more inference: whether keys that prepare at most so many are renewed for it.
    pub(crate) fn renews_keys(&mut self, inferences_per_key: u64) -> bool {
        let renewed = self.answered >= inferences_per_key;
        self.answered = if renewed { 1 } else { self.answered + 1 };
        renewed
    }

    /// Generating `demand` in a lane, counted over all workers' lanes. Classic path: the client's message, then the server's.
    pub fn generate(&mut self, lane: usize, demand: &Demand) -> Cost {
        match &mut self.lanes {
            Some(lanes) => lanes[lane].generate(demand),
            None => {
                let (to_server, to_client) = demand.classic_bytes();
                Cost::exchange(8 * to_server, 0) + Cost::exchange(0, 8 * to_client)
            }
        }
    }
}

/// A lane's two directions on the silent path.
#[derive(Clone, Debug)]
struct SilentSupply {
    largest: LpnSet,
    /// By the sender: the server, the client.
    directions: [Ledgers; 2],
}

impl SilentSupply {
    fn new(largest: LpnSet) -> Self {
        Self { largest, directions: Default::default() }
    }

    fn generate(&mut self, demand: &Demand) -> Cost {
        let mut cost = Cost::default();
        let senders = [Party::Server, Party::Client];
        for (ledgers, sender) in self.directions.iter_mut().zip(senders) {
            if let Some([soft, trees]) = ledgers.start(demand.ots(sender), self.largest) {
                cost += Cost::message(sender, 8 * soft) + Cost::message(sender.peer(), 8 * trees);
            }
        }
        for (ledgers, sender) in self.directions.iter_mut().zip(senders) {
            let receiver = if ledgers.is_soft() { sender } else { sender.peer() };
            cost += Cost::message(receiver, 8 * ledgers.finish());
        }
        cost
    }
}
