//! How many correlations of each kind something needs, and what they cost.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use super::columns::CHUNK_ROWS;
use super::kk13;
use super::pads::PadKind;
use super::rot::{Ots, RotKind, WIDE};
use crate::party::Party;
use crate::wire::bytes_for;

/// Counts of random correlations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// Random OTs whose pads are stored.
    pub pads: BTreeMap<PadKind, usize>,
    /// Random OTs whose rows are stored: layers by OT expand them further.
    pub rows: BTreeMap<RotKind, usize>,
    /// Bit triples.
    pub triples: usize,
    /// Pairs of bit triples with a common factor.
    pub pairs: usize,
}

impl Demand {
    /// `n` OTs of one kind.
    pub fn pads(kind: PadKind, n: usize) -> Self {
        let mut demand = Self::default();
        demand.add_pads(kind, n);
        demand
    }

    /// `n` rows of one kind.
    pub fn rows(kind: RotKind, n: usize) -> Self {
        let mut demand = Self::default();
        demand.add_rows(kind, n);
        demand
    }

    /// Adds `n` OTs of one kind.
    pub fn add_pads(&mut self, kind: PadKind, n: usize) {
        if n > 0 {
            let sum = self.pads.entry(kind).or_default();
            *sum = sum.saturating_add(n);
        }
    }

    /// Adds `n` rows of one kind.
    pub fn add_rows(&mut self, kind: RotKind, n: usize) {
        if n > 0 {
            let sum = self.rows.entry(kind).or_default();
            *sum = sum.saturating_add(n);
        }
    }

    /// Random OTs of either form, by kind.
    pub fn rots(&self) -> impl Iterator<Item = (RotKind, usize)> + '_ {
        let pads = self.pads.iter().map(|(kind, &n)| (kind.rot, n));
        pads.chain(self.rows.iter().map(|(&kind, &n)| (kind, n)))
    }

    /// Whether nothing is needed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Bytes that a party stores: pads and choices as [`PadKind::bits`] says, a row and a choice per row, 3 bits per triple and
    /// 5 per pair.
    pub fn memory(&self, party: Party) -> u64 {
        let pads: u64 = self.pads.iter().map(|(kind, &n)| bytes_for(kind.bits(party).saturating_mul(n as u64))).sum();
        let rows: u64 = self.rows.values().map(|&n| n as u64).sum();
        pads + 17 * rows + bytes_for(3 * self.triples as u64 + 5 * self.pairs as u64)
    }

    /// What the party that holds more of it holds.
    pub fn most_memory(&self) -> u64 {
        self.memory(Party::Client).max(self.memory(Party::Server))
    }

    /// Correlations: random OTs, triples, and pairs as two of these.
    pub fn count(&self) -> u64 {
        self.rots().map(|(_, n)| n as u64).sum::<u64>() + self.triples as u64 + 2 * self.pairs as u64
    }

    /// Correlated OTs with this sender that it takes on the silent path: one for every bit of a choice; two of the server's for a
    /// triple, one of either's for a pair.
    pub fn cots(&self, sender: Party) -> u64 {
        let kinds = self.rots().filter(|(kind, _)| kind.sender == sender);
        let triples = if sender == Party::Server { 2 * self.triples as u64 } else { 0 };
        kinds.map(|(kind, n)| u64::from(kind.width) * n as u64).sum::<u64>() + triples + self.pairs as u64
    }

    /// The same, with 1-of-16 OTs apart, which Ferret can make as such.
    pub(crate) fn ots(&self, sender: Party) -> Ots {
        let wide = self.rots().filter(|(kind, _)| kind.sender == sender && kind.width == WIDE);
        let wide: u64 = wide.map(|(_, n)| n as u64).sum();
        Ots { bits: self.cots(sender) - u64::from(WIDE) * wide, wide }
    }

    /// Exact payload bytes of generating all of it at once on the classic path: (client to server, server to client).
    pub fn classic_bytes(&self) -> (u64, u64) {
        let u = |width: u32, ots: usize| kk13::active_columns(width) as u64 * ots.div_ceil(8) as u64;
        let (mut to_server, mut to_client) = (0, 0);
        for (kind, n) in self.rots() {
            match kind.sender {
                Party::Server => to_server += u(kind.width, n),
                Party::Client => to_client += u(kind.width, n),
            }
        }
        let triple_ots = self.triples.div_ceil(2);
        to_server += u(TRIPLE_WIDTH, triple_ots) + u(PAIR_WIDTH, self.pairs);
        to_client += bytes_for(triple_correction_bits(triple_ots, self.pairs));
        (to_server, to_client)
    }
}

/// Calls of the block cipher, one block each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AesCalls {
    /// Of the generators that expand base OTs.
    pub stream: u64,
    /// Of the hash that makes pads of rows.
    pub hash: u64,
}

impl Demand {
    /// AES calls that a party makes to generate all of it at once on the classic path and to use it, where a pad takes one
    /// block (shares over Z_{2^ℓ}): a column takes a call per 128 rows, twice at the receiver; a pad one call, all pads of an OT
    /// at the sender.
    pub fn aes_calls(&self, party: Party) -> AesCalls {
        let triple_ots =
            [(RotKind::leaf(TRIPLE_WIDTH), self.triples.div_ceil(2)), (RotKind::leaf(PAIR_WIDTH), self.pairs)];
        let all = self.rots().chain(triple_ots);
        all.fold(AesCalls::default(), |sum, (kind, n)| {
            let blocks: usize = (0..n).step_by(CHUNK_ROWS).map(|start| (n - start).min(CHUNK_ROWS).div_ceil(128)).sum();
            let columns = (kk13::active_columns(kind.width) * blocks) as u64;
            let sends = kind.sender == party;
            AesCalls {
                stream: sum.stream + if sends { columns } else { 2 * columns },
                hash: sum.hash + if sends { (n as u64) << kind.width } else { n as u64 },
            }
        })
    }
}

impl AddAssign<&Demand> for Demand {
    fn add_assign(&mut self, other: &Demand) {
        other.pads.iter().for_each(|(kind, &n)| self.add_pads(kind.clone(), n));
        other.rows.iter().for_each(|(&kind, &n)| self.add_rows(kind, n));
        self.triples = self.triples.saturating_add(other.triples);
        self.pairs = self.pairs.saturating_add(other.pairs);
    }
}

/// Choice bits of the OT that makes two triples: (a, b, a', b').
pub(crate) const TRIPLE_WIDTH: u32 = 4;
/// Choice bits of the OT that makes a pair: (a, b, b').
pub(crate) const PAIR_WIDTH: u32 = 3;

/// Bits of the sender's corrections for OTs of two-bit messages: all messages but the one that pad 0 fixes.
pub(crate) fn triple_correction_bits(triple_ots: usize, pairs: usize) -> u64 {
    let per_ot = |width: u32| 2 * ((1 << width) - 1);
    per_ot(TRIPLE_WIDTH) * triple_ots as u64 + per_ot(PAIR_WIDTH) * pairs as u64
}
