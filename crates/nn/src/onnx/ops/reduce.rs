//! Means, sums and extremes over axes: of constants at once, of values as pools whose window is all of them.

use super::super::constant::{Constant, Data};
use super::super::elements::transposed;
use super::super::error::Problem;
use super::super::meaning::Meaning;
use super::super::node::{NodeContext, axes_of};
use super::super::view::View;
use super::tail;
use crate::Window;
use crate::graph::FloatOp;

pub(super) fn mean(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    if let Some(known) = of_constant(node, |values| values.iter().sum::<f64>() / values.len() as f64)? {
        return Ok(known);
    }
    let (view, _) = reduced(node, FloatOp::AveragePool, 1.0)?;
    Ok(Meaning::Value(view))
}

pub(super) fn sum(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    if let Meaning::Dropped(scores) = node.input(0)?
        && let Some(total) = tail::total(&scores)
    {
        return Ok(total);
    }
    if let Some(known) = of_constant(node, |values| values.iter().sum())? {
        return Ok(known);
    }
    let (view, count) = reduced(node, FloatOp::AveragePool, 1.0)?;
    Ok(Meaning::Value(view.mapped(|_| (count as f64, 0.0))))
}

/// Of constants only.
pub(super) fn product(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    let known = of_constant(node, |values| values.iter().product())?;
    known.ok_or_else(|| "it multiplies computed values with each other".into())
}

pub(super) fn max(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    if let Some(known) = of_constant(node, |values| values.iter().copied().fold(f64::NEG_INFINITY, f64::max))? {
        return Ok(known);
    }
    let (view, _) = reduced(node, FloatOp::MaxPool, 1.0)?;
    Ok(Meaning::Value(view))
}

/// `−max(−x)`.
pub(super) fn min(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    if let Some(known) = of_constant(node, |values| values.iter().copied().fold(f64::INFINITY, f64::min))? {
        return Ok(known);
    }
    let (view, _) = reduced(node, FloatOp::MaxPool, -1.0)?;
    Ok(Meaning::Value(view.mapped(|_| (-1.0, 0.0))))
}

/// What is reduced, and to which shape.
struct Axes {
    /// Sorted; none where the input stays as it is.
    axes: Vec<usize>,
    to: Vec<usize>,
}

/// The axes are an attribute up to opset 12 or 17, and an input from there on.
fn axes(node: &mut NodeContext<'_, '_>, shape: &[usize]) -> Result<Axes, Problem> {
    node.only_attributes(&["axes", "keepdims", "noop_with_empty_axes"])?;
    let given = node.listed(1, "axes")?.unwrap_or_default();
    let rank = shape.len();
    let mut axes = axes_of(rank, &given)?;
    if axes.is_empty() && node.int("noop_with_empty_axes", 0) != 0 {
        return Ok(Axes { axes, to: shape.to_vec() });
    }
    if axes.is_empty() {
        axes = (0..rank).collect();
    }
    axes.sort_unstable();
    let kept = (0..rank).filter(|axis| !axes.contains(axis));
    let to = match node.int("keepdims", 1) {
        0 => kept.map(|axis| shape[axis]).collect(),
        _ => (0..rank).map(|axis| if axes.contains(&axis) { 1 } else { shape[axis] }).collect(),
    };
    Ok(Axes { axes, to })
}

/// A function of the elements under each result, when the input is a constant.
fn of_constant(node: &mut NodeContext<'_, '_>, f: impl Fn(&[f64]) -> f64) -> Result<Option<Meaning>, Problem> {
    let Meaning::Constant(x) = node.input(0)? else { return Ok(None) };
    let Axes { axes, to } = axes(node, &x.shape)?;
    let order = rest_first(x.shape.len(), &axes);
    let (values, places) = (x.to_floats(), transposed(&x.shape, &order));
    let each: usize = axes.iter().map(|&axis| x.shape[axis]).product();
    if each == 0 {
        return Err("it reduces no elements".into());
    }
    let under: Vec<f64> = places.into_iter().map(|place| values[place]).collect();
    let results = under.chunks_exact(each).map(f);
    let data = match x.data {
        Data::Int(_) => Data::Int(results.map(|v| v as i64).collect()),
        Data::Float(_) => Data::Float(results.collect()),
    };
    Ok(Some(Constant { shape: to, data }.into()))
}

fn rest_first(rank: usize, axes: &[usize]) -> Vec<usize> {
    (0..rank).filter(|axis| !axes.contains(axis)).chain(axes.iter().copied()).collect()
}

/// A pool over the chosen axes of `sign·x`, and how many elements each result comes from.
fn reduced(node: &mut NodeContext<'_, '_>, op: fn(Window) -> FloatOp, sign: f64) -> Result<(View, usize), Problem> {
    let view = node.settled_but_steps(0)?.mapped(|_| (sign, 0.0));
    let Axes { axes, to } = axes(node, &view.shape)?;
    if axes.is_empty() {
        return Ok((view, 1));
    }
    let (kept, plane) = over(node, &view, &axes, op)?;
    Ok((kept.reshaped(to), plane))
}

/// One result for each place of the other axes, and the number of elements under each.
pub(super) fn over(
    node: &mut NodeContext<'_, '_>,
    view: &View,
    axes: &[usize],
    op: fn(Window) -> FloatOp,
) -> Result<(View, usize), Problem> {
    let order = rest_first(view.shape.len(), axes);
    let rest = order.len() - axes.len();
    let shape: Vec<usize> = order.iter().map(|&axis| view.shape[axis]).collect();
    let last = view.picked(shape.clone(), &transposed(&view.shape, &order));
    let kept: usize = shape[..rest].iter().product();
    if shape[rest..].iter().all(|&n| n == 1) {
        return Ok((last.reshaped(vec![kept]), 1));
    }
    // Two axes are a map's rows and columns, more are as good as one.
    let sides: Vec<usize> = shape[rest..].iter().copied().filter(|&n| n != 1).collect();
    let [height, width] = match sides[..] {
        [height, width] => [height, width],
        _ => [1, sides.iter().product()],
    };
    let own = if height == 1 { vec![kept, width] } else { vec![kept, height, width] };
    node.state.arrange_input(&last, &own);
    let mut window = Window { kernel: [height, width], stride: [1, 1], pads: [0; 4] };
    let is_mean = matches!(op(window), FloatOp::AveragePool(_));
    let (last, (mut scale, shift)) = node.state.apart(&last, |scale, _| is_mean || scale > 0.0)?;
    if is_mean && node.state.steps(last.id).is_some() {
        // A mean of 2^k numbers needs no division, which would round: zeros make up for those that are missing.
        window.kernel = [height, width].map(usize::next_power_of_two);
        window.pads = [0, 0, window.kernel[0] - height, window.kernel[1] - width];
        scale *= window.area() as f64 / (height * width) as f64;
    }
    let op = op(window);
    // A mean costs little, also of a channel that nothing reads.
    let channels = node.state.separate(&last, &own, is_mean)?;
    let to = &[channels.count, 1, 1][..own.len()];
    let id = node.state.push(op, vec![channels.id], to.to_vec())?;
    let pooled = channels.of(id, 1, &to[1..]).reshaped(vec![kept]);
    Ok((pooled.mapped(|_| (scale, shift)), height * width))
}
