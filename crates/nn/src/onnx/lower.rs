//! Walks the nodes of a file and builds the graph. What each operator means is in [`super::ops`].

use std::collections::{HashMap, HashSet};

use super::error::{Domain, Note, OnnxError};
use super::meaning::Meaning;
use super::needed::{Needed, needed, output};
use super::node::NodeContext;
use super::ops::{self, Lower};
use super::printable::printable;
use super::reading::Reading;
use super::shape::input_shape;
use super::state::Lowering;
use super::view::{FILE_INPUT, View};
use super::{advice, problems, proto};
use crate::graph::Graph;

const MAX_NODES: usize = 100_000;
/// What an element of a view's lists takes, in elements of a value.
const LISTS: usize = 3;
/// After so many nothing more is looked for.
const MAX_PROBLEMS: usize = 1000;

/// Versions of the operator sets of a file.
#[derive(Clone, Copy)]
pub(super) struct Opsets {
    /// ONNX's own.
    pub(super) standard: i64,
    /// `ai.onnx.ml`, 0 without it.
    pub(super) ml: i64,
}

/// Builds the graph of a file.
pub(super) fn lower(source: &proto::Graph, opsets: Opsets, reading: &Reading) -> Result<(Graph, Vec<Note>), OnnxError> {
    if source.node.len() > MAX_NODES {
        return Err(OnnxError::Input(format!("{} nodes are more than the {MAX_NODES} allowed", source.node.len())));
    }
    let output = output(source, reading.output.as_deref())?;
    let needed = needed(source, output)?;
    let mut state = Lowering::new(source, &needed, reading)?;
    let mut problems = Vec::new();
    for &(index, node) in &needed.nodes {
        if let Err(problem) = state.lower_node(index, node, &needed, opsets) {
            problems.push(problem);
            state.stand_in(node);
        }
        if problems.len() == MAX_PROBLEMS || state.is_full() {
            break;
        }
    }
    if problems.is_empty() { state.finish(output) } else { Err(problems::together(problems)) }
}

impl<'s> Lowering<'s> {
    fn new(source: &'s proto::Graph, needed: &Needed<'s>, reading: &'s Reading) -> Result<Self, OnnxError> {
        let mut stored = HashMap::new();
        for tensor in &source.initializer {
            if stored.insert(tensor.name.as_str(), tensor).is_some() {
                let name = printable(&tensor.name);
                return Err(OnnxError::Tensor { name, problem: "it is stored twice".into() });
            }
        }
        // Old files list stored tensors as inputs as well.
        let inputs = || source.input.iter().filter(|input| !stored.contains_key(input.name.as_str()));
        let read: Vec<_> = inputs().filter(|input| needed.names.contains(input.name.as_str())).collect();
        let input = match read[..] {
            [input] => input,
            [] => return Err(OnnxError::Input(format!("the output depends on none of {}", inputs().count()))),
            _ => {
                let names: Vec<_> = read.iter().map(|input| printable(&input.name)).collect();
                let (count, names) = (read.len(), names.join(", "));
                return Err(OnnxError::Input(format!("it must be one, and the output depends on {count} ({names})")));
            }
        };
        let file_input = input_shape(input, &reading.sizes).map_err(OnnxError::Input)?;
        let shape = std::iter::once(1).chain(file_input.iter().copied()).collect();
        let names = HashMap::from([(input.name.as_str(), Meaning::Value(View::whole(FILE_INPUT, shape)))]);
        Ok(Self {
            graph: Graph { input_shape: file_input.clone(), nodes: Vec::new() },
            names,
            types: source.initializer.iter().map(|tensor| (tensor.name.as_str(), tensor.data_type)).collect(),
            stored,
            unknown: HashSet::new(),
            described: source.value_info.iter().chain(&source.output).map(|info| (info.name.as_str(), info)).collect(),
            sizes: &reading.sizes,
            folder: reading.folder.as_deref(),
            steps: Vec::new(),
            notes: Vec::new(),
            node: String::new(),
            elements: 0,
            file_input,
            input: None,
        })
    }

    fn lower_node(
        &mut self,
        index: usize,
        proto: &'s proto::Node,
        needed: &Needed<'s>,
        opsets: Opsets,
    ) -> Result<(), OnnxError> {
        let op = printable(&proto.op_type);
        let name = match printable(&proto.name) {
            name if name.is_empty() => format!("{op}_{index}"),
            name => name,
        };
        let found = match Domain::of(&proto.domain) {
            Domain::Standard => (ops::find(&proto.op_type), opsets.standard),
            Domain::Ml => (ops::find_ml(&proto.op_type), opsets.ml),
            Domain::Microsoft => (ops::find_microsoft(&proto.op_type), opsets.standard),
            Domain::Other => (None, 0),
        };
        let (Some(lower), opset) = found else {
            let advice = advice::advice(&proto.domain, &op).to_owned();
            let domain = match Domain::of(&proto.domain) {
                Domain::Standard => String::new(),
                Domain::Ml | Domain::Microsoft | Domain::Other => format!("{}.", printable(&proto.domain)),
            };
            return Err(OnnxError::Unsupported { node: name, op: format!("{domain}{op}"), advice });
        };
        if self.is_in_the_dark(proto) {
            self.stand_in(proto);
            return Ok(());
        }
        let at = |problem| OnnxError::Node { node: name.clone(), op: op.clone(), problem };
        self.node.clone_from(&name);
        let mut context = NodeContext { proto, opset, state: self };
        let meanings = match lower {
            Lower::One(lower) => vec![lower(&mut context).map_err(at)?],
            Lower::Several(lower) => lower(&mut context).map_err(at)?,
        };
        if proto.output.is_empty() {
            return Err(at("it has no output".into()));
        }
        for meaning in &meanings {
            if let Meaning::Value(view) = meaning
                && view.has_lists()
            {
                (0..LISTS).try_for_each(|_| self.room(&view.shape).map(drop)).map_err(at)?;
            }
        }
        for (k, output) in proto.output.iter().enumerate().filter(|(_, name)| needed.names.contains(name.as_str())) {
            let Some(meaning) = meanings.get(k) else {
                return Err(at(format!("its further output '{}' is not supported", printable(output))));
            };
            if self.stored.contains_key(output.as_str()) || self.names.insert(output, meaning.clone()).is_some() {
                return Err(at(format!("its output '{}' is already defined", printable(output))));
            }
        }
        Ok(())
    }

    fn finish(mut self, output: &'s str) -> Result<(Graph, Vec<Note>), OnnxError> {
        let view = match self.meaning(output).map_err(OnnxError::Output)? {
            Some(Meaning::Value(view)) => view,
            Some(Meaning::Dropped(scores)) => scores.view,
            Some(Meaning::Constant(_)) => return Err(OnnxError::Output("it does not depend on the input".into())),
            None => return Err(OnnxError::Output(format!("no node computes '{}'", printable(output)))),
        };
        self.node = "output".into();
        let id = self.whole(&view).map_err(OnnxError::Output)?.id;
        if id == 0 {
            return Err(OnnxError::Output("it is the input: the model computes nothing".into()));
        }
        self.graph.keep_only(id);
        Ok((self.graph, self.notes))
    }
}
