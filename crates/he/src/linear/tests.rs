//! Encodings against the convolution's definition: first on plain integers over every cut, then through encryption.

use std::collections::HashSet;

use proptest::prelude::*;
use sotto_crypto::{Block, Modulus, Prg};

use super::grid::Grid;
use super::search::{LAYER_DISTANCE, channel_counts, finish, plans, tiles};
use super::{Answer, ConvShape, Evaluation, LinearPlan, Source, Tiling};
use crate::noise::{Budget, Load};
use crate::pack::{PackingKeys, polynomials_per_level};
use crate::split::Split;
use crate::{ParamSet, SecretKey};

/// A layer with its seed.
#[derive(Clone, Copy, Debug)]
struct Layer {
    shape: ConvShape,
    weight_bits: u32,
    t: Modulus,
    seed: u64,
}

impl Layer {
    fn values(&self) -> (Vec<i64>, Vec<u64>) {
        let mut prg = Prg::new(Block::from(self.seed));
        let unused = 64 - self.weight_bits;
        let count = self.shape.outputs * self.shape.taps();
        let mut weights: Vec<i64> = (0..count).map(|_| (prg.next_u64() << unused) as i64 >> unused).collect();
        if self.seed.is_multiple_of(3) {
            weights.fill(-1 << (self.weight_bits - 1));
        }
        (weights, self.elements(self.shape.input_len(), &mut prg))
    }

    fn elements(&self, n: usize, prg: &mut Prg) -> Vec<u64> {
        (0..n).map(|_| self.t.uniform(prg.next_block().as_u128())).collect()
    }

    /// The convolution by its definition.
    fn reference(&self, weights: &[i64], x: &[u64]) -> Vec<u64> {
        let s = self.shape;
        let mut out = vec![0; s.output_len()];
        let (fan_in, fan_out) = (s.channels / s.groups, s.outputs / s.groups);
        for (index, out) in out.iter_mut().enumerate() {
            let (m, i, j) =
                (index / (s.output[0] * s.output[1]), index / s.output[1] % s.output[0], index % s.output[1]);
            for c in 0..fan_in {
                for (k, l) in (0..s.kernel[0]).flat_map(|k| (0..s.kernel[1]).map(move |l| (k, l))) {
                    let y = (i * s.stride[0] + k).wrapping_sub(s.pads[0]);
                    let x_at = (j * s.stride[1] + l).wrapping_sub(s.pads[1]);
                    if y < s.input[0] && x_at < s.input[1] {
                        let channel = m / fan_out * fan_in + c;
                        let element = x[(channel * s.input[0] + y) * s.input[1] + x_at];
                        let weight = weights[((m * fan_in + c) * s.kernel[0] + k) * s.kernel[1] + l];
                        *out = self.t.add(*out, self.t.mul(element, self.t.from_signed(weight)));
                    }
                }
            }
        }
        out
    }

    fn load(&self, set: ParamSet) -> Load {
        Load { counts: [1, 1, 1, 1], ..Load::of(set, self.t, self.shape.taps(), self.weight_bits) }
    }
}

/// An axis: input, kernel, stride, pad before, pad after.
fn axis(most: usize) -> impl Strategy<Value = (usize, usize, usize, usize, usize)> {
    (1..=most, 1usize..=5, 1usize..=3)
        .prop_flat_map(|(input, kernel, stride)| (Just(input), Just(kernel), Just(stride), 0..kernel, 0..kernel))
        .prop_filter("the kernel fits", |&(input, kernel, _, before, after)| input + before + after >= kernel)
}

fn shapes(most: usize) -> impl Strategy<Value = ConvShape> {
    let flat = (1..=most, Just(1usize), 1usize..=2, Just(0usize), Just(0usize));
    let axes = prop_oneof![
        4 => (axis(most), axis(most)),
        1 => (Just((1, 1, 1, 0, 0)), axis(most * most)),
        1 => (flat.clone().boxed(), flat.boxed()),
        1 => Just(((1, 1, 1, 0, 0), (1, 1, 1, 0, 0))),
    ];
    let channels = (1usize..=6, 1usize..=6, prop_oneof![3 => Just(1usize), 1 => 2usize..=4]);
    (axes, channels).prop_map(|((y, x), (fan_in, fan_out, groups))| ConvShape {
        channels: fan_in * groups,
        input: [y.0, x.0],
        output: [y, x].map(|(input, kernel, stride, before, after)| (input + before + after - kernel) / stride + 1),
        kernel: [y.1, x.1],
        stride: [y.2, x.2],
        pads: [y.3, x.3],
        outputs: fan_out * groups,
        groups,
    })
}

fn moduli() -> impl Strategy<Value = Modulus> {
    prop_oneof![
        3 => (16u32..=41).prop_map(Modulus::power_of_two),
        1 => (1u32..=64).prop_map(Modulus::power_of_two),
        1 => prop::sample::select(vec![3, 12289, 65537, 4_293_918_721, 2_061_584_302_081]).prop_map(Modulus::odd),
    ]
}

fn layers(most: usize) -> impl Strategy<Value = Layer> {
    (shapes(most), 1u32..=10, moduli(), any::<u64>()).prop_map(|(shape, weight_bits, t, seed)| Layer {
        shape,
        weight_bits,
        t,
        seed,
    })
}

/// The layer's products of polynomials, on plain elements.
fn plain(plan: &LinearPlan, layer: &Layer, weights: &[i64], x: &[u64]) -> Vec<u64> {
    let n = plan.set().degree();
    let inputs: Vec<Vec<u64>> = (0..plan.counts.inputs)
        .map(|i| {
            // What is no place is read by nobody.
            let mut poly: Vec<u64> =
                (0..n as u64).map(|i| layer.t.reduce(i.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
            for (place, source) in plan.upload(i) {
                poly[place] = match source {
                    Source::Chosen(element) | Source::Given(element) => x[element],
                    Source::Padding => 0,
                }
            }
            poly
        })
        .collect();
    let mut out = vec![u64::MAX; layer.shape.output_len()];
    for output in 0..plan.counts.outputs {
        let (group, tile) = (output / plan.counts.tiles, output % plan.counts.tiles);
        let mut sum = vec![0; n];
        for block in plan.tiling.blocks(&plan.grid, group) {
            let input = &inputs[tile * plan.counts.blocks + block];
            for w in plan.weights(group, block) {
                let factor = layer.t.from_signed(weights[w.weight]);
                let (at, negative) = w.coefficient(n);
                let factor = if negative { layer.t.neg(factor) } else { factor };
                for (i, &v) in input.iter().enumerate().filter(|(_, v)| **v != 0) {
                    let (place, term) = ((i + at) % n, layer.t.mul(v, factor));
                    let slot = &mut sum[place];
                    *slot = if i + at < n { layer.t.add(*slot, term) } else { layer.t.sub(*slot, term) };
                }
            }
        }
        plan.wanted(output).into_iter().for_each(|(place, element)| out[element] = sum[place]);
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Any cut that may be tried gives the convolution, and every output is wanted exactly once.
    #[test]
    fn every_cut_is_the_convolution(layer in layers(9), channels in any::<prop::sample::Index>(), tile in any::<prop::sample::Index>()) {
        let (weights, x) = layer.values();
        let grid = Grid::new(layer.shape);
        let set = ParamSet::N4096;
        let counts: Vec<_> = channel_counts(&grid, set).collect();
        let channels = counts[channels.index(counts.len())];
        let tiles: Vec<_> = tiles(&grid, set, channels).collect();
        prop_assume!(!tiles.is_empty());
        let Some(tiling) = Tiling::new(&grid, set, channels, tiles[tile.index(tiles.len())]) else { return Ok(()) };
        let counts = tiling.counts(&grid);
        let budget = Budget {
            split: Split::new(set, layer.t, 0),
            flood_bits: 0,
            reply_bits: [64, 64],
            kept_bits: 0,
            noise: 0.0,
            used: 0.0,
            hidden: 0.0,
        };
        let elements = grid.elements();
        let plan = LinearPlan { grid, tiling, counts, fold: 1, budget, chooses: true };
        for i in 0..counts.inputs {
            let upload = plan.upload(i);
            let chosen = upload.iter().filter(|(_, source)| !source.travels()).count();
            prop_assert_eq!(plan.upload_counts(i), [upload.len(), chosen], "{:?}", tiling);
        }
        let uploads: Vec<_> = (0..counts.inputs).flat_map(|i| plan.upload(i)).collect();
        prop_assert_eq!(uploads.len(), counts.places, "{:?}", tiling);
        let mut chosen = HashSet::new();
        for (_, source) in uploads {
            match source {
                Source::Chosen(element) => prop_assert!(chosen.insert(element), "{element} is chosen twice: {tiling:?}"),
                Source::Given(element) => prop_assert!(chosen.contains(&element), "{element} is not known: {tiling:?}"),
                Source::Padding => {}
            }
        }
        prop_assert_eq!(chosen.len(), elements, "{:?}", tiling);
        let mut wanted = vec![0; layer.shape.output_len()];
        (0..counts.outputs).flat_map(|o| plan.wanted(o)).for_each(|(_, element)| wanted[element] += 1);
        prop_assert!(wanted.iter().all(|&times| times == 1), "{:?}", tiling);
        prop_assert!(plain(&plan, &layer, &weights, &x) == layer.reference(&weights, &x), "{:?}", tiling);
    }
}

/// One client's keys for both sets.
struct Keys {
    key: SecretKey,
    packing: PackingKeys,
    public: crate::PublicKey,
    stream: Prg,
    secret: Prg,
}

impl Keys {
    fn new(set: ParamSet, levels: u32) -> Self {
        let (mut stream, mut secret) = (Prg::new(Block::from(1u64)), Prg::new(Block::from(2u64)));
        let key = SecretKey::generate(set, &mut secret);
        let public = key.public_key(&mut stream, 1 << 30, &mut secret);
        let mut packing = PackingKeys::new(set);
        for level in 0..levels {
            let index = (1 << 31) + u64::from(level) * polynomials_per_level(set);
            let bodies = key.packing_key(level, &mut stream, index, &mut secret);
            packing.push(bodies, &mut stream, index);
        }
        Self { key, packing, public, stream, secret }
    }

    /// The layer's outputs; elements that the ciphertexts make are written to `x`.
    fn run(&mut self, plan: &LinearPlan, layer: &Layer, weights: &[i64], x: &mut [u64], skip_zeros: bool) -> Vec<u64> {
        let opener = plan.opener();
        let mut inputs = Vec::new();
        for index in 0..plan.counts.inputs {
            let parts = plan.encrypt(layer.t, index, x, &self.key, (&mut self.stream, 0), &mut self.secret);
            inputs.push(opener.open(index, &parts, (&mut self.stream, 0)));
        }
        let evaluation = Evaluation {
            plan,
            t: layer.t,
            weights,
            opener: &opener,
            inputs: &inputs,
            public: &self.public,
            packing: &self.packing,
            skip_zeros,
        };
        let mut out = vec![0; layer.shape.output_len()];
        for (index, answer) in evaluation.replies(0..plan.replies(), &mut self.secret).into_iter().enumerate() {
            let Answer { reply, share } = answer;
            let replied = plan.replied(index);
            let travelling = plan.budget.bits_of_reply();
            assert_eq!(plan.reply_len(index), bits_of(&reply, travelling));
            assert!(reply.b.iter().all(|b| b >> travelling[1] == 0), "nothing is left of what is kept");
            let places: Vec<usize> = replied.iter().map(|r| r.0).collect();
            let values = self.key.decrypt(layer.t, &reply, &places);
            replied
                .iter()
                .zip(values.iter().zip(share.iter()))
                .for_each(|(r, (&v, &kept))| out[r.1] = layer.t.add(v, kept));
        }
        out
    }
}

fn bits_of(reply: &crate::Reply, [a, b]: [u32; 2]) -> u64 {
    reply.a.len() as u64 * u64::from(a) + reply.b.len() as u64 * u64::from(b)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Plans for any number of packing levels, through encryption.
    #[test]
    fn encrypted_layers_are_the_convolution(
        layer in layers(12), levels in 0u32..=6, skip_zeros in any::<bool>(), chooses in any::<bool>(),
    ) {
        let (mut weights, mut x) = layer.values();
        if skip_zeros {
            let half = weights.len() / 2;
            weights[..half].fill(0);
        }
        let plans = plans(layer.shape, layer.weight_bits, layer.t, chooses, LAYER_DISTANCE).unwrap();
        let (_, plan) = plans.at_most(levels);
        prop_assert!(plan.levels() <= levels);
        let mut keys = Keys::new(plan.set(), plan.levels());
        let got = keys.run(plan, &layer, &weights, &mut x, skip_zeros);
        prop_assert!(got == layer.reference(&weights, &x), "{:?}", plan);
    }
}

#[test]
fn packing_with_all_levels_and_the_larger_ring() {
    let dense = |inputs, outputs| ConvShape {
        channels: inputs,
        input: [1, 1],
        output: [1, 1],
        kernel: [1, 1],
        stride: [1, 1],
        pads: [0, 0],
        outputs,
        groups: 1,
    };
    for (shape, t, weight_bits, set) in [
        (dense(4096, 40), Modulus::power_of_two(32), 8, ParamSet::N4096),
        (dense(100, 7), Modulus::power_of_two(64), 8, ParamSet::N8192),
        (dense(100, 7), Modulus::odd((1 << 62) - 1), 8, ParamSet::N8192),
    ] {
        let layer = Layer { shape, weight_bits, t, seed: 3 };
        let (weights, mut x) = layer.values();
        let grid = Grid::new(shape);
        for channels in [64, 4096] {
            let Some(tiling) = Tiling::new(&grid, set, channels, [1, 1]) else { continue };
            let counts = tiling.counts(&grid);
            let fold = channels.min(counts.outputs.next_power_of_two());
            let (_, plan) = finish(&grid, layer.load(set), tiling, counts, 0, fold).unwrap();
            let mut keys = Keys::new(set, plan.levels());
            let got = keys.run(&plan, &layer, &weights, &mut x, false);
            assert!(got == layer.reference(&weights, &x), "{plan:?}");
        }
    }
}

#[test]
fn layers_that_fit_nowhere_are_refused_with_the_numbers() {
    let shape = ConvShape {
        channels: 8,
        input: [1, 1],
        output: [1, 1],
        kernel: [1, 1],
        stride: [1, 1],
        pads: [0, 0],
        outputs: 2,
        groups: 1,
    };
    let error = plans(shape, 40, Modulus::power_of_two(64), true, LAYER_DISTANCE).unwrap_err().to_string();
    assert_eq!(error, "noise of 87.0 bits and shares of 65.0 bits need more than the 135.0 bits of n8192");
}

#[test]
fn layers_of_many_values_are_flooded_more_where_there_is_room() {
    let shape = |size: usize| ConvShape {
        channels: 1,
        input: [size, size],
        output: [size, size],
        kernel: [1, 1],
        stride: [1, 1],
        pads: [0, 0],
        outputs: 64,
        groups: 1,
    };
    let plan = |size, bits| {
        plans(shape(size), 8, Modulus::power_of_two(bits), true, LAYER_DISTANCE).unwrap().at_most(0).1.clone()
    };
    let (few, many) = (plan(16, 24), plan(256, 24));
    assert!(many.budget.distance() < few.budget.distance(), "{:?}, {:?}", few.budget, many.budget);
    let most = 2f64.powi(-24);
    assert!(few.distance() <= most && many.distance() <= most, "{}, {}", few.distance().log2(), many.distance().log2());
    assert_eq!(many.set(), ParamSet::N4096, "for more flooding no layer takes a larger ring");
}
