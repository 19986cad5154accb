//! Operators that rename values, or give them another shape or type: Cast, Dropout, Flatten, Identity, Reshape, Shape, Size,
//! Squeeze, Unsqueeze.

use super::super::constant::{Constant, Data};
use super::super::error::Problem;
use super::super::meaning::Meaning;
use super::super::node::{NodeContext, axes_of};
use super::super::proto::data_type;
use crate::tensor::element_count;

/// As many dimensions as a program's value may have, with the batch.
const MAX_RANK: usize = 9;

/// At inference a Dropout passes its input on, whatever its mode was when it was exported.
pub(super) fn dropout(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["seed", "ratio", "is_test"])?;
    if node.has_input(2) && node.number(2)? != Some(0.0) {
        node.note("a Dropout in training mode is left out: at inference nothing is dropped");
    }
    node.input(0)
}

pub(super) fn identity(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    node.input(0)
}

/// Between types of floating-point numbers nothing changes: a program has its own.
pub(super) fn cast(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["to", "saturate", "round_mode"])?;
    let to = node.attribute("to").map(|a| a.i).and_then(|to| i32::try_from(to).ok());
    let float = matches!(to, Some(data_type::FLOAT | data_type::DOUBLE | data_type::FLOAT16 | data_type::BFLOAT16));
    let like = node.proto.op_type == "CastLike";
    match node.input(0)? {
        Meaning::Constant(constant) if !like => {
            let data = match (&constant.data, to) {
                (_, None) => return Err("its attribute to is missing".into()),
                (_, _) if float => Data::Float(constant.to_floats()),
                (Data::Float(data), Some(data_type::BOOL)) => {
                    Data::Int(data.iter().map(|&v| i64::from(v != 0.0)).collect())
                }
                (Data::Int(data), Some(data_type::BOOL)) => {
                    Data::Int(data.iter().map(|&v| i64::from(v != 0)).collect())
                }
                (Data::Float(data), _) => Data::Int(data.iter().map(|&v| v as i64).collect()),
                (Data::Int(data), _) => Data::Int(data.clone()),
            };
            Ok(Constant { shape: constant.shape.clone(), data }.into())
        }
        Meaning::Value(_) if !float && !like => {
            Err("it turns computed numbers into integers, which rounds; only between floating-point types".into())
        }
        // What is behind a dropped operator may have any type.
        other => Ok(other),
    }
}

pub(super) fn flatten(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["axis"])?;
    let input = node.input(0)?;
    let (shape, axis) = (input.shape(), node.int("axis", 1));
    let rank = shape.len() as i64;
    let from_start = if axis < 0 { axis.saturating_add(rank) } else { axis };
    let at = usize::try_from(from_start).ok().filter(|&at| at <= shape.len());
    let at = at.ok_or_else(|| format!("its axis {axis} is not one of {rank}"))?;
    let (before, after) = (shape[..at].iter().product(), shape[at..].iter().product());
    Ok(input.reshaped(vec![before, after]))
}

pub(super) fn reshape(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["allowzero"])?;
    let target = node.integers(1, "shape")?;
    let input = node.input(0)?;
    let copies = node.int("allowzero", 0) == 0;
    let shape = resolve(input.shape(), &target, copies)
        .ok_or_else(|| format!("the shape {:?} cannot become {target:?}", input.shape()))?;
    checked_rank(shape.len())?;
    Ok(input.reshaped(shape))
}

fn checked_rank(rank: usize) -> Result<(), Problem> {
    if rank > MAX_RANK { Err(format!("its output would have {rank} dimensions")) } else { Ok(()) }
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
    let (product, open) = (element_count(&known)?, dims.len() - known.len());
    let rest = count.checked_div(product).unwrap_or(0);
    if rest * product != count || open > 1 || (open == 0 && product != count) {
        return None;
    }
    Some(dims.into_iter().map(|dim| dim.unwrap_or(rest)).collect())
}

/// The axes are an attribute up to opset 12, and an input from there on; without them, all of extent 1.
pub(super) fn squeeze(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["axes"])?;
    let axes = node.listed(1, "axes")?;
    let input = node.input(0)?;
    let shape = input.shape();
    let axes = match axes {
        Some(axes) => axes_of(shape.len(), &axes)?,
        None => (0..shape.len()).filter(|&axis| shape[axis] == 1).collect(),
    };
    if let Some(axis) = axes.iter().find(|&&axis| shape[axis] != 1) {
        return Err(format!("axis {axis} of the shape {shape:?} has more than one element"));
    }
    let kept = (0..shape.len()).filter(|axis| !axes.contains(axis)).map(|axis| shape[axis]).collect();
    Ok(input.reshaped(kept))
}

pub(super) fn unsqueeze(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["axes"])?;
    let axes = node.listed(1, "axes")?.ok_or("its axes are missing")?;
    let input = node.input(0)?;
    let rank = input.shape().len().saturating_add(axes.len());
    checked_rank(rank)?;
    let axes = axes_of(rank, &axes)?;
    let mut dims = input.shape().iter();
    let shape = (0..rank).map(|axis| if axes.contains(&axis) { 1 } else { dims.next().copied().unwrap_or(1) });
    let shape = shape.collect();
    Ok(input.reshaped(shape))
}

/// With a batch of 1.
pub(super) fn shape(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["start", "end"])?;
    let input = node.input(0)?;
    let shape: Vec<i64> = input.shape().iter().map(|&dim| dim as i64).collect();
    let rank = shape.len() as i64;
    let bound = |axis: i64| (if axis < 0 { axis.saturating_add(rank) } else { axis }).clamp(0, rank) as usize;
    let (start, end) = (bound(node.int("start", 0)), bound(node.int("end", rank)));
    Ok(Constant::ints(shape[start..end.max(start)].to_vec()).into())
}

pub(super) fn size(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    let count = node.input(0)?.shape().iter().product::<usize>();
    Ok(Constant::ints(vec![count as i64]).scalar().into())
}
