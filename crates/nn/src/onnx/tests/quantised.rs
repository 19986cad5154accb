//! Static quantisation: clipped to the file's range, not rounded to its steps.

use super::super::proto::data_type::{INT8, INT32, UINT8};
use super::{error, import, int, list, node, over, proto, result, tensor};
use crate::graph::FloatOp;

fn stored(name: &str, data_type: i32, dims: &[i64], values: &[i32]) -> proto::Tensor {
    proto::Tensor {
        name: name.into(),
        dims: dims.to_vec(),
        data_type,
        int32_data: values.to_vec(),
        ..Default::default()
    }
}

fn step(name: &str, scale: f32) -> proto::Tensor {
    tensor(name, &[], &[scale])
}

/// A node of onnxruntime's own.
fn own(op: &str, inputs: &[&str], output: &str, attributes: Vec<proto::Attribute>) -> proto::Node {
    proto::Node { domain: "com.microsoft".into(), ..node(op, inputs, output, attributes) }
}

fn run(dims: &[i64], nodes: Vec<proto::Node>, stored: Vec<proto::Tensor>, x: &[f64]) -> Vec<f64> {
    let graph = import(&over(dims, nodes, stored)).unwrap();
    let right = result(&graph, x);
    let simplified = result(&graph.simplified(), x);
    assert!(right.iter().zip(&simplified).all(|(a, b)| (a - b).abs() < 1e-9), "{right:?} and {simplified:?}");
    right
}

/// Steps of a half around 128, and of a quarter around 0.
fn steps() -> Vec<proto::Tensor> {
    vec![
        step("s", 0.5),
        stored("z", UINT8, &[], &[128]),
        step("t", 0.25),
        stored("n", INT8, &[], &[0]),
        stored("low", UINT8, &[], &[0]),
    ]
}

#[test]
fn pairs_of_quantisers_are_clips() {
    let pair = |from: &str, to: &str, scale: &str, zero: &str| {
        let quantised = format!("{to}_q");
        vec![
            node("QuantizeLinear", &[from, scale, zero], &quantised, vec![]),
            node("DequantizeLinear", &[&quantised, scale, zero], to, vec![]),
        ]
    };
    assert_eq!(run(&[3], pair("x", "y", "s", "z"), steps(), &[-100.0, 1.0, 100.0]), [-64.0, 1.0, 63.5]);
    assert_eq!(run(&[3], pair("x", "y", "t", "n"), steps(), &[-100.0, 1.0, 100.0]), [-32.0, 1.0, 31.75]);
    // A zero point at the end of the range is a ReLU, and a pair after a pair is none.
    let twice = [pair("x", "a", "t", "low"), pair("a", "y", "t", "low")].concat();
    assert_eq!(run(&[3], twice.clone(), steps(), &[-100.0, 1.0, 100.0]), [0.0, 1.0, 63.75]);
    let nodes = import(&over(&[3], twice, steps())).unwrap().nodes;
    assert!(matches!(nodes[..], [crate::graph::Node { op: FloatOp::Clip { max: 63.75 }, .. }]), "{nodes:?}");
}

#[test]
fn convolutions_in_integers() {
    let conv = ["q", "s", "z", "w", "ws", "wz", "s", "z", "b"];
    let nodes = vec![
        node("QuantizeLinear", &["x", "s", "z"], "q", vec![]),
        node("QLinearConv", &conv, "c", vec![list("pads", &[0, 1])]),
        own("QLinearGlobalAveragePool", &["c", "s", "z", "t", "n"], "g", vec![]),
        node("DequantizeLinear", &["g", "t", "n"], "y", vec![]),
    ];
    let weights = vec![
        stored("w", INT8, &[2, 1, 2], &[1, -2, 5, 5]),
        tensor("ws", &[2], &[1.0, 0.5]),
        stored("wz", INT8, &[2], &[0, 3]),
        stored("b", INT32, &[2], &[4, -4]),
    ];
    // Kernels (1, −2) and (1, 1), biases 4·0.5·1 and −4·0.5·0.5; of (3, 4, padding) -5 + 2, 4 + 2 and 7 − 1, 4 − 1.
    let stored = [steps(), weights].concat();
    assert_eq!(run(&[1, 2], nodes.clone(), stored.clone(), &[3.0, 4.0]), [1.5, 4.5]);
    let mut few = stored;
    few[6] = tensor("ws", &[3], &[1.0; 3]);
    few[7] = super::super::proto::Tensor { dims: vec![3], ..few[7].clone() };
    few[7].int32_data.push(0);
    assert!(error(&over(&[1, 2], nodes, few)).contains("3 scales for 2 channels"));
}

#[test]
fn matrices_in_integers() {
    let quantised = node("QuantizeLinear", &["x", "s", "z"], "q", vec![]);
    let weights = || vec![stored("w", INT8, &[2, 2], &[1, 2, 3, 4]), stored("b", INT32, &[2], &[8, -8])];
    let given = |last: &[&'static str]| [&["q", "s", "z", "w", "t", "n", "b"][..], last].concat();
    let all = || [steps(), weights()].concat();
    // (2, 4) times rows (1, 2)/4 and (3, 4)/4, and ±8·0.5·0.25.
    let gemm = own("QGemm", &given(&[]), "y", vec![int("transB", 1)]);
    assert_eq!(run(&[2], vec![quantised.clone(), gemm], all(), &[2.0, 4.0]), [3.5, 4.5]);
    let gemm = own("QGemm", &given(&["t", "n"]), "g", vec![int("transB", 1)]);
    let sum = own("QLinearAdd", &["g", "t", "n", "q", "s", "z", "s", "z"], "a", vec![]);
    let opened = node("DequantizeLinear", &["a", "s", "z"], "y", vec![]);
    assert_eq!(run(&[2], vec![quantised.clone(), gemm, sum, opened], all(), &[2.0, 4.0]), [5.5, 8.5]);
    let product = node("QLinearMatMul", &["q", "s", "z", "w", "t", "n", "t", "n"], "m", vec![]);
    let opened = node("DequantizeLinear", &["m", "t", "n"], "y", vec![]);
    assert_eq!(run(&[2], vec![quantised, product, opened], all(), &[2.0, 4.0]), [3.5, 5.0]);
}

#[test]
fn steps_that_cannot_be_are_refused() {
    let with = |scale: proto::Tensor, zero: proto::Tensor| {
        error(&over(&[2], vec![node("QuantizeLinear", &["x", "s", "z"], "y", vec![])], vec![scale, zero]))
    };
    let zero = || stored("z", UINT8, &[], &[0]);
    assert!(with(step("s", 0.0), zero()).contains("not positive"));
    assert!(with(step("s", f32::NAN), zero()).contains("finite"));
    assert!(with(step("s", 1.0), stored("z", INT32, &[], &[0])).contains("8 or 16 bits"));
    assert!(with(tensor("s", &[2], &[1.0; 2]), stored("z", UINT8, &[2], &[0; 2])).contains("of weights only"));
    assert!(with(tensor("s", &[2], &[1.0; 2]), zero()).contains("2 scales and 1 zero points"));
    let mul = own("QLinearMul", &["x"], "y", vec![]);
    assert!(error(&over(&[2], vec![mul], vec![])).contains("com.microsoft.QLinearMul is not supported"));
}
