//! Operators of `ai.onnx.ml` that are affine, as scikit-learn's scalers and linear models are.

use super::super::elements::chosen;
use super::super::error::Problem;
use super::super::meaning::{Head, Meaning, Scores};
use super::super::node::NodeContext;
use super::super::view::View;
use super::head::with_label;
use super::linear::{Matrix, layer};

/// A list of floats, which must be numbers.
fn floats(node: &NodeContext<'_, '_>, name: &str) -> Result<Vec<f64>, Problem> {
    let list: Vec<f64> = node.attribute(name).map(|a| a.floats.iter().map(|&v| v.into()).collect()).unwrap_or_default();
    if list.iter().all(|v: &f64| v.is_finite()) {
        return Ok(list);
    }
    Err(format!("its attribute {name} contains a value that is not a finite number"))
}

/// `(x − offset)·scale` per feature.
pub(super) fn scaler(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["offset", "scale"])?;
    let (offset, scale) = (floats(node, "offset")?, floats(node, "scale")?);
    let x = node.value(0)?;
    let features = x.shape.last().copied().unwrap_or(1);
    for list in [&offset, &scale] {
        if list.len() != 1 && list.len() != features {
            return Err(format!("it has {} numbers for {features} features", list.len()));
        }
    }
    let of = |list: &[f64], k: usize| list[k % list.len()];
    Ok(Meaning::Value(x.mapped(|k| (of(&scale, k), -of(&offset, k) * of(&scale, k)))))
}

/// `W·x + b`, as the attributes have it.
fn linear(node: &mut NodeContext<'_, '_>, outputs: usize, x: &View) -> Result<View, Problem> {
    let (weight, bias) = (floats(node, "coefficients")?, floats(node, "intercepts")?);
    let inputs = x.shape.last().copied().unwrap_or(1);
    if outputs == 0 || weight.len() != outputs * inputs || !(bias.is_empty() || bias.len() == outputs) {
        let (weights, biases) = (weight.len(), bias.len());
        return Err(format!("{weights} coefficients and {biases} intercepts do not read {inputs} features"));
    }
    let bias = (!bias.is_empty()).then_some(bias);
    layer(node, x, Matrix { outputs, inputs, weight, bias })
}

fn transform(node: &NodeContext<'_, '_>) -> Result<Option<Head>, Problem> {
    match node.string("post_transform") {
        None | Some(b"NONE") => Ok(None),
        Some(b"SOFTMAX") => Ok(Some(Head::Softmax)),
        Some(b"LOGISTIC") => Ok(Some(Head::Sigmoid)),
        Some(other) => {
            Err(format!("its post_transform {} is not supported", String::from_utf8_lossy(other).escape_debug()))
        }
    }
}

pub(super) fn linear_classifier(node: &mut NodeContext<'_, '_>) -> Result<Vec<Meaning>, Problem> {
    node.only_attributes(&[
        "classlabels_ints",
        "classlabels_strings",
        "coefficients",
        "intercepts",
        "multi_class",
        "post_transform",
    ])?;
    let head = transform(node)?;
    let x = node.value(0)?;
    let inputs = x.shape.last().copied().unwrap_or(1).max(1);
    let outputs = floats(node, "coefficients")?.len() / inputs;
    if outputs < 2 {
        return Err("it has one score for two classes; give it one for each".into());
    }
    let scores = linear(node, outputs, &x)?;
    if let Some(head) = head {
        node.note(format!("the final {} of its scores is left out: the reader of the scores computes it", head.name()));
    }
    Ok(with_label(node, scores, head))
}

pub(super) fn linear_regressor(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["coefficients", "intercepts", "post_transform", "targets"])?;
    if transform(node)?.is_some() {
        return Err("its post_transform is not supported".into());
    }
    let outputs = usize::try_from(node.int("targets", 1)).unwrap_or(0);
    let x = node.value(0)?;
    linear(node, outputs, &x).map(Meaning::Value)
}

/// Probabilities divided by their sum keep their order; other numbers would be divided by what depends on the input.
pub(super) fn normalizer(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["norm"])?;
    match node.input(0)? {
        Meaning::Dropped(scores) => {
            let op = node.proto.op_type.clone();
            node.note("the final Normalizer is left out: it keeps the scores' order");
            Ok(Meaning::Dropped(Scores { op, ..scores }))
        }
        _ => Err("it divides by a value that depends on the input; scale features by stored numbers instead".into()),
    }
}

/// What a program reads is never missing.
pub(super) fn imputer(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[
        "imputed_value_floats",
        "imputed_value_int64s",
        "replaced_value_float",
        "replaced_value_int64",
    ])?;
    if node.attribute("replaced_value_float").is_none_or(|a| !a.f.is_nan()) {
        return Err("it replaces a number other than NaN, which is not supported".into());
    }
    node.note("an Imputer is left out: every value of an input must be given");
    node.input(0)
}

pub(super) fn array_feature_extractor(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    let indices = node.integers(1, "indices")?;
    let x = match node.input(0)? {
        // The class's name, by its index.
        scores @ Meaning::Dropped(_) => return Ok(scores),
        _ => node.value(0)?,
    };
    let features = x.shape.last().copied().unwrap_or(1);
    let picked: Option<Vec<usize>> =
        indices.iter().map(|&k| usize::try_from(k).ok().filter(|&k| k < features)).collect();
    let picked = picked.ok_or_else(|| format!("its indices are not all below {features}"))?;
    let mut places: Vec<Vec<usize>> = x.shape.iter().map(|&n| (0..n).collect()).collect();
    let mut shape = x.shape.clone();
    if let (Some(places), Some(last)) = (places.last_mut(), shape.last_mut()) {
        *last = picked.len();
        *places = picked;
    }
    Ok(Meaning::Value(x.picked(shape, &chosen(&x.shape, &places))))
}

/// Names for probabilities.
pub(super) fn zip_map(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["classlabels_int64s", "classlabels_strings"])?;
    node.input(0)
}
