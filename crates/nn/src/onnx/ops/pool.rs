//! Pooling: MaxPool, AveragePool and their global forms.

use super::super::error::Problem;
use super::super::meaning::Meaning;
use super::super::node::NodeContext;
use super::super::view::View;
use super::reduce::over;
use super::window::{ATTRIBUTES, Sliding, kernel_shape, sliding, spatial};
use crate::Window;
use crate::graph::FloatOp;

pub(super) fn max_pool(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    // Without the output Indices the storage order means nothing.
    node.only_attributes(&[&ATTRIBUTES[..], &["ceil_mode", "storage_order"]].concat())?;
    let (x, sliding) = pool(node)?;
    let Window { kernel, pads, .. } = sliding.window;
    if (0..4).any(|side| pads[side] >= kernel[side % 2]) {
        return Err(format!(
            "its padding {pads:?} is not smaller than its kernel {kernel:?}, so that a window is empty"
        ));
    }
    let channels = node.state.separate(&x, &x.shape[1..], false)?;
    let shape = sliding.shape(channels.count, channels.count, channels.count)?;
    let id = node.state.push(FloatOp::MaxPool(sliding.window), vec![channels.id], shape)?;
    Ok(Meaning::Value(channels.of(id, 1, &sliding.output)))
}

/// Where windows hold different numbers of elements that count, their means have a factor each.
pub(super) fn average_pool(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[&ATTRIBUTES[..], &["ceil_mode", "count_include_pad"]].concat())?;
    let (x, mut sliding) = pool(node)?;
    let counts = sliding.counts(node.int("count_include_pad", 0) != 0);
    if sliding.full {
        sliding.window.pads = [0; 4];
    }
    let channels = node.state.separate(&x, &x.shape[1..], true)?;
    let shape = sliding.shape(channels.count, channels.count, channels.count)?;
    let id = sliding.padded(node, channels.id)?;
    let id = node.state.push(FloatOp::AveragePool(sliding.window), vec![id], shape)?;
    let mean = channels.of(id, 1, &sliding.output);
    let area = sliding.window.area();
    if counts.contains(&0) {
        return Err("one of its windows lies in the padding whole".into());
    }
    Ok(Meaning::Value(mean.mapped(|k| (area as f64 / counts[k % counts.len()] as f64, 0.0))))
}

fn pool(node: &mut NodeContext<'_, '_>) -> Result<(View, Sliding), Problem> {
    let x = node.value(0)?;
    node.state.arrange_input(&x, x.shape.get(1..).unwrap_or_default());
    let x = node.settled(0)?;
    let kernel = kernel_shape(node)?;
    let sliding = sliding(node, &x.shape, &kernel, node.int("ceil_mode", 0) != 0)?;
    if sliding.is_dilated {
        return Err("dilations of a pool are not supported; use dilation 1".into());
    }
    Ok((x, sliding))
}

pub(super) fn global_average_pool(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    global(node, FloatOp::AveragePool)
}

pub(super) fn global_max_pool(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    global(node, FloatOp::MaxPool)
}

fn global(node: &mut NodeContext<'_, '_>, op: fn(Window) -> FloatOp) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    let x = node.settled(0)?;
    spatial(&x.shape)?;
    let axes: Vec<usize> = (2..x.shape.len()).collect();
    let (pooled, _) = over(node, &x, &axes, op)?;
    let shape = x.shape.iter().enumerate().map(|(axis, &n)| if axis < 2 { n } else { 1 }).collect();
    Ok(Meaning::Value(pooled.reshaped(shape)))
}
