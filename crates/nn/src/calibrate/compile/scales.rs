//! The scale of every activation, and of every layer's weights.

use crate::ValueId;
use crate::calibrate::noise::{Rounded, spread};
use crate::calibrate::{Data, Range};
use crate::graph::{FloatOp, Graph};

/// No scale of weights or activations is finer than this.
const MAX_SCALE: u32 = 30;

/// The widths of one attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Widths {
    /// Bits of a weight.
    pub(crate) weight: u32,
    /// Bits of an activation.
    pub(crate) activation: u32,
}

/// Scales in fractional bits.
pub(super) struct Scales {
    /// At which each value of the graph is worth keeping.
    values: Vec<u32>,
    /// Of the weights by which each value is computed; zero without weights.
    weights: Vec<u32>,
}

impl Scales {
    /// The finest at which everything fits its bits, then moved to where bits are worth most. A value is never finer than one
    /// which it becomes part of: then the parts of a concatenation are shifted to its scale with their own ReLUs.
    ///
    /// The steps of a quantised network are its own, and so are the widths around them.
    pub(super) fn new(graph: &Graph, data: &Data, widths: Widths) -> Self {
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
        if !graph.is_quantised() {
            let layers = (1..weights.len()).filter(|&id| weight_peak(&graph.nodes[id - 1].op).is_some());
            let rounded =
                |id| Rounded { id, frac_bits: weights[id], noise: data.noise.weights[id - 1], elements: graph.len(id) };
            let rounded: Vec<_> = layers.map(rounded).collect();
            spread(&rounded).into_iter().for_each(|(id, frac_bits)| weights[id] = frac_bits.min(MAX_SCALE));
            spread_values(graph, data, &mut values);
        }
        for (index, node) in graph.nodes.iter().enumerate().rev() {
            if is_moved(&node.op) {
                // The input's is the card's.
                node.inputs.iter().filter(|&&id| id > 0).for_each(|&id| values[id] = values[id].min(values[index + 1]));
            }
        }
        Self { values, weights }
    }

    pub(super) fn of(&self, id: ValueId) -> u32 {
        self.values[id]
    }

    /// Of the weights of the layer that computes a value.
    pub(super) fn of_weights(&self, id: ValueId) -> u32 {
        self.weights[id]
    }
}

/// Moves the scales of values to where bits are worth most. What becomes part of a value moves with it.
fn spread_values(graph: &Graph, data: &Data, values: &mut [u32]) {
    let mut elements = vec![0; values.len()];
    let mut parts = vec![Vec::new(); values.len()];
    for (index, node) in graph.nodes.iter().enumerate() {
        for &id in &node.inputs {
            if is_moved(&node.op) { parts[index + 1].push(id) } else { elements[id] += graph.len(index + 1) }
        }
    }
    let is_rounded = |id: usize| {
        let read = graph.nodes.iter().any(|node| weight_peak(&node.op).is_some() && node.inputs.contains(&id));
        let op = id.checked_sub(1).map(|node| &graph.nodes[node].op);
        read || matches!(op, Some(FloatOp::Relu | FloatOp::Clip { .. } | FloatOp::AveragePool(_)))
    };
    let computed_with = (0..values.len()).filter(|&id| elements[id] > 0 && is_rounded(id));
    let rounded = |id| Rounded { id, frac_bits: values[id], noise: data.noise.values[id], elements: elements[id] };
    let rounded: Vec<_> = computed_with.map(rounded).collect();
    let mut more = vec![0; values.len()];
    for (id, frac_bits) in spread(&rounded) {
        more[id] = frac_bits.min(MAX_SCALE) as i32 - values[id] as i32;
    }
    for id in (0..values.len()).rev() {
        for &part in &parts[id] {
            more[part] = if elements[part] > 0 { more[part].max(more[id]) } else { more[id] };
        }
        values[id] = values[id].saturating_add_signed(more[id]);
    }
}

/// The largest magnitude.
pub(super) fn peak(weight: &[f64]) -> f64 {
    weight.iter().fold(0.0f64, |peak, w| peak.max(w.abs()))
}

fn weight_peak(op: &FloatOp) -> Option<f64> {
    match op {
        FloatOp::Linear(linear) => Some(peak(&linear.weight)),
        FloatOp::Conv(conv) => Some(peak(&conv.weight)),
        FloatOp::BatchNorm(norm) => Some(peak(&norm.scale)),
        _ => None,
    }
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
pub(super) fn scale(range: Range, bits: u32) -> u32 {
    let limit = (1u64 << (bits - 1)) as f64 - 1.0;
    let fits = |&f: &u32| (range.peak() * (1u64 << f) as f64).round() <= limit;
    (0..=MAX_SCALE).rev().find(fits).unwrap_or(0)
}
