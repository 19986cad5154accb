//! Means, sums and extremes over axes, as pools whose window is all of them.

use super::super::elements::transposed;
use super::super::error::Problem;
use super::super::meaning::Meaning;
use super::super::node::{NodeContext, axes_of};
use super::super::view::View;
use super::tail;
use crate::Window;
use crate::graph::FloatOp;

pub(super) fn mean(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    let (view, _) = reduced(node, FloatOp::AveragePool, 1.0)?;
    Ok(Meaning::Value(view))
}

pub(super) fn sum(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    if let Meaning::Dropped(scores) = node.input(0)?
        && let Some(total) = tail::total(&scores)
    {
        return Ok(total);
    }
    let (view, count) = reduced(node, FloatOp::AveragePool, 1.0)?;
    Ok(Meaning::Value(view.mapped(|_| (count as f64, 0.0))))
}

pub(super) fn max(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    let (view, _) = reduced(node, FloatOp::MaxPool, 1.0)?;
    Ok(Meaning::Value(view))
}

/// `−max(−x)`.
pub(super) fn min(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    let (view, _) = reduced(node, FloatOp::MaxPool, -1.0)?;
    Ok(Meaning::Value(view.mapped(|_| (-1.0, 0.0))))
}

/// A pool over the chosen axes of `sign·x`, and how many elements each result comes from. The axes are an attribute up to
/// opset 12 or 17, and an input from there on.
fn reduced(node: &mut NodeContext<'_, '_>, op: fn(Window) -> FloatOp, sign: f64) -> Result<(View, usize), Problem> {
    node.only_attributes(&["axes", "keepdims", "noop_with_empty_axes"])?;
    let axes = node.listed(1, "axes")?.unwrap_or_default();
    let view = node.settled(0)?.mapped(|_| (sign, 0.0));
    if axes.is_empty() && node.int("noop_with_empty_axes", 0) != 0 {
        return Ok((view, 1));
    }
    let rank = view.shape.len();
    let mut axes = axes_of(rank, &axes)?;
    if axes.is_empty() {
        axes = (0..rank).collect();
    }
    axes.sort_unstable();
    let keeps = node.int("keepdims", 1) != 0;
    let (kept, plane) = over(node, &view, &axes, op)?;
    let shape: Vec<usize> = if keeps {
        (0..rank).map(|axis| if axes.contains(&axis) { 1 } else { view.shape[axis] }).collect()
    } else {
        (0..rank).filter(|axis| !axes.contains(axis)).map(|axis| view.shape[axis]).collect()
    };
    Ok((kept.reshaped(shape), plane))
}

/// One result for each place of the other axes, and the number of elements under each.
pub(super) fn over(
    node: &mut NodeContext<'_, '_>,
    view: &View,
    axes: &[usize],
    op: fn(Window) -> FloatOp,
) -> Result<(View, usize), Problem> {
    let rest: Vec<usize> = (0..view.shape.len()).filter(|axis| !axes.contains(axis)).collect();
    let order = [&rest[..], axes].concat();
    let shape: Vec<usize> = order.iter().map(|&axis| view.shape[axis]).collect();
    let last = view.picked(shape.clone(), &transposed(&view.shape, &order));
    let kept: usize = shape[..rest.len()].iter().product();
    if shape[rest.len()..].iter().all(|&n| n == 1) {
        return Ok((last.reshaped(vec![kept]), 1));
    }
    // Two axes are a map's rows and columns, more are as good as one.
    let sides: Vec<usize> = shape[rest.len()..].iter().copied().filter(|&n| n != 1).collect();
    let [height, width] = match sides[..] {
        [height, width] => [height, width],
        _ => [1, sides.iter().product()],
    };
    let own = if height == 1 { vec![kept, width] } else { vec![kept, height, width] };
    let id = node.state.plain(&last, &own)?;
    let window = Window { kernel: [height, width], stride: [1, 1], pads: [0; 4] };
    let to = if height == 1 { vec![kept, 1] } else { vec![kept, 1, 1] };
    let id = node.state.push(op(window), vec![id], to)?;
    Ok((View::whole(id, vec![kept]), height * width))
}
