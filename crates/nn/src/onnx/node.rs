//! One node while it is lowered, and the state of the import around it.

use std::collections::HashMap;

use super::constant::Constant;
use super::error::Note;
use super::printable::printable;
use super::proto;
use crate::ValueId;
use crate::graph::{FloatOp, Graph, Node};
use crate::tensor::element_count;

/// Elements of one value, and of all.
pub(super) const MAX_ELEMENTS: usize = 1 << 26;
const MAX_TOTAL: usize = 1 << 28;

/// What is wrong with one node.
pub(crate) type Problem = String;

/// What an ONNX value name stands for.
#[derive(Clone)]
pub(crate) enum Meaning {
    /// A value of the graph.
    Value(ValueId),
    /// Known at import.
    Constant(Constant),
    /// Class scores behind a dropped final operator; only another one of those may read it.
    Dropped(ValueId),
}

/// The state of an import.
pub(crate) struct Lowering {
    pub(super) graph: Graph,
    pub(super) names: HashMap<String, Meaning>,
    /// How often each name is read, by nodes and as an output.
    pub(super) uses: HashMap<String, usize>,
    pub(super) notes: Vec<Note>,
    /// Elements of all values so far.
    pub(super) elements: usize,
}

/// One node while it is lowered: access to its inputs and attributes, and to the graph.
pub(crate) struct NodeContext<'a> {
    /// The node.
    pub(crate) proto: &'a proto::Node,
    /// Its name for people.
    pub(crate) name: String,
    pub(super) state: &'a mut Lowering,
}

impl NodeContext<'_> {
    /// What input `index` stands for.
    pub(crate) fn input(&self, index: usize) -> Result<Meaning, Problem> {
        let name = self.proto.input.get(index).filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| format!("its input {index} is missing"))?;
        let missing = || format!("nothing defines its input '{}' before it", printable(name));
        self.state.names.get(name).cloned().ok_or_else(missing)
    }

    /// Whether input `index` is given.
    pub(crate) fn has_input(&self, index: usize) -> bool {
        self.proto.input.get(index).is_some_and(|name| !name.is_empty())
    }

    /// Input `index` as a value that depends on the model's input.
    pub(crate) fn value(&self, index: usize) -> Result<ValueId, Problem> {
        match self.input(index)? {
            Meaning::Value(id) => Ok(id),
            Meaning::Constant(_) => Err(format!("its input {index} must not be a constant")),
            Meaning::Dropped(_) => {
                Err(format!("its input {index} comes from an operator that is supported at the end only"))
            }
        }
    }

    /// Input `index` as a constant.
    pub(crate) fn constant(&self, index: usize) -> Result<Constant, Problem> {
        match self.input(index)? {
            Meaning::Constant(constant) => Ok(constant),
            _ => Err(format!("its input {index} must be a stored tensor, and it is computed")),
        }
    }

    /// An integer attribute, or its default.
    pub(crate) fn int(&self, name: &str, default: i64) -> i64 {
        self.attribute(name).map_or(default, |a| a.i)
    }

    /// A float attribute, or its default.
    pub(crate) fn float(&self, name: &str, default: f32) -> Result<f64, Problem> {
        let value = self.attribute(name).map_or(default, |a| a.f);
        if !value.is_finite() {
            return Err(format!("its attribute {name} is not a finite number"));
        }
        Ok(value.into())
    }

    /// A list of integers, when it is given.
    pub(crate) fn ints(&self, name: &str) -> Option<&[i64]> {
        self.attribute(name).map(|a| &a.ints[..])
    }

    /// A string attribute, when it is given.
    pub(crate) fn string(&self, name: &str) -> Option<&[u8]> {
        self.attribute(name).map(|a| &a.s[..])
    }

    /// Input `index` as a list of axes.
    pub(crate) fn axes(&self, index: usize) -> Result<Vec<i64>, Problem> {
        let axes = self.constant(index)?;
        axes.as_ints().map(<[i64]>::to_vec).ok_or_else(|| "its axes must be integers".into())
    }

    /// An attribute by name.
    pub(crate) fn attribute(&self, name: &str) -> Option<&proto::Attribute> {
        self.proto.attribute.iter().find(|a| a.name == name)
    }

    /// Refuses attributes that this version knows nothing of: they could change what the node computes.
    pub(crate) fn only_attributes(&self, known: &[&str]) -> Result<(), Problem> {
        match self.proto.attribute.iter().find(|a| !known.contains(&a.name.as_str())) {
            Some(attribute) => Err(format!("its attribute '{}' is not supported", printable(&attribute.name))),
            None => Ok(()),
        }
    }

    /// Dimensions of a value, without the batch.
    pub(crate) fn shape(&self, id: ValueId) -> &[usize] {
        self.state.graph.shape(id)
    }

    /// An axis of a value as ONNX counts it, batch first, negative from the end.
    pub(crate) fn axis(&self, id: ValueId, axis: i64) -> Result<usize, Problem> {
        let rank = self.shape(id).len() as i64 + 1;
        let from_start = if axis < 0 { axis.saturating_add(rank) } else { axis };
        usize::try_from(from_start)
            .ok()
            .filter(|&axis| (axis as i64) < rank)
            .ok_or_else(|| format!("its axis {axis} is not one of {rank}"))
    }

    /// Appends the operation that computes the node's output to the graph.
    pub(crate) fn push(&mut self, op: FloatOp, inputs: Vec<ValueId>, shape: Vec<usize>) -> Result<Meaning, Problem> {
        self.push_value(op, inputs, shape).map(Meaning::Value)
    }

    /// Appends an operation to the graph, and returns the value that it computes.
    pub(crate) fn push_value(
        &mut self,
        op: FloatOp,
        inputs: Vec<ValueId>,
        shape: Vec<usize>,
    ) -> Result<ValueId, Problem> {
        if element_count(&shape).is_none_or(|count| !(1..=MAX_ELEMENTS).contains(&count)) {
            return Err(format!("its output would have the shape {shape:?}"));
        }
        self.state.elements = self.state.elements.saturating_add(shape.iter().product());
        if self.state.elements > MAX_TOTAL {
            return Err(format!("up to here the network's values have more than {MAX_TOTAL} elements"));
        }
        self.state.graph.nodes.push(Node { name: self.name.clone(), op, inputs, shape });
        Ok(self.state.graph.nodes.len())
    }

    /// The operation that computes input `index`, when nothing else reads that, so that it can be changed in place.
    pub(crate) fn producer(&mut self, index: usize) -> Option<&mut FloatOp> {
        let name = self.proto.input.get(index)?;
        let Some(Meaning::Value(id @ 1..)) = self.state.names.get(name) else { return None };
        let only_use = self.state.uses.get(name) == Some(&1);
        // An Identity gives the same value a second name.
        let names = self.state.names.values().filter(|m| matches!(m, Meaning::Value(other) if other == id)).count();
        (only_use && names == 1).then(|| &mut self.state.graph.nodes[*id - 1].op)
    }

    /// Records something that a person should know.
    pub(crate) fn note(&mut self, message: impl Into<String>) {
        self.state.notes.push(Note { node: self.name.clone(), message: message.into() });
    }
}
