//! Static quantisation, in the file's steps.

use super::super::proto::data_type::{INT8, INT32, UINT8};
use super::{error, float, import, int, list, node, over, proto, result, tensor};
use crate::calibrate::{Calibrated, Options, calibrate, ring_bits};
use crate::graph::FloatOp;
use crate::reference::run_output;

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

fn pair(from: &str, to: &str, scale: &str, zero: &str) -> Vec<proto::Node> {
    let quantised = format!("{to}_q");
    vec![
        node("QuantizeLinear", &[from, scale, zero], &quantised, vec![]),
        node("DequantizeLinear", &[&quantised, scale, zero], to, vec![]),
    ]
}

fn kinds(dims: &[i64], nodes: Vec<proto::Node>, stored: Vec<proto::Tensor>) -> Vec<FloatOp> {
    import(&over(dims, nodes, stored)).unwrap().simplified().nodes.into_iter().map(|n| n.op).collect()
}

#[test]
fn pairs_of_quantisers_round_and_clip() {
    let x = [-100.0, 1.1, 100.0];
    assert_eq!(run(&[3], pair("x", "y", "s", "z"), steps(), &x), [-64.0, 1.0, 63.5]);
    assert_eq!(run(&[3], pair("x", "y", "t", "n"), steps(), &x), [-32.0, 1.0, 31.75]);
    // Halves go upwards, not to even numbers.
    assert_eq!(run(&[3], pair("x", "y", "s", "z"), steps(), &[0.25, 0.75, -0.25]), [0.5, 1.0, 0.0]);
    // A pair after a pair changes nothing, nor does a ReLU of what is never negative.
    let again = [pair("x", "a", "t", "low"), vec![node("Relu", &["a"], "r", vec![])], pair("r", "y", "t", "low")];
    assert_eq!(run(&[3], again.concat(), steps(), &x), [0.0, 1.0, 63.75]);
    let found = kinds(&[3], again.concat(), steps());
    assert!(
        matches!(found[..], [FloatOp::BatchNorm(_), FloatOp::Steps { count: 255 }, FloatOp::BatchNorm(_)]),
        "{found:?}"
    );
}

/// Between the steps of two layers nothing is left of scales, also through pools and where values are put together.
#[test]
fn scales_become_part_of_layers() {
    let conv = |from: &str, weight: &str, to: &str| node("Conv", &[from, weight], to, vec![list("pads", &[1, 1])]);
    let pool = node("MaxPool", &["b"], "p", vec![list("kernel_shape", &[2]), list("strides", &[2])]);
    let nodes = [
        vec![conv("x", "w", "a")],
        pair("a", "b", "t", "low"),
        vec![pool],
        pair("p", "q", "t", "low"),
        vec![node("Conv", &["q", "i"], "c", vec![])],
        pair("c", "d", "s", "low"),
        vec![node("Concat", &["q", "d"], "j", vec![int("axis", 1)]), conv("j", "v", "e")],
        vec![node("ReduceMean", &["e"], "y", vec![list("axes", &[2]), int("keepdims", 0)])],
    ];
    let weights = vec![
        tensor("w", &[1, 1, 3], &[0.0, 1.0, 0.0]),
        tensor("i", &[1, 1, 1], &[1.0]),
        tensor("v", &[1, 2, 3], &[0.0, 1.0, 0.0, 0.0, 10.0, 0.0]),
    ];
    let stored = [steps(), weights].concat();
    // Steps of a quarter: 1.0, 2.25, 0.0, 0.5; the larger of each two 2.25 and 0.5; in halves 2.5 (a tie) and 0.5.
    assert_eq!(run(&[1, 4], nodes.concat(), stored.clone(), &[1.1, 2.2, -3.0, 0.4]), [(2.25 + 0.5 + 30.0) / 2.0]);
    let found = kinds(&[1, 4], nodes.concat(), stored);
    assert!(!found.iter().any(|op| matches!(op, FloatOp::BatchNorm(_))), "{found:?}");
}

/// The integers of the program are those of the network.
#[test]
fn programs_compute_in_the_files_steps() {
    let nodes = [
        pair("x", "a", "s", "z"),
        vec![node("Conv", &["a", "w", "b"], "c", vec![list("pads", &[1, 1])]), node("Relu", &["c"], "r", vec![])],
        pair("r", "d", "t", "low"),
        vec![node("Add", &["d", "a"], "e", vec![])],
        vec![node("QuantizeLinear", &["e", "s", "z"], "f", vec![]), node("Flatten", &["f"], "y", vec![])],
    ];
    let weights = vec![
        tensor("w", &[2, 2, 3], &[19, -45, 13, 58, 1, -26, 35, 8, -17, -51, 42, 26].map(|w| w as f32 / 64.0)),
        tensor("b", &[2], &[0.375, -0.125]),
    ];
    let graph = import(&over(&[2, 4], nodes.concat(), [steps(), weights].concat())).unwrap();
    let row = |k: usize| (0..8).map(|i| ((k * 37 + i * 101) % 613) as f64 / 64.0 - 4.0).collect::<Vec<f64>>();
    let rows: Vec<Vec<f64>> = (0..64).map(row).collect();
    let options = Options { weight_bits: 16, activation_bits: 16, search: false, ..Options::default() };
    let Calibrated { program, weights, report } =
        calibrate(&graph, &[(-8.0, 8.0); 8], &rows, &options, &|program| ring_bits(program)).unwrap();
    assert_eq!(report.argmax_agreement, 1.0);
    let scale = 2f64.powi(program.output().frac_bits as i32);
    for row in &rows {
        let input: Vec<i64> =
            row.iter().map(|v| (v * 2f64.powi(program.input.frac_bits as i32)).round() as i64).collect();
        let found = run_output(&program, &weights, &input).unwrap();
        let found: Vec<f64> = found.into_iter().map(|v| v as f64 / scale).collect();
        assert_eq!(found, result(&graph, row));
    }
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
    let half = own("QGemm", &given(&[]), "y", vec![int("transB", 1), float("alpha", 0.5)]);
    assert_eq!(run(&[2], vec![quantised.clone(), half], all(), &[2.0, 4.0]), [1.75, 2.25]);
    let gemm = own("QGemm", &given(&["t", "n"]), "g", vec![int("transB", 1)]);
    let sum = own("QLinearAdd", &["g", "t", "n", "q", "s", "z", "s", "z"], "a", vec![]);
    let opened = node("DequantizeLinear", &["a", "s", "z"], "y", vec![]);
    assert_eq!(run(&[2], vec![quantised.clone(), gemm, sum, opened], all(), &[2.0, 4.0]), [5.5, 8.5]);
    let product = node("QLinearMatMul", &["q", "s", "z", "w", "t", "n", "t", "n"], "m", vec![]);
    let opened = node("DequantizeLinear", &["m", "t", "n"], "y", vec![]);
    assert_eq!(run(&[2], vec![quantised, product, opened], all(), &[2.0, 4.0]), [3.5, 5.0]);
}

/// Operators of onnxruntime's between quantised values: what they are of in real numbers, in the steps of the result.
#[test]
fn operators_between_quantised_values() {
    let stored = || {
        let constants = vec![stored("c", INT8, &[2], &[2, -4]), stored("d", UINT8, &[1, 1, 2], &[4, 8])];
        [steps(), constants].concat()
    };
    let of = |dims: &[i64], op: &str, inputs: &[&str], attributes: Vec<proto::Attribute>, x: &[f64]| {
        let nodes = vec![
            node("QuantizeLinear", &["x", "s", "z"], "q", vec![]),
            own(op, inputs, "r", attributes),
            node("DequantizeLinear", &["r", "t", "n"], "y", vec![]),
        ];
        run(dims, nodes, stored(), x)
    };
    // c is (0.5, −1), d is (1, 2).
    assert_eq!(of(&[2], "QLinearAdd", &["q", "s", "z", "c", "t", "n", "t", "n"], vec![], &[1.1, 2.0]), [1.5, 1.0]);
    assert_eq!(of(&[2], "QLinearMul", &["c", "t", "n", "q", "s", "z", "t", "n"], vec![], &[1.1, 2.0]), [0.5, -2.0]);
    let slope = vec![float("alpha", 0.5)];
    assert_eq!(of(&[2], "QLinearLeakyRelu", &["q", "s", "z", "t", "n"], slope, &[-2.0, 3.0]), [-1.0, 3.0]);
    let parts = ["t", "n", "q", "s", "z", "d", "t", "low"];
    assert_eq!(of(&[1, 2], "QLinearConcat", &parts, vec![int("axis", 1)], &[-2.0, 3.1]), [-2.0, 3.0, 1.0, 2.0]);
    // Three places at a time, and what is none does not count: (1 + 2) / 2 and (2 + 5 + 6) / 3, in quarters.
    let window = || vec![list("kernel_shape", &[3]), list("pads", &[1, 1]), list("strides", &[2])];
    let mean = ["q", "s", "z", "t", "n"];
    assert_eq!(of(&[1, 4], "QLinearAveragePool", &mean, window(), &[1.0, 2.0, 5.0, 6.0]), [1.5, 4.25]);
    let product = error(&over(
        &[2],
        vec![
            node("QuantizeLinear", &["x", "s", "z"], "q", vec![]),
            own("QLinearMul", &["q", "s", "z", "q", "s", "z", "t", "n"], "y", vec![]),
        ],
        stored(),
    ));
    assert!(product.contains("two computed values"), "{product}");
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
    let sigmoid = own("QLinearSigmoid", &["x"], "y", vec![]);
    assert!(error(&over(&[2], vec![sigmoid], vec![])).contains("com.microsoft.QLinearSigmoid is not supported"));
}
