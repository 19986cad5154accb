//! BatchNormalization with stored statistics.

use super::super::error::Problem;
use super::super::meaning::Meaning;
use super::super::node::NodeContext;

/// `(x − mean) / √(variance + epsilon) · scale + bias` per channel.
pub(super) fn batch_normalization(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["epsilon", "momentum", "spatial", "training_mode"])?;
    if node.int("training_mode", 0) != 0 || node.int("spatial", 1) == 0 {
        return Err(
            "its training mode, and statistics of every element, are not supported: export the model in eval mode \
             (PyTorch: after model.eval())"
                .into(),
        );
    }
    let x = node.value(0)?;
    let [_, channels, map @ ..] = &x.shape[..] else { return Err("its input is a single number".into()) };
    let (channels, plane) = (*channels, map.iter().product::<usize>());
    let mut read = |index: usize, what: &str| {
        let (shape, data) = node.weights(index, what)?;
        let wrong = || format!("its {what} have the shape {shape:?}, and its input {channels} channels");
        if shape == [channels] { Ok(data) } else { Err(wrong()) }
    };
    let (factors, bias) = (read(1, "scales")?, read(2, "biases")?);
    let (mean, variance) = (read(3, "means")?, read(4, "variances")?);
    let epsilon = node.float("epsilon", 1e-5)?;
    let scale: Vec<f64> = factors.iter().zip(&variance).map(|(factor, v)| factor / (v + epsilon).sqrt()).collect();
    let shift: Vec<f64> = (0..scale.len()).map(|c| bias[c] - mean[c] * scale[c]).collect();
    if scale.iter().chain(&shift).any(|v| !v.is_finite()) {
        return Err("a channel's variance plus epsilon is not positive, or its statistics are not finite".into());
    }
    let channel = |k: usize| k / plane % channels;
    Ok(Meaning::Value(x.mapped(|k| (scale[channel(k)], shift[channel(k)]))))
}
