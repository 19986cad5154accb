//! Pooling: MaxPool, AveragePool, their global forms, and ReduceMean over a map.

use super::super::node::{Meaning, NodeContext, Problem};
use super::window::{ATTRIBUTES, Sliding, kernel_shape, sliding, spatial};
use crate::graph::FloatOp;
use crate::{ValueId, Window};

pub(super) fn max_pool(node: &mut NodeContext<'_>) -> Result<Meaning, Problem> {
    // Without the output Indices the storage order means nothing.
    node.only_attributes(&[&ATTRIBUTES[..], &["ceil_mode", "storage_order"]].concat())?;
    let (x, sliding) = pool(node)?;
    let Window { kernel, pads, .. } = sliding.window;
    if (0..4).any(|side| pads[side] >= kernel[side % 2]) {
        return Err(format!(
            "its padding {pads:?} is not smaller than its kernel {kernel:?}, so that a window is empty"
        ));
    }
    let channels = node.shape(x)[0];
    let shape = sliding.shape(channels, channels, channels)?;
    node.push(FloatOp::MaxPool(sliding.window), vec![x], shape)
}

pub(super) fn average_pool(node: &mut NodeContext<'_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[&ATTRIBUTES[..], &["ceil_mode", "count_include_pad"]].concat())?;
    let (x, mut sliding) = pool(node)?;
    if sliding.full {
        sliding.window.pads = [0; 4];
    } else if node.int("count_include_pad", 0) == 0 {
        return Err(
            "it leaves padding out of its averages, which is not supported; use count_include_pad, or no padding"
                .into(),
        );
    }
    let channels = node.shape(x)[0];
    let shape = sliding.shape(channels, channels, channels)?;
    let x = sliding.padded(node, x)?;
    node.push(FloatOp::AveragePool(sliding.window), vec![x], shape)
}

fn pool(node: &NodeContext<'_>) -> Result<(ValueId, Sliding), Problem> {
    let x = node.value(0)?;
    let sliding = sliding(node, node.shape(x), &kernel_shape(node)?, node.int("ceil_mode", 0) != 0)?;
    Ok((x, sliding))
}

pub(super) fn global_average_pool(node: &mut NodeContext<'_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    let x = node.value(0)?;
    let all = vec![true; spatial(node.shape(x))?.len()];
    over(node, x, &all, FloatOp::AveragePool)
}

pub(super) fn global_max_pool(node: &mut NodeContext<'_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    let x = node.value(0)?;
    let all = vec![true; spatial(node.shape(x))?.len()];
    over(node, x, &all, FloatOp::MaxPool)
}

/// A pool whose window spans the chosen spatial dimensions.
fn over(
    node: &mut NodeContext<'_>,
    x: ValueId,
    chosen: &[bool],
    op: fn(Window) -> FloatOp,
) -> Result<Meaning, Problem> {
    let shape = node.shape(x).to_vec();
    let spans = |i: usize| if chosen[i] { shape[i + 1] } else { 1 };
    let kernel = if chosen.len() == 1 { [1, spans(0)] } else { [spans(0), spans(1)] };
    let mut to = shape.clone();
    (0..chosen.len()).filter(|&i| chosen[i]).for_each(|i| to[i + 1] = 1);
    node.push(op(Window { kernel, stride: [1, 1], pads: [0; 4] }), vec![x], to)
}

/// Over height, width or both. The axes are an attribute up to opset 17, and an input from there on.
pub(super) fn reduce_mean(node: &mut NodeContext<'_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["axes", "keepdims", "noop_with_empty_axes"])?;
    let x = node.value(0)?;
    let axes = if node.has_input(1) { node.axes(1)? } else { node.ints("axes").unwrap_or_default().to_vec() };
    let mut chosen = vec![false; spatial(node.shape(x))?.len()];
    for &axis in &axes {
        match chosen.get_mut(node.axis(x, axis)?.wrapping_sub(2)) {
            Some(chosen) => *chosen = true,
            None => return Err(format!("its axis {axis} is not one of a map; only those can be averaged over")),
        }
    }
    if axes.is_empty() {
        return Err("it averages over all axes; only those of a map, after batch and channels, are supported".into());
    }
    let mean = over(node, x, &chosen, FloatOp::AveragePool)?;
    let Meaning::Value(id) = mean else { return Ok(mean) };
    if node.int("keepdims", 1) != 0 {
        return Ok(mean);
    }
    let kept = |i: usize| i == 0 || !chosen[i - 1];
    let shape = (0..=chosen.len()).filter(|&i| kept(i)).map(|i| node.shape(id)[i]).collect();
    node.push(FloatOp::Reshape, vec![id], shape)
}
