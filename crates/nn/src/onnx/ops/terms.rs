//! What operators that compute are made of: the ReLU of a value, the sum of two terms, a value beside a constant.

use super::super::constant::Constant;
use super::super::elements::{broadcast, spread};
use super::super::error::Problem;
use super::super::meaning::Meaning;
use super::super::node::NodeContext;
use super::super::state::{Lowering, own_shape};
use super::super::view::View;
use super::fold::{Binary, combined};
use crate::graph::FloatOp;

const ADD: Binary = Binary { floats: |a, b| a + b, ints: i64::checked_add };

/// `max(x, 0)`.
pub(super) fn relu_of(node: &mut NodeContext<'_, '_>, x: &View) -> Result<View, Problem> {
    match x.uniform() {
        Some((scale, shift)) if node.state.steps(x.id).is_some() && scale > 0.0 && shift >= 0.0 => Ok(x.clone()),
        _ => node.state.on_each(x, FloatOp::Relu, |v| v.max(0.0)),
    }
}

/// The sum of two terms.
pub(super) fn plus(node: &mut NodeContext<'_, '_>, a: Meaning, b: Meaning) -> Result<Meaning, Problem> {
    match (a, b) {
        (Meaning::Constant(a), Meaning::Constant(b)) => combined(node, &a, &b, ADD).map(Meaning::from),
        (Meaning::Value(a), Meaning::Constant(b)) | (Meaning::Constant(b), Meaning::Value(a)) => {
            with(node, &a, &b, |b| (1.0, b))
        }
        (Meaning::Value(a), Meaning::Value(b)) => added(node, &a, &b).map(Meaning::Value),
        _ => Err("it reads an operator that is supported at the end only".into()),
    }
}

fn added(node: &mut NodeContext<'_, '_>, a: &View, b: &View) -> Result<View, Problem> {
    let shape = broadcast(&a.shape, &b.shape)?;
    let (a, b) = (spread_to(node, a, &shape)?, spread_to(node, b, &shape)?);
    let state = &mut *node.state;
    // Of two values in steps of their own, only one gets a factor before the sum.
    let (a, (scale, shift)) = state.apart(&a, |_, _| true)?;
    let b = state.settled(&b.mapped(|_| (1.0 / scale, 0.0)))?;
    let sum = aligned(state, &a, &b, shape)?;
    Ok(if (scale, shift) == (1.0, 0.0) { sum } else { sum.mapped(|_| (scale, shift)) })
}

/// The sum of values without factors and summands.
fn aligned(state: &mut Lowering<'_>, a: &View, b: &View, shape: Vec<usize>) -> Result<View, Problem> {
    let alike = state.graph.len(a.id) == state.graph.len(b.id) && a.has_order_of(b);
    if alike && !a.is_affine() && !b.is_affine() && a.len() >= state.graph.len(a.id) {
        let shape = state.graph.shape(a.id).to_vec();
        let other = state.reshape(b.id, &shape)?;
        let id = state.push(FloatOp::Add, vec![a.id, other], shape)?;
        return Ok(a.over(id));
    }
    let own = own_shape(&shape);
    let inputs = vec![state.plain(a, &own)?, state.plain(b, &own)?];
    let id = state.push(FloatOp::Add, inputs, own)?;
    Ok(View::whole(id, shape))
}

fn spread_to(node: &mut NodeContext<'_, '_>, view: &View, shape: &[usize]) -> Result<View, Problem> {
    if view.shape == shape {
        return Ok(view.clone());
    }
    node.state.room(shape)?;
    Ok(view.picked(shape.to_vec(), &spread(&view.shape, shape)))
}

/// A value and a constant, brought to one shape.
pub(super) fn together(
    node: &mut NodeContext<'_, '_>,
    x: &View,
    constant: &Constant,
) -> Result<(View, Vec<f64>), Problem> {
    let shape = broadcast(&x.shape, &constant.shape)?;
    let x = spread_to(node, x, &shape)?;
    let values = constant.to_floats();
    Ok((x, spread(&constant.shape, &shape).into_iter().map(|i| values[i]).collect()))
}

/// A function of a value and a constant that is affine in the value.
pub(super) fn with(
    node: &mut NodeContext<'_, '_>,
    x: &View,
    constant: &Constant,
    f: impl Fn(f64) -> (f64, f64),
) -> Result<Meaning, Problem> {
    let (x, values) = together(node, x, constant)?;
    let y = x.mapped(|k| f(values[k]));
    if !y.is_finite() {
        return Err("its stored numbers are not finite, or it divides by zero".into());
    }
    Ok(Meaning::Value(y))
}
