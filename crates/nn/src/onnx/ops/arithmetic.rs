//! Sums, differences, products and extremes: of constants at once, of a value and a constant as a function of the value's
//! elements, of two values where it is linear or piecewise linear.

use super::super::constant::Constant;
use super::super::error::Problem;
use super::super::meaning::Meaning;
use super::super::node::NodeContext;
use super::super::view::View;
use super::fold::{Binary, combined};
use super::tail;
use super::terms::{plus, relu_of, together, with};
use crate::graph::FloatOp;

const SUB: Binary = Binary { floats: |a, b| a - b, ints: i64::checked_sub };
const MUL: Binary = Binary { floats: |a, b| a * b, ints: i64::checked_mul };
const DIV: Binary = Binary { floats: |a, b| a / b, ints: i64::checked_div };
const MAX: Binary = Binary { floats: f64::max, ints: |a, b| Some(a.max(b)) };
const MIN: Binary = Binary { floats: f64::min, ints: |a, b| Some(a.min(b)) };
const POW: Binary =
    Binary { floats: f64::powf, ints: |a, b| u32::try_from(b).ok().and_then(|exponent| a.checked_pow(exponent)) };

pub(super) fn add(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    if let Some(scores) = tail::sum(&node.input(0)?, &node.input(1)?) {
        return Ok(scores);
    }
    let (a, b) = (addend(node, 0)?, addend(node, 1)?);
    plus(node, a, b)
}

pub(super) fn sub(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    match (node.input(0)?, node.input(1)?) {
        (Meaning::Constant(a), Meaning::Constant(b)) => combined(node, &a, &b, SUB).map(Meaning::from),
        (Meaning::Value(a), Meaning::Constant(b)) => with(node, &a, &b, |b| (1.0, -b)),
        (Meaning::Constant(a), Meaning::Value(b)) => with(node, &b, &a, |a| (-1.0, a)),
        (Meaning::Constant(one), Meaning::Dropped(scores)) => super::head::complement(&one, scores),
        _ => {
            let (a, b) = (addend(node, 0)?, node.value(1)?.mapped(|_| (-1.0, 0.0)));
            plus(node, a, Meaning::Value(b))
        }
    }
}

pub(super) fn neg(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    match node.input(0)? {
        Meaning::Constant(a) => combined(node, &Constant::ints(vec![0]).scalar(), &a, SUB).map(Meaning::from),
        _ => Ok(Meaning::Value(node.value(0)?.mapped(|_| (-1.0, 0.0)))),
    }
}

pub(super) fn mul(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    match (node.input(0)?, node.input(1)?) {
        (a, b) if let Some(scores) = tail::product(&a, &b) => Ok(scores),
        (Meaning::Dropped(_), _) | (_, Meaning::Dropped(_)) => {
            node.value(0)?;
            node.value(1).map(Meaning::Value)
        }
        (a, b) => product(node, a, b),
    }
}

/// A product with a constant.
pub(super) fn product(node: &mut NodeContext<'_, '_>, a: Meaning, b: Meaning) -> Result<Meaning, Problem> {
    match (a, b) {
        (Meaning::Constant(a), Meaning::Constant(b)) => combined(node, &a, &b, MUL).map(Meaning::from),
        (Meaning::Value(a), Meaning::Constant(b)) | (Meaning::Constant(b), Meaning::Value(a)) => {
            with(node, &a, &b, |b| (b, 0.0))
        }
        _ => {
            Err("it multiplies two computed values, as attention, squeeze-and-excitation and smooth activations such as \
                 HardSwish and SiLU do; train without them (torchvision's and timm's mobilenet_v2, mnasnet, regnet_x and \
                 resnet kinds have none, nor have tf_efficientnet_lite0 and Keras's MobileNetV2)"
                .into())
        }
    }
}

pub(super) fn div(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    match (node.input(0)?, node.input(1)?) {
        (Meaning::Constant(a), Meaning::Constant(b)) => combined(node, &a, &b, DIV).map(Meaning::from),
        (Meaning::Value(a), Meaning::Constant(b)) => with(node, &a, &b, |b| (1.0 / b, 0.0)),
        (a, b) if let Some(scores) = tail::quotient(&a, &b) => Ok(scores),
        _ => {
            node.value(1)?;
            Err("it divides by a value that depends on the input; train with batch normalisation in place of other \
                 normalisations"
                .into())
        }
    }
}

pub(super) fn pow(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    match (node.input(0)?, node.input(1)?) {
        (Meaning::Constant(a), Meaning::Constant(b)) => combined(node, &a, &b, POW).map(Meaning::from),
        (a @ Meaning::Value(_), Meaning::Constant(b)) if b.to_floats().iter().all(|&b| b == 1.0) => Ok(a),
        _ => Err("powers of a computed value are products of two computed values, or worse: compute them before the model reads \
                  its input"
            .into()),
    }
}

/// Of any number of values.
pub(super) fn sum(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    folded(node, plus)
}

pub(super) fn mean(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    let count = node.proto.input.len() as f64;
    match folded(node, plus)? {
        Meaning::Value(sum) => Ok(Meaning::Value(sum.mapped(|_| (1.0 / count, 0.0)))),
        _ => Err("a mean of stored tensors is not supported".into()),
    }
}

pub(super) fn max(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    folded(node, |node, a, b| match (a, b) {
        (Meaning::Constant(a), Meaning::Constant(b)) => combined(node, &a, &b, MAX).map(Meaning::from),
        (Meaning::Value(a), Meaning::Constant(b)) | (Meaning::Constant(b), Meaning::Value(a)) => at_least(node, &a, &b),
        (Meaning::Value(a), Meaning::Value(b)) => {
            let more = plus(node, Meaning::Value(a), Meaning::Value(b.mapped(|_| (-1.0, 0.0))))?;
            let Meaning::Value(more) = more else { return Ok(more) };
            let more = relu_of(node, &more)?;
            plus(node, Meaning::Value(more), Meaning::Value(b))
        }
        _ => Err("it reads an operator that is supported at the end only".into()),
    })
}

/// `min(a, b) = −max(−a, −b)`.
pub(super) fn min(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    folded(node, |node, a, b| match (a, b) {
        (Meaning::Constant(a), Meaning::Constant(b)) => combined(node, &a, &b, MIN).map(Meaning::from),
        (Meaning::Value(a), Meaning::Constant(b)) | (Meaning::Constant(b), Meaning::Value(a)) => at_most(node, &a, &b),
        (Meaning::Value(a), Meaning::Value(b)) => {
            let less = plus(node, Meaning::Value(a.mapped(|_| (-1.0, 0.0))), Meaning::Value(b.clone()))?;
            let Meaning::Value(less) = less else { return Ok(less) };
            let less = relu_of(node, &less)?.mapped(|_| (-1.0, 0.0));
            plus(node, Meaning::Value(less), Meaning::Value(b))
        }
        _ => Err("it reads an operator that is supported at the end only".into()),
    })
}

/// `max(x, b) = relu(x − b) + b`.
fn at_least(node: &mut NodeContext<'_, '_>, x: &View, bound: &Constant) -> Result<Meaning, Problem> {
    let (x, bound) = together(node, x, bound)?;
    let above = relu_of(node, &x.mapped(|k| (1.0, -bound[k])))?;
    Ok(Meaning::Value(above.mapped(|k| (1.0, bound[k]))))
}

/// `min(x, b) = b − relu(b − x)`; of a ReLU, with one bound above 0, a clip.
fn at_most(node: &mut NodeContext<'_, '_>, x: &View, bound: &Constant) -> Result<Meaning, Problem> {
    let (x, bound) = together(node, x, bound)?;
    if let Some(&max) = bound.first()
        && max > 0.0
        && bound.iter().all(|&b| b == max)
        && let Some(inner) = node.state.before_relu(&x)
    {
        return node.state.on_each(&inner, FloatOp::Clip { max }, |v| v.clamp(0.0, max)).map(Meaning::Value);
    }
    let below = relu_of(node, &x.mapped(|k| (-1.0, bound[k])))?;
    Ok(Meaning::Value(below.mapped(|k| (-1.0, bound[k]))))
}

fn folded<'a, 's>(
    node: &mut NodeContext<'a, 's>,
    f: fn(&mut NodeContext<'a, 's>, Meaning, Meaning) -> Result<Meaning, Problem>,
) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    let mut result = addend(node, 0)?;
    for index in 1..node.proto.input.len() {
        let next = addend(node, index)?;
        result = f(node, result, next)?;
    }
    Ok(result)
}

/// An input; of a value, its functions are computed once for all that read it.
fn addend(node: &mut NodeContext<'_, '_>, index: usize) -> Result<Meaning, Problem> {
    match node.input(index)? {
        // A sum with a constant leaves the value as it is.
        Meaning::Value(_) if node.other_is_value(index) => node.settled_but_steps(index).map(Meaning::Value),
        Meaning::Dropped(_) => node.value(index).map(Meaning::Value),
        other => Ok(other),
    }
}
