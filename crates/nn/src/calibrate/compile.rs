//! The network as integer operations with scales. Rings are still 64 bits wide; [`super::rings`] narrows them.

mod activation;
mod layer;
mod lost;
mod scales;

use super::{CalibrationError, Data};
use crate::graph::{FloatOp, Graph, Node};
use crate::{Op, OpKind, Program, Sign, ValueId, ValueType, Weights, ring};
use lost::Lost;
pub(crate) use scales::{Aim, Scales, Widths};

pub(crate) use crate::card::to_fixed;

struct Compiler<'a> {
    graph: &'a Graph,
    data: &'a Data<'a>,
    scales: &'a Scales,
    program: Program,
    weights: Weights,
    /// The program's value for each of the graph's.
    values: Vec<ValueId>,
    /// A graph value's narrow form, when one was made for a layer.
    narrowed: Vec<Option<ValueId>>,
    /// Weights that their numbers cannot hold.
    lost: Vec<Lost>,
}

/// A network in integers.
pub(crate) struct Compiled {
    pub(crate) program: Program,
    pub(crate) weights: Weights,
    /// Weights that their numbers cannot hold, in sentences that name the operation.
    pub(crate) lost: Vec<String>,
}

/// Compiles at the given scales, with 64-bit rings throughout.
pub(crate) fn compile(graph: &Graph, data: &Data, scales: &Scales) -> Result<Compiled, CalibrationError> {
    let input = ValueType { shape: graph.input_shape.clone(), bits: ring::MAX_BITS, frac_bits: scales.of(0) };
    let mut compiler = Compiler {
        graph,
        data,
        scales,
        program: Program { version: Program::VERSION, input, ops: Vec::new() },
        weights: Weights::new(),
        values: vec![0],
        narrowed: vec![None; graph.nodes.len() + 1],
        lost: Vec::new(),
    };
    for (index, node) in graph.nodes.iter().enumerate() {
        let value = compiler.node(index + 1, node)?;
        compiler.check_magnitude(&node.name, value, data.value(index + 1).peak())?;
        compiler.values.push(value);
    }
    let Compiler { program, weights, lost, .. } = compiler;
    Ok(Compiled { program, weights, lost: lost::sentences(lost) })
}

impl Compiler<'_> {
    fn node(&mut self, id: ValueId, node: &Node) -> Result<ValueId, CalibrationError> {
        let read = node.inputs[0];
        Ok(match &node.op {
            FloatOp::Linear(linear) => {
                let x = self.narrow(read, &node.name);
                self.linear(id, node, linear, x)
            }
            FloatOp::Conv(conv) => {
                let x = self.narrow(read, &node.name);
                self.conv(id, &node.name, conv, x, node.shape.clone())
            }
            FloatOp::BatchNorm(norm) => {
                let x = self.narrow(read, &node.name);
                self.batch_norm(id, node, norm, x)
            }
            FloatOp::Relu => self.relu(id, node),
            FloatOp::Clip { max } => self.clip(id, node, *max),
            FloatOp::Steps { count } => self.steps(node, *count),
            FloatOp::AveragePool(window) => self.average_pool(id, node, window)?,
            FloatOp::Add => {
                let (values, frac_bits, shifts) = self.to_one_scale(&node.inputs);
                let kind = OpKind::Add { shift_a: shifts[0], shift_b: shifts[1] };
                self.push(&node.name, kind, values, node.shape.clone(), frac_bits)
            }
            FloatOp::Concat { axis } => {
                let (values, frac_bits, shifts) = self.to_one_scale(&node.inputs);
                self.push(&node.name, OpKind::Concat { axis: *axis, shifts }, values, node.shape.clone(), frac_bits)
            }
            FloatOp::MaxPool(window) => self.moved(node, OpKind::MaxPool { window: *window }),
            FloatOp::Pad(pads) => self.moved(node, OpKind::Pad { pads: *pads }),
            FloatOp::Reshape => self.moved(node, OpKind::Reshape),
        })
    }

    /// An operation that keeps values and their scale.
    fn moved(&mut self, node: &Node, kind: OpKind) -> ValueId {
        let x = self.values[node.inputs[0]];
        self.push(&node.name, kind, vec![x], node.shape.clone(), self.frac_bits(x))
    }

    /// Graph values as they are, the finest of their scales, and the left shifts that bring all of them there.
    fn to_one_scale(&self, ids: &[ValueId]) -> (Vec<ValueId>, u32, Vec<u32>) {
        let values: Vec<ValueId> = ids.iter().map(|&id| self.values[id]).collect();
        let scales: Vec<u32> = values.iter().map(|&value| self.frac_bits(value)).collect();
        let finest = scales.iter().copied().max().unwrap_or(0);
        (values, finest, scales.iter().map(|scale| finest - scale).collect())
    }

    /// A graph value at no more precision than an activation has, shifting it when it has more. What a ReLU leaves was
    /// shifted with it.
    fn narrow(&mut self, id: ValueId, reader: &str) -> ValueId {
        let value = self.values[id];
        let wanted = self.scales.of(id);
        // A bit is no reason for a whole protocol.
        let Some(amount @ 2..) = self.frac_bits(value).checked_sub(wanted) else { return value };
        if let Some(narrow) = self.narrowed[id] {
            return narrow;
        }
        let kind = OpKind::Shift { amount, sign: Sign::Any };
        let shape = self.program.value(value).shape.clone();
        let narrow = self.push(&format!("{reader} (rescale)"), kind, vec![value], shape, wanted);
        self.narrowed[id] = Some(narrow);
        narrow
    }

    fn is_last(&self, id: ValueId) -> bool {
        id == self.graph.nodes.len()
    }

    fn frac_bits(&self, value: ValueId) -> u32 {
        self.program.value(value).frac_bits
    }

    fn push(&mut self, name: &str, kind: OpKind, inputs: Vec<ValueId>, shape: Vec<usize>, frac_bits: u32) -> ValueId {
        let output = ValueType { shape, bits: ring::MAX_BITS, frac_bits };
        self.program.ops.push(Op { name: name.to_owned(), kind, inputs, output });
        self.program.ops.len()
    }

    /// The wide run that measures accumulators must not wrap itself.
    fn check_magnitude(&self, name: &str, value: ValueId, magnitude: f64) -> Result<(), CalibrationError> {
        let fits = magnitude.log2() + f64::from(self.frac_bits(value)) < f64::from(ring::MAX_BITS - 2);
        if fits || magnitude == 0.0 {
            return Ok(());
        }
        Err(CalibrationError::TooWide { name: name.to_owned(), magnitude })
    }
}
