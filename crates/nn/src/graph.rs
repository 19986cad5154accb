//! The network in floating point, between the source file and the program.
//!
//! Values are row-major and have no batch dimension: `[features]`, `[C, L]` or `[C, H, W]`. A one-dimensional map counts
//! as `[C, 1, L]`.

mod fold;
mod gradient;
mod layer;
mod local;
mod single;
#[cfg(test)]
mod tests;

pub use crate::real::Real;
pub use layer::{BatchNorm, Conv, Linear};

use crate::products::{Maps, concat};
use crate::{ValueId, Window};

/// A straight line of floating-point operations. Value 0 is the input, value `k + 1` the output of node `k`; the last
/// node's output is the result.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph<T = f64> {
    /// Dimensions of the input, without the batch.
    pub input_shape: Vec<usize>,
    /// The operations in execution order.
    pub nodes: Vec<Node<T>>,
}

/// One operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Node<T = f64> {
    /// Name in the source model, or one made from the operator and its position.
    pub name: String,
    /// What it computes.
    pub op: FloatOp<T>,
    /// The values that it reads.
    pub inputs: Vec<ValueId>,
    /// Dimensions of its output, without the batch.
    pub shape: Vec<usize>,
}

/// What a node computes.
#[derive(Clone, Debug, PartialEq)]
pub enum FloatOp<T = f64> {
    /// `W·x + b`.
    Linear(Linear<T>),
    /// A convolution of `[C, H, W]`.
    Conv(Conv<T>),
    /// A factor and a summand per channel.
    BatchNorm(BatchNorm<T>),
    /// `a + b`, elementwise.
    Add,
    /// `max(x, 0)`.
    Relu,
    /// `min(max(x, 0), max)`.
    Clip {
        /// The upper bound, positive.
        max: T,
    },
    /// `⌊min(max(x, 0), count)⌋`, a quantised network's whole numbers.
    Steps {
        /// The largest, at least 1.
        count: u32,
    },
    /// The largest element of every window, per channel; padding is no element.
    MaxPool(Window),
    /// The sum of every window's elements divided by the kernel's size, per channel; padding counts as zero.
    AveragePool(Window),
    /// Any number of values one after the other along `axis`.
    Concat {
        /// Index into the shape.
        axis: usize,
    },
    /// Zeros around a map: top, left, bottom, right.
    Pad([usize; 4]),
    /// The same elements under another shape.
    Reshape,
}

impl<T> FloatOp<T> {
    /// A layer's weights, `[outputs, …]` row-major, or factors.
    pub(crate) fn weight(&self) -> Option<&[T]> {
        match self {
            FloatOp::Linear(linear) => Some(&linear.weight),
            FloatOp::Conv(conv) => Some(&conv.weight),
            FloatOp::BatchNorm(norm) => Some(&norm.scale),
            _ => None,
        }
    }
}

impl<T: Real> Graph<T> {
    /// Dimensions of a value.
    pub fn shape(&self, id: ValueId) -> &[usize] {
        if id == 0 { &self.input_shape } else { &self.nodes[id - 1].shape }
    }

    /// Number of elements of a value.
    pub fn len(&self, id: ValueId) -> usize {
        self.shape(id).iter().product()
    }

    /// Every value for one input of `self.len(0)` elements.
    pub fn run(&self, input: &[T]) -> Vec<Vec<T>> {
        let mut values = vec![input.to_vec()];
        for node in &self.nodes {
            let value = self.run_node(node, &values);
            values.push(value);
        }
        values
    }

    fn run_node(&self, node: &Node<T>, values: &[Vec<T>]) -> Vec<T> {
        let (x, from, to) = (&values[node.inputs[0]], map(self.shape(node.inputs[0])), map(&node.shape));
        match &node.op {
            FloatOp::Linear(linear) => linear.run(x),
            FloatOp::Conv(conv) => conv.run(x, from, to),
            FloatOp::BatchNorm(norm) => norm.run(x),
            FloatOp::Add => x.iter().zip(&values[node.inputs[1]]).map(|(a, b)| *a + *b).collect(),
            FloatOp::Relu => x.iter().map(|v| v.max(T::ZERO)).collect(),
            FloatOp::Clip { max } => x.iter().map(|v| v.max(T::ZERO).min(*max)).collect(),
            FloatOp::Steps { count } => {
                let most = T::of(f64::from(*count));
                x.iter().map(|v| v.max(T::ZERO).min(most).floor()).collect()
            }
            FloatOp::MaxPool(window) => Maps::pooled(*window, from, to).pool(x, -T::INFINITY, T::max),
            FloatOp::AveragePool(window) => {
                let size = T::of(window.kernel.iter().product::<usize>() as f64);
                let sums = Maps::pooled(*window, from, to).pool(x, T::ZERO, |a, b| a + b);
                sums.into_iter().map(|sum| sum / size).collect()
            }
            FloatOp::Concat { axis } => {
                let inner = |&id: &ValueId| self.shape(id)[*axis..].iter().product();
                let parts: Vec<_> = node.inputs.iter().map(|id| (&values[*id][..], inner(id))).collect();
                concat(&parts)
            }
            FloatOp::Pad(pads) => local::pad(*pads, x, from, to),
            FloatOp::Reshape => x.clone(),
        }
    }

    /// Whether it rounds to steps of its own.
    pub(crate) fn is_quantised(&self) -> bool {
        self.nodes.iter().any(|node| matches!(node.op, FloatOp::Steps { .. }))
    }

    /// How many nodes read each value; the result counts as read once more.
    pub(crate) fn readers(&self) -> Vec<usize> {
        let mut readers = vec![0; self.nodes.len() + 1];
        self.nodes.iter().flat_map(|node| &node.inputs).for_each(|&id| readers[id] += 1);
        readers[self.nodes.len()] += 1;
        readers
    }

    /// Removes the nodes that `output` does not depend on. Afterwards its node is the last one.
    pub(crate) fn keep_only(&mut self, output: ValueId) {
        let mut needed = vec![false; self.nodes.len() + 1];
        needed[output] = true;
        for id in (1..=output).rev().filter(|&id| id > 0) {
            if needed[id] {
                self.nodes[id - 1].inputs.iter().for_each(|&input| needed[input] = true);
            }
        }
        let mut new_ids = vec![0; needed.len()];
        let mut kept = Vec::new();
        for (index, mut node) in std::mem::take(&mut self.nodes).into_iter().enumerate() {
            if needed[index + 1] {
                node.inputs.iter_mut().for_each(|input| *input = new_ids[*input]);
                kept.push(node);
                new_ids[index + 1] = kept.len();
            }
        }
        self.nodes = kept;
    }
}

/// A shape as `[C, H, W]`: `[C, L]` is `[C, 1, L]`, and features are maps of one element.
pub(crate) fn map(shape: &[usize]) -> [usize; 3] {
    match *shape {
        [] => [1; 3],
        [features] => [features, 1, 1],
        [channels, length] => [channels, 1, length],
        [channels, height, ref rest @ ..] => [channels, height, rest.iter().product()],
    }
}
