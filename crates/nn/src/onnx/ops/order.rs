//! Operators that put elements in another order, leave some out or repeat them: of constants at once, of values as views.

use super::super::elements::{chosen, spread, strides, transposed};
use super::super::error::Problem;
use super::super::meaning::{Head, Meaning, Scores};
use super::super::node::{NodeContext, axes_of, axis_of};

/// The elements of what input 0 stands for, by their indices.
fn picked(
    node: &mut NodeContext<'_, '_>,
    shape: Vec<usize>,
    indices: impl FnOnce(&[usize]) -> Vec<usize>,
) -> Result<Meaning, Problem> {
    let input = node.input(0)?;
    node.state.room(&shape)?;
    Ok(match &input {
        Meaning::Constant(constant) => constant.picked(shape, &indices(&constant.shape)).into(),
        // A sigmoid is of each element by itself.
        Meaning::Dropped(scores) if scores.head == Head::Sigmoid => {
            let view = scores.view.picked(shape, &indices(&scores.view.shape));
            Meaning::Dropped(Scores { view, ..scores.clone() })
        }
        Meaning::Dropped(_) => return node.value(0).map(Meaning::Value),
        Meaning::Value(view) => Meaning::Value(view.picked(shape, &indices(&view.shape))),
    })
}

/// Elements at chosen places of each axis.
fn at_places(node: &mut NodeContext<'_, '_>, shape: Vec<usize>, places: &[Vec<usize>]) -> Result<Meaning, Problem> {
    picked(node, shape, |from| chosen(from, places))
}

fn all_places(shape: &[usize]) -> Vec<Vec<usize>> {
    shape.iter().map(|&dim| (0..dim).collect()).collect()
}

pub(super) fn transpose(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["perm"])?;
    let shape = node.input(0)?.shape().to_vec();
    let axes = match node.ints("perm") {
        None => (0..shape.len()).rev().collect(),
        Some(perm) => axes_of(shape.len(), perm)?,
    };
    if axes.len() != shape.len() {
        return Err(format!("its permutation {axes:?} is not one of {} axes", shape.len()));
    }
    let to = axes.iter().map(|&axis| shape[axis]).collect();
    picked(node, to, |from| transposed(from, &axes))
}

/// Starts, ends, axes and steps are attributes up to opset 9, and inputs from there on.
pub(super) fn slice(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["starts", "ends", "axes"])?;
    let shape = node.input(0)?.shape().to_vec();
    let starts = node.listed(1, "starts")?.ok_or("its starts are missing")?;
    let ends = node.listed(2, "ends")?.ok_or("its ends are missing")?;
    let axes = node.listed(3, "axes")?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = if node.has_input(4) { node.integers(4, "steps")? } else { vec![1; starts.len()] };
    let axes = axes_of(shape.len(), &axes)?;
    if [ends.len(), axes.len(), steps.len()] != [starts.len(); 3] {
        return Err("its starts, ends, axes and steps are not equally many".into());
    }
    let mut places = all_places(&shape);
    for (k, &axis) in axes.iter().enumerate() {
        places[axis] = range(shape[axis], starts[k], ends[k], steps[k])?;
    }
    let to: Vec<usize> = places.iter().map(Vec::len).collect();
    at_places(node, to, &places)
}

/// The places from `start` to before `end`, counted and bounded as ONNX does.
fn range(len: usize, start: i64, end: i64, step: i64) -> Result<Vec<usize>, Problem> {
    let n = i64::try_from(len).map_err(|_| "its input is too long")?;
    let from_start = |v: i64| if v < 0 { v.saturating_add(n) } else { v };
    let (start, end) = (from_start(start), from_start(end));
    let (first, last) = match step {
        1.. => (start.clamp(0, n), end.clamp(0, n)),
        0 => return Err("its step is 0".into()),
        _ => (start.clamp(0, n - 1), end.clamp(-1, n - 1)),
    };
    let mut places = Vec::new();
    let mut at = first;
    while (step > 0 && at < last) || (step < 0 && at > last && n > 0) {
        places.push(at as usize);
        at = at.saturating_add(step);
    }
    Ok(places)
}

/// By stored indices of any shape, which take the place of the axis.
pub(super) fn gather(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["axis"])?;
    let shape = node.input(0)?.shape().to_vec();
    let axis = axis_of(shape.len(), node.int("axis", 0))?;
    let indices = node
        .constant(1)
        .map_err(|_| "its indices depend on the input, as those of an embedding do: only stored ones are supported")?;
    let listed = indices.as_ints().ok_or("its indices must be integers")?;
    let mut places = all_places(&shape);
    places[axis] = listed.iter().map(|&index| axis_of(shape[axis], index)).collect::<Result<_, _>>()?;
    let to = [&shape[..axis], &indices.shape[..], &shape[axis + 1..]].concat();
    at_places(node, to, &places)
}

/// By stored tuples of indices into the first axes.
pub(super) fn gather_nd(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["batch_dims"])?;
    if node.int("batch_dims", 0) != 0 {
        return Err("its batch_dims are not supported".into());
    }
    let shape = node.input(0)?.shape().to_vec();
    let indices = node.constant(1).map_err(|_| "its indices depend on the input: only stored ones are supported")?;
    let listed = indices.as_ints().ok_or("its indices must be integers")?;
    let Some((&depth, outer)) = indices.shape.split_last().filter(|(depth, _)| (1..=shape.len()).contains(*depth))
    else {
        return Err(format!("its indices have the shape {:?}, and its input {shape:?}", indices.shape));
    };
    let inner: usize = shape[depth..].iter().product();
    let steps = strides(&shape);
    let mut order = Vec::new();
    let to = [outer, &shape[depth..]].concat();
    node.state.room(&to)?;
    for tuple in listed.chunks_exact(depth) {
        let mut start = 0;
        for (axis, &index) in tuple.iter().enumerate() {
            start += axis_of(shape[axis], index)? * steps[axis];
        }
        order.extend(start..start + inner);
    }
    picked(node, to, |_| order)
}

/// Sizes are an attribute up to opset 12, and an input from there on; without them the parts are equal.
pub(super) fn split(node: &mut NodeContext<'_, '_>) -> Result<Vec<Meaning>, Problem> {
    node.only_attributes(&["axis", "split", "num_outputs"])?;
    let shape = node.input(0)?.shape().to_vec();
    let axis = axis_of(shape.len(), node.int("axis", 0))?;
    let outputs = node.proto.output.len().max(1);
    let sizes = match node.listed(1, "split")? {
        None => {
            let each = shape[axis].div_ceil(outputs);
            (0..outputs).map(|k| each.min(shape[axis].saturating_sub(k * each))).collect()
        }
        Some(sizes) => sizes.iter().filter_map(|&size| usize::try_from(size).ok()).collect::<Vec<_>>(),
    };
    if sizes.len() != outputs || sizes.iter().fold(0usize, |sum, &size| sum.saturating_add(size)) != shape[axis] {
        return Err(format!("its parts {sizes:?} are not {outputs} of {} elements", shape[axis]));
    }
    let mut start = 0;
    let mut parts = Vec::with_capacity(outputs);
    for size in sizes {
        let mut places = all_places(&shape);
        places[axis] = (start..start + size).collect();
        let mut to = shape.clone();
        to[axis] = size;
        parts.push(at_places(node, to, &places)?);
        start += size;
    }
    Ok(parts)
}

pub(super) fn expand(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    let shape = node.input(0)?.shape().to_vec();
    let asked = node.integers(1, "shape")?;
    let asked: Option<Vec<usize>> = asked.iter().map(|&dim| usize::try_from(dim).ok()).collect();
    let to = super::super::elements::broadcast(&shape, &asked.ok_or("its shape is not one")?)?;
    picked(node, to.clone(), |from| spread(from, &to))
}
