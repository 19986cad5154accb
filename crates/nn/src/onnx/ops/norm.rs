//! BatchNormalization with stored statistics.

use super::super::node::{Meaning, NodeContext, Problem};
use crate::graph::{BatchNorm, FloatOp};

/// `(x − mean) / √(variance + epsilon) · scale + bias` per channel.
pub(super) fn batch_normalization(node: &mut NodeContext<'_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["epsilon", "momentum", "training_mode"])?;
    if node.int("training_mode", 0) != 0 {
        return Err("its training mode is not supported: export the model in eval mode".into());
    }
    let x = node.value(0)?;
    let shape = node.shape(x).to_vec();
    let Some(&channels) = shape.first() else { return Err("its input is a single number".into()) };
    let read = |index: usize, what: &str| {
        let constant = node.constant(index)?;
        let data = constant.as_floats().filter(|_| constant.shape == [channels]);
        let wrong = || format!("its {what} has the shape {:?}, and its input {channels} channels", constant.shape);
        data.map(<[f64]>::to_vec).ok_or_else(wrong)
    };
    let (factors, bias) = (read(1, "scale")?, read(2, "bias")?);
    let (mean, variance) = (read(3, "mean")?, read(4, "variance")?);
    let epsilon = node.float("epsilon", 1e-5)?;
    let scale: Vec<f64> = factors.iter().zip(&variance).map(|(factor, v)| factor / (v + epsilon).sqrt()).collect();
    let shift: Vec<f64> = (0..scale.len()).map(|c| bias[c] - mean[c] * scale[c]).collect();
    if scale.iter().chain(&shift).any(|v| !v.is_finite()) {
        return Err("a channel's variance plus epsilon is not positive, or its statistics are not finite".into());
    }
    node.push(FloatOp::BatchNorm(BatchNorm { scale, shift }), vec![x], shape)
}
