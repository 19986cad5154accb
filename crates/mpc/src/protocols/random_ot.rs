//! Random OT as a protocol of its own: two random strings at the server; a random bit and the string that it picks at the client.
//!
//! What all other protocols start from. Cost per OT: a random OT; nothing is sent online. Strings are the low 64 bits of pads.

use sotto_crypto::BitVec;

use crate::cost::Cost;
use crate::error::Result;
use crate::ot::demand::Demand;
use crate::ot::pads::{Entry, PadKind};
use crate::ot::rot::RotKind;
use crate::party::Party;
use crate::session::lane::Lane;

/// One party's half of a batch.
pub enum RandomOts {
    /// The server's strings, for either choice.
    Sender(Vec<[u64; 2]>),
    /// The client's choices, and the strings that they pick.
    Receiver(BitVec, Vec<u64>),
}

fn kind() -> PadKind {
    PadKind { rot: RotKind::bit(Party::Server), entry: Entry::bits_of(64) }
}

/// `n` random OTs.
pub async fn random_ot(s: &mut Lane, n: usize) -> Result<RandomOts> {
    let pads = s.take(&kind(), n).await?;
    let string = |i: usize| pads.bits_at(64 * i, 64);
    Ok(match s.party() {
        Party::Server => RandomOts::Sender((0..n).map(|i| [string(2 * i), string(2 * i + 1)]).collect()),
        Party::Client => {
            let choices = BitVec::from_fn(n, |i| pads.choice(i) == 1);
            RandomOts::Receiver(choices, (0..n).map(string).collect())
        }
    })
}

/// Cost of `n`.
pub fn cost(n: usize) -> Cost {
    Cost { demand: Demand::pads(kind(), n), ..Cost::default() }
}
