//! The scale of every activation.

use crate::ValueId;
use crate::calibrate::{Data, Range};
use crate::graph::{FloatOp, Graph};

/// No scale of weights or activations is finer than this.
const MAX_SCALE: u32 = 30;

/// The scale, in fractional bits, at which each value of the graph is worth keeping.
pub(super) struct Scales(Vec<u32>);

impl Scales {
    /// The finest at which a value fits `bits`, and never finer than that of a value which it becomes part of: then the parts
    /// of a concatenation are shifted to its scale with their own ReLUs.
    pub(super) fn new(graph: &Graph, data: &Data, bits: u32) -> Self {
        let unsigned = non_negative(graph);
        // A value that is never negative has its sign bit free for precision.
        let own = |id: ValueId| match id.checked_sub(1).map(|node| &graph.nodes[node].op) {
            Some(FloatOp::Steps { .. }) => 0,
            _ => scale(data.value(id), bits + u32::from(unsigned[id])),
        };
        let mut scales: Vec<u32> = (0..=graph.nodes.len()).map(own).collect();
        for (index, node) in graph.nodes.iter().enumerate().rev() {
            if matches!(node.op, FloatOp::Concat { .. } | FloatOp::MaxPool(_) | FloatOp::Pad(_) | FloatOp::Reshape) {
                // The input's is the card's.
                node.inputs.iter().filter(|&&id| id > 0).for_each(|&id| scales[id] = scales[id].min(scales[index + 1]));
            }
        }
        Self(scales)
    }

    pub(super) fn of(&self, id: ValueId) -> u32 {
        self.0[id]
    }
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
