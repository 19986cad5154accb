//! Random OT as a protocol of its own: two random strings at the server; a random bit and the string that it picks at the client.
//!
//! What all other protocols start from. Cost per OT: a random OT; nothing is sent online. Strings are the low 64 bits of pads.

use sotto_crypto::hash::Pi;
use sotto_crypto::{BitVec, Block, SecretVec};

use crate::cost::Cost;
use crate::ot::{Demand, RotKind};
use crate::{Party, Result, Session};

/// One party's half of a batch.
pub enum RandomOts {
    /// The server's strings, for either choice.
    Sender(Vec<[u64; 2]>),
    /// The client's choices, and the strings that they pick.
    Receiver(BitVec, Vec<u64>),
}

/// `n` random OTs.
pub async fn random_ot(s: &mut Session, n: usize) -> Result<RandomOts> {
    let pads = |pi: &Pi, rows: &[Block], offset: Block| {
        let mut pads: SecretVec<Block> = rows.iter().map(|&row| row ^ offset).collect::<Vec<_>>().into();
        pi.cr_hash(&mut pads);
        pads
    };
    Ok(match s.party() {
        Party::Server => {
            let rot = s.take_sender(1, n).await?;
            let [first, second] = [0, 1].map(|k| pads(&rot.pi, &rot.rows, rot.offsets()[k]));
            RandomOts::Sender(first.iter().zip(second.iter()).map(|(a, b)| [a.low_u64(), b.low_u64()]).collect())
        }
        Party::Client => {
            let rot = s.take_receiver(1, n).await?;
            let pads = pads(&rot.pi, &rot.rows, Block::ZERO);
            let choices = BitVec::from_bytes_at(&rot.choices, [0]);
            RandomOts::Receiver(choices, pads.iter().map(|pad| pad.low_u64()).collect())
        }
    })
}

/// Cost of `n`.
pub fn cost(n: usize) -> Cost {
    Cost { demand: Demand::rots(RotKind::bit(Party::Server), n), ..Cost::default() }
}
