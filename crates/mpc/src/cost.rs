//! What a protocol call costs, exactly: the correlations that it takes and the online bytes and rounds.

use std::ops::{Add, AddAssign};

use crate::ot::{Demand, RotKind, SILENT_OT_BYTES, SilentLedger};
use crate::wire::bytes_for;
use crate::{OtKind, Params, Party};

/// Direction of a flight of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flight {
    ToServer,
    ToClient,
    Both,
}

/// Cost of one or more protocol calls, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Random correlations taken.
    pub demand: Demand,
    /// Online payload bytes, client to server.
    pub to_server: u64,
    /// Online payload bytes, server to client.
    pub to_client: u64,
    /// Online rounds.
    pub rounds: u64,
    /// Directions of the first and the last flight: two runs of messages in one direction that meet are one round.
    pub(crate) ends: Option<(Flight, Flight)>,
}

impl Cost {
    /// One message of `bits` bits to `receiver`; nothing when it is empty.
    pub(crate) fn message(receiver: Party, bits: u64) -> Self {
        match receiver {
            Party::Server => Self::exchange(bits, 0),
            Party::Client => Self::exchange(0, bits),
        }
    }

    /// A simultaneous exchange of messages of these sizes.
    pub(crate) fn exchange(to_server: u64, to_client: u64) -> Self {
        let (to_server, to_client) = (bytes_for(to_server), bytes_for(to_client));
        let flight = match (to_server, to_client) {
            (0, 0) => return Self::default(),
            (_, 0) => Flight::ToServer,
            (0, _) => Flight::ToClient,
            (_, _) => Flight::Both,
        };
        Self { to_server, to_client, rounds: 1, ends: Some((flight, flight)), ..Self::default() }
    }

    /// Batches of [lookups](crate::ot::lookup) side by side: (sender, n, choice bits m, bits of an entry's fields).
    pub(crate) fn lookup(jobs: &[(Party, usize, u32, u32)]) -> Self {
        let sum = |sender: Party, per_ot: &dyn Fn(u32, u32) -> u64| -> u64 {
            jobs.iter().filter(|j| j.0 == sender).map(|j| j.1 as u64 * per_ot(j.2, j.3)).sum()
        };
        let choices = |width: u32, _: u32| u64::from(width);
        let corrections = |width: u32, bits: u32| ((1 << width) - 1) * u64::from(bits);
        let mut cost = Self::exchange(sum(Party::Server, &choices), sum(Party::Client, &choices));
        cost += Self::exchange(sum(Party::Client, &corrections), sum(Party::Server, &corrections));
        jobs.iter().for_each(|&(sender, n, width, _)| cost.demand.add_rots(RotKind { sender, width }, n));
        cost
    }

    /// What a call beside another one adds: its bytes and correlations, no round.
    pub(crate) fn beside(self) -> Self {
        Self { rounds: 0, ends: None, ..self }
    }

    /// Online bytes both ways.
    pub fn online_bytes(&self) -> u64 {
        self.to_server + self.to_client
    }

    /// Both ways' bytes, and about those of generating the correlations on the silent path while they are few: for choices that are made before
    /// it is known how many there will be.
    pub(crate) fn price(&self) -> u64 {
        let cots = self.demand.cots(Party::Server) + self.demand.cots(Party::Client);
        self.online_bytes() + SILENT_OT_BYTES * cots
    }
}

/// What generating correlations costs in a session, call by call and exactly as a session generates them: what the silent path
/// makes for a call depends on the calls before, and keys of encryption are renewed.
#[derive(Clone, Debug)]
pub struct Supply {
    lanes: Option<[SilentLedger; 2]>,
    /// Inferences that were prepared with the keys at hand.
    answered: u64,
}

impl Supply {
    /// A session's at its beginning.
    pub fn new(params: Params) -> Self {
        let lanes = match params.ot {
            OtKind::Classic => None,
            OtKind::Silent => Some([0, 1].map(|_| SilentLedger::new(params.lpn))),
        };
        Self { lanes, answered: 0 }
    }

    /// One more inference: whether keys that prepare at most so many are renewed for it.
    pub(crate) fn renews_keys(&mut self, inferences_per_key: u64) -> bool {
        let renewed = self.answered >= inferences_per_key;
        self.answered = if renewed { 1 } else { self.answered + 1 };
        renewed
    }

    /// Generating `demand` in a lane. Classic path: the client's message, then the server's.
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

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.demand += &other.demand;
        self.to_server += other.to_server;
        self.to_client += other.to_client;
        self.rounds += other.rounds;
        self.ends = match (self.ends, other.ends) {
            (Some((first, a)), Some((b, last))) => {
                self.rounds -= u64::from(a == b && a != Flight::Both);
                Some((first, last))
            }
            (own, None) => own,
            (None, other) => other,
        };
    }
}

impl Add for Cost {
    type Output = Self;
    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}
