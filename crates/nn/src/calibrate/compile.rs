//! The network as integer operations with scales. Rings are still 64 bits wide; [`super::rings`] narrows them.

use super::{CalibrationError, Data, Range};
use crate::graph::{FloatOp, Graph, Linear, Node};
use crate::{Op, OpKind, Program, Sign, Tensor, ValueId, ValueType, Weights, ring};

pub(crate) use crate::card::to_fixed;

/// No scale is finer than this.
const MAX_FRAC_BITS: u32 = 30;

/// The widths of one attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Widths {
    /// Bits of a weight.
    pub(crate) weight: u32,
    /// Bits of an activation.
    pub(crate) activation: u32,
}

struct Compiler<'a> {
    graph: &'a Graph,
    data: &'a Data<'a>,
    widths: Widths,
    program: Program,
    weights: Weights,
    /// The program's value for each of the graph's.
    values: Vec<ValueId>,
    /// A graph value's narrow form, when one was made for a linear layer.
    narrowed: Vec<Option<ValueId>>,
}

/// Compiles at the given widths, with 64-bit rings throughout.
pub(crate) fn compile(graph: &Graph, data: &Data, widths: Widths) -> Result<(Program, Weights), CalibrationError> {
    let frac_bits = scale(data.value(0), widths.activation);
    let input = ValueType { shape: graph.input_shape.clone(), bits: ring::MAX_BITS, frac_bits };
    let mut compiler = Compiler {
        graph,
        data,
        widths,
        program: Program { version: Program::VERSION, input, ops: Vec::new() },
        weights: Weights::new(),
        values: vec![0],
        narrowed: vec![None; graph.nodes.len() + 1],
    };
    for (index, node) in graph.nodes.iter().enumerate() {
        let value = compiler.node(index + 1, node);
        compiler.check_magnitude(&node.name, value, data.value(index + 1).peak())?;
        compiler.values.push(value);
    }
    Ok((compiler.program, compiler.weights))
}

/// The largest scale, in fractional bits, at which all of `range` fits signed `bits`; none of it is finer than
/// [`MAX_FRAC_BITS`], and values too large for any scale get 0.
fn scale(range: Range, bits: u32) -> u32 {
    let limit = (1u64 << (bits - 1)) as f64 - 1.0;
    let fits = |&f: &u32| (range.peak() * (1u64 << f) as f64).round() <= limit;
    (0..=MAX_FRAC_BITS).rev().find(fits).unwrap_or(0)
}

impl Compiler<'_> {
    fn node(&mut self, id: ValueId, node: &Node) -> ValueId {
        let last = id == self.graph.nodes.len();
        match &node.op {
            FloatOp::Linear(linear) => {
                let x = self.narrow(node.inputs[0], &node.name);
                self.linear(node, linear, x)
            }
            FloatOp::Add => {
                let (a, b) = (self.values[node.inputs[0]], self.values[node.inputs[1]]);
                let (frac_a, frac_b) = (self.frac_bits(a), self.frac_bits(b));
                let frac_bits = frac_a.max(frac_b);
                let kind = OpKind::Add { shift_a: frac_bits - frac_a, shift_b: frac_bits - frac_b };
                self.push(&node.name, kind, vec![a, b], node.shape.clone(), frac_bits)
            }
            FloatOp::Relu => {
                let x = self.values[node.inputs[0]];
                let frac_bits = self.frac_bits(x);
                // The result keeps its full precision: nothing computes with it.
                let amount = if last { 0 } else { frac_bits.saturating_sub(self.unsigned_scale(id)) };
                let kind = if amount == 0 { OpKind::Relu } else { OpKind::ReluShift { amount } };
                self.push(&node.name, kind, vec![x], node.shape.clone(), frac_bits - amount)
            }
            _ => todo!(),
            FloatOp::Reshape => {
                let x = self.values[node.inputs[0]];
                let frac_bits = self.frac_bits(x);
                self.push(&node.name, OpKind::Reshape, vec![x], node.shape.clone(), frac_bits)
            }
        }
    }

    /// A ReLU's result is never negative, so that its sign bit is free for precision.
    fn unsigned_scale(&self, id: ValueId) -> u32 {
        scale(self.data.value(id), self.widths.activation + 1)
    }

    /// A graph value at no more precision than an activation has, shifting it when it has more. Only a ReLU's result is
    /// known to be non-negative, and that is shifted with the ReLU: everything else needs the general shift.
    fn narrow(&mut self, id: ValueId, reader: &str) -> ValueId {
        let value = self.values[id];
        let wanted = scale(self.data.value(id), self.widths.activation);
        // A bit is no reason for a whole protocol; it is also what a ReLU's result is finer by.
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

    fn linear(&mut self, node: &Node, linear: &Linear, x: ValueId) -> ValueId {
        let peak = linear.weight.iter().fold(0.0f64, |peak, w| peak.max(w.abs()));
        let weight_frac = scale(Range { low: -peak, high: peak }, self.widths.weight);
        let frac_bits = self.frac_bits(x) + weight_frac;
        let weight: Vec<i64> = linear.weight.iter().map(|&w| to_fixed(w, weight_frac)).collect();
        let weight_bits = weight.iter().map(|&w| ring::signed_bits(w.into())).max().unwrap_or(1);
        let index = self.program.ops.len();
        let names = (format!("op{index}.weight"), format!("op{index}.bias"));
        self.insert(&names.0, vec![linear.outputs, linear.inputs], weight);
        let bias = linear.bias.as_ref().map(|bias| {
            let fixed = bias.iter().map(|&b| to_fixed(b, frac_bits)).collect();
            self.insert(&names.1, vec![linear.outputs], fixed);
            names.1
        });
        let kind = OpKind::Linear { weight: names.0, bias, weight_bits };
        self.push(&node.name, kind, vec![x], node.shape.clone(), frac_bits)
    }

    fn insert(&mut self, name: &str, shape: Vec<usize>, data: Vec<i64>) {
        let tensor = Tensor::new(shape, data).expect("the graph's shapes are those of its weights");
        self.weights.insert(name, tensor);
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
