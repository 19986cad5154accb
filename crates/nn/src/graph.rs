//! The network in floating point, between the source file and the program.

use crate::ValueId;

/// A straight line of floating-point operations. Value 0 is the input, value `k + 1` the output of node `k`; the last
/// node's output is the result.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// Dimensions of the input, without the batch.
    pub input_shape: Vec<usize>,
    /// The operations in execution order.
    pub nodes: Vec<Node>,
}

/// One operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Name in the source model, or one made from the operator and its position.
    pub name: String,
    /// What it computes.
    pub op: FloatOp,
    /// The values that it reads.
    pub inputs: Vec<ValueId>,
    /// Dimensions of its output, without the batch.
    pub shape: Vec<usize>,
}

/// What a node computes.
#[derive(Clone, Debug, PartialEq)]
pub enum FloatOp {
    /// `W·x + b`.
    Linear(Linear),
    /// `a + b`, elementwise.
    Add,
    /// `max(x, 0)`.
    Relu,
    /// The same elements under another shape.
    Reshape,
}

/// A fully connected layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// Number of outputs M.
    pub outputs: usize,
    /// Number of inputs K.
    pub inputs: usize,
    /// `[M, K]`, row-major.
    pub weight: Vec<f64>,
    /// `[M]`.
    pub bias: Option<Vec<f64>>,
}

impl Graph {
    /// Dimensions of a value.
    pub fn shape(&self, id: ValueId) -> &[usize] {
        if id == 0 { &self.input_shape } else { &self.nodes[id - 1].shape }
    }

    /// Number of elements of a value.
    pub fn len(&self, id: ValueId) -> usize {
        self.shape(id).iter().product()
    }

    /// Every value for one input of `self.len(0)` elements.
    pub fn run(&self, input: &[f64]) -> Vec<Vec<f64>> {
        let mut values = vec![input.to_vec()];
        for node in &self.nodes {
            let x = &values[node.inputs[0]];
            let value = match &node.op {
                FloatOp::Linear(linear) => linear.run(x),
                FloatOp::Add => x.iter().zip(&values[node.inputs[1]]).map(|(a, b)| a + b).collect(),
                FloatOp::Relu => x.iter().map(|v| v.max(0.0)).collect(),
                FloatOp::Reshape => x.clone(),
            };
            values.push(value);
        }
        values
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

impl Linear {
    fn run(&self, x: &[f64]) -> Vec<f64> {
        let rows = self.weight.chunks_exact(self.inputs).enumerate();
        rows.map(|(m, row)| {
            let sum: f64 = row.iter().zip(x).map(|(w, x)| w * x).sum();
            sum + self.bias.as_ref().map_or(0.0, |bias| bias[m])
        })
        .collect()
    }
}
