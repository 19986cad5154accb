//! Named parameters of LPN, for [Ferret](super::ferret).

use serde::{Deserialize, Serialize};

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

    /// OTs that an iteration takes: the table, and one for every level of every tree.
    pub const fn taken(self) -> usize {
        self.table() + self.trees() * self.depth()
    }

    /// Trees that make what the next iteration takes.
    pub fn kept_trees(self) -> usize {
        self.trees_for(self)
    }

    /// Trees that make what an iteration of `set` takes.
    pub(crate) fn trees_for(self, set: Self) -> usize {
        set.taken().div_ceil(self.leaves())
    }

    /// Bits for each OT that is handed out, of iteration after iteration.
    pub fn bits_per_ot(self) -> f64 {
        let handed_out = (self.trees() - self.kept_trees()) * self.leaves();
        (8 * self.trees() * self.tree_bytes()) as f64 / handed_out as f64
    }

    /// Bytes of a tree, sender to receiver.
    pub fn tree_bytes(self) -> usize {
        16 * self.depth()
    }
}
