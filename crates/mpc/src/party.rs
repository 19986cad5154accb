//! The two parties and the parameters that they agree on.

use serde::{Deserialize, Serialize};

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
}

/// Parameters that shape the transcript; both parties must hold the same. AGREEMENT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Most bits per leaf of a comparison, m in the paper, 1..=8.
    pub digit: u32,
    /// Source of random OTs.
    pub ot: OtKind,
}

impl Default for Params {
    fn default() -> Self {
        Self { digit: 7, ot: OtKind::Classic }
    }
}

impl Params {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`ErrorKind::Version`](crate::ErrorKind::Version), since the peer would need other parameters.
    pub fn validate(&self) -> crate::Result<()> {
        if (1..=8).contains(&self.digit) {
            Ok(())
        } else {
            let message = format!("leaves of {} bits are not supported: 1 to 8", self.digit);
            Err(crate::Error::new(crate::ErrorKind::Version, message))
        }
    }
}
