//! Gemm and MatMul with stored weights: fully connected layers.

use super::super::constant::Constant;
use super::super::node::{Meaning, NodeContext, Problem};
use crate::graph::{FloatOp, Linear};

/// `alpha·x·B' + beta·C`, where B' is B or its transpose.
pub(super) fn gemm(node: &mut NodeContext<'_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["alpha", "beta", "transA", "transB"])?;
    if node.int("transA", 0) != 0 {
        return Err("transA is not supported: rows of its first input are the batch".into());
    }
    let matrix = node.constant(1)?;
    // Weights are stored here as [outputs, inputs], which is what transB stands for.
    let weight = if node.int("transB", 0) != 0 { Some(matrix) } else { matrix.transposed() };
    let mut linear = layer(node, weight)?;
    let (alpha, beta) = (node.float("alpha", 1.0)?, node.float("beta", 1.0)?);
    linear.weight.iter_mut().for_each(|w| *w *= alpha);
    if node.has_input(2) {
        let mut bias = broadcast_bias(&node.constant(2)?, linear.outputs)?;
        bias.iter_mut().for_each(|b| *b *= beta);
        linear.bias = Some(bias);
    }
    push(node, linear)
}

/// `x·B` for a matrix B.
pub(super) fn mat_mul(node: &mut NodeContext<'_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    let weight = node.constant(1)?.transposed();
    let linear = layer(node, weight)?;
    push(node, linear)
}

fn layer(node: &NodeContext<'_>, weight: Option<Constant>) -> Result<Linear, Problem> {
    let weight = weight.ok_or("its weights must be a matrix")?;
    let [outputs, inputs] = weight.shape[..] else { return Err("its weights must be a matrix".into()) };
    let data = weight.as_floats().ok_or("its weights must be floating-point numbers")?;
    let shape = node.shape(node.value(0)?);
    if shape.len() != 1 {
        return Err(format!("its input has the shape {shape:?}; put a Flatten before it"));
    }
    if shape[0] != inputs {
        return Err(format!("its weights read {inputs} values, but its input has {}", shape[0]));
    }
    Ok(Linear { outputs, inputs, weight: data.to_vec(), bias: None })
}

fn push(node: &mut NodeContext<'_>, linear: Linear) -> Result<Meaning, Problem> {
    let (x, shape) = (node.value(0)?, vec![linear.outputs]);
    node.push(FloatOp::Linear(linear), vec![x], shape)
}

/// One bias per output from a constant that ONNX's broadcasting would spread to `[batch, outputs]`.
pub(super) fn broadcast_bias(constant: &Constant, outputs: usize) -> Result<Vec<f64>, Problem> {
    let data = constant.as_floats().ok_or("its bias must be floating-point numbers")?;
    let leading_ones = constant.shape.iter().rev().skip(1).all(|&dim| dim == 1);
    match data {
        [single] => Ok(vec![*single; outputs]),
        _ if leading_ones && data.len() == outputs => Ok(data.to_vec()),
        _ => Err(format!("its bias has the shape {:?}, and the layer {outputs} outputs", constant.shape)),
    }
}
