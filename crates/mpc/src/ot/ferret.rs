//! Ferret: random correlated OTs `t = q ⊕ c·Δ` for 0.2 to 2.7 bits each, from a few that it takes of its own.
//!
//! Source: Yang, Weng, Lan, Zhang, Wang, "Ferret: Fast Extension for Correlated OT with Small Communication" (CCS 2020): regular noise,
//! primal LPN, a 10-local code, and of every iteration's OTs what the next one takes. Its single-point OTs come from
//! correlated trees (Guo et al., "Half-Tree", EUROCRYPT 2023, section 4): all levels of a tree have the sum Δ, so that a correlated OT tells
//! the receiver one side's sum, in 128 bits; the path is the OTs' random choices. Security: semi-honest, under LPN with the
//! parameters of a named set ([`LpnSet`]). Bit 0 of Δ is set, bit 0 of q clear, and so bit 0 of t is the choice.
//!
//! A tree is expanded, encoded and handed out when it is needed: neither an iteration's OTs nor its noise are ever in memory together.

use std::sync::Arc;

use sotto_crypto::ggm::{self, Tree};
use sotto_crypto::hash::Pi;
use sotto_crypto::lpn::{self, Code, Field};
use sotto_crypto::{Block, Prg};
use zeroize::Zeroizing;

use super::base::Constants;
use super::lpn_set::LpnSet;
use super::rot::Rows;
use crate::error::{Result, internal};

/// The public part of a source of correlated OTs: π, and the session's code from the source's next output on. Its stream never
/// goes back, so that iterations have no places in common.
pub(crate) struct Public {
    pi: Arc<Pi>,
    code: Code,
    stretch: u64,
}

impl Public {
    /// Of source `source` of a session, below [`SOURCES`].
    pub(crate) fn new(session: &Constants, source: usize) -> Self {
        let stretch = source as u64 * (lpn::STRETCHES / SOURCES as u64);
        Self { pi: session.pi.clone(), code: session.code.clone(), stretch }
    }

    /// π.
    pub(super) fn pi(&self) -> &Pi {
        &self.pi
    }

    /// Adds the code's outputs of `table`.
    pub(super) fn encode(&mut self, field: Field, table: &[Block], outputs: &mut [Block]) {
        self.code.encode(field, table, self.stretch, outputs);
        self.stretch += outputs.len().div_ceil(lpn::STRETCH) as u64;
    }
}

/// Sources of a session: two fields, in two directions, in each of two lanes.
pub(crate) const SOURCES: usize = 8;

/// What a party holds of an iteration.
pub(crate) struct Ferret {
    set: LpnSet,
    /// The table of k OTs.
    table: Rows,
    /// An OT for each level of each tree.
    levels: Rows,
    /// The next tree.
    next: usize,
    role: Role,
}

pub(super) enum Role {
    /// Δ, and where the trees' roots come from.
    Sender {
        delta: Zeroizing<Block>,
        roots: Box<Prg>,
    },
    Receiver,
}

impl Ferret {
    /// A sender with OTs for its first iteration: [`LpnSet::taken`] over GF(2), or more.
    pub(crate) fn sender(set: LpnSet, ots: Rows, delta: Block, roots: Prg) -> Self {
        Self::new(set, ots, Role::Sender { delta: Zeroizing::new(delta), roots: Box::new(roots) })
    }

    /// As [`Ferret::sender`], a receiver.
    pub(crate) fn receiver(set: LpnSet, ots: Rows) -> Self {
        Self::new(set, ots, Role::Receiver)
    }

    fn new(set: LpnSet, ots: Rows, role: Role) -> Self {
        let mut ferret = Self { set, table: Rows::default(), levels: Rows::default(), next: 0, role };
        ferret.renew(ots);
        ferret
    }

    /// Starts an iteration.
    pub(crate) fn renew(&mut self, mut ots: Rows) {
        self.levels = ots.split_off(self.set.table());
        self.table = ots;
        self.next = 0;
    }

    pub(crate) fn set(&self) -> LpnSet {
        self.set
    }

    /// The sender's OTs of the next trees, [`LpnSet::leaves`] of each, and the message about them.
    pub(crate) fn send(&mut self, public: &mut Public, out: &mut [Block]) -> Result<Vec<u8>> {
        let Self { set, role, .. } = self;
        let Role::Sender { delta, roots } = role else { return Err(internal("a receiver has no trees to send")) };
        let depth = set.depth();
        let mut message = Vec::with_capacity(out.len() / set.leaves() * set.tree_bytes(Field::Gf2));
        let mut sums = Zeroizing::new(vec![[Block::ZERO; 2]; depth]);
        for leaves in out.chunks_exact_mut(self.set.leaves()) {
            let first = Zeroizing::new({
                let root = roots.next_block();
                [root, root ^ **delta]
            });
            Tree::Correlated.expand(&public.pi, *first, leaves, &mut sums);
            let levels = &self.levels[self.next * depth..][..depth];
            for ([left, _], &q) in sums.iter().zip(levels) {
                message.extend_from_slice(&(*left ^ q).to_bytes());
            }
            ggm::clear(leaves, Block::new(1));
            public.encode(Field::Gf2, &self.table, leaves);
            self.next += 1;
        }
        Ok(message)
    }

    /// The receiver's OTs of the next trees, from the sender's message.
    pub(crate) fn receive(&mut self, public: &mut Public, message: &[u8], out: &mut [Block]) {
        let depth = self.set.depth();
        let mut sums = Zeroizing::new(vec![Block::ZERO; depth]);
        let messages = message.as_chunks::<16>().0.chunks_exact(depth);
        for (leaves, message) in out.chunks_exact_mut(self.set.leaves()).zip(messages) {
            let levels = &self.levels[self.next * depth..][..depth];
            let mut sides = 0;
            for (i, ((sum, bytes), &t)) in sums.iter_mut().zip(message).zip(levels).enumerate() {
                // From `left sum ⊕ q` the sum of the side that t chooses: the sides differ by Δ, as t and q do.
                *sum = Block::from_bytes(bytes) ^ t;
                sides |= usize::from(t.bit(0)) << i;
            }
            Tree::Correlated.expand_punctured(&public.pi, sides, &sums, leaves);
            // All leaves add up to Δ: what is missing is the unknown one plus Δ.
            ggm::clear(leaves, Block::new(1));
            let missing = ggm::sum(leaves) ^ Block::new(1);
            ggm::add_at(leaves, !sides & (self.set.leaves() - 1), missing);
            public.encode(Field::Gf2, &self.table, leaves);
            self.next += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// OTs from a dealer.
    fn dealt(n: usize, delta: Block, seed: u64) -> [Rows; 2] {
        let mut q = Rows::zeros(n);
        Prg::new(Block::from(seed)).fill_blocks(&mut q);
        let t: Vec<Block> = q.iter().map(|&q| (q & !Block::new(1)) ^ delta.mul_mask(q.bit(0))).collect();
        ggm::clear(&mut q, Block::new(1));
        [q, t.into()]
    }

    #[test]
    fn outputs_are_correlated_and_one_leaf_of_every_tree_is_noisy() {
        let delta = Block::new(0x1234_5678_9abc_def0_0fed_cba9_8765_4321 | 1);
        let constants = Constants::new([&[]; 4]);
        for set in [LpnSet::B9, LpnSet::B11] {
            let mut publics = [(); 3].map(|_| Public::new(&constants, 1));
            let [q, t] = dealt(set.taken(Field::Gf2), delta, 1);
            let table: Vec<bool> = t[..set.table()].iter().map(|t| t.bit(0)).collect();
            let mut sender = Ferret::sender(set, q, delta, Prg::new(Block::new(5)));
            let mut receiver = Ferret::receiver(set, t);
            let mut places = std::collections::BTreeSet::new();
            for trees in [1, 3, 8] {
                let [mut q, mut t] = [0, 1].map(|_| vec![Block::ZERO; trees * set.leaves()]);
                let message = sender.send(&mut publics[0], &mut q).unwrap();
                assert_eq!(message.len(), trees * set.tree_bytes(Field::Gf2));
                receiver.receive(&mut publics[1], &message, &mut t);
                for (i, (&q, &t)) in q.iter().zip(&t).enumerate() {
                    assert!(!q.bit(0));
                    assert_eq!(t, q ^ delta.mul_mask(t.bit(0)), "{set:?}: output {i}");
                }
                for tree in 0..trees {
                    // The code's part of the choices, as blocks with bit 0 alone.
                    let mut clean = vec![Block::ZERO; set.leaves()];
                    let bits: Vec<Block> = table.iter().map(|&b| Block::new(u128::from(b))).collect();
                    publics[2].encode(Field::Gf2, &bits, &mut clean);
                    let tree = &t[tree * set.leaves()..][..set.leaves()];
                    let noisy: Vec<_> = (0..set.leaves()).filter(|&j| tree[j].bit(0) != clean[j].bit(0)).collect();
                    assert_eq!(noisy.len(), 1, "{set:?}: weight of the noise");
                    places.insert(noisy[0]);
                }
            }
            assert!(places.len() > 8, "the noise does not move: {places:?}");
        }
    }

    #[test]
    fn sets_are_those_of_the_parameters() {
        let sets = LpnSet::ALL.map(|set| (set.trees() * set.leaves(), set.table(), set.trees()));
        let expected = [
            (435_200, 1 << 16, 850),
            (870_400, 1 << 17, 850),
            (2_396_160, 1 << 18, 1170),
            (5_734_400, 1 << 19, 1400),
            (13_107_200, 1 << 20, 1600),
        ];
        assert_eq!(sets, expected);
        for set in LpnSet::ALL {
            for field in [Field::Gf2, Field::Gf16] {
                assert!(set.kept_trees(field) * 5 < set.trees(), "{set:?}: most trees are for others");
            }
        }
        for [smaller, set] in LpnSet::ALL.array_windows() {
            assert!(
                smaller.trees_for(set.taken(Field::Gf2)) <= smaller.trees() - smaller.kept_trees(Field::Gf2),
                "{set:?} starts from {smaller:?}"
            );
        }
    }
}
