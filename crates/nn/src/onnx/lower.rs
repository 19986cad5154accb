//! Walks the nodes of a file and builds the graph. What each operator means is in [`super::ops`].

use std::collections::HashMap;

use super::constant::Constant;
use super::error::{Note, OnnxError, is_standard};
use super::node::{Lowering, MAX_ELEMENTS, Meaning, NodeContext};
use super::printable::printable;
use super::{advice, ops, proto};
use crate::graph::Graph;
use crate::tensor::element_count;

const MAX_NODES: usize = 10_000;
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
