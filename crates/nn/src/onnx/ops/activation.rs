//! Piecewise linear functions of one value.

use super::super::constant::{Constant, Data};
use super::super::error::Problem;
use super::super::meaning::Meaning;
use super::super::node::NodeContext;
use super::super::view::View;
use super::terms::{plus, relu_of, together};
use crate::graph::FloatOp;

pub(super) fn relu(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    let x = node.settled_but_steps(0)?;
    relu_of(node, &x).map(Meaning::Value)
}

/// Bounds are attributes up to opset 10, and inputs from there on.
pub(super) fn clip(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    let (low, high) = if node.opset < 11 {
        node.only_attributes(&["max", "min"])?;
        let bound = |name: &str| node.attribute(name).map(|a| f64::from(a.f));
        (bound("min"), bound("max"))
    } else {
        node.only_attributes(&[])?;
        (node.number(1)?, node.number(2)?)
    };
    // Exporters write the largest number on the far side for a bound that is none.
    let low = low.filter(|&v| v.is_nan() || v > f64::from(f32::MIN));
    let high = high.filter(|&v| v.is_nan() || v < f64::from(f32::MAX));
    if let Meaning::Constant(x) = node.input(0)? {
        let clipped = x.to_floats().into_iter().map(|v| v.max(low.unwrap_or(v)).min(high.unwrap_or(v)));
        return Ok(Constant { shape: x.shape.clone(), data: Data::Float(clipped.collect()) }.into());
    }
    let x = node.settled(0)?;
    clipped(node, &x, low, high).map(Meaning::Value)
}

/// `min(max(x, low), high)`.
pub(super) fn clipped(
    node: &mut NodeContext<'_, '_>,
    x: &View,
    low: Option<f64>,
    high: Option<f64>,
) -> Result<View, Problem> {
    if [low, high].iter().flatten().any(|bound| !bound.is_finite()) {
        return Err("its bounds are no numbers".into());
    }
    Ok(match (low, high) {
        (None, None) => x.clone(),
        (Some(low), None) => relu_of(node, &x.mapped(|_| (1.0, -low)))?.mapped(|_| (1.0, low)),
        (None, Some(high)) => relu_of(node, &x.mapped(|_| (-1.0, high)))?.mapped(|_| (-1.0, high)),
        // Then everything is the upper bound.
        (Some(low), Some(high)) if low >= high => x.mapped(|_| (0.0, high)),
        (Some(low), Some(high)) => {
            let max = high - low;
            let above = x.mapped(|_| (1.0, -low));
            let clipped = node.state.on_each(&above, FloatOp::Clip { max }, |v| v.clamp(0.0, max))?;
            clipped.mapped(|_| (1.0, low))
        }
    })
}

/// `min(max(alpha·x + beta, 0), 1)`.
pub(super) fn hard_sigmoid(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["alpha", "beta"])?;
    let (alpha, beta) = (node.float("alpha", 0.2)?, node.float("beta", 0.5)?);
    let x = node.value(0)?.mapped(|_| (alpha, beta));
    clipped(node, &x, Some(0.0), Some(1.0)).map(Meaning::Value)
}

/// `relu(x) + relu(−x)`.
pub(super) fn abs(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    let x = node.settled(0)?;
    let (positive, negative) = (relu_of(node, &x)?, relu_of(node, &x.mapped(|_| (-1.0, 0.0)))?);
    plus(node, Meaning::Value(positive), Meaning::Value(negative))
}

pub(super) fn leaky_relu(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["alpha"])?;
    let slope = node.float("alpha", 0.01)?;
    let x = node.settled(0)?;
    let slopes = vec![slope; x.len()];
    sloped(node, &x, &slopes)
}

pub(super) fn p_relu(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    let slope = node.constant(1)?;
    let x = node.settled(0)?;
    let (spread, slopes) = together(node, &x, &slope)?;
    if spread.shape != x.shape {
        return Err(format!("its slopes have the shape {:?}, and its input {:?}", slope.shape, x.shape));
    }
    sloped(node, &x, &slopes)
}

/// `x` above 0 and `a·x` below: `(1 − a)·relu(x) + a·x`. Where that can be, `1 − a` is left to what reads it.
pub(super) fn sloped(node: &mut NodeContext<'_, '_>, x: &View, slopes: &[f64]) -> Result<Meaning, Problem> {
    if slopes.iter().any(|slope| !slope.is_finite()) {
        return Err("its slopes contain a value that is not a finite number".into());
    }
    let positive = relu_of(node, x)?;
    if slopes.iter().all(|&a| a < 0.99) {
        let all = x.mapped(|k| (slopes[k] / (1.0 - slopes[k]), 0.0));
        let sum = plus(node, Meaning::Value(positive), Meaning::Value(all))?;
        let Meaning::Value(sum) = sum else { return Ok(sum) };
        return Ok(Meaning::Value(sum.mapped(|k| (1.0 - slopes[k], 0.0))));
    }
    let positive = positive.mapped(|k| (1.0 - slopes[k], 0.0));
    plus(node, Meaning::Value(positive), Meaning::Value(x.mapped(|k| (slopes[k], 0.0))))
}
