//! How wide the leaves of comparisons should be on a network: by the costs of sending, of waiting and of computing.
//!
//! Narrow leaves send less, wide ones save rounds and correlated OTs (docs/protocols.md, "Costs on the silent path").

use sotto_nn::Program;

use super::linears::Linears;
use super::plan::{Plan, plan_with};
use super::schedule::Schedule;
use crate::error::Result;
use crate::names;
use crate::ot::supply::Supply;
use crate::party::Params;

/// What is between the parties. LOCAL: a client picks agreement parameters by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// A room: 1 Gbit/s, 1 ms there and back.
    Lan,
    /// The internet from a desk: 100 Mbit/s, 30 ms.
    Wan,
    /// A telephone: 20 Mbit/s, 60 ms.
    Mobile,
    /// Bytes are paid for: no other cost counts.
    Metered,
}

names!(Network { Lan => "lan", Wan => "wan", Mobile => "mobile", Metered => "metered" });

/// Seconds of a correlated OT in a browser: `npm run bench`, "random-ot".
const OT_SECONDS: f64 = 0.13e-6;

impl Network {
    /// Seconds of a bit and of a message's way.
    fn costs(self) -> (f64, f64) {
        match self {
            Network::Lan => (1e-9, 0.5e-3),
            Network::Wan => (1e-8, 15e-3),
            Network::Mobile => (5e-8, 30e-3),
            Network::Metered => (1.0, 0.0),
        }
    }

    /// Bytes that pass while a message is on its way.
    fn round_bytes(self) -> u32 {
        let (bit, way) = self.costs();
        (way / bit / 8.0) as u32
    }

    /// Seconds of the first inference, about.
    fn seconds(self, plan: &Plan) -> f64 {
        let (bit, way) = self.costs();
        let ots: usize = plan.ops.iter().map(|op| op.correlated_ots).sum();
        let bytes = [plan.preprocess, plan.online].map(|bytes| bytes.to_server + bytes.to_client);
        8.0 * (bytes[0] + bytes[1]) as f64 * bit + plan.online_rounds as f64 * way + ots as f64 * OT_SECONDS
    }
}

impl Params {
    /// These parameters with what a round is worth on a network, and the width of leaves that makes `program` cost least there.
    ///
    /// # Errors
    /// As [`plan`](super::plan::plan).
    pub fn for_network(self, program: &Program, network: Network) -> Result<Self> {
        let linears = Linears::choose(program, self)?;
        let mut best: Option<(f64, Params)> = None;
        for digit in Params::DIGITS {
            let params = Params { digit, round_bytes: network.round_bytes(), ..self };
            let schedule = Schedule::new(program, params)?;
            let seconds = network.seconds(&plan_with(program, params, &linears, &schedule, &mut Supply::new(params))?);
            if best.is_none_or(|(least, _)| seconds < least) {
                best = Some((seconds, params));
            }
        }
        Ok(best.map_or(self, |(_, params)| params))
    }
}
