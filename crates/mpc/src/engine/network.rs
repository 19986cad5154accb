//! What a round is worth on a network: by it, and by bytes, each call chooses its leaves and the forms of its protocols
//! (docs/decisions/0041-rounds-have-a-price.md).

use crate::names;

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

impl Network {
    /// Bytes that pass while a message is on its way, for [`Params::round_bytes`](crate::Params::round_bytes).
    pub const fn round_bytes(self) -> u32 {
        match self {
            Network::Lan => 62_500,
            Network::Wan => 187_500,
            Network::Mobile => 75_000,
            Network::Metered => 0,
        }
    }
}
