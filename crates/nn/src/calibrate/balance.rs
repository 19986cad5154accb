//! Values brought to sizes that rings hold without waste.
//!
//! A value's scale is at least 2^0: of one that reaches thousands the whole part alone would be more than it needs. A ring's bits are whole:
//! a value that just passes a power of two leaves half of it unused, at whatever scale. And a concatenation
//! has one scale, which its largest part decides: what is a thousandth of that would keep few bits. A layer's
//! weights, and with them its result, are multiplied by a number where ReLUs, pools, moves and concatenations lead to
//! layers alone; the weights that meet the result there are divided by the same number. Nothing else changes.

use super::Data;
use crate::ValueId;
use crate::graph::{BatchNorm, Conv, FloatOp, Graph, Linear};

/// Parts that differ by no more bits, and values that are no further from one, are moved by less than a bit.
const NEAR: i32 = 3;
/// How far, in bits, the peak of a layer's result is brought below a power of two: roundings must not lift it over that.
const BELOW: f64 = 1.0 / 32.0;
/// Moves of fewer bits are none.
const LEAST: f64 = 1.0 / 16.0;
/// Most bits by which a layer's result is moved.
const MOST: i32 = 40;

/// The same network with values near one, just below powers of two, and parts of a similar size; `None` where they are, or cannot be.
pub(super) fn balanced(graph: &Graph, data: &Data) -> Option<Graph> {
    let shares = factors(graph, data)?;
    let mut graph = graph.clone();
    // Of each channel of a value the power of two that it is multiplied by.
    let mut powers: Vec<Vec<f64>> = vec![vec![0.0; channels(&graph, 0)]];
    for index in 0..graph.nodes.len() {
        let read: Vec<&[f64]> = graph.nodes[index].inputs.iter().map(|&id| &powers[id][..]).collect();
        let (count, len) = (channels(&graph, index + 1), graph.len(index + 1));
        let shape = &graph.nodes[index].shape;
        let after = match &graph.nodes[index].op {
            op if is_layer(op) => vec![shares[index + 1]; count],
            FloatOp::Concat { axis: 0 } => read.concat(),
            // Of a channel each element, where all become features.
            FloatOp::Reshape if shape.len() == 1 => {
                read[0].iter().flat_map(|&power| std::iter::repeat_n(power, len / read[0].len())).collect()
            }
            // What is regrouped stays as it is.
            FloatOp::Reshape if count != read[0].len() => vec![0.0; count],
            _ => read[0].to_vec(),
        };
        let before = read[0].to_vec();
        scale(&mut graph.nodes[index].op, &before, shares[index + 1]);
        powers.push(after);
    }
    Some(graph)
}

/// For each value of a layer the power of two that it is to be multiplied by.
fn factors(graph: &Graph, data: &Data) -> Option<Vec<f64>> {
    let origins = origins(graph);
    let size = |id: ValueId| data.value(id).peak().log2().round() as i32;
    let fixed = fixed(graph, &origins);
    // The origins that meet in some concatenation, and their sizes: a layer's own, or where it is concatenated.
    let mut factors = vec![0; graph.nodes.len() + 1];
    let mut met: Vec<ValueId> = (0..factors.len()).collect();
    let free = |id: ValueId| !fixed[id] && data.value(id).peak() > 0.0;
    let mut sizes: Vec<Option<i32>> = (0..factors.len()).map(|id| free(id).then(|| size(id))).collect();
    let mut joined = vec![false; factors.len()];
    let concats = || graph.nodes.iter().filter(|node| matches!(node.op, FloatOp::Concat { axis: 0 }));
    for node in concats() {
        let mut first = None;
        for &part in &node.inputs {
            // A part that is a concatenation itself has the sizes of its own parts.
            if let ([origin], true) = (&origins[part][..], data.value(part).peak() > 0.0) {
                // A ReLU may have left little of it.
                let before = sizes[*origin].filter(|_| joined[*origin]);
                sizes[*origin] = before.max(Some(size(part)));
                joined[*origin] = true;
            }
            for &origin in &origins[part] {
                let with = root(&met, *first.get_or_insert(origin));
                let other = root(&met, origin);
                met[other] = with;
            }
        }
    }
    let groups: Vec<ValueId> = (0..met.len()).map(|id| root(&met, id)).collect();
    let known = |group: ValueId| {
        let sizes = &sizes;
        let fixed = &fixed;
        groups
            .iter()
            .enumerate()
            .filter(move |(_, of)| **of == group)
            .filter_map(move |(id, _)| Some((id, sizes[id]?, fixed[id])))
    };
    for group in 0..met.len() {
        let (Some(least), Some(largest)) = (known(group).map(|k| k.1).min(), known(group).map(|k| k.1).max()) else {
            continue;
        };
        // What cannot change decides, or else one.
        let goal = known(group).filter(|k| k.2).map(|k| k.1).max().unwrap_or(0);
        if largest.max(goal) - least.min(goal) > NEAR {
            known(group).filter(|k| !k.2).for_each(|(id, size, _)| factors[id] = (goal - size).clamp(-MOST, MOST));
        }
    }
    let below = |(id, factor): (ValueId, i32)| {
        let factor = f64::from(factor);
        let peak = data.value(id).peak().log2() + factor + BELOW;
        if free(id) && peak.is_finite() { factor + peak.round() - peak } else { factor }
    };
    let factors: Vec<f64> = factors.into_iter().enumerate().map(below).collect();
    (!graph.is_quantised() && factors.iter().any(|factor| factor.abs() >= LEAST)).then_some(factors)
}

/// For each value the layers' results (or the input) whose elements it has, moved, pooled or cut at zero.
fn origins(graph: &Graph) -> Vec<Vec<ValueId>> {
    let mut origins: Vec<Vec<ValueId>> = vec![vec![0]];
    for (index, node) in graph.nodes.iter().enumerate() {
        origins.push(if passes(&node.op) {
            let mut all: Vec<ValueId> = node.inputs.iter().flat_map(|&id| origins[id].iter().copied()).collect();
            all.sort_unstable();
            all.dedup();
            all
        } else {
            vec![index + 1]
        });
    }
    origins
}

/// Which values have to stay as they are: the input, what is no layer's result, and what comes, as it is, to anything but a layer.
fn fixed(graph: &Graph, origins: &[Vec<ValueId>]) -> Vec<bool> {
    let mut fixed: Vec<bool> = (0..origins.len()).map(|id| id == 0 || !is_layer(&graph.nodes[id - 1].op)).collect();
    let mut fix = |id: ValueId| origins[id].iter().for_each(|&origin| fixed[origin] = true);
    for (index, node) in graph.nodes.iter().enumerate() {
        let regroups = matches!(node.op, FloatOp::Reshape) && {
            let (from, to) = (graph.shape(node.inputs[0]), &node.shape);
            to.len() != 1 && from.first() != to.first()
        };
        if regroups || !(passes(&node.op) || is_layer(&node.op)) {
            node.inputs.iter().for_each(|&id| fix(id));
        }
        if index + 1 == graph.nodes.len() {
            fix(index + 1);
        }
    }
    fixed
}

fn root(met: &[ValueId], mut id: ValueId) -> ValueId {
    while met[id] != id {
        id = met[id];
    }
    id
}

/// Whether a factor on all that it reads is one on all that it gives.
fn passes(op: &FloatOp) -> bool {
    use FloatOp::{AveragePool, Concat, MaxPool, Pad, Relu, Reshape};
    matches!(op, Relu | MaxPool(_) | AveragePool(_) | Pad(_) | Reshape | Concat { axis: 0 })
}

fn is_layer(op: &FloatOp) -> bool {
    matches!(op, FloatOp::Linear(_) | FloatOp::Conv(_) | FloatOp::BatchNorm(_))
}

fn channels(graph: &Graph, id: ValueId) -> usize {
    graph.shape(id).first().map_or(1, |&count| count.max(1))
}

/// Lets a layer read channels times (real) powers of two, and multiplies its result by another.
fn scale(op: &mut FloatOp, read: &[f64], result: f64) {
    let power = f64::exp2;
    let (weight, bias, row, groups) = match op {
        FloatOp::Linear(Linear { weight, bias, inputs, .. }) => (weight, bias.as_mut(), *inputs, 1),
        FloatOp::Conv(Conv { weight, bias, inputs, window, groups, .. }) => {
            (weight, bias.as_mut(), *inputs * window.area(), *groups)
        }
        FloatOp::BatchNorm(BatchNorm { scale, shift }) => (scale, Some(shift), 1, read.len()),
        _ => return,
    };
    let (outputs, inputs) = (weight.len() / row, read.len() / groups);
    for (output, weights) in weight.chunks_exact_mut(row).enumerate() {
        let first = output * groups / outputs * inputs;
        let each = row / inputs;
        for (weights, read) in weights.chunks_exact_mut(each).zip(&read[first..]) {
            weights.iter_mut().for_each(|w| *w *= power(result - read));
        }
    }
    bias.into_iter().flatten().for_each(|b| *b *= power(result));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Window;
    use crate::calibrate::Watch;
    use crate::graph::Node;

    fn numbers(seed: usize, count: usize, size: f64) -> Vec<f64> {
        (0..count).map(|k| (((seed * 31 + k) * 7919 % 1009) as f64 / 504.5 - 1.0) * size).collect()
    }

    fn conv(outputs: usize, inputs: usize, size: f64) -> FloatOp {
        let window = Window { kernel: [1, 1], stride: [1, 1], pads: [0; 4] };
        let (weight, bias) = (numbers(outputs, outputs * inputs, size), Some(numbers(inputs, outputs, size)));
        FloatOp::Conv(Conv { outputs, inputs, groups: 1, window, weight, bias })
    }

    /// Parts of three sizes beside the input, concatenated twice, on a way through every operation that keeps factors.
    fn graph(last: FloatOp) -> Graph {
        let window = Window { kernel: [2, 2], stride: [2, 2], pads: [0; 4] };
        let norm = FloatOp::BatchNorm(BatchNorm { scale: numbers(3, 9, 1.0), shift: numbers(4, 9, 1.0) });
        let ops: Vec<(FloatOp, &[ValueId], &[usize])> = vec![
            (conv(4, 2, 1e-4), &[0], &[4, 4, 4]),
            (FloatOp::Relu, &[1], &[4, 4, 4]),
            (conv(3, 2, 1e3), &[0], &[3, 4, 4]),
            (FloatOp::Concat { axis: 0 }, &[2, 3], &[7, 4, 4]),
            (FloatOp::Concat { axis: 0 }, &[4, 0], &[9, 4, 4]),
            (norm, &[5], &[9, 4, 4]),
            (FloatOp::MaxPool(window), &[5], &[9, 2, 2]),
            (FloatOp::Reshape, &[7], &[36]),
            (FloatOp::Linear(Linear { outputs: 2, inputs: 36, weight: numbers(5, 72, 1.0), bias: None }), &[8], &[2]),
            (FloatOp::Reshape, &[6], &[144]),
            (FloatOp::Concat { axis: 0 }, &[9, 10], &[146]),
            (last, &[11], &[146]),
        ];
        let node = |(op, inputs, shape): (FloatOp, &[ValueId], &[usize])| Node {
            name: String::new(),
            op,
            inputs: inputs.to_vec(),
            shape: shape.to_vec(),
        };
        Graph { input_shape: vec![2, 4, 4], nodes: ops.into_iter().map(node).collect() }
    }

    fn balance(graph: &Graph) -> Option<Graph> {
        let rows: Vec<Vec<f64>> = (0..4).map(|seed| numbers(seed, 32, 1.0)).collect();
        balanced(graph, &Data::new(graph, &[(-1.0, 1.0); 32], &rows, Watch::default()))
    }

    fn near(before: &[Vec<f64>], after: &[Vec<f64>], id: ValueId) -> bool {
        before[id].iter().zip(&after[id]).all(|(a, b)| (a - b).abs() <= 1e-9 * a.abs().max(1.0))
    }

    #[test]
    fn parts_get_the_size_of_what_cannot_change_and_results_stay() {
        let graph = graph(FloatOp::Relu);
        let found = balance(&graph).expect("parts of different sizes");
        let row = numbers(9, 32, 1.0);
        let (before, after) = (graph.run(&row), found.run(&row));
        assert!(near(&before, &after, 12));
        let peak = |values: &[Vec<f64>], id: ValueId| values[id].iter().fold(0.0f64, |peak, v| peak.max(v.abs()));
        for part in [2, 3] {
            assert!((0.25..=4.0).contains(&peak(&after, part)), "{} of {}", peak(&after, part), peak(&before, part));
        }
        assert!(near(&before, &after, 9) && near(&before, &after, 6));
        for part in [1, 3] {
            let below = -peak(&after, part).log2().rem_euclid(-1.0);
            assert!(below < 0.5, "a little below a power of two on the calibration rows: {below}");
        }
        // Once is enough.
        assert_eq!(balance(&found), None);
    }

    #[test]
    fn features_may_become_channels_elsewhere() {
        let mut graph = graph(FloatOp::Reshape);
        graph.nodes[11].shape = vec![2, 73];
        let shape = vec![3, 73];
        graph.nodes.push(Node { name: String::new(), op: conv(3, 2, 1.0), inputs: vec![12], shape });
        let row = numbers(9, 32, 1.0);
        let found = balance(&graph).expect("parts of different sizes");
        assert!(near(&graph.run(&row), &found.run(&row), 13));
    }

    #[test]
    fn what_comes_to_other_operations_as_it_is_stays() {
        let mut graph = graph(FloatOp::Relu);
        // Seven channels are the concatenation's and two more, of which each has its bound.
        graph.nodes[5].op = FloatOp::Clip { max: 6.0 };
        assert_eq!(balance(&graph), None);
    }
}
