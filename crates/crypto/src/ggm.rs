//! Trees of Goldreich, Goldwasser and Micali (J. ACM 1986): a seed expands to 2^d leaves, of which another party learns all but one.
//!
//! Whoever knows the root tells, for every level, the sum of all nodes on the side that the path to one leaf does *not* take;
//! from these sums the other party computes every node beside the path. Nodes are ordered by their paths, the first step in the lowest bit:
//! a level of m nodes becomes one of 2m with the children of node j at j and j + m.

use zeroize::Zeroize;

use crate::hash::Pi;
use crate::{Block, mask64};

/// How a node x becomes two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tree {
    /// `H(x), x ⊕ H(x)`: all levels have the same sum, at half the hashes. Source: Guo et al., "Half-Tree: Halving the Cost of
    /// Tree Expansion in COT and DPF" (EUROCRYPT 2023), figure 3, with the hash of its section 3.
    Correlated,
    /// `H(x), H(x ⊕ 1)`: leaves that look independent.
    Independent,
    /// [`Tree::Correlated`] but for its last level, which is [`Tree::Independent`]. Source: Half-Tree, section 4, where single points
    /// of any value are made.
    Mixed,
}

impl Tree {
    /// Expands the two nodes of the first level to `nodes.len()` leaves, and writes both sides' sums of every level.
    ///
    /// # Panics
    /// If there are not as many leaves as the levels of `sums` give.
    pub fn expand(self, pi: &Pi, first: [Block; 2], nodes: &mut [Block], sums: &mut [[Block; 2]]) {
        assert_eq!(nodes.len(), 1 << sums.len(), "leaves of {} levels", sums.len());
        nodes[..2].copy_from_slice(&first);
        sums[0] = first;
        for i in 1..sums.len() {
            let level = self.level(i, sums.len());
            level.double(pi, &mut nodes[..2 << i]);
            let left = sum(&nodes[..1 << i]);
            let right = match level {
                Level::Correlated => left ^ first[0] ^ first[1],
                Level::Independent => sum(&nodes[1 << i..2 << i]),
            };
            sums[i] = [left, right];
        }
    }

    /// Expands to all leaves but one from one side's sum per level: bit i of `sides` tells which, so the leaf at `!sides` stays
    /// unknown, and its place holds anything. `sides` is secret.
    ///
    /// # Panics
    /// If there are not as many leaves as the levels of `sums` give.
    pub fn expand_punctured(self, pi: &Pi, sides: usize, sums: &[Block], nodes: &mut [Block]) {
        assert_eq!(nodes.len(), 1 << sums.len(), "leaves of {} levels", sums.len());
        nodes[..2].fill(Block::ZERO);
        for (i, &known) in sums.iter().enumerate() {
            if i > 0 {
                self.level(i, sums.len()).double(pi, &mut nodes[..2 << i]);
            }
            // The unknown node's children are wrong. On the known side the sum tells by how much.
            let (left, right) = nodes[..2 << i].split_at(1 << i);
            let side = sides >> i & 1;
            let difference = known ^ Block::conditional_select(sum(left), sum(right), side == 1);
            let hole = !sides & ((1 << i) - 1);
            add_at(&mut nodes[..2 << i], hole | side << i, difference);
        }
    }

    /// How nodes become level `i` of `levels`.
    fn level(self, i: usize, levels: usize) -> Level {
        match self {
            Tree::Correlated => Level::Correlated,
            Tree::Mixed if i + 1 < levels => Level::Correlated,
            Tree::Mixed | Tree::Independent => Level::Independent,
        }
    }
}

/// How the nodes of a level are made.
#[derive(Clone, Copy)]
enum Level {
    Correlated,
    Independent,
}

impl Level {
    /// The next level of the first half of `nodes`.
    fn double(self, pi: &Pi, nodes: &mut [Block]) {
        let (left, right) = nodes.split_at_mut(nodes.len() / 2);
        right.copy_from_slice(left);
        pi.cr_hash(left);
        match self {
            Level::Correlated => right.iter_mut().zip(left).for_each(|(x, &mut hash)| *x ^= hash),
            Level::Independent => {
                right.iter_mut().for_each(|x| *x ^= Block::new(1));
                pi.cr_hash(right);
            }
        }
    }
}

/// The sum of all.
pub fn sum(blocks: &[Block]) -> Block {
    blocks.iter().fold(Block::ZERO, |sum, &x| sum ^ x)
}

/// Clears the bits of `mask` in all.
pub fn clear(blocks: &mut [Block], mask: Block) {
    blocks.iter_mut().for_each(|x| *x &= !mask);
}

/// Bytes that share the mask of their group in [`add_at`].
const GROUP: usize = 256;

/// Adds `value` to the block at a secret place, in constant time: every block is written.
pub fn add_at(blocks: &mut [Block], place: usize, value: Block) {
    let mut one: [Block; GROUP / 16] = core::array::from_fn(|k| value.mul_mask(k == place % (GROUP / 16)));
    let bytes = Block::as_bytes(&one);
    for (g, group) in Block::as_bytes_mut(blocks).chunks_mut(GROUP).enumerate() {
        let mask = mask64(g == place / (GROUP / 16)) as u8;
        group.iter_mut().zip(bytes).for_each(|(x, &v)| *x ^= v & mask);
    }
    one.zeroize();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Prg;

    const TREES: [Tree; 3] = [Tree::Correlated, Tree::Independent, Tree::Mixed];

    #[test]
    fn a_punctured_tree_has_all_leaves_but_one() {
        let mut prg = Prg::new(Block::new(7));
        for tree in TREES {
            for depth in [1, 2, 3, 5, 8, 11] {
                let first = [prg.next_block(), prg.next_block()];
                let (mut leaves, mut sums) = (vec![Block::ZERO; 1 << depth], vec![[Block::ZERO; 2]; depth]);
                tree.expand(&Pi::fixed(), first, &mut leaves, &mut sums);
                let random = prg.next_u64() as usize & ((1 << depth) - 1);
                for sides in [0, 1, (1 << depth) - 1, 1 << (depth - 1), random] {
                    let known: Vec<Block> = sums.iter().enumerate().map(|(i, s)| s[sides >> i & 1]).collect();
                    let mut punctured = vec![Block::ONES; 1 << depth];
                    tree.expand_punctured(&Pi::fixed(), sides, &known, &mut punctured);
                    let hole = !sides & ((1 << depth) - 1);
                    for (j, (got, expected)) in punctured.iter().zip(&leaves).enumerate() {
                        assert_eq!(got == expected, j != hole, "{tree:?} of depth {depth}: leaf {j}, hole {hole}");
                    }
                }
                if tree == Tree::Correlated {
                    assert_eq!(sum(&leaves), first[0] ^ first[1]);
                }
            }
        }
    }

    #[test]
    fn nodes_are_those_of_the_definition() {
        let hash = |x: Block| {
            let mut y = [x];
            Pi::fixed().cr_hash(&mut y);
            y[0]
        };
        let first = [Block::new(3), Block::new(u128::MAX / 5)];
        for tree in TREES {
            let (mut leaves, mut sums) = ([Block::ZERO; 8], [[Block::ZERO; 2]; 3]);
            tree.expand(&Pi::fixed(), first, &mut leaves, &mut sums);
            let child = |x: Block, level: usize, right: bool| match (tree, level, right) {
                (_, _, false) => hash(x),
                (Tree::Correlated, _, true) | (Tree::Mixed, 1, true) => x ^ hash(x),
                (Tree::Independent | Tree::Mixed, _, true) => hash(x ^ Block::new(1)),
            };
            for (j, &leaf) in leaves.iter().enumerate() {
                assert_eq!(leaf, child(child(first[j & 1], 1, j & 2 != 0), 2, j & 4 != 0), "{tree:?}: leaf {j}");
            }
        }
    }

    #[test]
    fn values_are_added_at_one_place() {
        for n in [1, 2, 15, 16, 17, 64] {
            for place in [0, n / 2, n - 1] {
                let mut blocks = vec![Block::new(9); n];
                add_at(&mut blocks, place, Block::ONES);
                assert!((0..n).all(|j| (blocks[j] == Block::new(9)) == (j != place)), "{n} blocks, place {place}");
            }
        }
    }
}
