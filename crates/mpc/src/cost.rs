//! What a protocol call costs, exactly: the correlations that it takes and the online bytes and rounds.

use std::ops::{Add, AddAssign};

use crate::ot::demand::Demand;
use crate::party::{OtKind, Params, Party};
use crate::wire::bytes_for;

/// What a correlated OT costs on the silent path at most, about: SoftSpokenOT's 15 bits.
pub(crate) const SILENT_OT_BYTES: u64 = 2;

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

    /// Costs of lanes that run side by side: all bytes and correlations, and the rounds of the lane that has most of them.
    pub(crate) fn beside(lanes: Vec<Cost>) -> Self {
        let longest = lanes.iter().rev().max_by_key(|cost| cost.rounds);
        let (rounds, ends) = longest.map_or((0, None), |cost| (cost.rounds, cost.ends));
        let mut sum = Self::default();
        lanes.into_iter().for_each(|cost| sum += cost);
        Self { rounds, ends, ..sum }
    }

    /// The cost of the rest when the first message, of `bits` bits to the server, is sent before.
    pub(crate) fn without_first(self, bits: u64) -> Self {
        let first = Self::message(Party::Server, bits);
        let ends = self.ends.map(|(_, last)| (Flight::ToClient, last));
        Self { to_server: self.to_server - first.to_server, rounds: self.rounds - first.rounds, ends, ..self }
    }

    /// Online bytes both ways.
    pub fn online_bytes(&self) -> u64 {
        self.to_server + self.to_client
    }

    /// Bytes by which forms of a call are compared: with what rounds are worth, and a bit for each correlated OT, which is about what
    /// the silent path takes where calls are large. In proportion to the call, so that its parts choose what the whole would.
    pub(crate) fn worth(&self, params: Params) -> u64 {
        let correlations = match params.ot {
            OtKind::Silent => bytes_for(self.demand.cots(Party::Server) + self.demand.cots(Party::Client)),
            OtKind::Classic => {
                let (to_server, to_client) = self.demand.classic_bytes();
                to_server + to_client
            }
        };
        correlations + self.online_bytes() + self.rounds * u64::from(params.round_bytes)
    }

    /// Both ways' bytes, and about those of generating the correlations on the silent path while they are few: for choices that are made before
    /// it is known how many there will be.
    pub(crate) fn price(&self) -> u64 {
        let cots = self.demand.cots(Party::Server) + self.demand.cots(Party::Client);
        self.online_bytes() + SILENT_OT_BYTES * cots
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
