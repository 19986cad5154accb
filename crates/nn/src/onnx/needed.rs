//! What the chosen output depends on.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use super::error::OnnxError;
use super::printable::printable;
use super::proto;

/// Names that the output depends on, and the nodes that compute them, in the file's order.
pub(super) struct Needed<'s> {
    pub(super) names: HashSet<&'s str>,
    pub(super) nodes: Vec<(usize, &'s proto::Node)>,
}

/// The output of the graph: the one asked for, or the only one.
pub(super) fn output<'s>(graph: &'s proto::Graph, asked: Option<&str>) -> Result<&'s str, OnnxError> {
    let names = || graph.output.iter().map(|o| printable(&o.name)).collect::<Vec<_>>().join(", ");
    match (asked, &graph.output[..]) {
        (None, [output]) => Ok(&output.name),
        (None, outputs) => {
            let (count, names) = (outputs.len(), names());
            Err(OnnxError::Output(format!("it must be one, and there are {count} ({names}): say which by its name")))
        }
        (Some(asked), outputs) => {
            let found = outputs.iter().find(|output| output.name == asked);
            let problem = || format!("there is none called '{}', only {}", printable(asked), names());
            found.map(|output| output.name.as_str()).ok_or_else(|| OnnxError::Output(problem()))
        }
    }
}

/// Walks from `output` backwards. Nodes that stand before what they read, as some tools write them, come after it.
pub(super) fn needed<'s>(graph: &'s proto::Graph, output: &'s str) -> Result<Needed<'s>, OnnxError> {
    let mut makers: HashMap<&str, usize> = HashMap::new();
    for (index, node) in graph.node.iter().enumerate() {
        for name in node.output.iter().filter(|name| !name.is_empty()) {
            if makers.insert(name, index).is_some() {
                let problem = format!("'{}' is already defined when node {index} computes it", printable(name));
                return Err(OnnxError::Output(problem));
            }
        }
    }
    let (mut names, mut wanted) = (HashSet::from([output]), vec![false; graph.node.len()]);
    let mut open = vec![output];
    while let Some(name) = open.pop() {
        let Some(&maker) = makers.get(name) else { continue };
        if std::mem::replace(&mut wanted[maker], true) {
            continue;
        }
        let inputs = graph.node[maker].input.iter().map(String::as_str).filter(|name| !name.is_empty());
        open.extend(inputs.filter(|&name| names.insert(name)));
    }
    let nodes = sorted(graph, &makers, &wanted)?;
    Ok(Needed { names, nodes })
}

/// The wanted nodes, each after those that it reads, otherwise in the file's order.
fn sorted<'s>(
    graph: &'s proto::Graph,
    makers: &HashMap<&str, usize>,
    wanted: &[bool],
) -> Result<Vec<(usize, &'s proto::Node)>, OnnxError> {
    let mut readers: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut open = vec![0usize; wanted.len()];
    for (index, node) in graph.node.iter().enumerate().filter(|(index, _)| wanted[*index]) {
        for maker in node.input.iter().filter_map(|name| makers.get(name.as_str())) {
            readers.entry(*maker).or_default().push(index);
            open[index] += 1;
        }
    }
    let mut ready: BinaryHeap<Reverse<usize>> =
        (0..wanted.len()).filter(|&index| wanted[index] && open[index] == 0).map(Reverse).collect();
    let mut nodes = Vec::new();
    while let Some(Reverse(index)) = ready.pop() {
        nodes.push((index, &graph.node[index]));
        for &reader in readers.get(&index).into_iter().flatten() {
            open[reader] -= 1;
            if open[reader] == 0 {
                ready.push(Reverse(reader));
            }
        }
    }
    match (0..wanted.len()).find(|&index| open[index] > 0) {
        Some(index) => {
            let node = printable(&graph.node[index].name);
            Err(OnnxError::Output(format!("node {index} '{node}' reads what depends on its own output")))
        }
        None => Ok(nodes),
    }
}
