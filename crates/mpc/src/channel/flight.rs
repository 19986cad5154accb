//! Rounds are counted by changes of direction.

use crate::error::{Result, internal};

/// Direction of the last flight, to count rounds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flight {
    None,
    Out,
    In,
    Both,
}

/// Messages of one lane from when lanes began to run side by side.
#[derive(Clone, Copy)]
pub(crate) struct Section {
    pub(crate) rounds: u64,
    pub(super) first: Flight,
    /// The flight before it, then its last one.
    pub(super) flight: Flight,
}

impl Section {
    /// No messages.
    pub(super) const NONE: Section = Section { rounds: 0, first: Flight::None, flight: Flight::None };

    /// Its first flight and its last one, as numbers.
    pub(crate) fn flights(&self) -> [u64; 2] {
        [self.first as u64, self.flight as u64]
    }

    /// Of what [`Section::flights`] gives.
    pub(crate) fn of(rounds: u64, flights: [u64; 2]) -> Result<Self> {
        let all = [Flight::None, Flight::Out, Flight::In, Flight::Both];
        match flights.map(|number| all.get(number as usize).copied()) {
            [Some(first), Some(flight)] => Ok(Self { rounds, first, flight }),
            _ => Err(internal("no direction of messages")),
        }
    }
}
