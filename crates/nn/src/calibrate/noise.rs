//! How far roundings move the scores, and so where bits are worth most.
//!
//! A rounding to steps of δ has a variance of δ²/12. To first order a score moves by the sum of all roundings, each times the
//! score's slope by the number that is rounded. Signs of scores drawn at random make one pass backwards of all scores' slopes:
//! the mean of the square of their signed sum is the sum of their squares.

use rayon::prelude::*;

use super::least::gain;
use super::moments::Moments;
use crate::graph::{FloatOp, Graph, map};

/// Rows that slopes are taken at.
const ROWS: usize = 8;
/// Bits by which numbers may be wider in the mean by price, so that a cheap layer gets some where no other gives any.
const DEARER: f64 = 1.0 / 16.0;
/// Sixteenths of a bit by which λ may lie below its mean.
const STEPS: i32 = 16 * 64;
/// Most bits that a number gets beyond those of the mean, or has less.
const MOST: i32 = 3;

/// Sums over the scores of squared slopes, in the mean over some rows.
pub(crate) struct Noise {
    /// For each node the sum over its weights; zero without weights.
    pub(super) weights: Vec<f64>,
    /// For each value the sum over its elements.
    pub(super) values: Vec<f64>,
}

impl Noise {
    /// Of a network at some of the rows.
    pub(super) fn new(graph: &Graph, rows: &[Vec<f64>]) -> Self {
        let none = || Self { weights: vec![0.0; graph.nodes.len()], values: vec![0.0; graph.nodes.len() + 1] };
        let count = rows.len().min(ROWS);
        let some = (0..count).into_par_iter().map(|k| Self::at(graph, &rows[k * rows.len() / count], k));
        // In the order of rows, so that the sum is the same on any number of threads.
        some.collect::<Vec<_>>().into_iter().fold(none(), |mut sum, noise| {
            sum.weights.iter_mut().zip(noise.weights).for_each(|(sum, v)| *sum += v / count as f64);
            sum.values.iter_mut().zip(noise.values).for_each(|(sum, v)| *sum += v / count as f64);
            sum
        })
    }

    /// Takes in what rounded weights make up for among themselves.
    pub(super) fn made_up_for(&mut self, graph: &Graph, moments: &[Option<Moments>]) {
        for ((node, moments), noise) in graph.nodes.iter().zip(moments).zip(&mut self.weights) {
            let (Some(weight), Some(moments)) = (node.op.weight(), moments) else { continue };
            *noise *= gain(weight, node.shape[0], moments);
        }
    }

    fn at(graph: &Graph, row: &[f64], seed: usize) -> Self {
        let values = graph.run(row);
        let last = graph.nodes.len();
        let slopes = graph.slopes(&values, last, signs(seed as u64, values[last].len()));
        let squares = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>();
        let weights = graph.nodes.iter().enumerate().map(|(k, node)| {
            let (x, slope) = (&values[node.inputs[0]], &slopes[k + 1]);
            match &node.op {
                // The slope by a weight is that of its output times what it reads.
                FloatOp::Linear(_) => squares(slope) * squares(x),
                FloatOp::Conv(conv) => {
                    squares(&conv.weight_slopes(slope, x, map(graph.shape(node.inputs[0])), map(&node.shape)))
                }
                FloatOp::BatchNorm(norm) => {
                    let each = (x.len() / norm.scale.len()).max(1);
                    let channels = x.chunks(each).zip(slope.chunks(each));
                    channels.map(|(x, slope)| x.iter().zip(slope).map(|(x, s)| x * s).sum::<f64>().powi(2)).sum()
                }
                _ => 0.0,
            }
        });
        Self { weights: weights.collect(), values: slopes.iter().map(|slope| squares(slope)).collect() }
    }
}

/// Numbers of one magnitude, with signs that look random (the top bits of SplitMix64).
fn signs(seed: u64, count: usize) -> Vec<f64> {
    let sign = |k: u64| {
        let mut z = (seed << 32 | k).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        if (z ^ z >> 31) >> 63 == 0 { 1.0 } else { -1.0 }
    };
    (0..count as u64).map(sign).collect()
}

/// Numbers that share a scale.
pub(super) struct Rounded {
    /// The node or value.
    pub(super) id: usize,
    /// Fractional bits that use the given width.
    pub(super) frac_bits: u32,
    /// The sum of squared slopes.
    pub(super) noise: f64,
    /// What a further bit costs.
    pub(super) price: f64,
}

impl Rounded {
    /// Whether the scores depend on it.
    fn matters(&self) -> bool {
        self.noise > 0.0 && self.noise.is_finite()
    }

    /// Fractional bits at level 0: where noise falls at the same rate for its price, whatever is rounded.
    fn wanted(&self) -> f64 {
        0.5 * (self.noise / self.price).log2()
    }
}

/// The level, over everything that [`at_level`] is asked for, at which these have the bits that they have in the mean by price.
pub(super) fn level(rounded: &[Rounded]) -> f64 {
    let matters = || rounded.iter().filter(|r| r.matters());
    let prices: f64 = matters().map(|r| r.price).sum();
    let above = matters().map(|r| r.price * (f64::from(r.frac_bits) - r.wanted())).sum::<f64>();
    if prices > 0.0 { above / prices } else { 0.0 }
}

/// Fractional bits for which noise is bought at one rate everywhere, which a level λ says: f = ½·log2(noise ÷ price) + λ.
pub(super) fn at_level(rounded: &[Rounded], level: f64) -> Vec<(usize, u32)> {
    let bits = |r: &Rounded| (r.wanted() + level).round().clamp(0.0, f64::from(u16::MAX)) as u32;
    rounded.iter().filter(|r| r.matters()).map(|r| (r.id, bits(r))).collect()
}

/// Fractional bits of which the scores have less noise, and an inference is hardly dearer: with a Lagrange multiplier λ,
/// f = ½·log2(noise ÷ price) + λ. None where whole bits gain nothing.
pub(super) fn spread(rounded: &[Rounded]) -> Vec<(usize, u32)> {
    let matters: Vec<&Rounded> = rounded.iter().filter(|r| r.matters()).collect();
    let more = |r: &Rounded, lambda: f64| {
        let least = -MOST.min(r.frac_bits as i32);
        ((r.wanted() + lambda).round() as i32 - r.frac_bits as i32).clamp(least, MOST)
    };
    let sum = |of: &dyn Fn(&Rounded) -> f64| matters.iter().map(|r| of(r)).sum::<f64>();
    let prices = sum(&|r| r.price);
    let mean = level(rounded);
    let dearer = |lambda: f64| sum(&|r| r.price * f64::from(more(r, lambda)));
    let noise = |more: &dyn Fn(&Rounded) -> i32| sum(&|r| r.noise * 0.25f64.powi(r.frac_bits as i32 + more(r)));
    // From above the mean downwards, until what rounding adds is hardly more than what it takes.
    let lambdas = (-8..STEPS).map(|k| mean - f64::from(k) / 16.0);
    let lambda = lambdas.into_iter().find(|&lambda| dearer(lambda) <= DEARER * prices);
    match lambda.filter(|&lambda| noise(&|r| more(r, lambda)) < noise(&|_| 0)) {
        Some(lambda) => matters.iter().map(|r| (r.id, r.frac_bits.saturating_add_signed(more(r, lambda)))).collect(),
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread_of(rounded: &[(u32, f64, f64)]) -> Vec<(usize, u32)> {
        let one = |(id, &(frac_bits, noise, price))| Rounded { id, frac_bits, noise, price };
        spread(&rounded.iter().enumerate().map(one).collect::<Vec<_>>())
    }

    #[test]
    fn bits_go_where_noise_for_each_element_is() {
        // Sixteen times the noise is two bits more, and half of that for each of two that cost the same.
        assert_eq!(spread_of(&[(8, 1.0, 100.0), (8, 16.0, 100.0)]), [(0, 7), (1, 9)]);
        // Whatever the widths were before.
        assert_eq!(spread_of(&[(9, 1.0, 100.0), (7, 16.0, 100.0)]), [(0, 7), (1, 9)]);
    }

    #[test]
    fn nothing_is_hardly_dearer_and_scales_stay_near() {
        let rounded: Vec<_> = (0..40).map(|k| (8, 1.7f64.powi(k * 37 % 23), f64::from(1 + k * k * 31 % 997))).collect();
        let found = spread_of(&rounded);
        let more = |&(id, frac_bits): &(usize, u32)| (i64::from(frac_bits) - 8) * rounded[id].2 as i64;
        let prices: f64 = rounded.iter().map(|r| r.2).sum();
        assert!(found.iter().map(more).sum::<i64>() as f64 <= DEARER * prices);
        assert!(found.iter().all(|(_, frac_bits)| (5..=11).contains(frac_bits)));
        assert!(found.iter().any(|(_, frac_bits)| *frac_bits == 11));
        let other = spread_of(&[(1, 1e-9, 100.0), (8, 1e9, 100.0)]);
        assert_eq!(other, [(0, 0), (1, 9)]);
    }

    #[test]
    fn what_gains_nothing_keeps_its_scale() {
        assert_eq!(spread_of(&[(8, 1.0, 100.0), (8, 1.0, 100.0)]), []);
        // A bit for one of these is paid by one of the other's, which costs more than it gains.
        assert_eq!(spread_of(&[(8, 1.0, 400.0), (8, 1.0, 100.0)]), []);
        assert_eq!(spread_of(&[(8, 0.0, 100.0), (8, f64::INFINITY, 3.0), (8, f64::NAN, 3.0)]), []);
    }
}
