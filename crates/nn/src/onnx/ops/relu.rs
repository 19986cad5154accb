//! Relu.

use super::super::lower::{Meaning, NodeContext, Problem};
use crate::graph::FloatOp;

pub(super) fn relu(node: &mut NodeContext<'_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    let x = node.value(0)?;
    let shape = node.shape(x).to_vec();
    node.push(FloatOp::Relu, vec![x], shape)
}
