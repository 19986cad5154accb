//! The state of an import: what names stand for, and the graph so far.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use super::constant::Constant;
use super::error::Note;
use super::error::Problem;
use super::meaning::Meaning;
use super::proto;
use super::shape::MAX_ELEMENTS;
use super::view::{FILE_INPUT, View};
use crate::ValueId;
use crate::graph::{BatchNorm, FloatOp, Graph, Node};
use crate::tensor::element_count;

const MAX_TOTAL: usize = 1 << 28;

/// The state of an import.
pub(crate) struct Lowering<'s> {
    pub(super) graph: Graph,
    pub(super) names: HashMap<&'s str, Meaning>,
    /// Tensors that no needed node has read yet.
    pub(super) stored: HashMap<&'s str, &'s proto::Tensor>,
    /// What could not be read or computed.
    pub(super) unknown: HashSet<&'s str>,
    /// What the file says of values.
    pub(super) described: HashMap<&'s str, &'s proto::ValueInfo>,
    /// Sizes of open dimensions.
    pub(super) sizes: &'s BTreeMap<String, usize>,
    /// Element types of stored tensors.
    pub(super) types: HashMap<&'s str, i32>,
    /// Where files with more data are.
    pub(super) folder: Option<&'s Path>,
    /// For each node of the graph whether it computes whole numbers of steps, and how many at most.
    pub(super) steps: Vec<Option<u32>>,
    pub(super) notes: Vec<Note>,
    /// Name of the node that is lowered.
    pub(super) node: String,
    /// Elements of all values so far, and of constants that nodes made.
    pub(super) elements: usize,
    /// Dimensions of the input in the file, and once it is known the order in which the network reads it.
    pub(super) file_input: Vec<usize>,
    pub(super) input: Option<InputOrder>,
}

/// The order of the graph's input.
pub(super) enum InputOrder {
    /// As in the file.
    File,
    /// For each element of the file's, its place.
    Other(Vec<usize>),
}

impl<'s> Lowering<'s> {
    /// What a name stands for. Stored tensors are read when they are first asked for.
    pub(super) fn meaning(&mut self, name: &'s str) -> Result<Option<Meaning>, Problem> {
        if let Some(tensor) = self.stored.remove(name) {
            let read = Constant::read(tensor, self.folder);
            if read.is_err() {
                self.unknown.insert(name);
            }
            self.names.insert(name, read.map_err(|e| e.to_string())?.into());
        }
        Ok(self.names.get(name).cloned())
    }

    /// Lets later readers of a name take what was made of its value.
    pub(super) fn rename(&mut self, name: &'s str, view: &View) {
        self.names.insert(name, Meaning::Value(view.clone()));
    }

    /// Whether there is no room for anything more.
    pub(super) fn is_full(&self) -> bool {
        self.elements > MAX_TOTAL
    }

    /// Counts elements of a shape that are about to be made.
    pub(crate) fn room(&mut self, shape: &[usize]) -> Result<usize, Problem> {
        let count = element_count(shape).filter(|&count| count <= MAX_ELEMENTS);
        let count = count.ok_or_else(|| format!("its output would have the shape {shape:?}"))?;
        self.elements = self.elements.saturating_add(count);
        if self.is_full() {
            return Err(format!("up to here the network's values have more than {MAX_TOTAL} elements"));
        }
        Ok(count)
    }

    /// Appends an operation to the graph, and returns the value that it computes.
    pub(crate) fn push(&mut self, op: FloatOp, inputs: Vec<ValueId>, shape: Vec<usize>) -> Result<ValueId, Problem> {
        if self.room(&shape)? == 0 {
            return Err(format!("its output would have the shape {shape:?}"));
        }
        self.steps.push(self.steps_after(&op, &inputs));
        self.graph.nodes.push(Node { name: self.node.clone(), op, inputs, shape });
        Ok(self.graph.nodes.len())
    }

    /// A value of the graph under another shape.
    pub(super) fn reshape(&mut self, id: ValueId, shape: &[usize]) -> Result<ValueId, Problem> {
        if self.graph.shape(id) == shape {
            return Ok(id);
        }
        self.push(FloatOp::Reshape, vec![id], shape.to_vec())
    }

    /// A view of the graph's values: of the input in the order in which the network reads it.
    pub(crate) fn located(&mut self, view: &View) -> View {
        if view.id != FILE_INPUT {
            return view.clone();
        }
        // Whoever asks first decides, see `arrange_input`.
        match self.input.get_or_insert(InputOrder::File) {
            InputOrder::File => view.over(0),
            InputOrder::Other(places) => view.relocated(0, places),
        }
    }

    /// Lets the network read its input in the order of a view and with its shape, if all of the input is there and nothing
    /// reads it yet. Layouts of the file's input become a matter of the card.
    pub(super) fn arrange_input(&mut self, view: &View, shape: &[usize]) {
        let count = self.file_input.iter().product();
        if view.id != FILE_INPUT || self.input.is_some() || view.len() != count || view.is_in_order(count) {
            return;
        }
        let mut places = vec![usize::MAX; count];
        for k in 0..count {
            places[view.source(k)] = k;
        }
        if !places.contains(&usize::MAX) && (0..count).all(|k| view.constant(k).is_none()) {
            self.notes.push(Note {
                node: self.node.clone(),
                message: format!(
                    "the input is read as {shape:?}, in another order than in the file ({:?}): channels come first in \
                     cards and tables",
                    self.file_input
                ),
            });
            self.graph.input_shape = shape.to_vec();
            self.input = Some(InputOrder::Other(places));
        }
    }

    /// The same elements without factors and summands: what computes them is appended to the graph. Constants remain.
    pub(crate) fn settled(&mut self, view: &View) -> Result<View, Problem> {
        let view = self.located(view);
        if !view.is_affine() {
            return Ok(view);
        }
        if !view.is_finite() {
            return Err("it computes with stored numbers that are not finite".into());
        }
        let mut wanted: Vec<Option<(f64, f64)>> = vec![None; self.graph.len(view.id)];
        for k in (0..view.len()).filter(|&k| view.constant(k).is_none()) {
            let known = wanted[view.source(k)].get_or_insert(view.affine(k));
            if *known != view.affine(k) {
                // One element with several functions: they apply where each has a place of its own.
                let shape = vec![view.len()];
                let id = self.plain(&view.bare(|c| c), &shape)?;
                return self.settled(&view.in_order(id));
            }
        }
        let id = self.affine(view.id, &wanted)?;
        Ok(view.over(id).bare(|c| c))
    }

    /// Appends a factor and a summand of every element of a value, one for each channel if possible.
    fn affine(&mut self, id: ValueId, wanted: &[Option<(f64, f64)>]) -> Result<ValueId, Problem> {
        let shape = self.graph.shape(id).to_vec();
        let channel = |elements: &[Option<(f64, f64)>]| {
            let mut known = elements.iter().flatten();
            let first = known.next().copied().unwrap_or((1.0, 0.0));
            known.all(|&other| other == first).then_some(first)
        };
        let each = (wanted.len() / shape.first().copied().unwrap_or(1)).max(1);
        let by_channel: Option<Vec<(f64, f64)>> = wanted.chunks(each).map(channel).collect();
        let norm = |pairs: Vec<(f64, f64)>| {
            let (scale, shift) = pairs.into_iter().unzip();
            FloatOp::BatchNorm(BatchNorm { scale, shift })
        };
        match by_channel {
            Some(pairs) if pairs.iter().all(|&pair| pair == (1.0, 0.0)) => Ok(id),
            Some(pairs) => self.push(norm(pairs), vec![id], shape),
            None => {
                let flat = self.reshape(id, &[wanted.len()])?;
                let pairs = wanted.iter().map(|pair| pair.unwrap_or((1.0, 0.0))).collect();
                let flat = self.push(norm(pairs), vec![flat], vec![wanted.len()])?;
                self.reshape(flat, &shape)
            }
        }
    }

    /// A value of the graph that has exactly the elements of a view, in its order, under `shape`.
    pub(crate) fn plain(&mut self, view: &View, shape: &[usize]) -> Result<ValueId, Problem> {
        self.arrange_input(view, shape);
        let view = self.settled(view)?;
        if view.is_in_order(self.graph.len(view.id)) && !view.is_affine() {
            return self.reshape(view.id, shape);
        }
        if self.room(shape)? == 0 {
            return Err(format!("its value of the shape {shape:?} has no elements"));
        }
        self.selected(&view, shape)
    }

    /// The same as a view of a value that has exactly its elements.
    pub(crate) fn whole(&mut self, view: &View) -> Result<View, Problem> {
        let id = self.plain(view, &own_shape(&view.shape))?;
        Ok(View::whole(id, view.shape.clone()))
    }
}

impl Lowering<'_> {
    /// Appends a function of every element, `f` of constants, keeping the order of a view.
    pub(crate) fn on_each(&mut self, view: &View, op: FloatOp, f: impl Fn(f64) -> f64) -> Result<View, Problem> {
        let mut view = self.settled(view)?;
        // Of elements that nothing reads it would be a waste.
        if view.len() < self.graph.len(view.id) {
            view = self.whole(&view)?;
        }
        let shape = self.graph.shape(view.id).to_vec();
        let id = self.push(op, vec![view.id], shape)?;
        Ok(view.over(id).bare(f))
    }

    /// What a view's ReLU reads, if the view is just that ReLU.
    pub(crate) fn before_relu(&self, view: &View) -> Option<View> {
        let node = &self.graph.nodes[view.id.checked_sub(1).filter(|&k| k < self.graph.nodes.len())?];
        let own = matches!(node.op, FloatOp::Relu) && !view.is_affine();
        own.then(|| view.over(node.inputs[0]))
    }
}

impl Lowering<'_> {
    /// If a value is whole numbers of steps, from 0 on, how many there are at most.
    pub(crate) fn steps(&self, id: ValueId) -> Option<u32> {
        id.checked_sub(1).and_then(|k| self.steps.get(k).copied()).flatten()
    }

    /// The same for what an operation makes of values.
    fn steps_after(&self, op: &FloatOp, inputs: &[ValueId]) -> Option<u32> {
        match op {
            FloatOp::Steps { count } => Some(*count),
            FloatOp::MaxPool(_) | FloatOp::Pad(_) | FloatOp::Reshape | FloatOp::Concat { .. } => {
                let all: Option<Vec<u32>> = inputs.iter().map(|&id| self.steps(id)).collect();
                all?.into_iter().max()
            }
            _ => None,
        }
    }

    /// A view without the function that all of its elements have, if that may be applied later, and that function. Otherwise it
    /// is applied.
    pub(crate) fn apart(
        &mut self,
        view: &View,
        later: impl Fn(f64, f64) -> bool,
    ) -> Result<(View, (f64, f64)), Problem> {
        match view.uniform() {
            Some((scale, shift)) if later(scale, shift) => Ok((view.bare(|c| c), (scale, shift))),
            _ => Ok((self.settled(view)?, (1.0, 0.0))),
        }
    }

    /// Without factors and summands, unless they are of whole steps: then layers take them in, so that nothing rounds between.
    pub(crate) fn settled_but_steps(&mut self, view: &View) -> Result<View, Problem> {
        if self.steps(view.id).is_some() { Ok(view.clone()) } else { self.settled(view) }
    }
}

/// The shape of a value as the graph has it: without the batch, at most a map's dimensions.
pub(crate) fn own_shape(shape: &[usize]) -> Vec<usize> {
    match shape {
        [1, rest @ ..] if (1..=3).contains(&rest.len()) => rest.to_vec(),
        [_, _] | [_, _, _] if shape[0] != 1 => shape.to_vec(),
        _ => vec![shape.iter().product()],
    }
}
