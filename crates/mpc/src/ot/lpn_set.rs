//! Named parameters of LPN, for [Ferret](super::ferret).

use serde::{Deserialize, Serialize};
use sotto_crypto::lpn::Field;

use crate::names;

/// Parameters of LPN with regular noise: n = t·2^d outputs, t of them noisy, one in each run of 2^d; k secret bits. SECURITY:
/// 128 bits, see docs/parameters.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LpnSet {
    /// n = 435,200, k = 2^16, t = 850.
    B9,
    /// n = 870,400, k = 2^17, t = 850.
    B10,
    /// n = 2,396,160, k = 2^18, t = 1,170.
    B11,
    /// n = 5,734,400, k = 2^19, t = 1,400.
    B12,
    /// n = 13,107,200, k = 2^20, t = 1,600.
    B13,
}

names!(LpnSet { B9 => "b9", B10 => "b10", B11 => "b11", B12 => "b12", B13 => "b13" });

impl LpnSet {
    /// Whether known attacks cost 128 bits and more over `field`: over GF(16) a run has no noise one time in sixteen, which leaves `b12`
    /// and `b13` at 127 and 126.
    pub fn serves(self, field: Field) -> bool {
        field == Field::Gf2 || self <= Self::B11
    }

    /// d: levels of a tree.
    pub const fn depth(self) -> usize {
        9 + self as usize
    }

    /// 2^d: outputs of a tree.
    pub const fn leaves(self) -> usize {
        1 << self.depth()
    }

    /// t: trees of an iteration.
    pub const fn trees(self) -> usize {
        [850, 850, 1170, 1400, 1600][self as usize]
    }

    /// k: entries of the table.
    pub const fn table(self) -> usize {
        1 << (16 + self as usize)
    }

    /// OTs over `field` that an iteration takes: the table, and over GF(2) one for every level of every tree, over GF(16), where these
    /// come from elsewhere, one for the value of every tree.
    pub const fn taken(self, field: Field) -> usize {
        let each = match field {
            Field::Gf2 => self.depth(),
            Field::Gf16 => 1,
        };
        self.table() + self.trees() * each
    }

    /// Trees that make what the next iteration takes.
    pub fn kept_trees(self, field: Field) -> usize {
        self.trees_for(self.taken(field))
    }

    /// Trees that make `n` OTs.
    pub(crate) fn trees_for(self, n: usize) -> usize {
        n.div_ceil(self.leaves())
    }

    /// Bits for each OT that is handed out, of iteration after iteration; over GF(16) with the levels' OTs.
    pub fn bits_per_ot(self, field: Field) -> f64 {
        let handed_out = (self.trees() - self.kept_trees(field)) * self.leaves();
        let levels = match field {
            Field::Gf2 => 0.0,
            Field::Gf16 => self.depth() as f64 * self.bits_per_ot(Field::Gf2),
        };
        self.trees() as f64 * (8.0 * self.tree_bytes(field) as f64 + levels) / handed_out as f64
    }

    /// Bytes of a tree, sender to receiver: a block for each level, and over GF(16) one more for the last level and one for the
    /// value.
    pub fn tree_bytes(self, field: Field) -> usize {
        let more = match field {
            Field::Gf2 => 0,
            Field::Gf16 => 2,
        };
        16 * (self.depth() + more)
    }
}
