//! Small networks of the usual kinds on their whole way: ONNX, graph, calibration, program.

mod support {
    pub(crate) mod net;
}

use proptest::prelude::*;
use sotto_nn::calibrate::{Calibrated, CalibrationError, Options, calibrate, ring_bits};
use sotto_nn::graph::Graph;
use sotto_nn::onnx::Reading;
use sotto_nn::{Op, OpKind, Program, Sign, onnx, reference};
use support::net::{Net, int, list, random};

/// Inputs with some structure: a smooth wave per row with noise.
fn rows(count: usize, len: usize, mut seed: u64) -> Vec<Vec<f64>> {
    let row = |seed: &mut u64| {
        let (step, phase) = (0.05 + 0.4 * (random(seed) + 1.0), 3.0 * random(seed));
        (0..len).map(|i| 0.7 * (step * i as f64 + phase).sin() + 0.3 * random(seed)).collect()
    };
    (0..count).map(|_| row(&mut seed)).collect()
}

/// Imports, calibrates and compares with the network on rows that calibration did not see.
fn made(net: &Net) -> (Graph, Calibrated) {
    let (graph, _) = onnx::read(&net.bytes(), &Reading::default()).unwrap();
    let len = graph.len(0);
    let options = Options { search: false, ..Options::default() };
    let made = calibrate(&graph, &vec![(-1.0, 1.0); len], &rows(24, len, 7), &options, &ring_bits).unwrap();
    made.program.validate().unwrap();
    made.program.validate_weights(&made.weights).unwrap();
    assert!(made.report.goals_met, "{:?}", made.report);
    assert_eq!(made.report.argmax_agreement, 1.0, "{:?}", made.report);
    let scale = (1u64 << made.program.output().frac_bits) as f64;
    for row in rows(16, len, 1234) {
        let input: Vec<i64> =
            row.iter().map(|v| (v * (1u64 << made.program.input.frac_bits) as f64).round() as i64).collect();
        let output = reference::run_output(&made.program, &made.weights, &input).unwrap();
        let scores = graph.run(&row).pop().unwrap();
        for (fixed, score) in output.iter().zip(&scores) {
            let error = (*fixed as f64 / scale - score).abs();
            // 16 bits of weights and activations: well within half a percent of the scores' range.
            assert!(error < 0.005 * made.report.max_score, "{error} of {}", made.report.max_score);
        }
    }
    (graph, made)
}

fn kinds(program: &Program) -> Vec<&'static str> {
    let kind = |op: &Op| match op.kind {
        OpKind::Linear { .. } => "linear",
        OpKind::Conv { .. } => "conv",
        OpKind::Add { .. } => "add",
        OpKind::Relu => "relu",
        OpKind::Shift { .. } => "shift",
        OpKind::ReluShift { .. } => "relu-shift",
        OpKind::Clip { .. } => "clip",
        OpKind::MaxPool { .. } => "max-pool",
        OpKind::SumPool { .. } => "sum-pool",
        OpKind::Divide { .. } => "divide",
        OpKind::Concat { .. } => "concat",
        OpKind::Pad { .. } => "pad",
        OpKind::Argmax => "argmax",
        OpKind::Reshape => "reshape",
        OpKind::Threshold { .. } => "threshold",
    };
    program.ops.iter().map(kind).collect()
}

#[test]
fn a_lenet() {
    let mut net = Net::new(1, &[1, 12, 12]);
    net.conv(4, &[3, 3], 1, vec![list("pads", &[1, 1, 1, 1])]).node("Relu", &[], vec![]);
    net.node("MaxPool", &[], vec![list("kernel_shape", &[2, 2]), list("strides", &[2, 2])]);
    net.conv(8, &[3, 3], 1, vec![]).node("Relu", &[], vec![]);
    net.node("AveragePool", &[], vec![list("kernel_shape", &[4, 4]), list("strides", &[4, 4])]).gemm(8, 10);
    let (_, made) = made(&net);
    let mut kinds = kinds(&made.program);
    kinds.retain(|&kind| kind != "reshape");
    let expected = ["conv", "max-pool", "relu-shift", "conv", "relu-shift", "sum-pool", "shift", "linear"];
    assert_eq!(kinds, expected, "maxima before the step that follows them");
    let non_negative = |op: &Op| matches!(op.kind, OpKind::Shift { sign: Sign::NonNegative, .. });
    assert!(made.program.ops.iter().any(non_negative), "sums of ReLUs: {:?}", made.program.ops);
}

#[test]
fn a_residual_block_with_batch_normalisation() {
    let mut net = Net::new(2, &[3, 6, 6]);
    let pad = || vec![list("pads", &[1, 1, 1, 1])];
    let entry = net.conv(6, &[3, 3], 1, pad()).norm().node("Relu", &[], vec![]).last();
    net.conv(6, &[3, 3], 1, pad()).norm().node("Relu", &[], vec![]);
    net.conv(6, &[3, 3], 1, pad()).norm().node("Add", &[&entry], vec![]).node("Relu", &[], vec![]);
    let block = net.last();
    let shortcut = net.conv(8, &[1, 1], 1, vec![list("strides", &[2, 2])]).norm().last();
    net.from(&block, 6).conv(8, &[3, 3], 1, [pad(), vec![list("strides", &[2, 2])]].concat()).norm();
    net.node("Add", &[&shortcut], vec![]).node("Relu", &[], vec![]).node("GlobalAveragePool", &[], vec![]).gemm(8, 5);
    let (_, made) = made(&net);
    let expected = [
        "conv",
        "relu-shift",
        "conv",
        "relu-shift",
        "conv",
        "add",
        "relu-shift",
        "conv",
        "conv",
        "add",
        "relu-shift",
        "sum-pool",
        "divide",
        "reshape",
        "linear",
    ];
    assert_eq!(kinds(&made.program), expected, "normalisations are in the weights, one fused step per accumulator");
    let non_negative = |op: &Op| matches!(op.kind, OpKind::Divide { sign: Sign::NonNegative, .. });
    assert!(made.program.ops.iter().any(non_negative), "sums of ReLUs: {:?}", made.program.ops);
}

#[test]
fn a_fire_module() {
    let mut net = Net::new(3, &[3, 9, 9]);
    let squeezed = net.conv(4, &[1, 1], 1, vec![]).node("Relu", &[], vec![]).last();
    let one = net.conv(6, &[1, 1], 1, vec![]).node("Relu", &[], vec![]).last();
    net.from(&squeezed, 4).conv(6, &[3, 3], 1, vec![list("pads", &[1, 1, 1, 1])]).node("Relu", &[], vec![]);
    net.node("Concat", &[&one], vec![int("axis", 1)]);
    net.node("MaxPool", &[], vec![list("kernel_shape", &[3, 3]), list("strides", &[2, 2])]);
    let joined = net.last();
    net.from(&joined, 12).conv(5, &[1, 1], 1, vec![]).node("Relu", &[], vec![]);
    net.node("GlobalAveragePool", &[], vec![]).node("Flatten", &[], vec![]).node("Softmax", &[], vec![]);
    let (_, made) = made(&net);
    let kinds = kinds(&made.program);
    // The parts come at the scale of the whole: nothing is shifted but from the pool's ring to that of the
    // convolution behind it.
    let program = &made.program;
    let pool = kinds.iter().position(|&kind| kind == "max-pool").unwrap();
    assert_eq!(kinds.iter().position(|&kind| kind == "shift"), Some(pool + 1), "{kinds:?}");
    assert_eq!(program.ops[pool + 1].kind, OpKind::Shift { amount: 0, sign: Sign::NonNegative });
    assert!(program.ops[pool].output.bits < program.ops[pool + 1].output.bits, "{:?}", program.ops);
    assert_eq!(kinds.iter().filter(|&&kind| kind == "shift").count(), 1, "{kinds:?}");
    let fused = kinds.iter().filter(|k| matches!(**k, "relu" | "relu-shift")).count();
    assert_eq!(fused, 4, "one per accumulator: {kinds:?}");
    assert!(kinds.contains(&"concat") && kinds.contains(&"max-pool"));
}

#[test]
fn a_mobilenet_block() {
    let mut net = Net::new(4, &[3, 8, 8]);
    let same = || vec![list("pads", &[1, 1, 1, 1])];
    net.conv(4, &[3, 3], 1, [same(), vec![list("strides", &[2, 2])]].concat()).norm();
    let entry = net.relu6().last();
    net.conv(8, &[1, 1], 1, vec![]).norm().relu6().conv(8, &[3, 3], 8, same()).norm().relu6();
    net.conv(4, &[1, 1], 1, vec![]).norm().node("Add", &[&entry], vec![]);
    net.node("ReduceMean", &[], vec![list("axes", &[2, 3]), int("keepdims", 0)]).gemm(4, 4);
    let (_, made) = made(&net);
    let kinds = kinds(&made.program);
    let activations: Vec<_> =
        kinds.iter().zip(&made.program.ops).filter(|(k, _)| **k == "clip" || **k == "relu-shift").collect();
    assert_eq!(activations.len(), 3, "{kinds:?}");
    assert_eq!(kinds.iter().filter(|&&k| k == "conv").count(), 4);
}

#[test]
fn a_network_over_signals() {
    let mut net = Net::new(5, &[2, 32]);
    net.conv(6, &[5], 1, vec![list("strides", &[2]), list("pads", &[2, 2])]).norm().node("Relu", &[], vec![]);
    net.node("MaxPool", &[], vec![list("kernel_shape", &[3]), list("strides", &[2]), list("pads", &[1, 0])]);
    net.conv(6, &[3], 3, vec![]).norm().node("Relu", &[], vec![]).node("GlobalAveragePool", &[], vec![]).gemm(6, 3);
    let (graph, made) = made(&net);
    assert_eq!(graph.shape(4), [6, 8]);
    assert_eq!(kinds(&made.program)[..4], ["conv", "max-pool", "relu-shift", "conv"]);
}

/// One block after another; those that do not fit the map are left out.
fn random_net(blocks: &[u8], seed: u64) -> Net {
    let (mut net, mut extent) = (Net::new(seed, &[2, 7, 7]), 7i64);
    let (mut channels, mut entry) = (2i64, None::<String>);
    for &block in blocks {
        match block {
            0 => net.conv(channels, &[3, 3], 1, vec![list("pads", &[1, 1, 1, 1])]),
            1 => net.conv(channels, &[1, 1], channels, vec![]),
            2 => net.norm(),
            3 => net.node("Relu", &[], vec![]),
            4 => net.relu6(),
            5 if extent >= 3 => {
                extent = (extent - 1) / 2;
                entry = None;
                net.node("MaxPool", &[], vec![list("kernel_shape", &[3, 3]), list("strides", &[2, 2])])
            }
            // 2×3 elements are divided, 4 only move the scale; padding keeps the map's extent.
            6 | 7 => {
                let (kernel, pads) = if block == 6 { ([2, 3], [1, 1, 0, 1]) } else { ([2, 2], [0, 1, 1, 0]) };
                let window = vec![list("kernel_shape", &kernel), list("pads", &pads), int("count_include_pad", 1)];
                net.node("AveragePool", &[], window)
            }
            8 => match &entry {
                Some(value) => net.node("Add", &[value], vec![]),
                None => &mut net,
            },
            9 if channels <= 4 => match entry.take() {
                Some(value) => {
                    channels *= 2;
                    net.node("Concat", &[&value], vec![int("axis", 1)]);
                    let joined = net.last();
                    net.from(&joined, channels)
                }
                None => &mut net,
            },
            10 => {
                entry = Some(net.last());
                &mut net
            }
            _ => &mut net,
        };
    }
    net.conv(3, &[1, 1], 1, vec![]).node("GlobalAveragePool", &[], vec![]).node("Flatten", &[], vec![]);
    net
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    /// Promises of signs hold whatever the input's ring holds, and where the report says that nothing overflows, the
    /// program is close to the network on every accepted input.
    #[test]
    fn random_networks_keep_their_promises(
        blocks in prop::collection::vec(0u8..=10, 1..12),
        seed in any::<u64>(),
        margin_bits in prop::sample::select(vec![None, Some(0u32), Some(1), Some(2), Some(64)]),
    ) {
        let net = random_net(&blocks, seed);
        let (graph, _) = onnx::read(&net.bytes(), &Reading::default()).unwrap();
        let len = graph.len(0);
        let options = Options { search: false, margin_bits, weight_bits: 12, activation_bits: 12, ..Options::default() };
        let made = match calibrate(&graph, &vec![(-1.0, 1.0); len], &rows(6, len, seed), &options, &ring_bits) {
            Ok(made) => made,
            // Interval arithmetic over many layers needs more than 64 bits.
            Err(CalibrationError::Program(problem)) if margin_bits == Some(64) => {
                prop_assert!(problem.contains("64 is the most"), "{}", problem);
                return Ok(());
            }
            Err(other) => panic!("{other}"),
        };
        made.program.validate_weights(&made.weights).unwrap();
        let (mut state, bits) = (seed, made.program.input.bits);
        for round in 0..4 {
            let half = (1i64 << (bits - 1)) as f64;
            let input: Vec<i64> = (0..len).map(|_| {
                let v = random(&mut state);
                if round % 2 == 0 { (half * v) as i64 } else if v > 0.0 { half as i64 - 1 } else { -half as i64 }
            }).collect();
            prop_assert!(reference::run_output(&made.program, &made.weights, &input).is_ok());
            if !made.report.overflow_free {
                continue;
            }
            let row: Vec<f64> = (0..len).map(|_| if random(&mut state) > 0.0 { 1.0 } else { -1.0 }).collect();
            let scale = (1u64 << made.program.input.frac_bits) as f64;
            let input: Vec<i64> = row.iter().map(|v| (v * scale).round() as i64).collect();
            let output = reference::run_output(&made.program, &made.weights, &input).unwrap();
            let scores = graph.run(&row).pop().unwrap();
            let largest = scores.iter().fold(made.report.max_score.max(0.1), |m, v| m.max(v.abs()));
            for (fixed, score) in output.iter().zip(&scores) {
                let error = (*fixed as f64 / (1u64 << made.program.output().frac_bits) as f64 - score).abs();
                prop_assert!(error < 0.05 * largest, "{error} of {largest}: {:?}", made.report);
            }
        }
    }
}
