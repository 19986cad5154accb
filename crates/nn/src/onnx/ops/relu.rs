//! Relu, and Clip at 0 and an upper bound, such as Relu6.

use super::super::node::{Meaning, NodeContext, Problem};
use crate::graph::FloatOp;

pub(super) fn relu(node: &mut NodeContext<'_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    elementwise(node, FloatOp::Relu)
}

pub(super) fn clip(node: &mut NodeContext<'_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    // Exporters write the largest number on the far side for a bound that is none.
    let bound = |index: usize, none: fn(f64) -> bool| -> Result<Option<f64>, Problem> {
        if !node.has_input(index) {
            return Ok(None);
        }
        let constant = node.constant(index)?;
        match constant.as_floats() {
            Some([value]) if none(*value) => Ok(None),
            Some([value]) => Ok(Some(*value)),
            _ => Err(format!("its input {index} must be a floating-point number")),
        }
    };
    match (bound(1, |v| v <= f32::MIN.into())?, bound(2, |v| v >= f32::MAX.into())?) {
        (Some(0.0), None) => elementwise(node, FloatOp::Relu),
        (Some(0.0), Some(max)) if max > 0.0 => elementwise(node, FloatOp::Clip { max }),
        (None, None) => node.value(0).map(Meaning::Value),
        (min, max) => {
            let show = |bound: Option<f64>| bound.map_or("none".to_owned(), |v| v.to_string());
            let (min, max) = (show(min), show(max));
            Err(format!(
                "it clips between {min} and {max}; supported are 0 and a positive maximum or none (Relu6, Relu)"
            ))
        }
    }
}

fn elementwise(node: &mut NodeContext<'_>, op: FloatOp) -> Result<Meaning, Problem> {
    let x = node.value(0)?;
    let shape = node.shape(x).to_vec();
    node.push(op, vec![x], shape)
}
