//! Elements in another order, and functions that layers take in.

use super::{W, computed, error, float, import, int, ints, list, node, over, proto, read, result, tensor, text};
use crate::graph::{FloatOp, Graph};
use prost::Message;

fn graph(dims: &[i64], nodes: Vec<proto::Node>, stored: Vec<proto::Tensor>) -> Graph {
    import(&over(dims, nodes, stored)).unwrap().simplified()
}

fn ones(name: &str, dims: &[i64]) -> proto::Tensor {
    tensor(name, dims, &vec![1.0; dims.iter().product::<i64>() as usize])
}

fn turn(from: &str, to: &str, perm: &[i64]) -> proto::Node {
    node("Transpose", &[from], to, vec![list("perm", perm)])
}

#[test]
fn channels_that_come_last_become_the_cards_order() {
    let nodes = vec![
        node("Sub", &["x", "mean"], "centred", vec![]),
        turn("centred", "first", &[0, 3, 1, 2]),
        node("Conv", &["first", "w"], "c", vec![list("pads", &[0, 0, 0, 1])]),
        turn("c", "last", &[0, 2, 3, 1]),
        node("Reshape", &["last", "flat"], "f", vec![]),
        node("MatMul", &["f", "m"], "y", vec![]),
    ];
    // One row of two pixels of two channels; the kernel adds a pixel's channels to 10 times those of the next.
    let stored = vec![
        tensor("mean", &[2], &[1.0, 2.0]),
        tensor("w", &[2, 2, 1, 2], &[1.0, 10.0, 1.0, 10.0, 2.0, 0.0, 0.0, 0.0]),
        ints("flat", &[-1, 4]),
        tensor("m", &[4, 1], &[1.0, 100.0, 1000.0, 10000.0]),
    ];
    let (graph, notes) = read(&over(&[1, 2, 2], nodes, stored).encode_to_vec()).unwrap();
    assert_eq!(graph.input_shape, [2, 1, 2]);
    assert!(notes.iter().any(|n| n.message.contains("channels come first")), "{notes:?}");
    // Pixels (5, 6) and (7, 9) minus (1, 2): (4, 4) and (6, 7). Channel 0: 8 + 130 = 138, 13; channel 1: 8, 12.
    let expected = 138.0 + 100.0 * 8.0 + 1000.0 * 13.0 + 10000.0 * 12.0;
    assert_eq!(result(&graph, &[5.0, 7.0, 6.0, 9.0]), [expected]);
    // Means before a convolution that pads stay an operation: its zeros have none. The last order is in the matrix.
    let kinds: Vec<bool> = graph.nodes.iter().map(|n| matches!(n.op, FloatOp::BatchNorm(_))).collect();
    assert_eq!(kinds, [true, false, false, false], "norm, conv, reshape, linear: {:?}", graph.nodes);
}

#[test]
fn affine_functions_become_part_of_layers() {
    let gemm = |from: &str, to: &str| node("Gemm", &[from, "w"], to, vec![int("transB", 1)]);
    let nodes = vec![
        node("Div", &["x", "two"], "h", vec![]),
        node("Sub", &["h", "c"], "s", vec![]),
        gemm("s", "g"),
        node("Mul", &["c", "g"], "m", vec![]),
        node("Relu", &["m"], "r", vec![]),
        node("Neg", &["r"], "n", vec![]),
        node("Sub", &["c", "n"], "k", vec![]),
        gemm("k", "y"),
    ];
    let stored = || vec![tensor("two", &[], &[2.0]), tensor("c", &[2], &[1.0, -1.0]), tensor("w", &[2, 2], &W[..4])];
    // x/2 − c = (−0.5, 2); W· = (3.5, 6.5); ·c = (3.5, −6.5); relu (3.5, 0); c + that = (4.5, −1); W·.
    assert_eq!(computed(&[2], nodes.clone(), stored()), [2.5, 9.5]);
    assert_eq!(graph(&[2], nodes, stored()).nodes.len(), 3, "linear, relu, linear");
    let by = |op: &str, c: &[f32]| {
        error(&over(&[2], vec![node(op, &["x", "c"], "y", vec![])], vec![tensor("c", &[c.len() as i64], c)]))
    };
    assert!(by("Div", &[0.0]).contains("divides by zero"));
    assert!(by("Mul", &[f32::INFINITY]).contains("not finite"));
    assert!(by("Add", &[1.0, 2.0, 3.0]).contains("do not go together"));
    let two = |op: &str| error(&over(&[2], vec![node(op, &["x", "x"], "y", vec![])], vec![]));
    assert!(two("Mul").contains("two computed values") && two("Div").contains("depends on the input"));
    assert!(two("Pow").contains("powers"));
}

/// A padded constant stays what it is, whatever is computed of what lies inside.
#[test]
fn borders_are_the_padded_constants_images() {
    let nodes = vec![
        node("Pad", &["x", "p", "v"], "b", vec![]),
        node("Mul", &["b", "two"], "m", vec![]),
        node("Add", &["m", "one"], "a", vec![]),
        node("Conv", &["a", "w"], "y", vec![list("pads", &[0, 1])]),
    ];
    let stored = vec![
        ints("p", &[0, 0, 1, 0, 0, 0]),
        tensor("v", &[], &[10.0]),
        tensor("two", &[], &[2.0]),
        tensor("one", &[], &[1.0]),
        tensor("w", &[1, 1, 2], &[1.0, 100.0]),
    ];
    // (10, 1, 2)·2 + 1 = (21, 3, 5), then a zero.
    assert_eq!(computed(&[1, 2], nodes, stored), [321.0, 503.0, 5.0]);
}

/// Option A of ResNets for CIFAR: every second pixel, zero channels around.
#[test]
fn strided_slices_and_zero_channels_are_local() {
    let nodes = vec![
        node("Slice", &["x", "s", "e", "a", "t"], "u", vec![]),
        node("Pad", &["u", "p"], "v", vec![]),
        node("MaxPool", &["v"], "y", vec![list("kernel_shape", &[1, 1])]),
    ];
    let stored = || {
        let (s, e) = (ints("s", &[0, 0]), ints("e", &[i64::MAX, 1 << 31]));
        vec![s, e, ints("a", &[2, 3]), ints("t", &[2, 2]), ints("p", &[0, 1, 0, 0, 0, 2, 0, 0])]
    };
    let expected = [[0.0; 4], [1.0, 3.0, 7.0, 9.0], [0.0; 4], [0.0; 4]].concat();
    assert_eq!(computed(&[1, 3, 3], nodes.clone(), stored()), expected);
    let weights = |n: &crate::graph::Node| matches!(n.op, FloatOp::Conv(_) | FloatOp::Linear(_));
    assert!(!graph(&[1, 3, 3], nodes, stored()).nodes.iter().any(weights), "nothing of it takes a protocol");
}

#[test]
fn slices_are_those_of_numpy() {
    let slice = |start: i64, end: i64, step: i64| {
        let stored =
            vec![ints("s", &[start]), ints("e", &[end]), ints("a", &[-1]), ints("t", &[step]), ones("w", &[1, 1])];
        let nodes = vec![node("Slice", &["x", "s", "e", "a", "t"], "y", vec![])];
        import(&over(&[5], nodes, stored)).map(|graph| result(&graph, &[1.0, 2.0, 3.0, 4.0, 5.0]))
    };
    assert_eq!(slice(1, 4, 1).unwrap(), [2.0, 3.0, 4.0]);
    assert_eq!(slice(-2, i64::MAX, 1).unwrap(), [4.0, 5.0]);
    assert_eq!(slice(-1, i64::MIN, -2).unwrap(), [5.0, 3.0, 1.0]);
    assert_eq!(slice(0, -1, 3).unwrap(), [1.0, 4.0]);
    let empty = |nodes: Vec<proto::Node>| error(&over(&[2, 1, 3], nodes, vec![ints("s", &[0]), ints("a", &[2])]));
    let none = node("Slice", &["x", "s", "s", "a"], "e", vec![]);
    assert!(empty(vec![none.clone(), node("Relu", &["e"], "y", vec![])]).contains("no elements"));
    assert!(empty(vec![none, node("GlobalMaxPool", &["e"], "y", vec![])]).contains("elements"));
    assert!(slice(3, 2, 1).unwrap_err().to_string().contains("no elements"));
    assert!(slice(0, 2, 0).unwrap_err().to_string().contains("step is 0"));
    assert!(slice(i64::MIN, i64::MAX, i64::MAX).is_ok());
}

/// A unit of ShuffleNet: half of the channels pass, the others are computed with, and all change places.
#[test]
fn channels_change_places() {
    let mut split = node("Split", &["x", "sizes"], "a", vec![int("axis", 1)]);
    split.output.push("b".into());
    let nodes = vec![
        split,
        node("Conv", &["b", "w"], "c", vec![]),
        node("Concat", &["a", "c"], "j", vec![int("axis", 1)]),
        node("Reshape", &["j", "halves"], "h", vec![]),
        turn("h", "t", &[0, 2, 1, 3]),
        node("Reshape", &["t", "whole"], "s", vec![]),
        node("Conv", &["s", "v"], "y", vec![]),
    ];
    let stored = vec![
        ints("sizes", &[2, 2]),
        tensor("w", &[2, 2, 1], &[1.0, 0.0, 1.0, 1.0]),
        ints("halves", &[1, 2, 2, 1]),
        ints("whole", &[1, 4, 1]),
        tensor("v", &[1, 4, 1], &[1.0, 10.0, 100.0, 1000.0]),
    ];
    // (1, 2) pass, (3, 4) become (3, 7); shuffled (1, 3, 2, 7).
    assert_eq!(computed(&[4, 1], nodes.clone(), stored.clone()), [7231.0]);
    assert_eq!(
        graph(&[4, 1], nodes, stored).nodes.iter().filter(|n| matches!(n.op, FloatOp::Conv(_))).count(),
        2,
        "places are in the weights"
    );
}

/// What works on each channel by itself reads channels where they are, and the order is left to what reads its result.
#[test]
fn channels_in_another_order_need_no_layer() {
    let picks = [ints("order", &[2, 0, 1]), ints("some", &[2, 1])];
    let picked = |name: &str, rest: Vec<proto::Node>| {
        let gather = node("Gather", &["r", name], "g", vec![int("axis", 1)]);
        [vec![node("Relu", &["x"], "r", vec![]), gather], rest].concat()
    };
    let kinds = |dims: &[i64], nodes: Vec<proto::Node>, stored: Vec<proto::Tensor>| {
        graph(dims, nodes, stored).nodes.into_iter().map(|n| n.op).collect::<Vec<_>>()
    };
    let two = || vec![list("kernel_shape", &[2]), list("strides", &[2])];
    for (op, attributes, each) in
        [("MaxPool", two(), [6.0, 8.0, 10.0, 12.0, 2.0, 4.0]), ("AveragePool", two(), [5.5, 7.5, 9.5, 11.5, 1.5, 3.5])]
    {
        // Channels of 1 to 4, 5 to 8 and 9 to 12; the last one comes first.
        let rest = vec![node(op, &["g"], "p", attributes), node("MatMul", &["p", "i"], "y", vec![])];
        let nodes = picked("order", rest);
        let [a, b, c, d, e, f] = each;
        let stored = [&picks[..], &[tensor("i", &[2, 2], &[1.0, 0.0, 0.0, 1.0])]].concat();
        assert_eq!(computed(&[3, 4], nodes.clone(), stored.clone()), [c, d, e, f, a, b], "{op}");
        let found = kinds(&[3, 4], nodes, stored);
        assert!(matches!(found[1], FloatOp::MaxPool(_) | FloatOp::AveragePool(_)), "{found:?}");
    }
    let mean = node("ReduceMean", &["g"], "m", vec![list("axes", &[2]), int("keepdims", 0)]);
    let sum = picked("some", vec![mean, node("MatMul", &["m", "v"], "y", vec![])]);
    let stored = [&picks[..], &[tensor("v", &[2, 1], &[1.0, 100.0])]].concat();
    assert_eq!(computed(&[3, 4], sum.clone(), stored.clone()), [660.5]);
    assert_eq!(kinds(&[3, 4], sum, stored).len(), 4, "ReLU, mean, reshape, linear");
    let conv = node("Conv", &["g", "w", "b"], "c", vec![int("group", 3)]);
    let depthwise = picked("order", vec![conv, node("Relu", &["c"], "y", vec![])]);
    let kernels = tensor("w", &[6, 1, 2], &[1.0, 0.0, 0.0, 1.0, 2.0, 0.0, 0.0, 2.0, 3.0, 0.0, 0.0, 3.0]);
    let biases = tensor("b", &[6], &[0.0, 0.1, 0.2, 0.3, 0.4, 0.5]);
    let last = computed(&[3, 2], depthwise, [&picks[..], &[kernels, biases]].concat());
    let expected = [5.0, 6.1, 2.2, 4.3, 9.4, 12.5];
    assert!(last.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{last:?}");
}

#[test]
fn picked_and_repeated_elements() {
    let stored = || vec![ints("i", &[2, 0]), ints("s", &[1, 2, 2]), tensor("m", &[2, 1], &[1.0, 10.0])];
    let gather = |axis| node("Gather", &["x", "i"], "g", vec![int("axis", axis)]);
    assert_eq!(computed(&[3], vec![gather(1), node("Neg", &["g"], "y", vec![])], stored()), [-3.0, -1.0]);
    assert_eq!(computed(&[3, 2], vec![gather(1), node("Relu", &["g"], "y", vec![])], stored()), [5.0, 6.0, 1.0, 2.0]);
    let spread = vec![node("Expand", &["x", "s"], "e", vec![]), node("MatMul", &["e", "m"], "y", vec![])];
    assert_eq!(computed(&[1, 2], spread, stored()), [21.0, 21.0], "a matrix for each row");
    let nd = vec![node("GatherND", &["x", "n"], "g", vec![]), node("Relu", &["g"], "y", vec![])];
    let index = |dims: &[i64], data| proto::Tensor { dims: dims.to_vec(), ..ints("n", data) };
    assert_eq!(computed(&[2, 2], nd.clone(), vec![index(&[2, 2], &[0, 1, 0, 0])]), [3.0, 4.0, 1.0, 2.0]);
    let wrong = |n| error(&over(&[2, 2], nd.clone(), vec![n]));
    assert!(wrong(index(&[1, 2], &[0, 2])).contains("axis 2"));
    assert!(wrong(index(&[1, 4], &[0; 4])).contains("indices have the shape [1, 4]"));
    let computed_index = node("Gather", &["w", "x"], "y", vec![]);
    assert!(error(&over(&[2], vec![computed_index], vec![ones("w", &[4, 2])])).contains("indices depend on the input"));
    let mut split = node("Split", &["x", "i"], "y", vec![int("axis", 1)]);
    split.output.push("z".into());
    assert!(error(&over(&[3], vec![split], stored())).contains("parts [2, 0] are not 2 of 3"));
}

#[test]
fn concatenations_of_any_kind() {
    let join = |axis, parts: &[&str]| node("Concat", parts, "y", vec![int("axis", axis)]);
    let stored = || vec![tensor("c", &[1, 1, 2], &[8.0, 9.0])];
    assert_eq!(computed(&[2, 2], vec![join(1, &["c", "x"])], stored()), [8.0, 9.0, 1.0, 2.0, 3.0, 4.0]);
    assert_eq!(computed(&[2, 2], vec![join(2, &["x", "x"])], vec![]), [1.0, 2.0, 1.0, 2.0, 3.0, 4.0, 3.0, 4.0]);
    let last = vec![
        node("Relu", &["x"], "r", vec![]),
        turn("r", "t", &[0, 2, 1]),
        node("Neg", &["t"], "n", vec![]),
        join(-1, &["t", "n"]),
    ];
    assert_eq!(computed(&[1, 2], last, vec![]), [1.0, -1.0, 2.0, -2.0]);
}

#[test]
fn rows_and_columns_of_matrices() {
    let m = || vec![tensor("m", &[2, 2], &W[..4])];
    let relu = || node("Relu", &["x"], "r", vec![]);
    let right = vec![relu(), node("MatMul", &["r", "m"], "y", vec![])];
    assert_eq!(computed(&[3, 2], right, m()), [7.0, 10.0, 15.0, 22.0, 23.0, 34.0]);
    let left = vec![relu(), node("MatMul", &["m", "r"], "y", vec![])];
    assert_eq!(computed(&[2, 3], left, m()), [9.0, 12.0, 15.0, 19.0, 26.0, 33.0]);
    let turned =
        vec![node("Reshape", &["x", "s"], "c", vec![]), node("Gemm", &["c", "m"], "y", vec![int("transA", 1)])];
    assert_eq!(computed(&[2], turned, [m(), vec![ints("s", &[2, 1])]].concat()), [7.0, 10.0]);
}

#[test]
fn orders_that_nothing_computes_are_refused() {
    let nodes = vec![node("Relu", &["x"], "r", vec![]), turn("r", "t", &[0, 2, 1]), node("Relu", &["t"], "u", vec![])];
    let pool = node("MaxPool", &["u"], "y", vec![list("kernel_shape", &[2])]);
    let refused = error(&over(&[200, 300], [nodes, vec![pool]].concat(), vec![]));
    assert!(refused.contains("60000 of 60000 elements in an order"), "{refused}");
}

#[test]
fn statistics_at_the_input_are_exact_where_layers_pad() {
    let norm = node("BatchNormalization", &["x", "s", "b", "m", "v"], "n", vec![float("epsilon", 0.0)]);
    let conv = node("Conv", &["n", "w"], "y", vec![text("auto_pad", "SAME_UPPER")]);
    let stored = vec![
        tensor("s", &[1], &[2.0]),
        tensor("b", &[1], &[1.0]),
        tensor("m", &[1], &[1.0]),
        tensor("v", &[1], &[1.0]),
        ones("w", &[1, 1, 3]),
    ];
    // (1, 2, 3) become (1, 3, 5).
    assert_eq!(computed(&[1, 3], vec![norm, conv], stored), [4.0, 9.0, 8.0]);
}
