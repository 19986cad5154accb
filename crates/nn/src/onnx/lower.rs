//! Walks the nodes of a file and builds the graph. What each operator means is in [`super::ops`].

use std::collections::HashMap;

use super::constant::Constant;
use super::{Note, OnnxError, advice, is_standard, ops, proto};
use crate::ValueId;
use crate::graph::{FloatOp, Graph, Node};
use crate::tensor::element_count;

const MAX_NODES: usize = 10_000;
/// Elements of one value, and of all.
const MAX_ELEMENTS: usize = 1 << 26;
const MAX_TOTAL: usize = 1 << 28;
/// Characters of a name; four bytes each at most keeps it below the program's 256 bytes.
const MAX_NAME: usize = 48;

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
    graph: Graph,
    names: HashMap<String, Meaning>,
    /// How often each name is read, by nodes and as an output.
    uses: HashMap<String, usize>,
    notes: Vec<Note>,
    /// Elements of all values so far.
    elements: usize,
}

/// One node while it is lowered: access to its inputs and attributes, and to the graph.
pub(crate) struct NodeContext<'a> {
    /// The node.
    pub(crate) proto: &'a proto::Node,
    /// Its name for people.
    pub(crate) name: String,
    state: &'a mut Lowering,
}

/// Builds the graph of a file.
pub(crate) fn lower(source: &proto::Graph) -> Result<(Graph, Vec<Note>), OnnxError> {
    if source.node.len() > MAX_NODES {
        return Err(OnnxError::Input(format!("{} nodes are more than the {MAX_NODES} allowed", source.node.len())));
    }
    let mut state = Lowering::new(source)?;
    for (index, node) in source.node.iter().enumerate() {
        state.lower_node(index, node)?;
    }
    state.finish(source)
}

impl Lowering {
    fn new(source: &proto::Graph) -> Result<Self, OnnxError> {
        let mut names = HashMap::new();
        for tensor in &source.initializer {
            let constant = Constant::read(tensor)?;
            if names.insert(tensor.name.clone(), Meaning::Constant(constant)).is_some() {
                let name = printable(&tensor.name);
                return Err(OnnxError::Tensor { name, problem: "it is stored twice".into() });
            }
        }
        let inputs: Vec<_> = source.input.iter().filter(|input| !names.contains_key(&input.name)).collect();
        let [input] = inputs[..] else {
            return Err(OnnxError::Input(format!("exactly one is supported, and there are {}", inputs.len())));
        };
        let input_shape = input_shape(input).map_err(OnnxError::Input)?;
        names.insert(input.name.clone(), Meaning::Value(0));
        let read = source.node.iter().flat_map(|node| &node.input).chain(source.output.iter().map(|o| &o.name));
        let mut uses = HashMap::new();
        read.for_each(|name| *uses.entry(name.clone()).or_insert(0) += 1);
        let graph = Graph { input_shape, nodes: Vec::new() };
        Ok(Self { graph, names, uses, notes: Vec::new(), elements: 0 })
    }

    fn lower_node(&mut self, index: usize, proto: &proto::Node) -> Result<(), OnnxError> {
        let op = printable(&proto.op_type);
        let name = match printable(&proto.name) {
            name if name.is_empty() => format!("{op}_{index}"),
            name => name,
        };
        if !is_standard(&proto.domain) {
            let op = format!("{}.{op}", printable(&proto.domain));
            let advice = "; export the model with ONNX's own operators only".into();
            return Err(OnnxError::Unsupported { node: name, op, advice });
        }
        let Some(lower) = ops::find(&proto.op_type) else {
            let advice = advice::advice(&op).to_owned();
            return Err(OnnxError::Unsupported { node: name, op, advice });
        };
        let at = |problem| OnnxError::Node { node: name.clone(), op: op.clone(), problem };
        let [output, rest @ ..] = &proto.output[..] else { return Err(at("it has no output".into())) };
        if let Some(second) = rest.iter().find(|name| self.uses.contains_key(*name)) {
            return Err(at(format!("its further output '{}' is not supported", printable(second))));
        }
        let mut context = NodeContext { proto, name: name.clone(), state: self };
        let meaning = lower(&mut context).map_err(at)?;
        if self.names.insert(output.clone(), meaning).is_some() {
            return Err(at(format!("its output '{}' is already defined", printable(output))));
        }
        Ok(())
    }

    fn finish(mut self, source: &proto::Graph) -> Result<(Graph, Vec<Note>), OnnxError> {
        let [output] = &source.output[..] else {
            let names: Vec<_> = source.output.iter().map(|o| printable(&o.name)).collect();
            let problem = format!("exactly one is supported, and there are {} ({})", names.len(), names.join(", "));
            return Err(OnnxError::Output(problem));
        };
        let id = match self.names.get(&output.name) {
            Some(Meaning::Value(id) | Meaning::Dropped(id)) => *id,
            Some(Meaning::Constant(_)) => return Err(OnnxError::Output("it does not depend on the input".into())),
            None => return Err(OnnxError::Output(format!("no node computes '{}'", printable(&output.name)))),
        };
        if id == 0 {
            return Err(OnnxError::Output("it is the input: the model computes nothing".into()));
        }
        self.graph.keep_only(id);
        Ok((self.graph, self.notes))
    }
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

/// Dimensions of the model's input without the batch, which must be 1 or left open.
fn input_shape(input: &proto::ValueInfo) -> Result<Vec<usize>, String> {
    let name = printable(&input.name);
    let tensor = input.r#type.as_ref().and_then(|t| t.tensor_type.as_ref());
    let shape = tensor.and_then(|t| t.shape.as_ref()).ok_or_else(|| format!("'{name}' has no shape"))?;
    let [batch, dims @ ..] = &shape.dim[..] else { return Err(format!("'{name}' is a single number")) };
    if dims.is_empty() {
        return Err(format!("'{name}' has one dimension; the first is the batch, the features come after it"));
    }
    if let Some(rows @ 2..) = batch.dim_value {
        return Err(format!("'{name}' has a batch of {rows}; export the model with a batch of 1 or an open one"));
    }
    let fixed = |dim: &proto::Dimension| dim.dim_value.and_then(|v| usize::try_from(v).ok()).filter(|&v| v > 0);
    let dims: Option<Vec<usize>> = dims.iter().map(fixed).collect();
    let dims = dims.ok_or_else(|| format!("'{name}' has an open dimension besides the batch"))?;
    match element_count(&dims) {
        Some(1..=MAX_ELEMENTS) => Ok(dims),
        _ => Err(format!("'{name}' has the shape {dims:?}, more than {MAX_ELEMENTS} elements")),
    }
}

/// A name from a file as it may be shown: bounded, without control characters.
pub(crate) fn printable(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect()
}
