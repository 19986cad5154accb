//! All that is wrong with a file at once: what a refused node computes is stood in for, so that the nodes after it can be judged.

use super::elements::broadcast;
use super::error::OnnxError;
use super::proto;
use super::shape::input_shape;
use super::state::{Lowering, own_shape};
use super::view::View;
use crate::graph::FloatOp;

/// Kinds of problems that a message lists.
const MAX_LISTED: usize = 8;
/// Operators whose output has the shape of their inputs put together, whatever else they compute.
const ELEMENTWISE: [&str; 45] = [
    "Abs",
    "Add",
    "BatchNormalization",
    "Cast",
    "Ceil",
    "Celu",
    "Clip",
    "Cos",
    "Div",
    "Elu",
    "Erf",
    "Exp",
    "Floor",
    "Gelu",
    "GroupNormalization",
    "HardSigmoid",
    "HardSwish",
    "InstanceNormalization",
    "LRN",
    "LayerNormalization",
    "LeakyRelu",
    "Log",
    "LpNormalization",
    "Max",
    "MeanVarianceNormalization",
    "Min",
    "Mish",
    "Mul",
    "Neg",
    "Normalizer",
    "Pow",
    "RMSNormalization",
    "Reciprocal",
    "Relu",
    "Round",
    "Selu",
    "Sigmoid",
    "Sin",
    "Softmax",
    "Softplus",
    "Softsign",
    "Sqrt",
    "Sub",
    "Swish",
    "Tanh",
]; // fmt: skip

/// One error of all.
pub(super) fn together(mut problems: Vec<OnnxError>) -> OnnxError {
    let mut kinds: Vec<(OnnxError, usize)> = Vec::new();
    for problem in problems.drain(..) {
        match kinds.iter_mut().find(|(first, _)| first.is_like(&problem)) {
            Some((_, count)) => *count += 1,
            None => kinds.push((problem, 1)),
        }
    }
    if let [(_, 1)] = kinds[..] {
        return kinds.remove(0).0;
    }
    let more = kinds.len().saturating_sub(MAX_LISTED);
    kinds.truncate(MAX_LISTED);
    OnnxError::Several { kinds, more }
}

impl OnnxError {
    /// Whether what is wrong with two nodes is the same, but for numbers.
    fn is_like(&self, other: &Self) -> bool {
        let words = |problem: &str| problem.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
        match (self, other) {
            (Self::Node { op: a, problem: p, .. }, Self::Node { op: b, problem: q, .. }) => {
                a == b && words(p) == words(q)
            }
            (Self::Unsupported { op: a, .. }, Self::Unsupported { op: b, .. }) => a == b,
            _ => self == other,
        }
    }
}

impl<'s> Lowering<'s> {
    /// Whether a node reads what a refused one computes, and nothing is known of that.
    pub(super) fn is_in_the_dark(&self, node: &proto::Node) -> bool {
        node.input.iter().any(|name| self.unknown.contains(name.as_str()))
    }

    /// Names for what a refused node computes: a value of the shape that the file or the operator gives it. The graph is
    /// thrown away in the end.
    pub(super) fn stand_in(&mut self, node: &'s proto::Node) {
        for (k, output) in node.output.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            let shape = self.shape_in_file(output).or_else(|| if k == 0 { self.elementwise(node) } else { None });
            let made = shape.and_then(|shape| {
                let id = self.push(FloatOp::Reshape, vec![0], own_shape(&shape)).ok()?;
                Some(View::whole(id, shape))
            });
            match made {
                Some(view) => self.rename(output, &view),
                None => {
                    self.unknown.insert(output);
                }
            }
        }
    }

    /// The shape that the file says a value has, for a batch of 1.
    fn shape_in_file(&self, name: &str) -> Option<Vec<usize>> {
        let dims = input_shape(self.described.get(name)?, self.sizes).ok()?;
        Some(std::iter::once(1).chain(dims).collect())
    }

    fn elementwise(&mut self, node: &'s proto::Node) -> Option<Vec<usize>> {
        if !ELEMENTWISE.contains(&node.op_type.as_str()) {
            return None;
        }
        let mut shape = Vec::new();
        // Scales and shifts of normalisations are one for each channel, which need not look like it.
        let read = if node.op_type.ends_with("Normalization") { 1 } else { node.input.len() };
        for name in node.input.iter().take(read).filter(|name| !name.is_empty()) {
            let meaning = self.meaning(name).ok()??;
            shape = broadcast(&shape, meaning.shape()).ok()?;
        }
        (!shape.is_empty()).then_some(shape)
    }
}
