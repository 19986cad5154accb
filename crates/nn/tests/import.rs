//! Import, calibration and bundles on networks made in the test.

use std::path::PathBuf;
use std::sync::Mutex;

use proptest::prelude::*;
use prost::Message;
use sotto_nn::bundle::{Bundle, CARD_FILE, PROGRAM_FILE, WEIGHTS_FILE, check_id};
use sotto_nn::calibrate::{Calibrated, CalibrationError, Options, Stage, ring_bits};
use sotto_nn::card::{Decision, Field, InputSchema, Outcome, Sample};
use sotto_nn::graph::{FloatOp, Graph, Linear, Node};
use sotto_nn::import::{ImportError, Imported, LabelledRow, Source, import_model};
use sotto_nn::onnx::{Reading, proto};
use sotto_nn::{Card, OpKind, Sign, reference};

/// An empty directory for one test.
fn scratch(name: &str) -> PathBuf {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

fn field(name: &str) -> Field {
    Field {
        name: name.into(),
        label: name.to_uppercase(),
        unit: "cm".into(),
        min: -4.0,
        max: 4.0,
        step: 0.1,
        offset: 0.0,
        scale: 1.0,
        example: 1.0,
        help: String::new(),
        choices: vec![],
    }
}

fn card() -> Card {
    let sample = Sample { name: "S".into(), values: vec![1.0, -1.0], label: Some(0), ..Sample::default() };
    Card {
        title: "Test".into(),
        description: String::new(),
        task: "left or right".into(),
        input: InputSchema::Fields { fields: vec![field("a"), field("b")] },
        classes: vec!["left".into(), "right".into()],
        decision: Decision::Class,
        provenance: String::new(),
        licence: String::new(),
        domain: None,
        accuracy: None,
        possible: None,
        overflow: None,
        statistics: None,
        samples: vec![sample],
    }
}

/// `softmax(W·x)` with W = ((1, -1), (-0.5, 1)).
fn onnx() -> Vec<u8> {
    let dim = |dim_value| proto::Dimension { dim_value, dim_param: None };
    let shape = Some(proto::Shape { dim: vec![dim(None), dim(Some(2))] });
    let tensor_type = Some(proto::TensorType { elem_type: 1, shape });
    let info = |name: &str, r#type| proto::ValueInfo { name: name.into(), r#type };
    let node = |op: &str, input: &[&str], output: &str, attribute| proto::Node {
        op_type: op.into(),
        input: input.iter().map(|&s| s.into()).collect(),
        output: vec![output.into()],
        attribute,
        ..Default::default()
    };
    let trans_b = proto::Attribute { name: "transB".into(), i: 1, ..Default::default() };
    let graph = proto::Graph {
        node: vec![node("Gemm", &["x", "w"], "l", vec![trans_b]), node("Softmax", &["l"], "y", vec![])],
        name: "net".into(),
        initializer: vec![proto::Tensor {
            name: "w".into(),
            dims: vec![2, 2],
            data_type: 1,
            float_data: vec![1.0, -1.0, -0.5, 1.0],
            ..Default::default()
        }],
        input: vec![info("x", Some(proto::Type { tensor_type }))],
        output: vec![info("y", None)],
        ..Default::default()
    };
    let opset_import = vec![proto::OperatorSet { domain: String::new(), version: 13 }];
    proto::Model { ir_version: 7, graph: Some(graph), opset_import }.encode_to_vec()
}

fn calibrate(
    graph: &Graph,
    range: &[(f64, f64)],
    rows: &[Vec<f64>],
    options: &Options,
) -> Result<Calibrated, CalibrationError> {
    sotto_nn::calibrate::calibrate(graph, range, rows, options, &ring_bits)
}

fn rows() -> Vec<Vec<f64>> {
    vec![vec![1.0, 0.5], vec![-2.0, 1.5], vec![3.5, -4.0], vec![0.0, 4.0]]
}

fn imported(card: Card, test: &[LabelledRow]) -> Result<Bundle, ImportError> {
    let (onnx, calibration) = (onnx(), rows());
    let source = Source {
        id: "test-1",
        onnx: &onnx,
        reading: &Reading::default(),
        card,
        calibration: &calibration,
        test,
        statistics: true,
        price: &ring_bits,
        watcher: None,
    };
    import_model(source, &Options::default()).map(|Imported { bundle, report, notes, .. }| {
        assert!(report.goals_met && report.overflow_free, "{report:?}");
        assert_eq!(notes.len(), 1);
        bundle
    })
}

#[test]
fn an_import_fills_the_card() {
    let row = |values: [f64; 2], class| LabelledRow { values: values.to_vec(), truth: Outcome::Class(class) };
    let bundle = imported(card(), &[row([3.0, 0.0], 0), row([0.0, 3.0], 1), row([0.0, 2.0], 0)]).unwrap();
    let accuracy = bundle.card.accuracy.as_ref().unwrap();
    assert_eq!((accuracy.value, accuracy.float_value), (2.0 / 3.0, 2.0 / 3.0));
    assert_eq!(accuracy.recall, [Some(0.5), Some(1.0)]);
    assert_eq!((accuracy.balanced, accuracy.majority), (Some(0.75), Some(2.0 / 3.0)));
    assert!(!bundle.card.overflow.as_ref().unwrap().can_happen());
    assert_eq!(bundle.card.statistics, None, "four rows are too few");
    let scale = f64::from(1 << bundle.program.output().frac_bits);
    assert_eq!(bundle.card.samples[0].expected, [(2.0 * scale) as i64, (-1.5 * scale) as i64]);
    assert!(bundle.program.ops[0].name.starts_with("Gemm"));
}

#[test]
fn one_score_for_two_classes_is_a_logit() {
    let mut model = proto::Model::decode(&onnx()[..]).unwrap();
    let graph = model.graph.as_mut().unwrap();
    (graph.initializer[0].dims, graph.initializer[0].float_data) = (vec![1, 2], vec![-1.5, 2.0]);
    graph.node[1].op_type = "Sigmoid".into();
    let (onnx, calibration) = (model.encode_to_vec(), rows());
    let test = [([2.0, 0.0], 0), ([0.0, 2.0], 1)];
    let test = test.map(|(values, class)| LabelledRow { values: values.to_vec(), truth: Outcome::Class(class) });
    let source = Source {
        id: "test-1",
        onnx: &onnx,
        reading: &Reading::default(),
        card: card(),
        calibration: &calibration,
        test: &test,
        statistics: true,
        price: &ring_bits,
        watcher: None,
    };
    let Imported { bundle, notes, .. } = import_model(source, &Options::default()).unwrap();
    assert_eq!(bundle.card.decision, Decision::Logit { threshold: 0.5 });
    assert_eq!((bundle.program.output().len(), bundle.card.accuracy.unwrap().value), (1, 1.0));
    assert!(notes.iter().any(|note| note.message.contains("log-odds of 'right'")), "{notes:?}");
}

#[test]
fn findings_are_counted_one_by_one() {
    let decision = Decision::Findings { thresholds: vec![0.5; 2] };
    let sample =
        Sample { name: "S".into(), values: vec![1.0, -1.0], present: Some(vec![true, false]), ..Sample::default() };
    let row = |values: [f64; 2], present: [bool; 2]| LabelledRow {
        values: values.to_vec(),
        truth: Outcome::Findings(present.to_vec()),
    };
    // The network says (present, absent), (absent, present), (present, present).
    let rows = [row([3.0, 0.0], [true, false]), row([0.0, 3.0], [true, true]), row([4.0, 3.0], [false, true])];
    let bundle = imported(Card { decision, samples: vec![sample], ..card() }, &rows).unwrap();
    let accuracy = bundle.card.accuracy.unwrap();
    assert_eq!((accuracy.value, accuracy.float_value), (4.0 / 6.0, 4.0 / 6.0));
    assert_eq!(accuracy.recall, [Some(0.5), Some(1.0)]);
    assert_eq!(accuracy.specificity, [Some(0.0), Some(1.0)]);
    assert_eq!((accuracy.balanced, accuracy.majority), (Some(0.625), Some(4.0 / 6.0)));
    let wrong = LabelledRow { values: vec![0.0, 0.0], truth: Outcome::Class(0) };
    let refused = imported(
        Card { decision: Decision::Findings { thresholds: vec![0.5; 2] }, samples: vec![], ..card() },
        &[wrong],
    );
    assert!(refused.unwrap_err().to_string().contains("test row 0: its truth is not whether each finding is present"));
}

#[test]
fn import_faults_are_named() {
    let says = |result: Result<Bundle, ImportError>| result.unwrap_err().to_string();
    let mut other = card();
    other.classes.push("both".into());
    assert_eq!(says(imported(other, &[])), "card: it lists 3 classes, and the network has 2");
    let mut other = card();
    other.input = InputSchema::Fields { fields: vec![field("a")] };
    other.samples.clear();
    assert_eq!(says(imported(other, &[])), "card: it lists 1 fields, and the network has 2");
    let outside = LabelledRow { values: vec![9.0, 0.0], truth: Outcome::Class(0) };
    assert_eq!(says(imported(card(), &[outside])), "test row 0: A: 9 is outside -4 to 4 cm");
    let unknown = LabelledRow { values: vec![1.0, 0.0], truth: Outcome::Class(2) };
    assert_eq!(says(imported(card(), &[unknown])), "test row 0: there is no class 2");
    let onnx = onnx();
    let import = |calibration: &[Vec<f64>], id: &str| {
        let source = Source {
            id,
            onnx: &onnx,
            reading: &Reading::default(),
            card: card(),
            calibration,
            test: &[],
            statistics: true,
            price: &ring_bits,
            watcher: None,
        };
        import_model(source, &Options::default()).unwrap_err().to_string()
    };
    assert_eq!(import(&[vec![0.0; 3]], "m"), "calibration row 0: the model reads 2 values, not 3");
    assert_eq!(import(&[], "m"), "calibration: calibration needs at least one row");
    assert!(import(&rows(), "../etc").contains("cannot be a model's id"));
}

#[test]
fn bundles_survive_the_disk_and_tampering_is_named() {
    let bundle = imported(card(), &[]).unwrap();
    let dir = scratch("bundles").join("test-1");
    bundle.save(&dir).unwrap();
    assert_eq!(Bundle::load(&dir).unwrap(), bundle);
    assert!(
        bundle.save(&scratch("bundles-other").join("test-2")).unwrap_err().to_string().contains("must have that name")
    );
    let fault = |file: &str, change: &dyn Fn(Vec<u8>) -> Vec<u8>| {
        bundle.save(&dir).unwrap();
        let path = dir.join(file);
        std::fs::write(&path, change(std::fs::read(&path).unwrap())).unwrap();
        let message = Bundle::load(&dir).unwrap_err().to_string();
        assert!(message.contains(file), "{message}");
        message
    };
    let replace = |from: &'static str, to: &'static str| {
        move |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.contains(from), "{text}");
            text.replacen(from, to, 1).into_bytes()
        }
    };
    assert!(fault(PROGRAM_FILE, &|_| b"{".to_vec()).contains("not a program"));
    assert!(fault(PROGRAM_FILE, &replace("\"version\":1", "\"version\":2")).contains("version 2"));
    assert!(fault(WEIGHTS_FILE, &|_| vec![0xff; 40]).contains("not a safetensors file"));
    assert!(
        fault(WEIGHTS_FILE, &|mut b| {
            b.pop();
            b
        })
        .contains("not a safetensors file")
    );
    assert!(
        fault(WEIGHTS_FILE, &|mut b| {
            let last = b.len() - 1;
            b[last] = 0x7f;
            b
        })
        .contains("do not have their digest")
    );
    assert!(fault(CARD_FILE, &|_| vec![]).contains("not a model card"));
    assert!(fault(CARD_FILE, &replace("\"right\"", "\"right\", \"up\"")).contains("3 classes"));
    let tampered = fault(CARD_FILE, &replace("[1,-1]", "[1,-1.5]"));
    assert!(tampered.contains("sample 'S'") && tampered.contains("not the expected"), "{tampered}");
    bundle.save(&dir).unwrap();
    std::fs::remove_file(dir.join(WEIGHTS_FILE)).unwrap();
    assert!(Bundle::load(&dir).unwrap_err().to_string().contains(WEIGHTS_FILE));
    for id in ["", "-a", "a-", "A", "a/b", "..", "a b", &"x".repeat(65)] {
        assert!(check_id(id).is_err(), "{id}");
    }
}

fn layer(name: &str, inputs: usize, outputs: usize, input: usize, values: &[f64]) -> Node {
    let weight: Vec<f64> = values.iter().cycle().take(inputs * outputs).copied().collect();
    let bias = Some(values.iter().rev().cycle().take(outputs).map(|v| v / 2.0).collect());
    let op = FloatOp::Linear(Linear { outputs, inputs, weight, bias });
    Node { name: name.into(), op, inputs: vec![input], shape: vec![outputs] }
}

fn node(name: &str, op: FloatOp, inputs: &[usize], len: usize) -> Node {
    Node { name: name.into(), op, inputs: inputs.to_vec(), shape: vec![len] }
}

/// A residual block between two layers, with two layers in a row that no activation separates.
fn residual_graph(values: &[f64]) -> Graph {
    Graph {
        input_shape: vec![5],
        nodes: vec![
            layer("in", 5, 7, 0, values),
            node("relu", FloatOp::Relu, &[1], 7),
            layer("block", 7, 7, 2, values),
            node("sum", FloatOp::Add, &[3, 2], 7),
            node("relu2", FloatOp::Relu, &[4], 7),
            layer("mid", 7, 6, 5, values),
            node("reshape", FloatOp::Reshape, &[6], 6),
            layer("out", 6, 3, 7, values),
        ],
    }
}

#[test]
fn residuals_meet_at_one_scale_and_bare_layers_are_rescaled() {
    let values: Vec<f64> = (0..23).map(|i| f64::from(i * 7 % 23 - 11) / 11.0).collect();
    let rows: Vec<Vec<f64>> =
        (0..40).map(|r| (0..5).map(|i| f64::from((r * 5 + i) * 13 % 41 - 20) / 10.0).collect()).collect();
    let options = Options { search: false, ..Options::default() };
    let made = calibrate(&residual_graph(&values), &[(-2.0, 2.0); 5], &rows, &options).unwrap();
    let kinds: Vec<_> = made.program.ops.iter().map(|op| &op.kind).collect();
    assert!(matches!(kinds[3], OpKind::Add { shift_a: 0, shift_b: 1.. }), "{kinds:?}");
    assert!(matches!(kinds[4], OpKind::ReluShift { .. }), "one fused step after the addition");
    let rescaled = kinds.iter().filter(|k| matches!(k, OpKind::Shift { sign: Sign::Any, .. })).count();
    assert_eq!(rescaled, 1, "{kinds:?}");
    assert!(matches!(kinds.last(), Some(OpKind::Linear { .. })), "raw accumulators are the output");
    assert!(made.report.goals_met, "{:?}", made.report);
}

#[test]
fn unusable_options_are_refused() {
    let graph = residual_graph(&[0.5]);
    let run = |options: Options| calibrate(&graph, &[(-2.0, 2.0); 5], &[vec![0.0; 5]], &options);
    assert!(matches!(run(Options { weight_bits: 1, ..Options::default() }), Err(CalibrationError::Options(_))));
    assert!(matches!(run(Options { activation_bits: 31, ..Options::default() }), Err(CalibrationError::Options(_))));
    let short = calibrate(&graph, &[(-2.0, 2.0); 5], &[vec![0.0; 4]], &Options::default());
    assert!(short.unwrap_err().to_string().contains("calibration row 0 has 4"));
    let huge = calibrate(&residual_graph(&[1e30]), &[(-2.0, 2.0); 5], &[vec![1.0; 5]], &Options::default());
    assert!(matches!(huge, Err(CalibrationError::TooWide { .. })), "{huge:?}");
    let silent = calibrate(&residual_graph(&[0.0]), &[(0.0, 0.0); 5], &[vec![0.0; 5]], &Options::default());
    assert!(silent.unwrap().program.validate().is_ok(), "a network of zeros is a network");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Where the report says that no accepted input overflows, the narrow program is close to the network on every one.
    #[test]
    fn rings_hold_what_the_report_promises(
        values in prop::collection::vec(-2.0f64..2.0, 10..40),
        rows in prop::collection::vec(prop::collection::vec(-1.0f64..1.0, 5), 5..20),
        corners in prop::collection::vec(prop::collection::vec(prop::bool::ANY, 5), 8),
    ) {
        let graph = residual_graph(&values);
        let range = [(-2.0, 2.0); 5];
        let options = Options { margin_bits: Some(64), search: false, ..Options::default() };
        let made = calibrate(&graph, &range, &rows, &options).unwrap();
        prop_assert!(made.report.overflow_free);
        made.program.validate_weights(&made.weights).unwrap();
        let scale = (1u64 << made.program.output().frac_bits) as f64;
        for corner in corners {
            let x: Vec<f64> = corner.iter().map(|&up| if up { 2.0 } else { -2.0 }).collect();
            let fixed: Vec<i64> =
                x.iter().map(|v| (v * (1u64 << made.program.input.frac_bits) as f64).round() as i64).collect();
            let output = reference::run_output(&made.program, &made.weights, &fixed).unwrap();
            let scores = graph.run(&x).pop().unwrap();
            let largest = scores.iter().fold(1.0f64, |m, v| m.max(v.abs()));
            for (fixed, score) in output.iter().zip(scores) {
                prop_assert!((*fixed as f64 / scale - score).abs() < 0.05 * largest, "{output:?} against {score}");
            }
        }
    }

    /// The search never ends wider than it may, and its program is valid.
    #[test]
    fn searches_stay_within_their_limits(
        values in prop::collection::vec(-2.0f64..2.0, 10..40),
        rows in prop::collection::vec(prop::collection::vec(-1.0f64..1.0, 5), 5..20),
        weight_bits in 2u32..12,
        activation_bits in 2u32..12,
    ) {
        let options = Options { weight_bits, activation_bits, ..Options::default() };
        let made = calibrate(&residual_graph(&values), &[(-2.0, 2.0); 5], &rows, &options).unwrap();
        prop_assert!(made.report.weight_bits <= weight_bits && made.report.activation_bits <= activation_bits);
        made.program.validate().unwrap();
        made.program.validate_weights(&made.weights).unwrap();
    }
}

#[test]
fn who_waits_is_told_of_every_stage() {
    let (onnx, calibration) = (onnx(), rows());
    let told = Mutex::new(Vec::new());
    let watcher = |stage, done, steps| told.lock().unwrap().push((stage, done, steps));
    let test = [LabelledRow { values: vec![3.0, 0.0], truth: Outcome::Class(0) }];
    let source = Source {
        id: "test-1",
        onnx: &onnx,
        reading: &Reading::default(),
        card: card(),
        calibration: &calibration,
        test: &test,
        statistics: true,
        price: &ring_bits,
        watcher: Some(&watcher),
    };
    import_model(source, &Options { search: false, ..Options::default() }).unwrap();
    let told = told.into_inner().unwrap();
    let widths = Stage::Widths { weight: 16, activation: 16 };
    for (stage, steps) in [(Stage::Network, 4), (widths, 4), (Stage::HeldOut, 1)] {
        let done: Vec<usize> = told.iter().filter(|told| told.0 == stage).map(|told| told.1).collect();
        assert_eq!((done.first(), done.iter().max()), (Some(&0), Some(&steps)), "{stage:?} {told:?}");
    }
    assert!(told.iter().any(|&(stage, done, steps)| stage == Stage::Search && 0 < done && done <= steps), "{told:?}");
}
