//! Final operators that don't change which class wins: the program ends with the scores before them.

use super::super::node::{Meaning, NodeContext, Problem};
use crate::ValueId;

pub(super) fn softmax(node: &mut NodeContext<'_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["axis"])?;
    let axis = node.int("axis", -1);
    drop_head(node, axis, "the reader of the scores computes it")
}

pub(super) fn arg_max(node: &mut NodeContext<'_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["axis", "keepdims", "select_last_index"])?;
    if node.int("select_last_index", 0) != 0 {
        return Err("select_last_index is not supported: the lowest index wins ties".into());
    }
    let axis = node.int("axis", 0);
    drop_head(node, axis, "the reader of the scores picks the largest")
}

fn drop_head(node: &mut NodeContext<'_>, axis: i64, why: &str) -> Result<Meaning, Problem> {
    let scores = scores(node)?;
    if node.shape(scores).len() != 1 {
        return Err(format!("its input has the shape {:?} and not one score per class", node.shape(scores)));
    }
    if node.axis(scores, axis)? != 1 {
        return Err(format!("its axis {axis} is not that of the classes"));
    }
    let op = node.proto.op_type.clone();
    node.note(format!("the final {op} is left out: {why}"));
    Ok(Meaning::Dropped(scores))
}

fn scores(node: &NodeContext<'_>) -> Result<ValueId, Problem> {
    match node.input(0)? {
        Meaning::Dropped(id) => Ok(id),
        _ => node.value(0),
    }
}
