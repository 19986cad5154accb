//! Concat and Pad: operators that put elements next to each other.

use super::super::node::{Meaning, NodeContext, Problem};
use super::window::spatial;
use crate::graph::FloatOp;

/// The most values that one operation of a program reads.
const MAX_PARTS: usize = 256;

pub(super) fn concat(node: &mut NodeContext<'_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["axis"])?;
    let axis = node.attribute("axis").ok_or("its attribute axis is missing")?.i;
    if node.proto.input.len() > MAX_PARTS {
        return Err(format!("it puts {} values together; {MAX_PARTS} are the most", node.proto.input.len()));
    }
    let parts = (0..node.proto.input.len()).map(|index| node.value(index)).collect::<Result<Vec<_>, _>>()?;
    let first = *parts.first().ok_or("it has no inputs")?;
    let Some(index) = node.axis(first, axis)?.checked_sub(1) else {
        return Err(format!("its axis {axis} is the batch"));
    };
    let mut shape = node.shape(first).to_vec();
    for &part in &parts[1..] {
        let other = node.shape(part);
        let fits = other.len() == shape.len() && (0..shape.len()).all(|i| i == index || other[i] == shape[i]);
        if !fits {
            return Err(format!(
                "the shapes {:?} and {other:?} cannot be put together along axis {axis}",
                node.shape(first)
            ));
        }
        shape[index] = shape[index].saturating_add(other[index]);
    }
    node.push(FloatOp::Concat { axis: index }, parts, shape)
}

/// With zeros, around a map.
pub(super) fn pad(node: &mut NodeContext<'_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["mode"])?;
    if !matches!(node.string("mode"), None | Some(b"" | b"constant")) {
        return Err("only its mode 'constant' is supported; pad with zeros".into());
    }
    if node.has_input(2) && node.constant(2)?.as_floats().is_none_or(|value| value.iter().any(|&v| v != 0.0)) {
        return Err("it pads with a value other than zero, which is not supported".into());
    }
    let x = node.value(0)?;
    let pads = pads(node, x)?;
    if pads.iter().all(|&(before, after)| before == 0 && after == 0) {
        return Ok(Meaning::Value(x));
    }
    let mut shape = node.shape(x).to_vec();
    if spatial(&shape).is_err() || pads[..2].iter().any(|&pads| pads != (0, 0)) {
        return Err("it pads the batch, the channels or features; only maps can be padded".into());
    }
    shape
        .iter_mut()
        .zip(&pads[1..])
        .for_each(|(extent, (before, after))| *extent = extent.saturating_add(before + after));
    let sides = match pads[2..] {
        [x] => [0, x.0, 0, x.1],
        [y, x] => [y.0, x.0, y.1, x.1],
        _ => return Err("only maps of one or two dimensions can be padded".into()),
    };
    node.push(FloatOp::Pad(sides), vec![x], shape)
}

/// Zeros before and after each axis, the batch first. The axes that they belong to are an input from opset 18 on.
fn pads(node: &NodeContext<'_>, x: usize) -> Result<Vec<(usize, usize)>, Problem> {
    let given = node.constant(1)?;
    let given = given.as_ints().ok_or("its pads must be integers")?;
    let rank = node.shape(x).len() + 1;
    let axes = if node.has_input(3) { node.axes(3)? } else { (0..rank as i64).collect() };
    if given.len() != 2 * axes.len() {
        return Err(format!("its pads {given:?} are not two for each of {} axes", axes.len()));
    }
    let size = |value: i64| {
        let size = usize::try_from(value).ok().filter(|&size| size <= 1 << 26);
        size.ok_or_else(|| format!("its pads {given:?} are not all 0 to {}; cutting off is not supported", 1 << 26))
    };
    let mut pads = vec![(0, 0); rank];
    for (i, &axis) in axes.iter().enumerate() {
        pads[node.axis(x, axis)?] = (size(given[i])?, size(given[i + axes.len()])?);
    }
    Ok(pads)
}
