//! Final operators that don't change which class wins: the program ends with the scores before them.

use super::super::constant::Constant;
use super::super::error::Problem;
use super::super::meaning::{Head, Meaning, Scores};
use super::super::node::{NodeContext, axis_of};
use super::super::view::View;

/// Softmax, LogSoftmax and Sigmoid.
pub(super) fn softmax(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["axis"])?;
    let why = "the reader of the scores computes it";
    if node.proto.op_type == "Sigmoid" {
        return dropped(node, Head::Sigmoid, None, why);
    }
    // Up to opset 12 it is over all axes from the named one on.
    let axis = node.int("axis", if node.opset < 13 { 1 } else { -1 });
    dropped(node, Head::Softmax, Some(axis), why)
}

pub(super) fn arg_max(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["axis", "keepdims", "select_last_index"])?;
    if node.int("select_last_index", 0) != 0 {
        return Err("select_last_index is not supported: the lowest index wins ties".into());
    }
    let axis = node.int("axis", 0);
    dropped(node, Head::Class, Some(axis), "the reader of the scores picks the largest")
}

/// The scores without what the node makes of them along an axis, which must be that of the classes.
fn dropped(node: &mut NodeContext<'_, '_>, head: Head, axis: Option<i64>, why: &str) -> Result<Meaning, Problem> {
    let view = match node.input(0)? {
        Meaning::Dropped(scores) => scores.view,
        _ => node.value(0)?,
    };
    if let Some(given) = axis {
        let axis = axis_of(view.shape.len(), given)?;
        let classes = match head {
            Head::Softmax if node.opset < 13 => view.shape[axis..].iter().product(),
            _ => view.shape[axis],
        };
        if classes != view.len() {
            let (op, shape) = (&node.proto.op_type, &view.shape);
            return Err(format!(
                "its axis {given} of the shape {shape:?} is not that of the classes alone: {op} is supported at a network's end \
                 only"
            ));
        }
    }
    let op = node.proto.op_type.as_str();
    node.note(format!("the final {op} is left out: {why}"));
    Ok(Meaning::Dropped(Scores { view, head, op: op.to_owned() }))
}

/// `1 − p` of a probability that is a dropped Sigmoid, as scikit-learn's files compute it.
pub(super) fn complement(one: &Constant, scores: Scores) -> Result<Meaning, Problem> {
    if scores.head == Head::Sigmoid && one.to_floats() == [1.0] {
        return Ok(Meaning::Dropped(Scores { head: Head::Complement, ..scores }));
    }
    Err(scores.misplaced(1))
}

/// Scores of two classes from the probabilities `1 − p` and `p` side by side: 0 and p's own, whose Softmax they are.
pub(super) fn both_classes(parts: &[Meaning]) -> Option<Meaning> {
    let [Meaning::Dropped(no), Meaning::Dropped(yes)] = parts else { return None };
    let fits = (no.head, yes.head) == (Head::Complement, Head::Sigmoid) && no.view == yes.view && yes.view.len() == 1;
    let view = yes.view.picked(vec![1, 2], &[0, 0]).mapped(|k| (k as f64, 0.0));
    fits.then(|| Meaning::Dropped(Scores { view, head: Head::Softmax, op: yes.op.clone() }))
}

/// The scores of classes, with the label that a file computes from them.
pub(super) fn with_label(node: &NodeContext<'_, '_>, scores: View, head: Option<Head>) -> Vec<Meaning> {
    let op = node.proto.op_type.clone();
    let label = Meaning::Dropped(Scores { view: scores.clone(), head: Head::Class, op: op.clone() });
    let scores = match head {
        None => Meaning::Value(scores),
        Some(head) => Meaning::Dropped(Scores { view: scores, head, op }),
    };
    vec![label, scores]
}
