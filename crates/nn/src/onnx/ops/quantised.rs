//! Statically quantised networks, as onnxruntime writes them. Their values are whole numbers of the file's steps in the graph as
//! well, from 0 on; scales and zero points become part of the layers around them.

use super::super::constant::{Constant, Data};
use super::super::elements::transposed;
use super::super::error::Problem;
use super::super::meaning::Meaning;
use super::super::node::NodeContext;
use super::super::view::View;
use super::conv::convolved;
use super::linear::{Matrix, layer};
use super::make;
use crate::graph::{FloatOp, Node};

const NOTE: &str = "values are rounded to the file's steps, halves upwards, and agreement is with that network; onnxruntime rounds \
                    halves to even numbers";
/// How far factors and summands of a value may be from 1 and 0 for their rounding.
const NEAR: f64 = 1e-6;

/// Scales and zero points of inputs `at` and `at + 1`: one, or one for each of several channels.
pub(super) struct Steps {
    scales: Vec<f64>,
    zeros: Vec<f64>,
    /// The least and the largest number of the type.
    range: (f64, f64),
}

impl Steps {
    fn read(node: &mut NodeContext<'_, '_>, at: usize) -> Result<Self, Problem> {
        let (_, scales) = node.weights(at, "scales")?;
        let zeros =
            if node.has_input(at + 1) { node.weights(at + 1, "zero points")?.1 } else { vec![0.0; scales.len()] };
        if zeros.len() != scales.len() || scales.iter().any(|&scale| scale <= 0.0) {
            return Err(format!(
                "{} scales and {} zero points do not fit, or are not positive",
                scales.len(),
                zeros.len()
            ));
        }
        let range = node.integer_range(at + 1).ok_or("its zero point is of no type of 8 or 16 bits")?;
        Ok(Self { scales, zeros, range })
    }

    /// The same with one scale for all.
    pub(super) fn one(node: &mut NodeContext<'_, '_>, at: usize) -> Result<Self, Problem> {
        let steps = Self::read(node, at)?;
        if steps.scales.len() == 1 {
            Ok(steps)
        } else {
            Err("scales for channels are supported of weights only".into())
        }
    }

    /// `(q − zero point)·scale` of stored numbers whose channels lie along `axis`.
    fn dequantised(&self, shape: &[usize], data: &[f64], axis: usize) -> Result<Vec<f64>, Problem> {
        let channels = shape.get(axis).copied().unwrap_or(1);
        if !matches!(self.scales.len(), 1) && self.scales.len() != channels {
            return Err(format!("it has {} scales for {channels} channels", self.scales.len()));
        }
        let inner = shape.iter().skip(axis + 1).product::<usize>().max(1);
        let step = |k: usize| if self.scales.len() == 1 { 0 } else { k / inner % channels };
        Ok(data.iter().enumerate().map(|(k, q)| (q - self.zeros[step(k)]) * self.scales[step(k)]).collect())
    }

    /// What a quantised value stands for.
    fn opened(&self, q: &View) -> View {
        let (scale, zero) = (self.scales[0], self.zeros[0]);
        q.mapped(|_| (scale, -zero * scale)).without_rounding()
    }

    /// The numbers that a quantised value or constant stands for.
    pub(super) fn numbers(&self, q: Meaning, index: usize) -> Result<Meaning, Problem> {
        match q {
            Meaning::Value(q) => Ok(Meaning::Value(self.opened(&q))),
            Meaning::Constant(c) => {
                let data = Data::Float(self.dequantised(&c.shape, &c.to_floats(), 0)?);
                Ok(Constant { shape: c.shape.clone(), data }.into())
            }
            Meaning::Dropped(scores) => Err(scores.misplaced(index)),
        }
    }

    /// A value in steps, within the range of the type.
    pub(super) fn closed(&self, node: &mut NodeContext<'_, '_>, x: &View) -> Result<Meaning, Problem> {
        let (scale, zero, low) = (self.scales[0], self.zeros[0], self.range.0);
        let count = (self.range.1 - low) as u32;
        // From 0 on, with a half more: the whole number below is the nearest.
        let above = x.mapped(|_| (1.0 / scale, zero - low + 0.5));
        let same = above.uniform().is_some_and(|(a, b)| (a - 1.0).abs() < NEAR && (b - 0.5).abs() < NEAR);
        let steps = if same && node.state.steps(x.id).is_some_and(|most| most <= count) {
            x.bare(|c| c)
        } else {
            let end = f64::from(count);
            let above = distributed(node, &above)?;
            node.state.on_each(&above, FloatOp::Steps { count }, |v| v.clamp(0.0, end).floor())?
        };
        Ok(Meaning::Value(steps.mapped(|_| (1.0, low))))
    }
}

/// A function of a sum as functions of its terms, which need no rounding between.
fn distributed(node: &mut NodeContext<'_, '_>, x: &View) -> Result<View, Problem> {
    let state = &mut *node.state;
    let sum = x.id.checked_sub(1).and_then(|k| state.graph.nodes.get(k));
    let (Some(Node { op: FloatOp::Add, inputs, shape, .. }), Some((scale, shift))) = (sum, x.uniform()) else {
        return Ok(x.clone());
    };
    let (inputs, shape) = (inputs.clone(), shape.clone());
    let mut terms = Vec::new();
    for (id, shift) in inputs.into_iter().zip([shift, 0.0]) {
        let term = View::whole(id, shape.clone()).mapped(|_| (scale, shift));
        terms.push(state.settled(&term)?.id);
    }
    let id = state.push(FloatOp::Add, terms, shape)?;
    Ok(x.bare(|c| c).over(id))
}

/// A value at input `index`, and its steps behind it.
pub(super) fn quantised(node: &mut NodeContext<'_, '_>, index: usize) -> Result<View, Problem> {
    let steps = Steps::one(node, index + 1)?;
    Ok(steps.opened(&node.value(index)?))
}

pub(super) fn quantize_linear(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["axis", "saturate", "block_size", "output_dtype", "precision"])?;
    let steps = Steps::one(node, 1)?;
    let x = node.settled_but_steps(0)?;
    if !node.state.notes.iter().any(|note| note.message == NOTE) {
        node.note(NOTE);
    }
    steps.closed(node, &x)
}

/// Of stored weights, or of a quantised value.
pub(super) fn dequantize_linear(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    match node.input(0)? {
        Meaning::Constant(_) => make::dequantize_linear(node),
        _ => {
            node.only_attributes(&["axis", "block_size", "output_dtype"])?;
            quantised(node, 0).map(Meaning::Value)
        }
    }
}

/// Inputs: x, its steps, weights, their steps, the result's steps, and a bias in steps of both.
pub(super) fn qlinear_conv(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    let x = quantised(node, 0)?;
    let (shape, stored) = node.weights(3, "weights")?;
    let (weights, out) = (Steps::read(node, 4)?, Steps::one(node, 6)?);
    let weight = weights.dequantised(&shape, &stored, 0)?;
    let bias = bias(node, 8, &weights)?;
    let y = convolved(node, &x, &shape, &weight, bias)?;
    out.closed(node, &y)
}

/// A stored bias, in steps of the first input's times each weight's.
fn bias(node: &mut NodeContext<'_, '_>, index: usize, weights: &Steps) -> Result<Option<Vec<f64>>, Problem> {
    if !node.has_input(index) {
        return Ok(None);
    }
    let first = Steps::one(node, 1)?.scales[0];
    let (_, stored) = node.weights(index, "biases")?;
    let scale = |k: usize| weights.scales[k % weights.scales.len()] * first;
    Ok(Some(stored.iter().enumerate().map(|(k, b)| b * scale(k)).collect()))
}

pub(super) fn qlinear_mat_mul(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    product(node, false, 6)
}

/// Inputs: A, its steps, B, its steps, C, the result's steps; without these the result is not quantised.
pub(super) fn qgemm(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["alpha", "transA", "transB"])?;
    if node.int("transA", 0) != 0 {
        return Err("transA is not supported".into());
    }
    product(node, node.int("transB", 0) != 0, 7)
}

fn product(node: &mut NodeContext<'_, '_>, as_it_is: bool, out: usize) -> Result<Meaning, Problem> {
    let x = quantised(node, 0)?;
    let (shape, stored) = node.weights(3, "weights")?;
    let [rows, columns] = shape[..] else { return Err("its weights must be a matrix".into()) };
    if rows == 0 || columns == 0 {
        return Err(format!("its weights have the shape {shape:?}"));
    }
    let weights = Steps::read(node, 4)?;
    let data = weights.dequantised(&shape, &stored, usize::from(!as_it_is))?;
    let alpha = if out == 7 { node.float("alpha", 1.0)? } else { 1.0 };
    let data: Vec<f64> = data.into_iter().map(|w| w * alpha).collect();
    let bias = if out == 7 { bias(node, 6, &weights)? } else { None };
    let bias = bias.map(|bias| bias.into_iter().map(|b| b * alpha).collect::<Vec<f64>>());
    let (outputs, inputs, weight) = if as_it_is {
        (rows, columns, data)
    } else {
        (columns, rows, transposed(&shape, &[1, 0]).into_iter().map(|i| data[i]).collect())
    };
    if bias.as_ref().is_some_and(|bias| bias.len() != outputs) {
        return Err(format!("its bias has not one number for each of {outputs} outputs"));
    }
    let y = layer(node, &x, Matrix { outputs, inputs, weight, bias })?;
    if !node.has_input(out) {
        return Ok(Meaning::Value(y));
    }
    Steps::one(node, out)?.closed(node, &y)
}
