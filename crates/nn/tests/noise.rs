//! Where calibration spends the bits that it is given.
#![cfg(feature = "import")]

use sotto_nn::calibrate::{Calibrated, Options, calibrate, ring_bits};
use sotto_nn::graph::{FloatOp, Graph, Linear, Node};
use sotto_nn::{OpKind, Program, reference};

fn layer(inputs: usize, outputs: usize, weight: impl Fn(usize) -> f64) -> FloatOp {
    FloatOp::Linear(Linear { outputs, inputs, weight: (0..inputs * outputs).map(weight).collect(), bias: None })
}

fn graph(inputs: usize, ops: Vec<(FloatOp, usize)>) -> Graph {
    let node = |(k, (op, len)): (usize, (FloatOp, usize))| Node {
        name: format!("layer{k}"),
        op,
        inputs: vec![k],
        shape: vec![len],
    };
    Graph { input_shape: vec![inputs], nodes: ops.into_iter().enumerate().map(node).collect() }
}

fn rows(count: usize, len: usize) -> Vec<Vec<f64>> {
    let value = |row: usize, k: usize| 0.5 + ((row * 37 + k * 101) % 64) as f64 / 128.0;
    (0..count).map(|row| (0..len).map(|k| value(row, k)).collect()).collect()
}

fn made(graph: &Graph, rows: &[Vec<f64>], bits: u32) -> Calibrated {
    let options = Options { search: false, weight_bits: bits, activation_bits: 12, ..Options::default() };
    calibrate(graph, &vec![(0.0, 1.0); graph.len(0)], rows, &options, &ring_bits).unwrap()
}

/// Eight results of many: few elements that decide the scores, and nothing that is compared.
#[test]
fn the_layer_with_few_elements_has_finer_weights() {
    let odd = |k: usize| ((k * 7919 % 1009) as f64 / 1009.0 - 0.5) * 1.9;
    let ops = vec![(layer(32, 256, odd), 256), (FloatOp::Relu, 256), (layer(256, 4, odd), 4)];
    let compared = |program: &Program| {
        let compared = program.ops.iter().filter(|op| matches!(op.kind, OpKind::Relu | OpKind::ReluShift { .. }));
        compared.map(|op| program.value(op.inputs[0])).map(|v| v.len() as u64 * u64::from(v.bits)).sum()
    };
    let options = Options { search: false, weight_bits: 8, activation_bits: 12, ..Options::default() };
    let made = calibrate(&graph(32, ops), &[(0.0, 1.0); 32], &rows(24, 32), &options, &compared);
    let Calibrated { program, .. } = made.unwrap();
    let bits: Vec<u32> = program.ops.iter().filter_map(|op| op.kind.weights()).map(|(.., bits)| bits).collect();
    assert!(bits[0] <= 8 && bits[1] > 8, "{bits:?}");
    assert!(matches!(program.ops[1].kind, OpKind::ReluShift { .. }));
}

/// Weights of a third are coarse numbers of three bits, all too small: without their mean error all scores would be low.
#[test]
fn roundings_of_weights_leave_no_mean_error() {
    let network = graph(64, vec![(layer(64, 2, |k| if k % 64 == 0 { 1.0 } else { 0.3 }), 2)]);
    let rows = rows(48, 64);
    let Calibrated { program, weights, report } = made(&network, &rows, 3);
    let scale = |bits: u32| (1u64 << bits) as f64;
    let errors = rows.iter().map(|row| {
        let input: Vec<i64> = row.iter().map(|v| (v * scale(program.input.frac_bits)).round() as i64).collect();
        let found = reference::run_output(&program, &weights, &input).unwrap()[0] as f64;
        found / scale(program.output().frac_bits) - network.run(row)[1][0]
    });
    let mean = errors.sum::<f64>() / rows.len() as f64;
    let rounding =
        weights.get("op0.weight").unwrap().data()[1] as f64 / weights.get("op0.weight").unwrap().data()[0] as f64;
    assert!((rounding - 0.3).abs() > 0.02, "{rounding} is no coarse number");
    assert!(mean.abs() < 0.01, "{mean} of {}", report.max_score);
}

/// Parts of three sizes that count alike: by the scale of the largest the smallest would have no bits.
#[test]
fn parts_of_a_concatenation_keep_bits_whatever_their_sizes() {
    let odd = |k: usize, size: f64| ((k * 7919 % 1009) as f64 / 504.5 - 1.0) * size;
    let joined = |k: usize| odd(k, [100.0, 100.0, 100.0, 100.0, 0.01, 0.01, 0.1, 0.1, 0.1][k % 9]);
    let node = |name: &str, op, inputs: &[usize], len| Node {
        name: name.into(),
        op,
        inputs: inputs.to_vec(),
        shape: vec![len],
    };
    let nodes = vec![
        node("small", layer(3, 4, |k| odd(k + 2, 1e-3)), &[0], 4),
        node("relu", FloatOp::Relu, &[1], 4),
        node("large", layer(3, 2, |k| odd(k + 5, 50.0)), &[0], 2),
        node("parts", FloatOp::Concat { axis: 0 }, &[2, 3, 0], 9),
        node("scores", layer(9, 3, joined), &[4], 3),
    ];
    let network = Graph { input_shape: vec![3], nodes };
    let report = made(&network, &rows(32, 3), 12).report;
    assert!(report.max_score_error < 2e-3 * report.max_score, "{} of {}", report.max_score_error, report.max_score);
    assert!(report.lost_weights.is_empty(), "{:?}", report.lost_weights);
}
