//! The scale of every activation, and of every layer's weights.

use crate::ValueId;
use crate::calibrate::noise::{self, Rounded, spread};
use crate::calibrate::prices::BitPrices;
use crate::calibrate::{Data, Range};
use crate::graph::{FloatOp, Graph};

/// No scale of weights or activations is finer than this.
const MAX_SCALE: u32 = 30;

/// Bits of weights and of activations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Widths {
    /// Bits of a weight.
    pub(crate) weight: u32,
    /// Bits of an activation.
    pub(crate) activation: u32,
}

/// What an attempt aims at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    /// These widths, each in the mean.
    Mean(Widths),
    /// The cheapest widths for roundings of one size: eighths of a bit more than activations of [`LEVEL`] bits in the mean.
    Precision(i32),
}

/// Bits of activations at which a precision counts as none.
const LEVEL: u32 = 8;

/// Scales in fractional bits.
pub(crate) struct Scales {
    /// At which each value of the graph is worth keeping.
    values: Vec<u32>,
    /// Of the weights by which each value is computed; zero without weights.
    weights: Vec<u32>,
    /// What they are in the mean over what layers compute, and over what is computed with.
    means: Widths,
}

impl Scales {
    /// The finest at which everything fits its bits, then moved to where bits are worth most. A value is never finer than one
    /// which it becomes part of: then the parts of a concatenation are shifted to its scale with their own ReLUs.
    ///
    /// The steps of a quantised network are its own, and so are the widths around them.
    pub(crate) fn new(graph: &Graph, data: &Data, prices: &BitPrices, aim: Aim) -> Self {
        let widths = match aim {
            Aim::Mean(widths) => widths,
            Aim::Precision(_) => Widths { weight: LEVEL, activation: LEVEL },
        };
        let unsigned = non_negative(graph);
        // A value that is never negative has its sign bit free for precision.
        let own = |id: ValueId| match id.checked_sub(1).map(|node| &graph.nodes[node].op) {
            Some(FloatOp::Steps { .. }) => 0,
            _ => scale(data.value(id), widths.activation + u32::from(unsigned[id])),
        };
        let mut values: Vec<u32> = (0..=graph.nodes.len()).map(own).collect();
        let mut weights = vec![0; graph.nodes.len() + 1];
        for (index, node) in graph.nodes.iter().enumerate() {
            if let Some(peak) = weight_peak(&node.op) {
                weights[index + 1] = scale(Range { low: -peak, high: peak }, widths.weight);
            }
        }
        let mut means = widths;
        if !graph.is_quantised() {
            let layers = (1..weights.len()).filter(|&id| weight_peak(&graph.nodes[id - 1].op).is_some());
            let of_weights: Vec<_> = layers
                .map(|id| Rounded {
                    id,
                    frac_bits: weights[id],
                    noise: data.noise.weights[id - 1],
                    price: prices.weights[id - 1],
                })
                .collect();
            let rounding = Activations::new(graph, data, prices, &values);
            let (moved, kept) = match aim {
                Aim::Mean(_) => (spread(&of_weights), spread(&rounding.rounded)),
                Aim::Precision(eighths) => {
                    let level = noise::level(&rounding.rounded) + f64::from(eighths) / 8.0;
                    let [moved, kept] = [&of_weights, &rounding.rounded].map(|all| noise::at_level(all, level));
                    means.weight = mean(widths.weight, &of_weights, &moved, |id| graph.len(id));
                    means.activation = mean(widths.activation, &rounding.rounded, &kept, |id| graph.len(id));
                    (moved, kept)
                }
            };
            moved.into_iter().for_each(|(id, frac_bits)| weights[id] = frac_bits.min(MAX_SCALE));
            rounding.apply(&kept, &mut values);
        }
        for (index, node) in graph.nodes.iter().enumerate().rev() {
            if is_moved(&node.op) {
                // The input's is the card's.
                node.inputs.iter().filter(|&&id| id > 0).for_each(|&id| values[id] = values[id].min(values[index + 1]));
            }
        }
        Self { values, weights, means }
    }

    pub(super) fn of(&self, id: ValueId) -> u32 {
        self.values[id]
    }

    /// Of the weights of the layer that computes a value.
    pub(super) fn of_weights(&self, id: ValueId) -> u32 {
        self.weights[id]
    }

    /// Bits in the mean.
    pub(crate) fn means(&self) -> Widths {
        self.means
    }
}

/// The mean of `bits` and what was moved, over elements.
fn mean(bits: u32, before: &[Rounded], after: &[(usize, u32)], elements: impl Fn(usize) -> usize) -> u32 {
    let sum: f64 = before.iter().map(|r| elements(r.id) as f64).sum();
    let more = |r: &Rounded| {
        let moved = after.iter().find(|(id, _)| *id == r.id);
        moved.map_or(0.0, |(id, now)| elements(*id) as f64 * (f64::from(*now) - f64::from(r.frac_bits)))
    };
    let more = before.iter().map(more).sum::<f64>() / sum.max(1.0);
    (f64::from(bits) + more).round().max(1.0) as u32
}

/// Values that are rounded, and what moves with them.
struct Activations {
    rounded: Vec<Rounded>,
    /// For each value those that become part of it.
    parts: Vec<Vec<ValueId>>,
    /// Whether anything but moves reads a value.
    computed_with: Vec<bool>,
}

impl Activations {
    fn new(graph: &Graph, data: &Data, prices: &BitPrices, values: &[u32]) -> Self {
        let mut computed_with = vec![false; values.len()];
        let mut parts = vec![Vec::new(); values.len()];
        for (index, node) in graph.nodes.iter().enumerate() {
            for &id in &node.inputs {
                if is_moved(&node.op) { parts[index + 1].push(id) } else { computed_with[id] = true }
            }
        }
        let is_rounded = |id: usize| {
            let read = graph.nodes.iter().any(|node| weight_peak(&node.op).is_some() && node.inputs.contains(&id));
            let op = id.checked_sub(1).map(|node| &graph.nodes[node].op);
            read || matches!(op, Some(FloatOp::Relu | FloatOp::Clip { .. } | FloatOp::AveragePool(_)))
        };
        let rounded = (0..values.len()).filter(|&id| computed_with[id] && is_rounded(id));
        let rounded = rounded.map(|id| Rounded {
            id,
            frac_bits: values[id],
            noise: data.noise.values[id],
            price: prices.values[id],
        });
        Self { rounded: rounded.collect(), parts, computed_with }
    }

    /// Moves the scales of values. What becomes part of a value moves with it.
    fn apply(&self, kept: &[(usize, u32)], values: &mut [u32]) {
        let mut more = vec![0; values.len()];
        for &(id, frac_bits) in kept {
            more[id] = frac_bits.min(MAX_SCALE) as i32 - values[id] as i32;
        }
        for id in (0..values.len()).rev() {
            for &part in &self.parts[id] {
                more[part] = if self.computed_with[part] { more[part].max(more[id]) } else { more[id] };
            }
            values[id] = values[id].saturating_add_signed(more[id]);
        }
    }
}

/// The largest magnitude.
pub(super) fn peak(weight: &[f64]) -> f64 {
    weight.iter().fold(0.0f64, |peak, w| peak.max(w.abs()))
}

fn weight_peak(op: &FloatOp) -> Option<f64> {
    op.weight().map(peak)
}

/// Whether an operation gives elements of what it reads, or zeros.
fn is_moved(op: &FloatOp) -> bool {
    matches!(op, FloatOp::Concat { .. } | FloatOp::MaxPool(_) | FloatOp::Pad(_) | FloatOp::Reshape)
}

/// Which values no input makes negative.
fn non_negative(graph: &Graph) -> Vec<bool> {
    let mut known = vec![false];
    for node in &graph.nodes {
        let inputs = node.inputs.iter().all(|&id| known[id]);
        known.push(match node.op {
            FloatOp::Relu | FloatOp::Clip { .. } | FloatOp::Steps { .. } => true,
            FloatOp::Linear(_) | FloatOp::Conv(_) | FloatOp::BatchNorm(_) => false,
            _ => inputs,
        });
    }
    known
}

/// The largest scale, in fractional bits, at which all of `range` fits signed `bits`; none is finer than [`MAX_SCALE`], and
/// values too large for any scale get 0.
fn scale(range: Range, bits: u32) -> u32 {
    let limit = (1u64 << (bits - 1)) as f64 - 1.0;
    let fits = |&f: &u32| (range.peak() * (1u64 << f) as f64).round() <= limit;
    (0..=MAX_SCALE).rev().find(fits).unwrap_or(0)
}
