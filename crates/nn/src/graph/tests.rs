//! Layers against sums written out, and passes against the graph before them.

use proptest::prelude::*;

use super::{BatchNorm, Conv, FloatOp, Graph, Linear, Node};
use crate::Window;

fn window(kernel: [usize; 2], stride: [usize; 2], pads: [usize; 4]) -> Window {
    Window { kernel, stride, pads }
}

fn node(op: FloatOp, inputs: &[usize], shape: &[usize]) -> Node {
    Node { name: "node".into(), op, inputs: inputs.to_vec(), shape: shape.to_vec() }
}

fn result(graph: &Graph, input: &[f64]) -> Vec<f64> {
    graph.run(input).pop().unwrap()
}

/// One node over `[C, H, W]`.
fn one(input_shape: &[usize], op: FloatOp, shape: &[usize]) -> Graph {
    Graph { input_shape: input_shape.to_vec(), nodes: vec![node(op, &[0], shape)] }
}

/// The element of a padded map, `None` in the padding.
fn padded(x: &[f64], [_, h, w]: [usize; 3], pads: [usize; 4], c: usize, y: usize, col: usize) -> Option<f64> {
    let (y, col) = (y.checked_sub(pads[0])?, col.checked_sub(pads[1])?);
    (y < h && col < w).then(|| x[(c * h + y) * w + col])
}

fn extents([_, h, w]: [usize; 3], window: &Window) -> Option<[usize; 2]> {
    let [top, left, bottom, right] = window.pads;
    let rows = (h + top + bottom).checked_sub(window.kernel[0])? / window.stride[0] + 1;
    Some([rows, (w + left + right).checked_sub(window.kernel[1])? / window.stride[1] + 1])
}

/// All elements of every window of channel `c`, in row-major order.
fn windows(x: &[f64], shape: [usize; 3], window: &Window, c: usize) -> Vec<Vec<Option<f64>>> {
    let [rows, columns] = extents(shape, window).unwrap();
    let positions = (0..rows).flat_map(|r| (0..columns).map(move |q| (r, q)));
    let taps = || (0..window.kernel[0]).flat_map(|y| (0..window.kernel[1]).map(move |q| (y, q)));
    let at = |r: usize, q: usize, (ky, kx): (usize, usize)| {
        padded(x, shape, window.pads, c, r * window.stride[0] + ky, q * window.stride[1] + kx)
    };
    positions.map(|(r, q)| taps().map(|tap| at(r, q, tap)).collect()).collect()
}

fn geometry() -> impl Strategy<Value = ([usize; 3], Window)> {
    let pair = |low: usize, high: usize| (low..high, low..high).prop_map(|(a, b)| [a, b]);
    let pads = (0usize..3, 0usize..3, 0usize..3, 0usize..3).prop_map(|(a, b, c, d)| [a, b, c, d]);
    let all = ((1usize..4, 1usize..6, 1usize..6), pair(1, 5), pair(1, 4), pads);
    all.prop_map(|((c, h, w), kernel, stride, pads)| ([c, h, w], window(kernel, stride, pads)))
        .prop_filter("a window fits", |(shape, window)| extents(*shape, window).is_some())
}

fn elements(len: usize) -> Vec<f64> {
    (0..len).map(|i| f64::from((i * 37 % 41) as i32 - 20) / 8.0).collect()
}

proptest! {
    #[test]
    fn convolutions_are_sums_over_windows((shape, window) in geometry(), groups in 1usize..3, per_group in 1usize..3) {
        let shape = [shape[0] * groups, shape[1], shape[2]];
        let (outputs, inputs) = (per_group * groups, shape[0] / groups);
        let size = window.kernel[0] * window.kernel[1];
        let conv = Conv {
            outputs, inputs, groups, window,
            weight: elements(outputs * inputs * size),
            bias: Some(elements(outputs)),
        };
        let x = elements(shape.iter().product());
        let [rows, columns] = extents(shape, &window).unwrap();
        let mut expected = Vec::new();
        for o in 0..outputs {
            let first = o / per_group * inputs;
            let maps: Vec<_> = (0..inputs).map(|c| windows(&x, shape, &window, first + c)).collect();
            let positions = 0..rows * columns;
            expected.extend(positions.map(|position| {
                let terms = (0..inputs).flat_map(|c| (0..size).map(move |k| (c, k)));
                let weights = &conv.weight[o * inputs * size..];
                let sum: f64 = terms.map(|(c, k)| weights[c * size + k] * maps[c][position][k].unwrap_or(0.0)).sum();
                sum + elements(outputs)[o]
            }));
        }
        // All numbers are small multiples of 1/64: sums are exact in any order.
        prop_assert_eq!(result(&one(&shape, FloatOp::Conv(conv), &[outputs, rows, columns]), &x), expected);
    }

    #[test]
    fn pools_combine_windows((shape, mut window) in geometry()) {
        let x = elements(shape.iter().product());
        let [rows, columns] = extents(shape, &window).unwrap();
        let run = |op| result(&one(&shape, op, &[shape[0], rows, columns]), &x);
        let of_windows = |window: &Window, f: &dyn Fn(&[Option<f64>]) -> f64| -> Vec<f64> {
            (0..shape[0]).flat_map(|c| windows(&x, shape, window, c)).map(|w| f(&w)).collect()
        };
        let mean = |w: &[Option<f64>]| w.iter().flatten().sum::<f64>() / w.len() as f64;
        prop_assert_eq!(run(FloatOp::AveragePool(window)), of_windows(&window, &mean));
        (0..4).for_each(|side| window.pads[side] = window.pads[side].min(window.kernel[side % 2] - 1));
        let Some([rows, columns]) = extents(shape, &window) else { return Ok(()) };
        let max = |w: &[Option<f64>]| w.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
        let graph = one(&shape, FloatOp::MaxPool(window), &[shape[0], rows, columns]);
        prop_assert_eq!(result(&graph, &x), of_windows(&window, &max));
    }

    /// Numbers of few bits, so that floating point is exact and equality means equality.
    #[test]
    fn folding_changes_nothing(
        (shape, window) in geometry(),
        depthwise in any::<bool>(),
        pads in prop::array::uniform4(0usize..3),
        seed in 0usize..1000,
    ) {
        let graph = normalised(shape, window, depthwise, pads, |k| f64::from(((k * 29 + seed) % 17) as i32 - 8) / 4.0);
        let folded = graph.clone().simplified();
        let x = elements(graph.len(0));
        prop_assert_eq!(result(&folded, &x), result(&graph, &x));
        let left: Vec<_> = folded.nodes.iter().filter(|n| matches!(n.op, FloatOp::BatchNorm(_))).collect();
        prop_assert_eq!(left.len(), 1, "only the one whose input is read twice stays: {:?}", left);
        let pads_itself = (0..4).all(|side| pads[side] + window.pads[side] < window.kernel[side % 2]);
        prop_assert_eq!(folded.nodes.iter().any(|n| matches!(n.op, FloatOp::Pad(_))), !pads_itself);
        prop_assert_eq!(folded.nodes.len() + 3 + usize::from(pads_itself), graph.nodes.len());
    }

    /// Before a convolution in groups and before a linear layer; before a convolution that pads only without summands.
    #[test]
    fn layers_take_in_what_normalises_their_input(
        (shape, mut window) in geometry(),
        pads in any::<bool>(),
        shifts in any::<bool>(),
        seed in 0usize..1000,
    ) {
        if !pads {
            window.pads = [0; 4];
        }
        let value = |k: usize| f64::from(((k * 29 + seed) % 17) as i32 - 8) / 4.0;
        let list = |len: usize, from: usize| -> Vec<f64> { (0..len).map(|i| value(i + from)).collect() };
        let norm = |n: usize, from: usize| {
            let shift = if shifts { list(n, from + 3) } else { vec![0.0; n] };
            FloatOp::BatchNorm(BatchNorm { scale: list(n, from), shift })
        };
        let shifted = shifts && list(shape[0], 3).iter().any(|&shift| shift != 0.0);
        let [channels, ..] = shape;
        let Some([rows, columns]) = extents(shape, &window) else { return Ok(()) };
        let (map, outputs) = ([2 * channels, rows, columns], 2 * channels);
        let weight = list(outputs * window.area(), 1);
        let conv = Conv { outputs, inputs: 1, groups: channels, window, weight, bias: None };
        let features = outputs * rows * columns;
        let linear = Linear { outputs: 2, inputs: features, weight: list(2 * features, 2), bias: Some(list(2, 9)) };
        let graph = Graph {
            input_shape: shape.to_vec(),
            nodes: vec![
                node(norm(channels, 0), &[0], &shape),
                node(FloatOp::Conv(conv), &[1], &map),
                node(FloatOp::Reshape, &[2], &[features]),
                node(norm(features, 7), &[3], &[features]),
                node(FloatOp::Linear(linear), &[4], &[2]),
            ],
        };
        let folded = graph.clone().simplified();
        let x = elements(graph.len(0));
        prop_assert_eq!(result(&folded, &x), result(&graph, &x));
        prop_assert_eq!(folded.nodes.len(), if window.is_unpadded() || !shifted { 3 } else { 4 });
    }

    #[test]
    fn folding_rounds_little(
        (shape, window) in geometry(),
        depthwise in any::<bool>(),
        pads in prop::array::uniform4(0usize..3),
        values in prop::collection::vec(-3.0f64..3.0, 7..40),
    ) {
        let graph = normalised(shape, window, depthwise, pads, |k| values[k % values.len()]);
        let x: Vec<f64> = (0..graph.len(0)).map(|i| values[i * 5 % values.len()]).collect();
        let (before, after) = (result(&graph, &x), result(&graph.simplified(), &x));
        let peak = before.iter().fold(1.0f64, |peak, v| peak.max(v.abs()));
        for (a, b) in before.iter().zip(&after) {
            prop_assert!((a - b).abs() <= 1e-9 * peak, "{a} against {b}");
        }
    }
}

/// Pad, Conv, two batch normalisations in a row, Relu, one that cannot be folded because a residual also reads its input,
/// Add, Reshape, Linear, batch normalisation.
fn normalised(
    shape: [usize; 3],
    window: Window,
    depthwise: bool,
    pads: [usize; 4],
    value: impl Fn(usize) -> f64,
) -> Graph {
    let [channels, height, width] = shape;
    let wide = [channels, height + pads[0] + pads[2], width + pads[1] + pads[3]];
    let [rows, columns] = extents(wide, &window).unwrap();
    let (outputs, inputs, groups) = if depthwise { (channels, 1, channels) } else { (3, channels, 1) };
    let size = inputs * window.kernel[0] * window.kernel[1];
    let map = [outputs, rows, columns];
    let list = |len: usize, from: usize| -> Vec<f64> { (0..len).map(|i| value(i + from)).collect() };
    let norm = |n: usize, from: usize| FloatOp::BatchNorm(BatchNorm { scale: list(n, from), shift: list(n, from + 3) });
    let bias = depthwise.then(|| list(outputs, 5));
    let conv = Conv { outputs, inputs, groups, window, weight: list(outputs * size, 1), bias };
    let features = outputs * rows * columns;
    let linear = Linear { outputs: 2, inputs: features, weight: list(2 * features, 2), bias: None };
    Graph {
        input_shape: shape.to_vec(),
        nodes: vec![
            node(FloatOp::Pad(pads), &[0], &wide),
            node(FloatOp::Conv(conv), &[1], &map),
            node(norm(outputs, 0), &[2], &map),
            node(norm(outputs, 7), &[3], &map),
            node(FloatOp::Relu, &[4], &map),
            node(norm(outputs, 11), &[5], &map),
            node(FloatOp::Add, &[6, 5], &map),
            node(FloatOp::Reshape, &[7], &[features]),
            node(FloatOp::Linear(linear), &[8], &[2]),
            node(norm(2, 4), &[9], &[2]),
        ],
    }
}

#[test]
fn joins_keep_their_order() {
    let concat = |axis, shape: &[usize]| Graph {
        input_shape: vec![2, 1, 2],
        nodes: vec![node(FloatOp::Relu, &[0], &[2, 1, 2]), node(FloatOp::Concat { axis }, &[0, 1], shape)],
    };
    let x = [-1.0, 2.0, 3.0, -4.0];
    assert_eq!(result(&concat(0, &[4, 1, 2]), &x), [-1.0, 2.0, 3.0, -4.0, 0.0, 2.0, 3.0, 0.0]);
    assert_eq!(result(&concat(2, &[2, 1, 4]), &x), [-1.0, 2.0, 0.0, 2.0, 3.0, -4.0, 3.0, 0.0]);
    let padded = one(&[1, 1, 2], FloatOp::Pad([1, 0, 0, 2]), &[1, 2, 4]);
    assert_eq!(result(&padded, &[5.0, 6.0]), [0.0, 0.0, 0.0, 0.0, 5.0, 6.0, 0.0, 0.0]);
    let clip = one(&[3], FloatOp::Clip { max: 6.0 }, &[3]);
    assert_eq!(result(&clip, &[-1.0, 5.0, 7.0]), [0.0, 5.0, 6.0]);
}
