//! Ferret over GF(16): random 1-of-16 OTs `t = q ⊕ c·Δ`, c a scalar of GF(16), of which each takes one output of the code, where four
//! bits would take four.
//!
//! Source: Weng, Yang, Katz, Wang, "Wolverine: Fast, Scalable, and Communication-Efficient Zero-Knowledge Proofs for Boolean and Arithmetic
//! Circuits" (IEEE S&P 2021), section 5, for subfield VOLE from single points; [Ferret](super::ferret) for regular noise and the local
//! code. A block is a vector of 32 elements ([`Block::times_beta`]). A tree's single point has the value of a random OT of the last iteration,
//! zero one time in sixteen, so that only the sender speaks. Trees are correlated but for the last level (Half-Tree, section 4): were all
//! levels' sums Δ, the message about the value would tell it. Element 0 of Δ is one, that of q zero, and so that of t is the choice.
//! The levels' OTs come from Ferret over GF(2). Security: docs/notes/wide-ferret.md.

use sotto_crypto::ggm::{self, Tree};
use sotto_crypto::lpn::Field;
use sotto_crypto::{Block, Prg};
use zeroize::Zeroizing;

use super::ferret::{Public, Role};
use super::lpn_set::LpnSet;
use super::rot::Rows;
use crate::error::{Result, internal};

/// What a party holds of an iteration.
pub(crate) struct WideFerret {
    set: LpnSet,
    /// The table of k OTs.
    table: Rows,
    /// An OT for the value of each tree.
    values: Rows,
    /// The next tree.
    next: usize,
    role: Role,
}

impl WideFerret {
    /// A sender with OTs for its first iteration: [`LpnSet::taken`] over GF(16), or more.
    pub(crate) fn sender(set: LpnSet, ots: Rows, delta: Block, roots: Prg) -> Self {
        Self::new(set, ots, Role::Sender { delta: Zeroizing::new(delta), roots: Box::new(roots) })
    }

    /// As [`WideFerret::sender`], a receiver.
    pub(crate) fn receiver(set: LpnSet, ots: Rows) -> Self {
        Self::new(set, ots, Role::Receiver)
    }

    fn new(set: LpnSet, ots: Rows, role: Role) -> Self {
        let mut ferret = Self { set, table: Rows::default(), values: Rows::default(), next: 0, role };
        ferret.renew(ots);
        ferret
    }

    /// Starts an iteration.
    pub(crate) fn renew(&mut self, mut ots: Rows) {
        self.values = ots.split_off(self.set.table());
        self.table = ots;
        self.next = 0;
    }

    /// The sender's OTs of the next trees, [`LpnSet::leaves`] of each, and the message about them. `levels` are correlated OTs, as many
    /// as all trees have levels.
    pub(crate) fn send(&mut self, public: &mut Public, levels: &[Block], out: &mut [Block]) -> Result<Vec<u8>> {
        let Self { set, role, .. } = self;
        let Role::Sender { delta, roots } = role else { return Err(internal("a receiver has no trees to send")) };
        let depth = set.depth();
        let mut message = Vec::with_capacity(out.len() / set.leaves() * set.tree_bytes(Field::Gf16));
        let mut sums = Zeroizing::new(vec![[Block::ZERO; 2]; depth]);
        for (leaves, levels) in out.chunks_exact_mut(set.leaves()).zip(levels.chunks_exact(depth)) {
            let first = Zeroizing::new({
                let root = roots.next_block();
                [root, root ^ **delta]
            });
            Tree::Mixed.expand(public.pi(), *first, leaves, &mut sums);
            let mut put = |block: Block| message.extend_from_slice(&block.to_bytes());
            // Of correlated levels both sides' sums differ by Δ, as the OT's two strings do; of the last level they do not.
            for ([left, _], &q) in sums.iter().zip(&levels[..depth - 1]) {
                put(*left ^ q);
            }
            let mut pads = Zeroizing::new([levels[depth - 1], levels[depth - 1] ^ **delta]);
            public.pi().cr_hash(&mut pads[..]);
            sums[depth - 1].iter().zip(pads.iter()).for_each(|(&sum, &pad)| put(sum ^ pad));
            ggm::clear(leaves, Block::ELEMENT_0);
            put(self.values[self.next] ^ ggm::sum(leaves));
            public.encode(Field::Gf16, &self.table, leaves);
            self.next += 1;
        }
        Ok(message)
    }

    /// The receiver's OTs of the next trees, from the sender's message.
    pub(crate) fn receive(&mut self, public: &mut Public, levels: &[Block], message: &[u8], out: &mut [Block]) {
        let depth = self.set.depth();
        let mut sums = Zeroizing::new(vec![Block::ZERO; depth]);
        let messages = message.as_chunks::<16>().0.chunks_exact(depth + 2);
        let trees = out.chunks_exact_mut(self.set.leaves()).zip(levels.chunks_exact(depth));
        for ((leaves, levels), message) in trees.zip(messages) {
            let message = |i: usize| Block::from_bytes(&message[i]);
            let mut sides = 0;
            for (i, &t) in levels.iter().enumerate() {
                sides |= usize::from(t.bit(0)) << i;
                sums[i] = message(i) ^ t;
            }
            let last = levels[depth - 1];
            let mut pad = Zeroizing::new([last]);
            public.pi().cr_hash(&mut pad[..]);
            sums[depth - 1] = Block::conditional_select(message(depth - 1), message(depth), last.bit(0)) ^ pad[0];
            Tree::Mixed.expand_punctured(public.pi(), sides, &sums, leaves);
            ggm::clear(leaves, Block::ELEMENT_0);
            // All leaves of the sender's add up to what the message hides; the receiver's differ at the hole, by the value.
            let missing = message(depth + 1) ^ self.values[self.next] ^ ggm::sum(leaves);
            ggm::add_at(leaves, !sides & (self.set.leaves() - 1), missing);
            public.encode(Field::Gf16, &self.table, leaves);
            self.next += 1;
        }
    }
}

/// OTs over GF(16) from four over GF(2) each: q with element 0 clear, t with the choice there.
pub(crate) fn combined(cots: &[Block], rows: &mut [Block]) {
    // Where Δ has zeros in element 0, q and t are equal.
    let kept = !Block::ELEMENT_0 ^ Block::new(1);
    for (row, cots) in rows.iter_mut().zip(cots.as_chunks::<4>().0) {
        *row = cots.iter().rev().fold(Block::ZERO, |sum, &x| sum.times_beta() ^ (x & kept));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ot::base::Constants;

    const DELTA: Block = Block::new((0x1234_5678_9abc_def0_0fed_cba9_8765_4321 & !Block::ELEMENT_0.as_u128()) | 1);

    /// OTs over GF(2) from a dealer.
    fn dealt(n: usize, seed: u64) -> [Rows; 2] {
        let mut q = Rows::zeros(n);
        Prg::new(Block::from(seed)).fill_blocks(&mut q);
        let t: Vec<Block> = q.iter().map(|&q| (q & !Block::new(1)) ^ DELTA.mul_mask(q.bit(0))).collect();
        q.iter_mut().for_each(|q| *q &= !Block::new(1));
        [q, t.into()]
    }

    /// OTs over GF(16), of bits from a dealer.
    fn combined_ots(n: usize) -> [Rows; 2] {
        dealt(4 * n, 1).map(|cots| {
            let mut rows = Rows::zeros(n);
            combined(&cots, &mut rows);
            rows
        })
    }

    #[test]
    fn four_bits_make_a_scalar() {
        let [q, t] = combined_ots(1000);
        let mut seen = [0; 16];
        for (&q, &t) in q.iter().zip(t.iter()) {
            assert_eq!(q & Block::ELEMENT_0, Block::ZERO);
            assert_eq!(t, q ^ DELTA.gf16_mul(t.element_0()));
            seen[usize::from(t.element_0())] += 1;
        }
        // 62.5 ± 7.7 each.
        assert!(seen.iter().all(|&n| (25..105).contains(&n)), "{seen:?}");
    }

    #[test]
    fn outputs_are_correlated_and_a_leaf_of_a_tree_has_the_noise() {
        let constants = Constants::new([&[]; 4]);
        for set in [LpnSet::B9, LpnSet::B11] {
            let mut publics = [(); 3].map(|()| Public::new(&constants, 5));
            let [q, t] = combined_ots(set.taken(Field::Gf16));
            let choices =
                |rows: &[Block]| -> Vec<Block> { rows.iter().map(|t| Block::of_element_0(t.element_0())).collect() };
            let (table, values) = (choices(&t[..set.table()]), choices(&t[set.table()..]));
            let mut sender = WideFerret::sender(set, q, DELTA, Prg::new(Block::new(5)));
            let mut receiver = WideFerret::receiver(set, t);
            let (mut places, mut tree) = (std::collections::BTreeSet::new(), 0);
            for trees in [1, 3, 40] {
                let levels = dealt(trees * set.depth(), 2 + trees as u64);
                let [mut q, mut t] = [0, 1].map(|_| vec![Block::ZERO; trees * set.leaves()]);
                let message = sender.send(&mut publics[0], &levels[0], &mut q).unwrap();
                assert_eq!(message.len(), trees * set.tree_bytes(Field::Gf16));
                receiver.receive(&mut publics[1], &levels[1], &message, &mut t);
                for (i, (&q, &t)) in q.iter().zip(&t).enumerate() {
                    assert_eq!(q & Block::ELEMENT_0, Block::ZERO);
                    assert_eq!(t, q ^ DELTA.gf16_mul(t.element_0()), "{set:?}: output {i}");
                }
                for leaves in t.chunks_exact(set.leaves()) {
                    // The code's part of the choices.
                    let mut clean = vec![Block::ZERO; set.leaves()];
                    publics[2].encode(Field::Gf16, &table, &mut clean);
                    let noise: Vec<_> = leaves.iter().zip(&clean).map(|(t, c)| t.element_0() ^ c.element_0()).collect();
                    let noisy: Vec<_> = (0..set.leaves()).filter(|&j| noise[j] != 0).collect();
                    let value = values[tree].element_0();
                    assert_eq!(noisy.len(), usize::from(value != 0), "{set:?}: weight of the noise");
                    assert!(noisy.iter().all(|&j| noise[j] == value), "{set:?}: value of the noise");
                    places.extend(noisy);
                    tree += 1;
                }
            }
            assert!(places.len() > 30, "the noise does not move: {places:?}");
        }
    }
}
