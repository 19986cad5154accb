//! Random linear layers with their definition on integers.

use proptest::prelude::*;
use rand_core::Rng;
use sotto_mpc::Modulus;
use sotto_mpc::protocols::linear_ot::LinearShape;
use sotto_nn::{Geometry, Window};

use super::rng;

/// A layer and how to run it.
#[derive(Clone, Debug)]
pub struct Layer {
    pub input: [usize; 3],
    /// Output channels of a group.
    pub fan_out: usize,
    pub groups: usize,
    pub window: Window,
    pub weight_bits: u32,
    pub modulus: Modulus,
    pub seed: u64,
}

impl Layer {
    pub fn shape(&self) -> LinearShape {
        let geometry = Geometry::new(&self.input, self.window).unwrap();
        LinearShape::conv(geometry, self.fan_out * self.groups, self.groups, self.weight_bits, self.modulus)
    }

    /// Weights of `weight_bits` bits and elements of r, boundary values among them.
    pub fn values(&self) -> (Vec<i64>, Vec<u64>) {
        let shape = self.shape();
        let mut random = rng(self.seed);
        let unused = 64 - self.weight_bits;
        let edges = [0, 1, u64::MAX, 1 << (self.weight_bits - 1), (1 << (self.weight_bits - 1)) - 1];
        let mut element = |i: usize| if i.is_multiple_of(3) { edges[i / 3 % 5] } else { random.next_u64() };
        let weights = (0..shape.weight_len()).map(|i| ((element(i) << unused) as i64) >> unused).collect();
        let largest = (self.modulus.size() - 1) as u64;
        let edges = [0, 1, largest, self.modulus.largest_positive(), largest - largest / 2];
        let element =
            |i: usize| if i.is_multiple_of(3) { edges[i / 3 % 5] } else { self.modulus.reduce(random.next_u64()) };
        (weights, (0..shape.input_len()).map(element).collect())
    }

    /// The layer on integers, straight from the definition.
    pub fn reference(&self, weights: &[i64], r: &[u64]) -> Vec<i64> {
        let [channels, height, width] = self.input;
        let Window { kernel: [kh, kw], stride, pads } = self.window;
        let fan_in = channels / self.groups;
        let extents =
            [(height + pads[0] + pads[2] - kh) / stride[0] + 1, (width + pads[1] + pads[3] - kw) / stride[1] + 1];
        let size = self.modulus.size() as i128;
        let mut result = Vec::new();
        for o in 0..self.fan_out * self.groups {
            for (oy, ox) in (0..extents[0]).flat_map(|oy| (0..extents[1]).map(move |ox| (oy, ox))) {
                let mut sum = 0i128;
                for (c, ky, kx) in
                    (0..fan_in).flat_map(|c| (0..kh).flat_map(move |ky| (0..kw).map(move |kx| (c, ky, kx))))
                {
                    let (y, x) =
                        ((oy * stride[0] + ky).wrapping_sub(pads[0]), (ox * stride[1] + kx).wrapping_sub(pads[1]));
                    if y < height && x < width {
                        let w = i128::from(weights[((o * fan_in + c) * kh + ky) * kw + kx]);
                        let r = r[((o / self.fan_out * fan_in + c) * height + y) * width + x];
                        sum = (sum + w.rem_euclid(size) * i128::from(self.modulus.to_signed(r))).rem_euclid(size);
                    }
                }
                result.push(self.modulus.to_signed(sum as u64));
            }
        }
        result
    }
}

/// An axis: (input, kernel, stride, pads before and after), the kernel longer than either pad and within the padded input.
fn axis() -> impl Strategy<Value = (usize, usize, usize, usize, usize)> {
    let pads = |kernel: usize| prop_oneof![2 => Just(0), 1 => 0..kernel];
    let rest = move |kernel: usize| {
        (pads(kernel), pads(kernel)).prop_flat_map(move |(before, after)| {
            let least = kernel.saturating_sub(before + after).max(1);
            (least..least + 8, Just(kernel), 1usize..4, Just(before), Just(after))
        })
    };
    (1usize..6).prop_flat_map(rest)
}

/// Layers over some moduli, with weights of at most so many bits.
pub fn layers(moduli: impl Strategy<Value = Modulus>, most: u32) -> impl Strategy<Value = Layer> {
    let flat = || Just((1usize, 1usize, 1usize, 0usize, 0usize));
    let space = prop_oneof![
        2 => (flat(), flat()),
        2 => (flat().boxed(), axis().boxed()),
        4 => (axis().boxed(), axis().boxed()),
    ];
    let channels = (
        prop_oneof![Just(1usize), 1usize..5],
        prop_oneof![Just(1usize), 1usize..7],
        prop_oneof![Just(1usize), 1usize..4],
    );
    let weight_bits = prop_oneof![4 => 1..=most.min(16), 1 => Just(most), 1 => 1..=most];
    (space, channels, weight_bits, moduli, any::<u64>()).prop_map(
        |((y, x), (fan_in, fan_out, groups), bits, modulus, seed)| {
            let window = Window { kernel: [y.1, x.1], stride: [y.2, x.2], pads: [y.3, x.3, y.4, x.4] };
            Layer {
                input: [fan_in * groups, y.0, x.0],
                fan_out,
                groups,
                window,
                weight_bits: bits.min(modulus.bits()),
                modulus,
                seed,
            }
        },
    )
}
