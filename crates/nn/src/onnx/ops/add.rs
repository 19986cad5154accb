//! Add: of two values (a residual connection) or of a constant per output to a linear layer or convolution (its bias).

use super::super::constant::Constant;
use super::super::node::{Meaning, NodeContext, Problem};
use crate::graph::{Conv, FloatOp, Linear};

pub(super) fn add(node: &mut NodeContext<'_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    match (node.input(0)?, node.input(1)?) {
        (Meaning::Value(_), Meaning::Constant(bias)) => add_bias(node, 0, &bias),
        (Meaning::Constant(bias), Meaning::Value(_)) => add_bias(node, 1, &bias),
        _ => {
            let (a, b) = (node.value(0)?, node.value(1)?);
            let shape = node.shape(a).to_vec();
            if shape != node.shape(b) {
                return Err(format!("it adds the shapes {shape:?} and {:?}; they must be equal", node.shape(b)));
            }
            node.push(FloatOp::Add, vec![a, b], shape)
        }
    }
}

fn add_bias(node: &mut NodeContext<'_>, index: usize, constant: &Constant) -> Result<Meaning, Problem> {
    let value = node.value(index)?;
    let shape = node.shape(value).to_vec();
    let Some(FloatOp::Linear(Linear { bias, .. }) | FloatOp::Conv(Conv { bias, .. })) = node.producer(index) else {
        return Err(
            "a constant can only be added right after a MatMul, Gemm or Conv whose result nothing else reads".into()
        );
    };
    let added = per_channel(constant, &shape)?;
    match bias {
        Some(bias) => bias.iter_mut().zip(&added).for_each(|(bias, added)| *bias += added),
        none => *none = Some(added),
    }
    Ok(Meaning::Value(value))
}

/// One number per channel (the first dimension of `shape`) from a constant that ONNX's broadcasting spreads over the batch
/// and over every channel's map.
fn per_channel(constant: &Constant, shape: &[usize]) -> Result<Vec<f64>, Problem> {
    let data = constant.as_floats().ok_or("its constant must be floating-point numbers")?;
    let channels = shape.first().copied().unwrap_or(1);
    // Broadcasting aligns at the end: the channels come before the dimensions of a map.
    let position = constant.shape.len().checked_sub(shape.len());
    if constant.shape.len() > shape.len() + 1 {
        return Err(format!("its constant has the shape {:?}, with more dimensions than the value", constant.shape));
    }
    let ones = constant.shape.iter().enumerate().all(|(i, &dim)| dim == 1 || Some(i) == position);
    match data {
        [single] => Ok(vec![*single; channels]),
        _ if ones && data.len() == channels => Ok(data.to_vec()),
        _ => Err(format!(
            "its constant has the shape {:?}, which is not one number for each of {channels} outputs",
            constant.shape
        )),
    }
}
