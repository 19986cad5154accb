//! The server's half of a layer: products, sums, hiding, packing. Pure; how replies are spread over threads is the caller's.

use std::ops::Range;

use sotto_crypto::{Modulus, Prg, SecretVec};

use super::encode::LinearPlan;
use crate::cipher::{Accumulator, Ciphertext};
use crate::keys::PublicKey;
use crate::message::Reply;
use crate::pack::PackingKeys;
use crate::poly::{Coefficients, Evaluations, Poly};

/// What the server computes a layer from.
pub struct Evaluation<'a> {
    /// The plan.
    pub plan: &'a LinearPlan,
    /// What shares add up in.
    pub t: Modulus,
    /// Weights, `[output channel][input channel of the group][row][column]`.
    pub weights: &'a [i64],
    /// The client's ciphertexts, in the order of [`LinearPlan::upload`].
    pub inputs: &'a [Ciphertext],
    /// The client's public key.
    pub public: &'a PublicKey,
    /// The client's packing keys; as many levels as [`LinearPlan::levels`].
    pub packing: &'a PackingKeys,
    /// Whether polynomials of weights that are all zero are left out: faster, but time then tells how many there are.
    pub skip_zeros: bool,
}

/// A reply, and what the server keeps of it.
pub struct Answer {
    /// What the client needs.
    pub reply: Reply,
    /// The server's shares of the values, in the order of [`LinearPlan::replied`].
    pub share: SecretVec<u64>,
}

/// Weights of an output group for one block.
enum Weights {
    Zero,
    Scalar(Vec<u32>),
    Poly(Poly<Evaluations>),
}

impl Evaluation<'_> {
    /// Replies that are best computed together: their number, for they share transformed weights.
    pub fn replies_at_once(&self) -> usize {
        self.plan.counts.tiles.div_ceil(self.plan.fold)
    }

    /// Replies `range`, in order.
    ///
    /// Over a ring the server's share is the top of b, which does not travel; over Z_n it is minus a random mask that is
    /// added to the output.
    pub fn replies(&self, range: Range<usize>, secret: &mut Prg) -> Vec<Answer> {
        let tiles = self.plan.counts.tiles;
        let mut sum = Accumulator::new(self.plan.set());
        let mut loaded: Option<(usize, Vec<Weights>)> = None;
        let mut replies = Vec::with_capacity(range.len());
        for index in range {
            let mut ciphertexts = Vec::with_capacity(self.plan.fold);
            let mut masks = SecretVec::zeros(self.plan.replied_len(index));
            let mut rest = &mut masks[..];
            for output in self.plan.reply(index) {
                let (group, tile) = (output / tiles, output % tiles);
                if loaded.as_ref().is_none_or(|(of, _)| *of != group) {
                    loaded = Some((group, self.load(group)));
                }
                let weights = loaded.as_ref().map_or(&[][..], |(_, weights)| weights);
                let masks;
                (masks, rest) = rest.split_at_mut(self.plan.wanted_len(output));
                if let Modulus::Odd(_) = self.t {
                    masks.iter_mut().for_each(|mask| *mask = self.t.uniform(secret.next_block().as_u128()));
                }
                ciphertexts.push(self.output(group, tile, weights, masks, &mut sum, secret));
            }
            let places: Vec<usize> = self.plan.replied(index).iter().map(|p| p.0).collect();
            let mut reply = self.packing.pack(ciphertexts).reply(self.plan.budget.reply_bits, &places);
            let share = match self.t {
                Modulus::PowerOfTwo(_) => reply.split(self.plan.budget.kept_bits),
                Modulus::Odd(_) => masks.iter().map(|&mask| self.t.neg(mask)).collect::<Vec<_>>().into(),
            };
            replies.push(Answer { reply, share });
        }
        replies
    }

    fn output(
        &self,
        group: usize,
        tile: usize,
        weights: &[Weights],
        masks: &[u64],
        sum: &mut Accumulator,
        secret: &mut Prg,
    ) -> Ciphertext {
        let plan = self.plan;
        for (block, weights) in plan.tiling.blocks(&plan.grid, group).zip(weights) {
            let input = &self.inputs[tile * plan.counts.blocks + block];
            match weights {
                Weights::Zero => {}
                Weights::Scalar(w) => sum.add_scaled(input, w),
                Weights::Poly(w) => sum.add_product(input, w),
            }
        }
        let mut ciphertext = sum.take();
        let wanted = plan.wanted(group * plan.counts.tiles + tile);
        let masks: SecretVec<(usize, u64)> =
            wanted.into_iter().zip(masks).map(|((place, _), &mask)| (place, mask)).collect::<Vec<_>>().into();
        ciphertext.hide(self.public, self.t, &masks, plan.budget.flood_bits, secret);
        ciphertext
    }

    /// Transforms the weights of an output group.
    fn load(&self, group: usize) -> Vec<Weights> {
        let (plan, primes) = (self.plan, self.plan.set().primes());
        let n = plan.set().degree();
        let block = |block: usize| {
            let places = plan.weights(group, block);
            if self.skip_zeros && places.iter().all(|p| self.weights[p.weight] == 0) {
                return Weights::Zero;
            }
            if plan.is_scalar() {
                let w = places.first().map_or(0, |p| self.weights[p.weight]);
                return Weights::Scalar(primes.iter().map(|p| p.from_signed(w)).collect());
            }
            let mut poly = Poly::<Coefficients>::zeros(plan.set());
            let residues = poly.all_mut();
            for p in places {
                for (k, &prime) in primes.iter().enumerate() {
                    let w = prime.from_signed(self.weights[p.weight]);
                    residues[k * n + p.place] = if p.negative { prime.neg(w) } else { w };
                }
            }
            Weights::Poly(poly.to_evaluations())
        };
        plan.tiling.blocks(&plan.grid, group).map(block).collect()
    }
}
