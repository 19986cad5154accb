//! Piecewise linear functions, pools and windows of every kind.

use super::{computed, error, float, import, int, ints, list, node, over, proto, result, tensor};
use crate::graph::FloatOp;

/// What a node makes of −3, −1, 0.5, 2 and 7.
fn of(op: &str, inputs: &[&str], attributes: Vec<proto::Attribute>, stored: Vec<proto::Tensor>) -> Vec<f64> {
    let graph = import(&over(&[5], vec![node(op, inputs, "y", attributes)], stored)).unwrap();
    let x = [-3.0, -1.0, 0.5, 2.0, 7.0];
    let result = result(&graph, &x);
    let simplified = super::result(&graph.simplified(), &x);
    assert!(result.iter().zip(&simplified).all(|(a, b)| (a - b).abs() < 1e-12));
    result
}

fn bounds(low: f32, high: f32) -> Vec<proto::Tensor> {
    vec![tensor("l", &[], &[low]), tensor("h", &[], &[high])]
}

#[test]
fn functions_of_one_value() {
    let close = |found: Vec<f64>, right: [f64; 5]| {
        assert!(found.iter().zip(right).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?} and {right:?}");
    };
    close(of("Abs", &["x"], vec![], vec![]), [3.0, 1.0, 0.5, 2.0, 7.0]);
    close(of("LeakyRelu", &["x"], vec![float("alpha", 0.5)], vec![]), [-1.5, -0.5, 0.5, 2.0, 7.0]);
    close(of("LeakyRelu", &["x"], vec![float("alpha", 1.0)], vec![]), [-3.0, -1.0, 0.5, 2.0, 7.0]);
    close(of("LeakyRelu", &["x"], vec![float("alpha", -2.0)], vec![]), [6.0, 2.0, 0.5, 2.0, 7.0]);
    close(of("LeakyRelu", &["x"], vec![], vec![]), [-0.03, -0.01, 0.5, 2.0, 7.0]);
    let slopes = tensor("a", &[5], &[0.1, 0.2, 9.0, 0.0, 1.0]);
    close(of("PRelu", &["x", "a"], vec![], vec![slopes]), [-0.3, -0.2, 0.5, 2.0, 7.0]);
    close(of("HardSigmoid", &["x"], vec![float("alpha", 0.25)], vec![]), [0.0, 0.25, 0.625, 1.0, 1.0]);
    let clip = |low, high| of("Clip", &["x", "l", "h"], vec![], bounds(low, high));
    close(clip(-1.0, 1.0), [-1.0, -1.0, 0.5, 1.0, 1.0]);
    close(clip(1.0, 6.0), [1.0, 1.0, 1.0, 2.0, 6.0]);
    close(clip(f32::MIN, 1.0), [-3.0, -1.0, 0.5, 1.0, 1.0]);
    close(clip(-1.0, f32::INFINITY), [-1.0, -1.0, 0.5, 2.0, 7.0]);
    close(of("Clip", &["x", "l"], vec![], bounds(-2.0, 0.0)), [-2.0, -1.0, 0.5, 2.0, 7.0]);
    close(of("Max", &["x", "l"], vec![], bounds(0.0, 0.0)), [0.0, 0.0, 0.5, 2.0, 7.0]);
    close(of("Min", &["h", "x"], vec![], bounds(0.0, 1.0)), [-3.0, -1.0, 0.5, 1.0, 1.0]);
}

#[test]
fn a_slope_that_is_no_number_is_refused() {
    let refused = |alpha| error(&over(&[2], vec![node("LeakyRelu", &["x"], "y", vec![float("alpha", alpha)])], vec![]));
    assert!(refused(f32::NAN).contains("alpha"));
    let slopes = vec![tensor("a", &[2, 2], &[0.0; 4])];
    assert!(
        error(&over(&[2], vec![node("PRelu", &["x", "a"], "y", vec![])], slopes)).contains("slopes have the shape")
    );
}

#[test]
fn extremes_of_two_values() {
    let two = |op: &str| {
        computed(
            &[3],
            vec![node("Add", &["x", "c"], "a", vec![]), node(op, &["x", "n", "a"], "y", vec![])],
            vec![tensor("c", &[3], &[3.0, -4.0, 0.0]), tensor("n", &[], &[2.5])],
        )
    };
    assert_eq!(two("Max"), [4.0, 2.5, 3.0]);
    assert_eq!(two("Min"), [1.0, -2.0, 2.5]);
    assert_eq!(two("Sum"), [7.5, 2.5, 8.5]);
    assert!(two("Mean").iter().zip([7.5, 2.5, 8.5]).all(|(mean, sum)| (3.0 * mean - sum).abs() < 1e-12));
}

#[test]
fn a_pair_of_max_and_min_is_one_clip() {
    let nodes = vec![node("Max", &["x", "l"], "m", vec![]), node("Min", &["m", "h"], "y", vec![])];
    let graph = import(&over(&[2], nodes, bounds(0.0, 6.0))).unwrap();
    assert!(
        matches!(graph.nodes[..], [crate::graph::Node { op: FloatOp::Clip { max: 6.0 }, .. }]),
        "{:?}",
        graph.nodes
    );
}

/// 1 to 9 as a map of 3×3.
fn pooled(op: &str, attributes: Vec<proto::Attribute>) -> Vec<f64> {
    computed(&[1, 3, 3], vec![node(op, &["x"], "y", attributes)], vec![])
}

#[test]
fn windows_reach_beyond_the_end() {
    let kernel = |k: i64, stride: i64| vec![list("kernel_shape", &[k, k]), list("strides", &[stride, stride])];
    let ceil = |k, stride, more: Vec<proto::Attribute>| [kernel(k, stride), vec![int("ceil_mode", 1)], more].concat();
    assert_eq!(pooled("MaxPool", ceil(2, 2, vec![])), [5.0, 6.0, 8.0, 9.0]);
    assert_eq!(pooled("AveragePool", ceil(2, 2, vec![])), [3.0, 4.5, 7.5, 9.0]);
    // A last window that would start in the padding after the input is none.
    assert_eq!(pooled("MaxPool", ceil(1, 3, vec![])), [1.0]);
    let padded = || list("pads", &[1, 1, 1, 1]);
    assert_eq!(pooled("AveragePool", [kernel(3, 2), vec![padded()]].concat()), [3.0, 4.0, 6.0, 7.0]);
    let counted = [kernel(3, 2), vec![padded(), int("count_include_pad", 1)]].concat();
    assert_eq!(pooled("AveragePool", counted), [12.0 / 9.0, 16.0 / 9.0, 24.0 / 9.0, 28.0 / 9.0]);
    // What lies beyond the padding that the file says counts for nothing: of 2×2 windows the last have 2 or 1 elements.
    let beyond = ceil(2, 2, vec![list("pads", &[1, 1, 0, 0]), int("count_include_pad", 1)]);
    assert_eq!(pooled("AveragePool", beyond), [0.25, 1.25, 2.75, 7.0]);
}

#[test]
fn kernels_with_gaps() {
    let conv = |attributes| {
        let w = tensor("w", &[1, 1, 2, 2], &[1.0, 10.0, 100.0, 1000.0]);
        computed(&[1, 3, 3], vec![node("Conv", &["x", "w"], "y", attributes)], vec![w])
    };
    assert_eq!(conv(vec![list("dilations", &[2, 2])]), [9731.0]);
    assert_eq!(conv(vec![list("dilations", &[1, 2])]), [6431.0, 9764.0]);
    let padded = conv(vec![list("dilations", &[2, 1]), list("pads", &[1, 0, 0, 0])]);
    assert_eq!(padded, [5400.0, 6500.0, 8721.0, 9832.0]);
}

#[test]
fn reductions_over_any_axes() {
    let over_axes = |op: &str, axes: &[i64], keeps: i64| {
        let axes = ints("a", axes);
        computed(&[2, 2, 2], vec![node(op, &["x", "a"], "y", vec![int("keepdims", keeps)])], vec![axes])
    };
    assert_eq!(over_axes("ReduceMax", &[2, 3], 0), [4.0, 8.0]);
    assert_eq!(over_axes("ReduceMin", &[-1], 1), [1.0, 3.0, 5.0, 7.0]);
    assert_eq!(over_axes("ReduceSum", &[2, 3], 1), [10.0, 26.0]);
    assert_eq!(over_axes("ReduceMean", &[1, 2, 3], 0), [4.5]);
    assert_eq!(over_axes("ReduceSum", &[1], 0), [6.0, 8.0, 10.0, 12.0], "over channels");
    let all = computed(&[2, 2], vec![node("ReduceMean", &["x"], "y", vec![])], vec![]);
    assert_eq!(all, [2.5], "without axes it is all of them");
}
