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
    /// The client's ciphertexts, in the order of [`LinearPlan::input`].
    pub inputs: &'a [Ciphertext],
    /// The client's public key.
    pub public: &'a PublicKey,
    /// The client's packing keys; as many levels as [`LinearPlan::levels`].
    pub packing: &'a PackingKeys,
    /// Masks of the outputs, the client's shares less what it decrypts: the reply holds output + mask.
    pub masks: &'a [u64],
    /// Whether polynomials of weights that are all zero are left out: faster, but time then tells how many there are.
    pub skip_zeros: bool,
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
    pub fn replies(&self, range: Range<usize>, secret: &mut Prg) -> Vec<Reply> {
        let tiles = self.plan.counts.tiles;
        let mut sum = Accumulator::new(self.plan.set());
        let mut loaded: Option<(usize, Vec<Weights>)> = None;
        let mut replies = Vec::with_capacity(range.len());
        for index in range {
            let mut ciphertexts = Vec::with_capacity(self.plan.fold);
            for output in self.plan.reply(index) {
                let (group, tile) = (output / tiles, output % tiles);
                if loaded.as_ref().is_none_or(|(of, _)| *of != group) {
                    loaded = Some((group, self.load(group)));
                }
                let weights = loaded.as_ref().map_or(&[][..], |(_, weights)| weights);
                ciphertexts.push(self.output(group, tile, weights, &mut sum, secret));
            }
            let places: Vec<usize> = self.plan.replied(index).iter().map(|p| p.0).collect();
            replies.push(self.packing.pack(ciphertexts).reply(self.plan.budget.reply_bits, &places));
        }
        replies
    }

    fn output(
        &self,
        group: usize,
        tile: usize,
        weights: &[Weights],
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
            wanted.into_iter().map(|(place, element)| (place, self.masks[element])).collect::<Vec<_>>().into();
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
