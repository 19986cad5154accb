//! Operators that move or rename values without computing: Constant, Dropout, Flatten, Identity, Reshape, Transpose.

use super::super::constant::Constant;
use super::super::lower::{Meaning, NodeContext, Problem};
use crate::ValueId;
use crate::graph::FloatOp;
use crate::tensor::element_count;

pub(super) fn constant(node: &mut NodeContext<'_>) -> Result<Meaning, Problem> {
    let [attribute] = &node.proto.attribute[..] else { return Err("it must have exactly one attribute".into()) };
    let constant = match attribute.name.as_str() {
        "value" => {
            let tensor = attribute.t.as_ref().ok_or("its tensor is missing")?;
            Constant::read(tensor).map_err(|e| e.to_string())?
        }
        "value_float" => Constant { shape: vec![], ..Constant::floats(&[attribute.f]) },
        "value_floats" => Constant::floats(&attribute.floats),
        "value_int" => Constant { shape: vec![], ..Constant::ints(&[attribute.i]) },
        "value_ints" => Constant::ints(&attribute.ints),
        other => return Err(format!("its attribute '{}' is not supported", super::super::lower::printable(other))),
    };
    if constant.as_floats().is_some_and(|data| data.iter().any(|v| !v.is_finite())) {
        return Err("it contains a value that is not a finite number".into());
    }
    Ok(Meaning::Constant(constant))
}

/// At inference a Dropout passes its input on.
pub(super) fn dropout(node: &mut NodeContext<'_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["seed"])?;
    if node.has_input(2) {
        return Err("its training mode is not supported: export the model in eval mode".into());
    }
    node.input(0)
}

pub(super) fn identity(node: &mut NodeContext<'_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    node.input(0)
}

pub(super) fn flatten(node: &mut NodeContext<'_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["axis"])?;
    let x = node.value(0)?;
    let axis = node.int("axis", 1);
    if node.axis(x, axis)? != 1 {
        return Err(format!("its axis {axis} does not keep the batch apart"));
    }
    let count = node.shape(x).iter().product();
    reshaped(node, x, vec![count])
}

pub(super) fn reshape(node: &mut NodeContext<'_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["allowzero"])?;
    let x = node.value(0)?;
    let target = node.constant(1)?;
    let target = target.as_ints().ok_or("its shape must be integers")?;
    let [batch, dims @ ..] = target else { return Err("its shape is empty".into()) };
    let empty = *batch == 0 && node.int("allowzero", 0) != 0;
    if empty || !matches!(batch, -1..=1) || (*batch == -1 && dims.contains(&-1)) {
        return Err(format!("its shape {target:?} does not keep the batch apart"));
    }
    let shape = resolve(node.shape(x), dims)
        .ok_or_else(|| format!("the shape {:?} cannot become {target:?}", node.shape(x)))?;
    reshaped(node, x, shape)
}

/// `dims` with −1 standing for what is left over, or `None` when the number of elements differs. Zeros, which copy a
/// dimension or ask for an empty tensor, are accepted for the batch only.
fn resolve(from: &[usize], dims: &[i64]) -> Option<Vec<usize>> {
    let count = element_count(from)?;
    let known: Vec<usize> =
        dims.iter().filter(|&&d| d != -1).map(|&d| usize::try_from(d).ok()).collect::<Option<_>>()?;
    let product = element_count(&known).filter(|&product| product > 0)?;
    let rest = count / product;
    let open = dims.len() - known.len();
    if rest * product != count || open > 1 || (open == 0 && rest != 1) {
        return None;
    }
    dims.iter().map(|&d| if d == -1 { Some(rest) } else { usize::try_from(d).ok() }).collect()
}

fn reshaped(node: &mut NodeContext<'_>, x: ValueId, shape: Vec<usize>) -> Result<Meaning, Problem> {
    if shape == node.shape(x) {
        return Ok(Meaning::Value(x));
    }
    node.push(FloatOp::Reshape, vec![x], shape)
}

/// Of a stored matrix only, as exporters leave it before a MatMul.
pub(super) fn transpose(node: &mut NodeContext<'_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["perm"])?;
    let matrix = node.constant(0).map_err(|_| "only stored weights can be transposed".to_owned())?;
    match node.attribute("perm").map(|a| &a.ints[..]) {
        None | Some([1, 0]) => {}
        Some(other) => return Err(format!("the permutation {other:?} of a matrix is not supported")),
    }
    matrix.transposed().map(Meaning::Constant).ok_or_else(|| "only a matrix can be transposed".into())
}
