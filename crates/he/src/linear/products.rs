//! Sums of products of the client's ciphertexts with weights: by short polynomials of weights where they are short, or by whole ones.

use std::collections::VecDeque;

use sotto_crypto::Modulus;

use super::encode::LinearPlan;
use super::upload::{Input, Opener, Values};
use crate::cipher::{Accumulator, Ciphertext};
use crate::keys::PublicKey;
use crate::pack::PackingKeys;
use crate::poly::{Coefficients, Evaluations, Poly};
use crate::short::ShortLayout;

/// What the server computes a layer from.
pub struct Evaluation<'a> {
    /// The plan.
    pub plan: &'a LinearPlan,
    /// What shares add up in.
    pub t: Modulus,
    /// Weights, `[output channel][input channel of the group][row][column]`.
    pub weights: &'a [i64],
    /// What opened the client's ciphertexts.
    pub opener: &'a Opener<'a>,
    /// These, in the order of [`LinearPlan::upload`].
    pub inputs: &'a [Input],
    /// The client's public key.
    pub public: &'a PublicKey,
    /// The client's packing keys; as many levels as [`LinearPlan::levels`].
    pub packing: &'a PackingKeys,
    /// Whether polynomials of weights that are all zero are left out: faster, but time then tells how many there are.
    pub skip_zeros: bool,
}

/// Sums that are computed together from short polynomials: what they read is read once for all of them.
const TOGETHER: usize = 16;

/// The server's ciphertexts before they are hidden, one after the other.
pub(super) struct Products<'a> {
    evaluation: &'a Evaluation<'a>,
    /// Where the ciphertexts that are asked for end.
    end: usize,
    way: Way<'a>,
}

enum Way<'a> {
    Short { layout: &'a ShortLayout, ready: VecDeque<Ciphertext> },
    Whole { sum: Accumulator, loaded: Option<(usize, Vec<Weights>)> },
}

/// Weights of an output group for one block.
enum Weights {
    Zero,
    Poly(Poly<Evaluations>),
}

/// Weights of an output group by their coefficients.
struct Short {
    group: usize,
    /// Blocks and bands that are not left out, with their coefficients modulo each prime.
    terms: Vec<(usize, usize, Vec<u32>)>,
}

impl<'a> Products<'a> {
    /// The ciphertexts before `end`.
    pub(super) fn new(evaluation: &'a Evaluation<'a>, end: usize) -> Self {
        let way = match &evaluation.opener.short {
            Some(layout) => Way::Short { layout, ready: VecDeque::new() },
            None => Way::Whole { sum: Accumulator::new(evaluation.plan.set()), loaded: None },
        };
        Self { evaluation, end, way }
    }

    /// Ciphertext `output`; the next call asks for the next one.
    pub(super) fn take(&mut self, output: usize) -> Ciphertext {
        let Self { evaluation, end, way } = self;
        match way {
            Way::Short { layout, ready } => {
                if ready.is_empty() {
                    *ready = evaluation.short_sums(layout, output, (output + TOGETHER).min(*end)).into();
                }
                ready.pop_front().unwrap_or_else(|| Accumulator::new(evaluation.plan.set()).take())
            }
            Way::Whole { sum, loaded } => {
                let (group, tile) = (output / evaluation.plan.counts.tiles, output % evaluation.plan.counts.tiles);
                if loaded.as_ref().is_none_or(|(of, _)| *of != group) {
                    *loaded = Some((group, evaluation.load(group)));
                }
                let weights = loaded.as_ref().map_or(&[][..], |(_, weights)| weights);
                evaluation.whole_sum(group, tile, weights, sum)
            }
        }
    }
}

impl Evaluation<'_> {
    fn short_sums(&self, layout: &ShortLayout, first: usize, end: usize) -> Vec<Ciphertext> {
        let counts = &self.plan.counts;
        let groups: Vec<Short> =
            (first / counts.tiles..=(end - 1) / counts.tiles).map(|group| self.encode(layout, group)).collect();
        let terms = |output: usize| {
            let (group, tile) = (output / counts.tiles - groups[0].group, output % counts.tiles);
            let terms = groups[group].terms.iter().filter_map(|(block, band, weights)| {
                let Values::Tiled(tiled) = &self.inputs[tile * counts.blocks + block].0 else { return None };
                Some((weights.as_slice(), &tiled[*band]))
            });
            terms.collect::<Vec<_>>()
        };
        layout.sums(&(first..end).map(terms).collect::<Vec<_>>())
    }

    /// The weights of an output group by their coefficients, from the first one on.
    fn encode(&self, layout: &ShortLayout, group: usize) -> Short {
        let (plan, primes) = (self.plan, self.plan.set().primes());
        let size = layout.size();
        let mut terms = Vec::new();
        for block in plan.tiling.blocks(&plan.grid, group) {
            let mut bands = vec![(vec![0; size * primes.len()], true); layout.bands()];
            for p in plan.weights(group, block) {
                let w = self.weights[p.weight];
                let (band, place) = layout.place(p.exponent);
                let (coefficients, zero) = &mut bands[band];
                *zero &= w == 0;
                primes.iter().enumerate().for_each(|(k, prime)| coefficients[k * size + place] = prime.from_signed(w));
            }
            let used = bands.into_iter().enumerate().filter(|(_, (_, zero))| !(self.skip_zeros && *zero));
            terms.extend(used.map(|(band, (coefficients, _))| (block, band, coefficients)));
        }
        Short { group, terms }
    }

    fn whole_sum(&self, group: usize, tile: usize, weights: &[Weights], sum: &mut Accumulator) -> Ciphertext {
        let plan = self.plan;
        for (block, weights) in plan.tiling.blocks(&plan.grid, group).zip(weights) {
            let input = &self.inputs[tile * plan.counts.blocks + block].0;
            if let (Values::Whole(input), Weights::Poly(w)) = (input, weights) {
                sum.add_product(input, w);
            }
        }
        sum.take()
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
            let mut poly = Poly::<Coefficients>::zeros(plan.set());
            let residues = poly.all_mut();
            for p in places {
                let (place, negative) = p.coefficient(n);
                for (k, &prime) in primes.iter().enumerate() {
                    let w = prime.from_signed(self.weights[p.weight]);
                    residues[k * n + place] = if negative { prime.neg(w) } else { w };
                }
            }
            Weights::Poly(poly.to_evaluations())
        };
        plan.tiling.blocks(&plan.grid, group).map(block).collect()
    }
}
