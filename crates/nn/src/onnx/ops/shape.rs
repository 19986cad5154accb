//! Operators that move or rename values without computing: Constant, Dropout, Flatten, Identity, Reshape,
//! Squeeze, Transpose, Unsqueeze.

use super::super::constant::Constant;
use super::super::node::{Meaning, NodeContext, Problem};
use super::super::printable::printable;
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
        other => return Err(format!("its attribute '{}' is not supported", printable(other))),
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
    let copies = node.int("allowzero", 0) == 0;
    let shape = resolve(node.shape(x), dims, copies)
        .ok_or_else(|| format!("the shape {:?} cannot become {target:?}", node.shape(x)))?;
    reshaped(node, x, shape)
}

/// `dims` with −1 standing for what is left over and, where `copies`, 0 for the dimension at that place; `None` when the
/// number of elements differs.
fn resolve(from: &[usize], dims: &[i64], copies: bool) -> Option<Vec<usize>> {
    let count = element_count(from)?;
    let size = |(i, &dim): (usize, &i64)| match dim {
        -1 => Some(None),
        0 if copies => from.get(i).map(|&dim| Some(dim)),
        dim => usize::try_from(dim).ok().map(Some),
    };
    let dims: Vec<Option<usize>> = dims.iter().enumerate().map(size).collect::<Option<_>>()?;
    let known: Vec<usize> = dims.iter().flatten().copied().collect();
    let product = element_count(&known).filter(|&product| product > 0)?;
    let rest = count / product;
    let open = dims.len() - known.len();
    if rest * product != count || open > 1 || (open == 0 && rest != 1) {
        return None;
    }
    Some(dims.into_iter().map(|dim| dim.unwrap_or(rest)).collect())
}

fn reshaped(node: &mut NodeContext<'_>, x: ValueId, shape: Vec<usize>) -> Result<Meaning, Problem> {
    if shape == node.shape(x) {
        return Ok(Meaning::Value(x));
    }
    node.push(FloatOp::Reshape, vec![x], shape)
}

pub(super) fn squeeze(node: &mut NodeContext<'_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    let x = node.value(0)?;
    if !node.has_input(1) {
        return Err("its axes are missing; without them it would drop the batch".into());
    }
    let axes = node.axes(1)?.iter().map(|&axis| node.axis(x, axis)).collect::<Result<Vec<_>, _>>()?;
    let shape = node.shape(x);
    if let Some(axis) = axes.iter().find(|&&axis| axis == 0 || shape[axis - 1] != 1) {
        return Err(format!("axis {axis} is the batch or has more than one element"));
    }
    let kept = (0..shape.len()).filter(|i| !axes.contains(&(i + 1))).map(|i| shape[i]).collect();
    reshaped(node, x, kept)
}

pub(super) fn unsqueeze(node: &mut NodeContext<'_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    let x = node.value(0)?;
    let axes = node.axes(1)?;
    let mut dims = node.shape(x).iter();
    let rank = (dims.len() + 1).saturating_add(axes.len());
    // As many dimensions as a program's value may have, with the batch.
    if rank > 9 {
        return Err(format!("its output would have {rank} dimensions"));
    }
    let from_start = |&axis: &i64| if axis < 0 { axis.saturating_add(rank as i64) } else { axis };
    let axes: Vec<i64> = axes.iter().map(from_start).collect();
    let twice = |axis: &i64| axes.iter().filter(|&other| other == axis).count() > 1;
    if let Some(axis) = axes.iter().find(|axis| !(1..rank as i64).contains(*axis) || twice(axis)) {
        return Err(format!("its axis {axis} is the batch, is given twice or is not one of {rank}"));
    }
    let shape = (1..rank as i64).map(|axis| if axes.contains(&axis) { 1 } else { dims.next().copied().unwrap_or(1) });
    let shape = shape.collect();
    reshaped(node, x, shape)
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
