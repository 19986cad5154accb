//! One node while it is lowered: its inputs, attributes and outputs.

use std::rc::Rc;

use super::constant::Constant;
use super::error::{Note, Problem};
use super::meaning::Meaning;
use super::printable::printable;
use super::proto::{self, data_type};
use super::state::Lowering;
use super::view::View;

/// One node while it is lowered: access to its inputs and attributes, and to the graph.
pub(crate) struct NodeContext<'a, 's> {
    /// The node.
    pub(crate) proto: &'s proto::Node,
    /// Version of the operator set that defines it.
    pub(crate) opset: i64,
    pub(super) state: &'a mut Lowering<'s>,
}

impl NodeContext<'_, '_> {
    /// What input `index` stands for.
    pub(crate) fn input(&mut self, index: usize) -> Result<Meaning, Problem> {
        let name = self.proto.input.get(index).filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| format!("its input {index} is missing"))?;
        self.state.meaning(name)?.ok_or_else(|| format!("nothing defines its input '{}' before it", printable(name)))
    }

    /// Whether input `index` is given.
    pub(crate) fn has_input(&self, index: usize) -> bool {
        self.proto.input.get(index).is_some_and(|name| !name.is_empty())
    }

    /// Input `index` as a value that depends on the model's input.
    pub(crate) fn value(&mut self, index: usize) -> Result<View, Problem> {
        match self.input(index)? {
            Meaning::Value(view) => Ok(view),
            Meaning::Constant(_) => Err(format!("its input {index} must not be a constant")),
            Meaning::Dropped(scores) => Err(scores.misplaced(index)),
        }
    }

    /// Whether another input than `index` depends on the model's input.
    pub(crate) fn other_is_value(&mut self, index: usize) -> bool {
        let others: Vec<usize> = (0..self.proto.input.len()).filter(|&k| k != index).collect();
        others.into_iter().any(|k| matches!(self.input(k), Ok(Meaning::Value(_))))
    }

    /// Input `index` as a value without factors and summands, which nodes before this one then compute for all its readers.
    pub(crate) fn settled(&mut self, index: usize) -> Result<View, Problem> {
        let view = self.value(index)?;
        let settled = self.state.settled(&view)?;
        self.state.rename(&self.proto.input[index], &settled);
        Ok(settled)
    }

    /// The same, but values in whole steps keep theirs, see [`Lowering::settled_but_steps`].
    pub(crate) fn settled_but_steps(&mut self, index: usize) -> Result<View, Problem> {
        let view = self.value(index)?;
        let settled = self.state.settled_but_steps(&view)?;
        self.state.rename(&self.proto.input[index], &settled);
        Ok(settled)
    }

    /// Input `index` as a constant.
    pub(crate) fn constant(&mut self, index: usize) -> Result<Rc<Constant>, Problem> {
        match self.input(index)? {
            Meaning::Constant(constant) => Ok(constant),
            _ => Err(format!("its input {index} must be a stored tensor, and it is computed")),
        }
    }

    /// Shape and elements of input `index`, stored numbers that a network computes with.
    pub(crate) fn weights(&mut self, index: usize, what: &str) -> Result<(Vec<usize>, Vec<f64>), Problem> {
        let constant = self.constant(index)?;
        let data = constant.to_floats();
        if data.iter().any(|v| !v.is_finite()) {
            return Err(format!("its {what} contain a value that is not a finite number"));
        }
        Ok((constant.shape.clone(), data))
    }

    /// The least and the largest integer of the type of input `index`, a stored tensor of 8 or 16 bits; without it, of uint8.
    pub(crate) fn integer_range(&self, index: usize) -> Option<(f64, f64)> {
        if !self.has_input(index) {
            return Some((0.0, 255.0));
        }
        Some(match *self.state.types.get(self.proto.input[index].as_str())? {
            data_type::UINT8 => (0.0, 255.0),
            data_type::INT8 => (-128.0, 127.0),
            data_type::UINT16 => (0.0, 65535.0),
            data_type::INT16 => (-32768.0, 32767.0),
            _ => return None,
        })
    }

    /// Input `index` as a list of integers.
    pub(crate) fn integers(&mut self, index: usize, what: &str) -> Result<Vec<i64>, Problem> {
        let constant = self.constant(index)?;
        constant.as_ints().map(<[i64]>::to_vec).ok_or_else(|| format!("its {what} must be integers"))
    }

    /// Input `index` as one number, if it is given.
    pub(crate) fn number(&mut self, index: usize) -> Result<Option<f64>, Problem> {
        if !self.has_input(index) {
            return Ok(None);
        }
        match self.constant(index)?.to_floats()[..] {
            [number] => Ok(Some(number)),
            _ => Err(format!("its input {index} must be one number")),
        }
    }

    /// Integers that are an input from some opset on, and an attribute before.
    pub(crate) fn listed(&mut self, index: usize, name: &str) -> Result<Option<Vec<i64>>, Problem> {
        if self.has_input(index) {
            return self.integers(index, name).map(Some);
        }
        Ok(self.ints(name).map(<[i64]>::to_vec))
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

    /// Records something that a person should know.
    pub(crate) fn note(&mut self, message: impl Into<String>) {
        self.state.notes.push(Note { node: self.state.node.clone(), message: message.into() });
    }
}

/// An axis as ONNX counts it, negative from the end.
pub(crate) fn axis_of(rank: usize, axis: i64) -> Result<usize, Problem> {
    let from_start = if axis < 0 { axis.saturating_add(rank as i64) } else { axis };
    let axis_or = usize::try_from(from_start).ok().filter(|&axis| axis < rank);
    axis_or.ok_or_else(|| format!("its axis {axis} is not one of {rank}"))
}

/// Several axes, each given once.
pub(crate) fn axes_of(rank: usize, axes: &[i64]) -> Result<Vec<usize>, Problem> {
    let found = axes.iter().map(|&axis| axis_of(rank, axis)).collect::<Result<Vec<_>, _>>()?;
    if (1..found.len()).any(|i| found[..i].contains(&found[i])) {
        return Err(format!("its axes {axes:?} name one twice"));
    }
    Ok(found)
}
