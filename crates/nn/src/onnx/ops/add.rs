//! Add: of two values (a residual connection) or of a constant to a linear layer (its bias).

use super::super::constant::Constant;
use super::super::lower::{Meaning, NodeContext, Problem};
use super::linear::broadcast_bias;
use crate::graph::FloatOp;

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
    let outputs = node.shape(value).iter().product();
    let added = broadcast_bias(constant, outputs)?;
    let Some(FloatOp::Linear(linear)) = node.producer(index) else {
        return Err("a constant can only be added right after a MatMul or Gemm whose result nothing else reads".into());
    };
    match &mut linear.bias {
        Some(bias) => bias.iter_mut().zip(&added).for_each(|(bias, added)| *bias += added),
        none => *none = Some(added),
    }
    Ok(Meaning::Value(value))
}
