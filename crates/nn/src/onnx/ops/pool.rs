//! Pooling: MaxPool, AveragePool and their global forms.

use super::super::error::Problem;
use super::super::meaning::Meaning;
use super::super::node::NodeContext;
use super::super::view::View;
use super::reduce::over;
use super::window::{ATTRIBUTES, Sliding, kernel_shape, sliding, spatial};
use crate::Window;
use crate::graph::{Conv, FloatOp};

/// Attributes of an average pool.
pub(super) const POOL: [&str; 7] =
    ["auto_pad", "ceil_mode", "count_include_pad", "dilations", "kernel_shape", "pads", "strides"];

pub(super) fn max_pool(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    // Without the output Indices the storage order means nothing.
    node.only_attributes(&[&ATTRIBUTES[..], &["ceil_mode", "storage_order"]].concat())?;
    let x = read(node)?;
    let sliding = pool(node, &x)?;
    let Window { kernel, pads, .. } = sliding.window;
    if (0..4).any(|side| pads[side] >= kernel[side % 2]) {
        return Err(format!(
            "its padding {pads:?} is not smaller than its kernel {kernel:?}, so that a window is empty"
        ));
    }
    let (x, (scale, shift)) = node.state.apart(&x, |scale, _| scale > 0.0)?;
    let channels = node.state.separate(&x, &x.shape[1..], false)?;
    let shape = sliding.shape(channels.count, channels.count, channels.count)?;
    let id = node.state.push(FloatOp::MaxPool(sliding.window), vec![channels.id], shape)?;
    Ok(Meaning::Value(channels.of(id, 1, &sliding.output).mapped(|_| (scale, shift)).without_rounding()))
}

pub(super) fn average_pool(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&POOL)?;
    let x = read(node)?;
    averaged(node, &x).map(Meaning::Value)
}

/// The means of a value's windows. Where these hold different numbers of elements that count, each has a factor of its own.
pub(super) fn averaged(node: &mut NodeContext<'_, '_>, x: &View) -> Result<View, Problem> {
    let mut sliding = pool(node, x)?;
    let counts = sliding.counts(node.int("count_include_pad", 0) != 0);
    if sliding.full {
        sliding.window.pads = [0; 4];
    }
    let zeros_count = node.int("count_include_pad", 0) != 0 && !sliding.full;
    let (x, (scale, shift)) = node.state.apart(x, |_, shift| shift == 0.0 || !zeros_count)?;
    let area = sliding.window.area();
    let whole = node.state.steps(x.id).is_some() && !area.is_power_of_two();
    let channels = node.state.separate(&x, &x.shape[1..], true)?;
    let shape = sliding.shape(channels.count, channels.count, channels.count)?;
    let id = sliding.padded(node, channels.id)?;
    // Sums of whole numbers are exact, and their quotients are not.
    let op = if whole { summed(channels.count, sliding.window) } else { FloatOp::AveragePool(sliding.window) };
    let id = node.state.push(op, vec![id], shape)?;
    let mean = channels.of(id, 1, &sliding.output);
    let area = if whole { 1 } else { area };
    if counts.contains(&0) {
        return Err("one of its windows lies in the padding whole".into());
    }
    let factor = |k: usize| area as f64 / counts[k % counts.len()] as f64;
    Ok(mean.mapped(|k| (factor(k) * scale, shift)))
}

/// The sums of windows, as a convolution with ones.
fn summed(channels: usize, window: Window) -> FloatOp {
    let weight = vec![1.0; channels * window.area()];
    FloatOp::Conv(Conv { outputs: channels, inputs: 1, groups: channels, window, weight, bias: None })
}

fn read(node: &mut NodeContext<'_, '_>) -> Result<View, Problem> {
    let x = node.value(0)?;
    node.state.arrange_input(&x, x.shape.get(1..).unwrap_or_default());
    node.settled_but_steps(0)
}

fn pool(node: &NodeContext<'_, '_>, x: &View) -> Result<Sliding, Problem> {
    let kernel = kernel_shape(node)?;
    let sliding = sliding(node, &x.shape, &kernel, node.int("ceil_mode", 0) != 0)?;
    if sliding.is_dilated {
        return Err("dilations of a pool are not supported; use dilation 1".into());
    }
    Ok(sliding)
}

pub(super) fn global_average_pool(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    global(node, FloatOp::AveragePool)
}

pub(super) fn global_max_pool(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    global(node, FloatOp::MaxPool)
}

fn global(node: &mut NodeContext<'_, '_>, op: fn(Window) -> FloatOp) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    let x = node.settled_but_steps(0)?;
    over_map(node, &x, op).map(Meaning::Value)
}

/// One result for each channel.
pub(super) fn over_map(node: &mut NodeContext<'_, '_>, x: &View, op: fn(Window) -> FloatOp) -> Result<View, Problem> {
    spatial(&x.shape)?;
    let axes: Vec<usize> = (2..x.shape.len()).collect();
    let (pooled, _) = over(node, x, &axes, op)?;
    let shape = x.shape.iter().enumerate().map(|(axis, &n)| if axis < 2 { n } else { 1 }).collect();
    Ok(pooled.reshaped(shape))
}
