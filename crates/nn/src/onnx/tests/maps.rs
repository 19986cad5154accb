//! Operators over maps: what they mean and what is refused.

use prost::Message;

use super::{W, float, import, int, ints, list, node, over, proto, read, result, tensor, text};
use crate::graph::{FloatOp, Graph};

fn graph(dims: &[i64], nodes: Vec<proto::Node>, stored: Vec<proto::Tensor>) -> Graph {
    import(&over(dims, nodes, stored)).unwrap()
}

fn error(dims: &[i64], nodes: Vec<proto::Node>, stored: Vec<proto::Tensor>) -> String {
    super::error(&over(dims, nodes, stored))
}

fn counted(len: usize) -> Vec<f64> {
    (1..=len).map(|v| v as f64).collect()
}

/// The pads and the output's shape of one node over a 1×5×6 map with a 3×2 kernel of ones.
fn conv_pads(attributes: Vec<proto::Attribute>) -> ([usize; 4], Vec<usize>) {
    let w = tensor("w", &[1, 1, 3, 2], &[1.0; 6]);
    let graph = graph(&[1, 5, 6], vec![node("Conv", &["x", "w"], "y", attributes)], vec![w]);
    let FloatOp::Conv(conv) = &graph.nodes[0].op else { panic!("{:?}", graph.nodes[0]) };
    (conv.window.pads, graph.nodes[0].shape.clone())
}

#[test]
fn conv_reads_its_geometry() {
    let strides = || list("strides", &[2, 3]);
    assert_eq!(conv_pads(vec![]), ([0; 4], vec![1, 3, 5]));
    assert_eq!(conv_pads(vec![strides(), list("kernel_shape", &[3, 2])]), ([0; 4], vec![1, 2, 2]));
    assert_eq!(conv_pads(vec![list("pads", &[1, 0, 2, 1])]), ([1, 0, 2, 1], vec![1, 6, 6]));
    assert_eq!(conv_pads(vec![text("auto_pad", "VALID"), list("dilations", &[1, 1])]), ([0; 4], vec![1, 3, 5]));
    assert_eq!(conv_pads(vec![text("auto_pad", "SAME_UPPER")]), ([1, 0, 1, 1], vec![1, 5, 6]));
    assert_eq!(conv_pads(vec![text("auto_pad", "SAME_LOWER")]), ([1, 1, 1, 0], vec![1, 5, 6]));
    // 5 rows by 2 are 3 outputs, which take (3 − 1)·2 + 3 − 5 = 2 zeros; 6 columns by 3 are 2 outputs of 2: 5 fit.
    assert_eq!(conv_pads(vec![text("auto_pad", "SAME_UPPER"), strides()]), ([1, 0, 1, 0], vec![1, 3, 2]));
    assert_eq!(conv_pads(vec![text("auto_pad", "NOTSET"), list("pads", &[0, 1, 0, 1])]), ([0, 1, 0, 1], vec![1, 3, 7]));
}

#[test]
fn wide_padding_is_an_operation_of_its_own() {
    let w = tensor("w", &[1, 1, 2], &[1.0, 10.0]);
    let conv = vec![node("Conv", &["x", "w"], "y", vec![list("pads", &[1, 2])])];
    let graph = graph(&[1, 2], conv, vec![w]);
    assert!(matches!(graph.nodes[0].op, FloatOp::Pad([0, 1, 0, 2])), "a program's windows hold an element each");
    assert_eq!(result(&graph, &[3.0, 4.0]), [30.0, 43.0, 4.0, 0.0]);
    assert_eq!(graph.clone().simplified(), graph);
}

#[test]
fn conv_computes_sums_of_products() {
    // Depthwise with a bias, then a group of 1×1 over both channels, in one dimension.
    let w = tensor("w", &[2, 1, 2], &[1.0, -1.0, 2.0, 0.5]);
    let nodes = vec![
        node("Conv", &["x", "w", "b"], "d", vec![int("group", 2), list("pads", &[1, 0])]),
        node("Conv", &["d", "p"], "s", vec![]),
        node("Add", &["c", "s"], "y", vec![]),
    ];
    let stored = vec![
        w,
        tensor("b", &[2], &[0.0, 10.0]),
        tensor("p", &[1, 2, 1], &[1.0, 2.0]),
        tensor("c", &[1, 1, 1], &[100.0]),
    ];
    let graph = graph(&[2, 3], nodes, stored);
    // Channel 0: (0,1,2,3) → -1, -1, -1. Channel 1: (0,4,5,6) → 12, 20.5, 23.
    assert_eq!(result(&graph, &counted(6)), [123.0, 140.0, 145.0]);
    assert_eq!(graph.simplified().nodes.len(), 2, "the constant is the convolution's bias");
}

#[test]
fn pools_and_means() {
    let run = |op: &str, inputs: &[&str], attributes: Vec<proto::Attribute>, stored: Vec<proto::Tensor>| {
        let graph = graph(&[2, 2, 3], vec![node(op, inputs, "y", attributes)], stored);
        (result(&graph, &counted(12)), graph.nodes.last().unwrap().shape.clone())
    };
    let kernel = || list("kernel_shape", &[2, 2]);
    assert_eq!(run("MaxPool", &["x"], vec![kernel()], vec![]), (vec![5.0, 6.0, 11.0, 12.0], vec![2, 1, 2]));
    let padded = vec![kernel(), list("pads", &[0, 1, 0, 0]), list("strides", &[2, 2]), int("storage_order", 1)];
    assert_eq!(run("MaxPool", &["x"], padded, vec![]), (vec![4.0, 6.0, 10.0, 12.0], vec![2, 1, 2]));
    let exact = vec![kernel(), int("ceil_mode", 1)];
    assert_eq!(run("AveragePool", &["x"], exact, vec![]), (vec![3.0, 4.0, 9.0, 10.0], vec![2, 1, 2]));
    let unused = vec![kernel(), list("strides", &[2, 2]), list("pads", &[0, 0, 1, 0])];
    assert_eq!(run("AveragePool", &["x"], unused, vec![]).0, [3.0, 9.0], "padding that no window reaches");
    let counts = vec![kernel(), list("pads", &[0, 1, 0, 0]), list("strides", &[2, 2]), int("count_include_pad", 1)];
    assert_eq!(run("AveragePool", &["x"], counts, vec![]).0, [1.25, 4.0, 4.25, 10.0]);
    assert_eq!(run("GlobalAveragePool", &["x"], vec![], vec![]), (vec![3.5, 9.5], vec![2, 1, 1]));
    assert_eq!(run("GlobalMaxPool", &["x"], vec![], vec![]), (vec![6.0, 12.0], vec![2, 1, 1]));
    let flat = vec![list("axes", &[2, -1]), int("keepdims", 0)];
    assert_eq!(run("ReduceMean", &["x"], flat, vec![]), (vec![3.5, 9.5], vec![2]));
    assert_eq!(
        run("ReduceMean", &["x", "a"], vec![], vec![ints("a", &[3])]),
        (vec![2.0, 5.0, 8.0, 11.0], vec![2, 2, 1])
    );
}

#[test]
fn batch_normalisation_uses_its_statistics() {
    let stored = |variance: f32| {
        vec![
            tensor("s", &[2], &[2.0, 1.0]),
            tensor("b", &[2], &[0.0, 0.5]),
            tensor("m", &[2], &[1.0, -2.0]),
            tensor("v", &[2], &[variance, 0.75]),
        ]
    };
    let norm = || vec![node("BatchNormalization", &["x", "s", "b", "m", "v"], "y", vec![float("epsilon", 0.25)])];
    let graph = graph(&[2, 2], norm(), stored(3.75));
    // (x − 1)/2·2 and (x + 2)/1 + 0.5.
    assert_eq!(result(&graph, &[1.0, 4.0, 0.0, 2.0]), [0.0, 3.0, 2.5, 4.5]);
    assert!(error(&[2, 2], norm(), stored(-0.25)).contains("is not positive"));
    assert!(error(&[3, 2], norm(), stored(1.0)).contains("scales have the shape [2], and its input 3 channels"));
    let mut training = norm();
    training[0].attribute.push(int("training_mode", 1));
    assert!(error(&[2, 2], training, stored(1.0)).contains("eval mode"));
}

#[test]
fn joins_clips_and_axes() {
    let stored = vec![
        tensor("low", &[], &[0.0]),
        tensor("six", &[], &[6.0]),
        ints("pads", &[0, 0, 0, 1, 0, 0, 1, 0]),
        ints("one", &[1, 1]),
        ints("last", &[-1]),
        tensor("huge", &[], &[f32::MAX]),
    ];
    let nodes = vec![
        node("Unsqueeze", &["x", "last"], "map", vec![]),
        node("Clip", &["map", "low", "six"], "r6", vec![]),
        node("Clip", &["map", "low", "huge"], "r", vec![]),
        node("Clip", &["map", "", ""], "same", vec![]),
        node("Concat", &["r6", "r", "same"], "three", vec![int("axis", 1)]),
        node("Pad", &["three", "pads"], "padded", vec![text("mode", "constant")]),
        node("Pad", &["padded", "one", "", "last"], "wide", vec![]),
        node("MaxPool", &["wide"], "pooled", vec![list("kernel_shape", &[1, 4])]),
        node("Squeeze", &["pooled", "last"], "y", vec![]),
    ];
    let graph = graph(&[1, 2], nodes, stored);
    let shapes: Vec<_> = graph.nodes.iter().map(|n| n.shape.clone()).collect();
    assert_eq!(shapes[shapes.len() - 3..], [vec![3, 3, 4], vec![3, 3, 1], vec![3, 3]]);
    assert_eq!(result(&graph, &[7.0, -8.0]), [6.0, 0.0, 0.0, 7.0, 0.0, 0.0, 7.0, 0.0, 0.0]);
}

#[test]
fn windows_that_cannot_be_are_refused() {
    let conv = |attributes| {
        let w = tensor("w", &[2, 2, 3, 3], &[0.0; 36]);
        error(&[4, 5, 5], vec![node("Conv", &["x", "w"], "y", [vec![int("group", 2)], attributes].concat())], vec![w])
    };
    assert!(conv(vec![list("dilations", &[3, 1])]).contains("kernel of 7 is larger than its padded input, 5"));
    assert!(conv(vec![list("dilations", &[i64::MAX, 1])]).contains("dilations"));
    assert!(conv(vec![list("dilations", &[1 << 25, 1 << 25])]).contains("kernel spans"));
    assert!(conv(vec![list("strides", &[0, 1])]).contains("strides is [0, 1]"));
    assert!(conv(vec![list("strides", &[1])]).contains("needs 2 numbers"));
    assert!(conv(vec![list("strides", &[i64::MAX, 1])]).contains("strides"));
    assert!(conv(vec![list("pads", &[-1, 0, 0, 0])]).contains("pads is [-1, 0, 0, 0]"));
    assert!(conv(vec![list("pads", &[1 << 26, 1 << 26, 1 << 26, 1 << 26])]).contains("windows read more than"));
    assert!(conv(vec![list("pads", &[1 << 40, 0, 0, 0])]).contains("pads"));
    assert!(conv(vec![list("pads", &[1, 1])]).contains("needs 4 numbers"));
    assert!(conv(vec![text("auto_pad", "SOMEHOW")]).contains("auto_pad 'SOMEHOW'"));
    assert!(conv(vec![text("auto_pad", "VALID"), list("pads", &[1, 1, 1, 1])]).contains("both pads and auto_pad"));
    assert!(conv(vec![list("kernel_shape", &[3, 1])]).contains("kernel_shape"));
    assert!(conv(vec![int("new", 1)]).contains("attribute 'new'"));
    let pool = |op, attributes| error(&[4, 5, 5], vec![node(op, &["x"], "y", attributes)], vec![]);
    let kernel = |k: i64| list("kernel_shape", &[k, k]);
    assert!(pool("MaxPool", vec![]).contains("kernel_shape is missing"));
    assert!(pool("MaxPool", vec![kernel(6)]).contains("kernel of 6 is larger than its padded input, 5"));
    assert!(pool("MaxPool", vec![kernel(0)]).contains("kernel_shape"));
    assert!(pool("MaxPool", vec![list("kernel_shape", &[2])]).contains("as many dimensions"));
    assert!(pool("MaxPool", vec![kernel(2), list("pads", &[2, 0, 0, 0])]).contains("a window is empty"));
    assert!(pool("MaxPool", vec![kernel(2), list("dilations", &[2, 1])]).contains("dilations"));
    assert!(pool("AveragePool", vec![kernel(2), list("pads", &[2, 0, 0, 0])]).contains("lies in the padding whole"));
    let mut indices = node("MaxPool", &["x"], "m", vec![kernel(2)]);
    indices.output.push("where".into());
    let relu = node("Relu", &["where"], "y", vec![]);
    assert!(error(&[4, 5, 5], vec![indices, relu], vec![]).contains("output 'where'"));
    for axes in [&[4][..], &[2, -2], &[-9], &[i64::MIN]] {
        assert!(pool("ReduceMean", vec![list("axes", axes)]).contains("ax"), "{axes:?}");
    }
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let conv = |dims: &[i64], shape: &[i64], group: i64| {
        let w = tensor("w", shape, &vec![0.0; shape.iter().product::<i64>() as usize]);
        error(dims, vec![node("Conv", &["x", "w"], "y", vec![int("group", group)])], vec![w])
    };
    assert!(conv(&[3], &[1, 3, 1, 1], 1).contains("[1, channels, length] or [1, channels, height, width]"));
    assert!(conv(&[1, 2, 2, 2], &[1, 1, 1, 1, 1], 1).contains("[1, channels, height, width]"));
    assert!(conv(&[3, 4, 4], &[1, 3, 1], 1).contains("weights have the shape [1, 3, 1]"));
    assert!(conv(&[3, 4, 4], &[2, 2, 1, 1], 1).contains("cannot read 3 channels"));
    assert!(conv(&[3, 4, 4], &[2, 1, 1, 1], 3).contains("3 groups"));
    assert!(conv(&[3, 4, 4], &[3, 1, 1, 1], 0).contains("0 groups"));
    assert!(conv(&[3, 4, 4], &[3, 1, 1, 1], i64::MIN).contains("groups"));
    assert!(conv(&[3, 4, 4], &[1, 3, 1, 0], 1).contains("weights have the shape"));
    assert!(conv(&[3, 4, 4], &[6], 1).contains("weights have the shape [6]"));
    let one = |op, inputs: &[&str], attributes, stored| error(&[2, 3], vec![node(op, inputs, "y", attributes)], stored);
    assert!(one("Conv", &["x", "w"], vec![], vec![]).contains("nothing defines its input 'w'"));
    assert!(one("Conv", &["x"], vec![], vec![]).contains("input 1 is missing"));
    let w = || tensor("w", &[1, 2, 3], &W);
    let bias = |shape: &[i64], data: &[f32]| one("Conv", &["x", "w", "b"], vec![], vec![w(), tensor("b", shape, data)]);
    assert!(bias(&[2], &[0.0; 2]).contains("bias has the shape [2], and the layer 1 channels"));
    assert!(bias(&[1, 1], &[0.0]).contains("bias has the shape [1, 1]"));
    assert!(one("Concat", &["x", "x"], vec![], vec![]).contains("axis is missing"));
    assert!(one("Concat", &["x", "x"], vec![int("axis", 3)], vec![]).contains("axis 3"));
    let many = (0..300).map(|i| node("Relu", &["x"], &format!("r{i}"), vec![]));
    let names: Vec<String> = (0..300).map(|i| format!("r{i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let joined = node("Concat", &names, "y", vec![int("axis", 1)]);
    assert!(error(&[2, 3], many.chain([joined]).collect(), vec![]).contains("256 are the most"));
    assert!(one("Concat", &[], vec![int("axis", 1)], vec![]).contains("depends on none of 1"));
    assert!(one("Concat", &["x", "c"], vec![int("axis", 1)], vec![tensor("c", &[1], &[1.0])]).contains("together"));
    let pad = |pads: &[i64]| one("Pad", &["x", "p"], vec![], vec![ints("p", pads)]);
    assert!(pad(&[0, 0, -1, 0, 0, 0]).contains("cutting off is not supported"));
    assert!(pad(&[0, 0, 0, 0]).contains("not two for each of 3 axes"));
    assert!(pad(&[0, 0, i64::MAX, 0, 0, 0]).contains("pads"));
    assert!(pad(&[0, 0, 1 << 26, 0, 0, 1 << 26]).contains("shape"));
    let reflect = node("Pad", &["x", "p"], "y", vec![text("mode", "reflect")]);
    assert!(error(&[2, 3], vec![reflect], vec![ints("p", &[0; 6])]).contains("pad with zeros"));
    let clip = |low: f32, high: f32| {
        one("Clip", &["x", "l", "h"], vec![], vec![tensor("l", &[], &[low]), tensor("h", &[], &[high])])
    };
    assert!(clip(f32::NAN, 1.0).contains("bounds are no numbers"));
    let squeeze = |axes: &[i64]| one("Squeeze", &["x", "a"], vec![], vec![ints("a", axes)]);
    assert!(squeeze(&[1]).contains("more than one element"));
    assert!(one("Unsqueeze", &["x"], vec![], vec![]).contains("axes are missing"));
    let unsqueeze = |axes: &[i64]| one("Unsqueeze", &["x", "a"], vec![], vec![ints("a", axes)]);
    for axes in [&[2, 2][..], &[9], &[i64::MIN], &[3; 20]] {
        assert!(unsqueeze(axes).contains("ax") || unsqueeze(axes).contains("dimensions"), "{axes:?}");
    }
}

#[test]
fn networks_that_fill_the_memory_are_refused() {
    let nodes = |count: usize| {
        let name = |i: usize| if i == 0 { "x".to_owned() } else { format!("v{i}") };
        let relus = (0..count).map(|i| node("Relu", &[&name(i)], &name(i + 1), vec![]));
        relus.chain([node("Relu", &[&name(count)], "y", vec![])]).collect::<Vec<_>>()
    };
    assert!(error(&[1 << 26], nodes(5), vec![]).contains("up to here the network's values have more than"));
}

proptest::proptest! {
    /// As for fully connected networks: whatever happens to the bytes, the end is a graph or an error.
    #[test]
    fn damaged_networks_never_panic(changes in proptest::collection::vec((proptest::prelude::any::<u16>(), 0u8..), 1..6)) {
        let kernel = || list("kernel_shape", &[2, 2]);
        let nodes = vec![
            node("Pad", &["x", "pads"], "p", vec![]),
            node("Conv", &["p", "w"], "c", vec![int("group", 1), list("pads", &[1, 0, 0, 1]), list("strides", &[1, 2])]),
            node("BatchNormalization", &["c", "s", "s", "s", "s"], "n", vec![float("epsilon", 0.5)]),
            node("Clip", &["n", "low", "high"], "k", vec![]),
            node("MaxPool", &["k"], "m", vec![kernel(), text("auto_pad", "SAME_UPPER")]),
            node("AveragePool", &["k"], "a", vec![kernel(), list("pads", &[0, 0, 1, 1]), int("count_include_pad", 1)]),
            node("Concat", &["m", "a"], "j", vec![int("axis", 1)]),
            node("ReduceMean", &["j"], "r", vec![list("axes", &[2, 3]), int("keepdims", 0)]),
            node("Unsqueeze", &["r", "one"], "u", vec![]),
            node("Squeeze", &["u", "one"], "q", vec![]),
            node("Softmax", &["q"], "y", vec![]),
        ];
        let stored = vec![
            ints("pads", &[0, 0, 1, 0, 0, 0, 0, 1]),
            tensor("w", &[2, 1, 1, 3], &W),
            tensor("s", &[2], &[0.5, 1.0]),
            tensor("low", &[], &[0.0]),
            tensor("high", &[], &[6.0]),
            ints("one", &[1]),
        ];
        let model = over(&[1, 4, 4], nodes, stored);
        let mut bytes = model.encode_to_vec();
        proptest::prop_assert!(read(&bytes).is_ok(), "{:?}", read(&bytes).err());
        for (position, byte) in changes {
            let len = bytes.len();
            bytes[usize::from(position) % len] = byte;
        }
        if let Ok((graph, _)) = read(&bytes) {
            let simplified = graph.simplified();
            proptest::prop_assert_eq!(simplified.run(&vec![1.0; simplified.len(0)]).len(), simplified.nodes.len() + 1);
        }
    }
}
