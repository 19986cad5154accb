//! Operators of onnxruntime between quantised values: the operator in real numbers, and its result in steps.

use super::super::error::Problem;
use super::super::meaning::Meaning;
use super::super::node::NodeContext;
use super::super::view::View;
use super::activation::sloped;
use super::arithmetic::product;
use super::join::joined;
use super::pool::{POOL, averaged, over_map};
use super::quantised::{Steps, quantised};
use super::terms::plus;
use crate::graph::FloatOp;

/// The numbers of inputs `index` to `index + 2`: a value or a constant, and its steps.
fn numbers(node: &mut NodeContext<'_, '_>, index: usize) -> Result<Meaning, Problem> {
    let steps = Steps::one(node, index + 1)?;
    let q = node.input(index)?;
    steps.numbers(q, index)
}

/// A result in the steps of inputs `index` and `index + 1`.
fn closed(node: &mut NodeContext<'_, '_>, result: Meaning, index: usize) -> Result<Meaning, Problem> {
    let Meaning::Value(x) = result else { return Err("it reads no computed value".into()) };
    Steps::one(node, index)?.closed(node, &x)
}

fn channels_first(node: &NodeContext<'_, '_>) -> Result<(), Problem> {
    match node.int("channels_last", 0) {
        0 => Ok(()),
        _ => Err("channels_last is of onnxruntime's optimiser; import the model as it was exported".into()),
    }
}

pub(super) fn add(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    let (a, b) = (numbers(node, 0)?, numbers(node, 3)?);
    let sum = plus(node, a, b)?;
    closed(node, sum, 6)
}

pub(super) fn mul(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    let (a, b) = (numbers(node, 0)?, numbers(node, 3)?);
    let result = product(node, a, b)?;
    closed(node, result, 6)
}

/// Inputs: the result's steps, and each part with its own.
pub(super) fn concat(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["axis"])?;
    let axis = node.attribute("axis").ok_or("its attribute axis is missing")?.i;
    let mut parts = Vec::new();
    for index in (2..node.proto.input.len()).step_by(3) {
        parts.push(numbers(node, index)?);
    }
    let whole = joined(node, parts, axis)?;
    closed(node, whole, 0)
}

pub(super) fn leaky_relu(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["alpha"])?;
    let slope = node.float("alpha", 0.01)?;
    let x = quantised(node, 0)?;
    let x = node.state.settled(&x)?;
    let slopes = vec![slope; x.len()];
    let result = sloped(node, &x, &slopes)?;
    closed(node, result, 3)
}

pub(super) fn average_pool(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[&POOL[..], &["channels_last"]].concat())?;
    channels_first(node)?;
    let x: View = quantised(node, 0)?;
    let mean = averaged(node, &x)?;
    closed(node, Meaning::Value(mean), 3)
}

pub(super) fn global_average_pool(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["channels_last"])?;
    channels_first(node)?;
    let x = quantised(node, 0)?;
    let mean = over_map(node, &x, FloatOp::AveragePool)?;
    closed(node, Meaning::Value(mean), 3)
}
