//! No class by overflow: how rings are chosen, and what reports and cards say of inputs that leave them.

use sotto_nn::calibrate::{Calibrated, CalibrationReport, OVERFLOW_PROBABILITY, Options, calibrate, ring_bits};
use sotto_nn::card::{Overflow, OverflowRule};
use sotto_nn::graph::{Conv, FloatOp, Graph, Linear, Node};
use sotto_nn::{Window, reference};

/// Numbers from −1 to 1.
fn random(seed: &mut u64) -> f64 {
    *seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    (*seed >> 33) as f64 / f64::from(1u32 << 30) - 1.0
}

fn layer(name: &str, input: usize, outputs: usize, weight: Vec<f64>) -> Node {
    let inputs = weight.len() / outputs;
    let op = FloatOp::Linear(Linear { outputs, inputs, weight, bias: None });
    Node { name: name.into(), op, inputs: vec![input], shape: vec![outputs] }
}

fn relu(input: usize, len: usize) -> Node {
    Node { name: format!("relu{input}"), op: FloatOp::Relu, inputs: vec![input], shape: vec![len] }
}

/// Sixteen sums with positive weights, then their sum and half of it: class 0 for every positive input.
fn sums() -> Graph {
    let mut seed = 3;
    let first = (0..128).map(|_| random(&mut seed).abs()).collect();
    let second = (0..32).map(|i| if i < 16 { 1.0 } else { 0.5 }).collect();
    let nodes = vec![layer("a", 0, 16, first), relu(1, 16), layer("b", 2, 2, second)];
    Graph { input_shape: vec![8], nodes }
}

/// Rows between −0.3 and 0.3.
fn tame(count: usize, len: usize) -> Vec<Vec<f64>> {
    let mut seed = 11;
    (0..count).map(|_| (0..len).map(|_| 0.3 * random(&mut seed)).collect()).collect()
}

fn run(made: &Calibrated, x: &[f64]) -> Vec<f64> {
    let fixed = |v: &f64| (v * (1u64 << made.program.input.frac_bits) as f64).round() as i64;
    let input: Vec<i64> = x.iter().map(fixed).collect();
    let unit = (1u64 << made.program.output().frac_bits) as f64;
    let output = reference::run_output(&made.program, &made.weights, &input).unwrap();
    output.into_iter().map(|v| v as f64 / unit).collect()
}

fn wrong(made: &Calibrated, graph: &Graph) -> usize {
    let close = |x: &f64| {
        let x = vec![*x; 8];
        let scores = graph.run(&x).pop().unwrap();
        run(made, &x).iter().zip(&scores).all(|(a, b)| (a - b).abs() < 0.05 * (1.0 + b.abs()))
    };
    (1..=64).map(|k| f64::from(k) / 4.0).filter(|x| !close(x)).count()
}

#[test]
fn accepted_inputs_beyond_the_calibration_rows_get_their_class() {
    let (graph, rows) = (sums(), tame(64, 8));
    let made = |margin_bits| {
        let options = Options { margin_bits, ..Options::default() };
        calibrate(&graph, &[(-16.0, 16.0); 8], &rows, &options, &ring_bits).unwrap()
    };
    let by_rule = made(None);
    assert_eq!(wrong(&by_rule, &graph), 0);
    assert!(by_rule.report.overflow_free, "{:?}", by_rule.report);
    // What two bits beyond the rows did, and that the report says so.
    let two = made(Some(2));
    assert!(wrong(&two, &graph) > 10);
    let Overflow { rule, margin_bits, overflowing, probed, .. } = two.report.overflow;
    assert_eq!((rule, margin_bits), (OverflowRule::Fixed, Some(2)));
    assert!(overflowing > probed / 2, "{overflowing} of {probed}");
}

/// Rings that hold everything are dearer than the rule allows here.
fn estimated(graph: &Graph, rows: &[Vec<f64>], range: f64) -> CalibrationReport {
    let dear = |program: &sotto_nn::Program| 1 << (program.output().bits / 2);
    let range = vec![(-range, range); graph.len(0)];
    let made = calibrate(graph, &range, rows, &Options { search: false, ..Options::default() }, &dear).unwrap();
    assert_eq!(made.report.overflow.rule, OverflowRule::Estimated, "{:?}", made.report);
    made.report
}

/// Four convolutions with random weights: interval arithmetic is far from what they can do.
fn deep() -> Graph {
    let (mut seed, mut nodes) = (5, Vec::new());
    for inputs in [2, 6, 6, 6] {
        let window = Window { kernel: [3, 3], stride: [1, 1], pads: [1; 4] };
        let weight = (0..6 * inputs * 9).map(|_| random(&mut seed) / (1.5 * inputs as f64).sqrt()).collect();
        let op = FloatOp::Conv(Conv { outputs: 6, inputs, groups: 1, window, weight, bias: None });
        let at = nodes.len();
        nodes.push(Node { name: format!("conv{at}"), op, inputs: vec![at], shape: vec![6, 8, 8] });
        nodes.push(Node { name: format!("relu{at}"), op: FloatOp::Relu, inputs: vec![at + 1], shape: vec![6, 8, 8] });
    }
    nodes.push(Node { name: "flat".into(), op: FloatOp::Reshape, inputs: vec![8], shape: vec![384] });
    nodes.push(layer("dense", 9, 3, (0..3 * 384).map(|_| random(&mut seed) / 10.0).collect()));
    Graph { input_shape: vec![2, 8, 8], nodes }
}

#[test]
fn estimates_are_bounded_and_hold_what_the_search_found() {
    let graph = deep();
    let margin = |count: usize| {
        let report = estimated(&graph, &tame(count, 128), 1.0);
        let Overflow { probability, probed, overflowing, margin_bits, rows, .. } = report.overflow;
        assert!(probability.unwrap() <= OVERFLOW_PROBABILITY && overflowing == 0 && rows == count, "{probability:?}");
        assert!(probed > 20, "{probed}");
        for value in &report.values {
            assert!(value.bits >= value.probed_bits.min(value.bound_bits), "{value:?}");
        }
        assert!(
            report.values.iter().any(|v| v.probed_bits > v.seen_bits && v.bits < v.bound_bits),
            "{:?}",
            report.values
        );
        margin_bits.unwrap()
    };
    assert!(margin(9) > margin(200), "few rows say little");
}

#[test]
fn too_few_rows_are_no_estimate() {
    let report = estimated(&deep(), &tame(5, 128), 1.0);
    assert_eq!((report.overflow.probability, report.overflow.margin_bits), (None, Some(8)));
    assert!(report.overflow.sentence().contains("too few"));
}

#[test]
fn a_search_is_the_same_every_time() {
    let (graph, rows) = (deep(), tame(20, 128));
    assert_eq!(estimated(&graph, &rows, 1.0), estimated(&graph, &rows, 1.0));
}

#[test]
fn the_search_reaches_the_largest_sums() {
    let (graph, rows) = (sums(), tame(64, 8));
    let made = calibrate(&graph, &[(-16.0, 16.0); 8], &rows, &Options::default(), &ring_bits).unwrap();
    let exact = made.report.values.iter().all(|v| v.probed_bits == v.bound_bits || v.name == "relu1");
    assert!(exact, "{:?}", made.report.values);
}

#[test]
fn classes_with_small_scores_and_lost_weights_are_named() {
    // The second class lives on a weight that few bits do not keep beside the others.
    let weight = vec![4.0, 0.0, 0.0, 0.0, 0.09, 0.0, 0.0, 0.0, 3.0];
    let bias = Some(vec![0.05, 0.0, 0.0]);
    let op = FloatOp::Linear(Linear { outputs: 3, inputs: 3, weight, bias });
    let node = Node { name: "scores".into(), op, inputs: vec![0], shape: vec![3] };
    let graph = Graph { input_shape: vec![3], nodes: vec![node] };
    let rows: Vec<Vec<f64>> = (0..12).map(|k| (0..3).map(|i| f64::from(u8::from(k % 3 == i))).collect()).collect();
    let made = |options: Options| calibrate(&graph, &[(-1.0, 1.0); 3], &rows, &options, &ring_bits).unwrap().report;
    let coarse = Options { search: false, weight_bits: 5, ..Options::default() };
    let report = made(coarse.clone());
    assert!(!report.goals_met && report.max_score_error < 0.05 * report.max_score, "{report:?}");
    assert!(report.missed.iter().any(|m| m.contains("the score of class 1")), "{:?}", report.missed);
    assert_eq!(report.class_agreement, [Some(1.0), Some(0.0), Some(1.0)]);
    assert!(report.missed.iter().any(|m| m.starts_with("class 1 on 0.00 %")), "{:?}", report.missed);
    assert!(
        report.lost_weights[0].starts_with("all weights of 1 of 3 outputs of 'scores' become zero: those of output 1")
    );
    let found = made(Options::default());
    assert!(found.goals_met && found.lost_weights.is_empty(), "{found:?}");
}

#[test]
fn a_row_that_decides_every_scale_is_named() {
    let (graph, mut rows) = (sums(), tame(64, 8));
    rows[5][3] = 1000.0;
    let options = Options { search: false, weight_bits: 8, activation_bits: 8, ..Options::default() };
    let made = calibrate(&graph, &[(-1000.0, 1000.0); 8], &rows, &options, &ring_bits).unwrap();
    assert!(made.report.outliers[0].starts_with("one of 64 rows drives 'a' to "), "{:?}", made.report);
}

#[test]
fn weights_beyond_every_scale_are_named() {
    let graph = Graph { input_shape: vec![2], nodes: vec![layer("tiny", 0, 2, vec![1e-12, 0.0, 0.0, 1e-12])] };
    let made = calibrate(&graph, &[(-1.0, 1.0); 2], &tame(9, 2), &Options::default(), &ring_bits).unwrap();
    assert!(!made.report.goals_met);
    assert!(made.report.lost_weights[0].starts_with("all weights of 'tiny' become zero"), "{:?}", made.report);
    let large = Graph { input_shape: vec![2], nodes: vec![layer("large", 0, 2, vec![100.0, 0.0, 0.0, 100.0])] };
    let options = Options { search: false, weight_bits: 4, ..Options::default() };
    let made = calibrate(&large, &[(-1.0, 1.0); 2], &tame(9, 2), &options, &ring_bits).unwrap();
    assert_eq!(made.report.lost_weights, ["the weights of 'large' reach 1.000e2 and take 8 bits, not 4"]);
}
