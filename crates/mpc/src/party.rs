//! The two parties and the parameters that they agree on.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::names;
use crate::ot::lpn_set::LpnSet;

/// What only a server does, in a function that returns a `Result`. A browser only ever is the client: its module is without, because a state
/// of an `async fn` stays in the code whether or not it is ever entered.
macro_rules! served {
    ($what:expr) => {
        match () {
            #[cfg(not(target_family = "wasm"))]
            () => $what,
            #[cfg(target_family = "wasm")]
            () => return Err($crate::error::internal("a browser serves nobody")),
        }
    };
}

pub(crate) use served;

/// A party of the computation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// Owns the input, learns the output.
    Client,
    /// Owns the weights, learns nothing.
    Server,
}

impl Party {
    /// The other party.
    pub fn peer(self) -> Self {
        match self {
            Party::Client => Party::Server,
            Party::Server => Party::Client,
        }
    }
}

/// Where random OTs come from. AGREEMENT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OtKind {
    /// IKNP and KK13 extension of Ristretto base OTs.
    Classic,
    /// SoftSpokenOT and, where that pays, Ferret.
    Silent,
}

names!(OtKind { Silent => "silent", Classic => "classic" });

/// How shares of a linear layer's products are made. AGREEMENT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinearKind {
    /// Each layer by what costs less.
    #[default]
    Auto,
    /// All by oblivious transfer.
    Ot,
    /// All by homomorphic encryption.
    He,
}

names!(LinearKind { Auto => "auto", Ot => "ot", He => "he" });

/// Parameters that shape the transcript; both parties must hold the same. AGREEMENT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Most bits per leaf of a comparison, m in the paper, in [`Params::DIGITS`]; without, each call has the leaves that make it cost least.
    pub digit: Option<u32>,
    /// Source of random OTs.
    pub ot: OtKind,
    /// The largest set that Ferret may take: larger ones send less and need more memory and cache.
    pub lpn: LpnSet,
    /// Bytes that a round is worth, at most [`Params::MAX_ROUND_BYTES`]: of the forms of a protocol that send less in more rounds, a
    /// call takes the one that costs least by it.
    pub round_bytes: u32,
    /// Most elements of a protocol call: larger batches run in several calls, which repeat its rounds. A power of two in
    /// [`Params::CHUNKS`].
    pub chunk: u32,
    /// Bytes of correlations that preprocessing stores for one inference, at either party; what an inference takes beyond
    /// that is generated as it goes. At most [`Params::MAX_STORE`].
    pub store: u64,
    /// How linear layers are prepared.
    pub linear: LinearKind,
    /// Keys of encrypted layers are renewed before all that they have answered is further than 2^−`key_distance` from
    /// what can be simulated without the weights; in [`Params::KEY_DISTANCES`].
    pub key_distance: u32,
    /// Workers of the session, in [`Params::WORKERS`]: in a hello as many as the client wishes, and from the server's answer on as many as
    /// there are.
    pub workers: u32,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            digit: None,
            ot: OtKind::Silent,
            lpn: LpnSet::B13,
            round_bytes: 1 << 17,
            chunk: 1 << 19,
            store: 512 << 20,
            linear: LinearKind::Auto,
            key_distance: *Self::KEY_DISTANCES.start(),
            workers: 1,
        }
    }
}

impl Params {
    /// Widths of leaves: a leaf of m bits is a 1-of-2^m OT of bits.
    pub const DIGITS: RangeInclusive<u32> = 1..=8;

    /// Chunks that a peer may ask for: small ones cost time, large ones memory.
    pub const CHUNKS: RangeInclusive<u32> = 16..=1 << 20;

    /// Largest store that a peer may ask for.
    pub const MAX_STORE: u64 = 1 << 30;

    /// Bytes that a round may be worth.
    pub const MAX_ROUND_BYTES: u32 = 1 << 30;

    /// Statistical distances that a client may ask for, as bits: fresh keys more often than by default, never less.
    /// SECURITY.
    pub const KEY_DISTANCES: RangeInclusive<u32> = 20..=40;

    /// Workers that a session may have: each takes a connection, and a core at both ends.
    pub const WORKERS: RangeInclusive<u32> = 1..=8;

    /// The defaults of a browser's client: a tab's memory and its processor's cache are smaller.
    pub fn of_a_browser() -> Self {
        Self { lpn: LpnSet::B12, ..Self::default() }
    }

    /// Checks the ranges.
    ///
    /// # Errors
    /// [`ErrorKind::Version`](crate::ErrorKind::Version), since the peer would need other parameters.
    pub fn validate(&self) -> Result<()> {
        let unsupported = |message| Err(Error::new(ErrorKind::Version, message));
        if let Some(digit) = self.digit.filter(|digit| !Self::DIGITS.contains(digit)) {
            let (low, high) = (Self::DIGITS.start(), Self::DIGITS.end());
            return unsupported(format!("leaves of {digit} bits are not supported: {low} to {high}"));
        }
        if !Self::CHUNKS.contains(&self.chunk) || !self.chunk.is_power_of_two() {
            let (low, high) = (Self::CHUNKS.start(), Self::CHUNKS.end());
            let chunk = self.chunk;
            return unsupported(format!("chunks of {chunk} are not supported: powers of two from {low} to {high}"));
        }
        if self.round_bytes > Self::MAX_ROUND_BYTES {
            let (worth, most) = (self.round_bytes, Self::MAX_ROUND_BYTES);
            return unsupported(format!("a round that is worth {worth} bytes is not supported: at most {most}"));
        }
        if self.store > Self::MAX_STORE {
            return unsupported(format!(
                "a store of {} bytes is not supported: at most {}",
                self.store,
                Self::MAX_STORE
            ));
        }
        if !Self::KEY_DISTANCES.contains(&self.key_distance) {
            let (low, high) = (Self::KEY_DISTANCES.start(), Self::KEY_DISTANCES.end());
            let bits = self.key_distance;
            return unsupported(format!("a distance of 2^-{bits} for a key is not supported: {low} to {high} bits"));
        }
        if !Self::WORKERS.contains(&self.workers) {
            let (low, high) = (Self::WORKERS.start(), Self::WORKERS.end());
            return unsupported(format!("{} workers are not supported: {low} to {high}", self.workers));
        }
        Ok(())
    }
}
