//! Derivatives of a value's elements by what they are computed from, backwards through the graph.

use super::local::each_tap;
use super::{FloatOp, Graph, Node, map};
use crate::real::Real;
use crate::{ValueId, Window};

impl<T: Real> Graph<T> {
    /// How `values[target][element]` changes with every element of the input, where `values` are those of one
    /// [`run`](Self::run). At kinks it is the slope from one side.
    pub(crate) fn gradient(&self, values: &[Vec<T>], target: ValueId, element: usize) -> Vec<T> {
        let mut factors = vec![T::ZERO; values[target].len()];
        factors[element] = T::ONE;
        self.slopes(values, target, factors).swap_remove(0)
    }

    /// How the sum of `factors` times the elements of `values[target]` changes with every element of that value and those before,
    /// as [`gradient`](Self::gradient).
    pub(crate) fn slopes(&self, values: &[Vec<T>], target: ValueId, factors: Vec<T>) -> Vec<Vec<T>> {
        let mut slopes: Vec<Vec<T>> = values[..target].iter().map(|value| vec![T::ZERO; value.len()]).collect();
        slopes.push(factors);
        for id in (1..=target).rev() {
            let slope = std::mem::take(&mut slopes[id]);
            // Most values of a branch have no part in the target.
            if slope.iter().any(|&s| s != T::ZERO) {
                self.pass_back(id, values, &slope, &mut slopes);
            }
            slopes[id] = slope;
        }
        slopes
    }

    /// Adds to the slopes of what node `id − 1` reads.
    fn pass_back(&self, id: ValueId, values: &[Vec<T>], slope: &[T], slopes: &mut [Vec<T>]) {
        let Node { op, inputs, shape, .. } = &self.nodes[id - 1];
        let (x, y) = (&values[inputs[0]], &values[id]);
        let (from, to) = (map(self.shape(inputs[0])), map(shape));
        let into = &mut slopes[inputs[0]];
        match op {
            FloatOp::Linear(linear) => {
                for (row, s) in linear.weight.chunks_exact(linear.inputs).zip(slope).filter(|(_, s)| **s != T::ZERO) {
                    into.iter_mut().zip(row).for_each(|(into, w)| *into += *w * *s);
                }
            }
            FloatOp::Conv(conv) => conv.add_back(slope, into, from, to),
            FloatOp::BatchNorm(norm) => {
                let each = x.len() / norm.scale.len();
                add(into, slope.iter().enumerate().map(|(i, s)| *s * norm.scale[i / each]));
            }
            FloatOp::Relu => add(into, slope.iter().zip(x).map(|(s, x)| if *x > T::ZERO { *s } else { T::ZERO })),
            FloatOp::Clip { max } => add(into, inside(x, slope, *max)),
            // As if it did not round.
            FloatOp::Steps { count } => add(into, inside(x, slope, T::of(f64::from(*count)))),
            FloatOp::MaxPool(window) => {
                let mut open: Vec<bool> = slope.iter().map(|&s| s != T::ZERO).collect();
                each_place(window, from, to, |out, at| {
                    if open[out] && x[at] == y[out] {
                        open[out] = false;
                        into[at] += slope[out];
                    }
                });
            }
            FloatOp::AveragePool(window) => {
                let share = T::ONE / T::of(window.area() as f64);
                each_place(window, from, to, |out, at| into[at] += share * slope[out]);
            }
            FloatOp::Add => inputs.iter().for_each(|&input| add(&mut slopes[input], slope.iter().copied())),
            FloatOp::Concat { axis } => self.split(inputs, *axis, slope, slopes),
            FloatOp::Pad([top, left, ..]) => {
                for (index, line) in into.chunks_exact_mut(from[2].max(1)).enumerate() {
                    let (channel, row) = (index / from[1], index % from[1]);
                    let start = (channel * to[1] + row + top) * to[2] + left;
                    add(line, slope[start..start + from[2]].iter().copied());
                }
            }
            FloatOp::Reshape => add(into, slope.iter().copied()),
        }
    }

    /// The slopes of a concatenation's parts.
    fn split(&self, inputs: &[ValueId], axis: usize, slope: &[T], slopes: &mut [Vec<T>]) {
        let inner: Vec<usize> = inputs.iter().map(|&id| self.shape(id)[axis..].iter().product()).collect();
        let mut rest = slope;
        for outer in 0..slope.len() / inner.iter().sum::<usize>().max(1) {
            for (&input, &inner) in inputs.iter().zip(&inner) {
                let (part, after) = rest.split_at(inner);
                add(&mut slopes[input][outer * inner..][..inner], part.iter().copied());
                rest = after;
            }
        }
    }
}

/// The slopes where `x` is between 0 and `max`.
fn inside<T: Real>(x: &[T], slope: &[T], max: T) -> impl Iterator<Item = T> {
    slope.iter().zip(x).map(move |(s, x)| if *x > T::ZERO && *x < max { *s } else { T::ZERO })
}

fn add<T: Real>(into: &mut [T], slopes: impl Iterator<Item = T>) {
    into.iter_mut().zip(slopes).for_each(|(into, slope)| *into += slope);
}

/// Calls `f(output, input)` for every element of every window of every channel that is not padding.
fn each_place(
    window: &Window,
    [channels, height, width]: [usize; 3],
    [_, rows, columns]: [usize; 3],
    mut f: impl FnMut(usize, usize),
) {
    for channel in 0..channels {
        let (first_out, first_in) = (channel * rows * columns, channel * height * width);
        each_tap(window, [height, width], [rows, columns], |_, to, from| f(first_out + to, first_in + from));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{BatchNorm, Conv, Linear};
    use super::*;

    fn numbers(seed: u64, count: usize) -> Vec<f64> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) as f64 / f64::from(1u32 << 30) - 1.0
        };
        (0..count).map(|_| next()).collect()
    }

    /// Every operation once, with a branch that meets the trunk in a concatenation and in a sum.
    fn graph() -> Graph {
        let window = |kernel, stride, pad| Window { kernel: [kernel; 2], stride: [stride; 2], pads: [pad; 4] };
        let conv = |seed, outputs, inputs, groups, window: Window| {
            let weight = numbers(seed, outputs * inputs * window.area());
            FloatOp::Conv(Conv { outputs, inputs, groups, window, weight, bias: Some(numbers(seed + 1, outputs)) })
        };
        let norm = FloatOp::BatchNorm(BatchNorm { scale: numbers(7, 4), shift: numbers(8, 4) });
        let dense = Linear { outputs: 3, inputs: 6 * 4, weight: numbers(9, 72), bias: None };
        let ops: Vec<(FloatOp, &[ValueId], &[usize])> = vec![
            (conv(1, 4, 2, 1, window(3, 1, 1)), &[0], &[4, 6, 6]),
            (norm, &[1], &[4, 6, 6]),
            (FloatOp::Relu, &[2], &[4, 6, 6]),
            (conv(3, 4, 2, 2, window(1, 1, 0)), &[3], &[4, 6, 6]),
            (FloatOp::Clip { max: 0.9 }, &[4], &[4, 6, 6]),
            (FloatOp::Add, &[5, 3], &[4, 6, 6]),
            (FloatOp::Concat { axis: 0 }, &[6, 0], &[6, 6, 6]),
            (FloatOp::Pad([1, 1, 0, 0]), &[7], &[6, 7, 7]),
            (FloatOp::MaxPool(window(3, 2, 0)), &[8], &[6, 3, 3]),
            (FloatOp::AveragePool(window(2, 1, 0)), &[9], &[6, 2, 2]),
            (FloatOp::Reshape, &[10], &[24]),
            (FloatOp::Linear(dense), &[11], &[3]),
        ];
        let node = |(op, inputs, shape): (FloatOp, &[ValueId], &[usize])| Node {
            name: String::new(),
            op,
            inputs: inputs.to_vec(),
            shape: shape.to_vec(),
        };
        Graph { input_shape: vec![2, 6, 6], nodes: ops.into_iter().map(node).collect() }
    }

    #[test]
    fn gradients_are_what_small_steps_find() {
        let (graph, step) = (graph(), 1e-6);
        let x = numbers(42, 72);
        let values = graph.run(&x);
        for (target, element) in [(12, 0), (12, 2), (10, 5), (7, 100), (1, 17), (0, 3)] {
            let gradient = graph.gradient(&values, target, element);
            for i in 0..x.len() {
                let moved = |by: f64| {
                    let mut x = x.clone();
                    x[i] += by;
                    graph.run(&x)[target][element]
                };
                let slope = (moved(step) - moved(-step)) / (2.0 * step);
                assert!((gradient[i] - slope).abs() < 1e-5, "value {target}, input {i}: {} and {slope}", gradient[i]);
            }
        }
    }

    #[test]
    fn slopes_of_weights_are_what_small_steps_find() {
        let (graph, step) = (graph(), 1e-6);
        let x = numbers(42, 72);
        let values = graph.run(&x);
        let factors = numbers(5, 3);
        let slopes = graph.slopes(&values, 12, factors.clone());
        // All channels in one group, and groups of two.
        for node in [0, 3] {
            let Node { op: FloatOp::Conv(conv), inputs, shape, .. } = &graph.nodes[node] else {
                panic!("a convolution")
            };
            let from = map(graph.shape(inputs[0]));
            let found = conv.weight_slopes(&slopes[node + 1], &values[inputs[0]], from, map(shape));
            assert_eq!(found.len(), conv.weight.len());
            for (k, found) in found.into_iter().enumerate() {
                let moved = |by: f64| {
                    let mut graph = graph.clone();
                    if let FloatOp::Conv(conv) = &mut graph.nodes[node].op {
                        conv.weight[k] += by;
                    }
                    graph.run(&x)[12].iter().zip(&factors).map(|(score, factor)| score * factor).sum::<f64>()
                };
                let slope = (moved(step) - moved(-step)) / (2.0 * step);
                assert!((found - slope).abs() < 1e-4, "node {node}, weight {k}: {found} and {slope}");
            }
        }
    }
}
