//! Conv with stored weights, over maps of one or two dimensions.

use super::super::node::{Meaning, NodeContext, Problem};
use super::window::{ATTRIBUTES, sliding, spatial};
use crate::graph::{Conv, FloatOp};

pub(super) fn conv(node: &mut NodeContext<'_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[&ATTRIBUTES[..], &["group"]].concat())?;
    let x = node.value(0)?;
    let shape = node.shape(x).to_vec();
    let dims = spatial(&shape)?;
    let weight = node.constant(1)?;
    let data = weight.as_floats().ok_or("its weights must be floating-point numbers")?;
    let [outputs, inputs, ref kernel @ ..] = weight.shape[..] else {
        return Err(format!("its weights have the shape {:?}", weight.shape));
    };
    if kernel.len() != dims.len() || weight.shape.contains(&0) {
        return Err(format!("its weights have the shape {:?}, and its input {shape:?}", weight.shape));
    }
    if node.ints("kernel_shape").is_some_and(|given| !given.iter().copied().eq(kernel.iter().map(|&k| k as i64))) {
        return Err(format!("its kernel_shape is not that of its weights, {kernel:?}"));
    }
    let group = node.int("group", 1);
    let groups = usize::try_from(group).ok().filter(|&g| g > 0 && outputs % g == 0);
    let Some(groups) = groups.filter(|&g| inputs.checked_mul(g) == Some(shape[0])) else {
        return Err(format!(
            "{group} groups with weights of the shape {:?} cannot read {} channels",
            weight.shape, shape[0]
        ));
    };
    let mut sliding = sliding(node, &shape, kernel, false)?;
    let to = sliding.shape(outputs, shape[0], outputs.saturating_mul(inputs))?;
    let x = sliding.padded(node, x)?;
    let bias = if node.has_input(2) { Some(bias(node, outputs)?) } else { None };
    let conv = Conv { outputs, inputs, groups, window: sliding.window, weight: data.to_vec(), bias };
    node.push(FloatOp::Conv(conv), vec![x], to)
}

fn bias(node: &NodeContext<'_>, outputs: usize) -> Result<Vec<f64>, Problem> {
    let bias = node.constant(2)?;
    match bias.as_floats() {
        Some(data) if bias.shape == [outputs] => Ok(data.to_vec()),
        Some(_) => Err(format!("its bias has the shape {:?}, and the layer {outputs} channels", bias.shape)),
        None => Err("its bias must be floating-point numbers".into()),
    }
}
