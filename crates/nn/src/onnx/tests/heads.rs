//! Ends of classifiers, and scikit-learn's models.

use prost::Message;

use super::{error, import, int, ints, node, over, proto, read, result, tensor, text};

fn floats(name: &str, floats: &[f32]) -> proto::Attribute {
    proto::Attribute { name: name.into(), floats: floats.to_vec(), ..Default::default() }
}

/// A node of `ai.onnx.ml`.
fn ml(op: &str, inputs: &[&str], outputs: &[&str], attributes: Vec<proto::Attribute>) -> proto::Node {
    let mut node = node(op, inputs, outputs[0], attributes);
    node.output = outputs.iter().map(|&name| name.into()).collect();
    node.domain = "ai.onnx.ml".into();
    node
}

fn with_ml(dims: &[i64], nodes: Vec<proto::Node>, stored: Vec<proto::Tensor>) -> proto::Model {
    let mut model = over(dims, nodes, stored);
    model.opset_import.push(proto::OperatorSet { domain: "ai.onnx.ml".into(), version: 1 });
    model
}

fn scores(model: &proto::Model, x: &[f64]) -> Vec<f64> {
    result(&import(model).unwrap(), x)
}

#[test]
fn what_stands_behind_the_scores_is_left_out() {
    let nodes = vec![
        node("GlobalAveragePool", &["x"], "g", vec![]),
        node("Softmax", &["g"], "s", vec![int("axis", 1)]),
        node("Flatten", &["s"], "f", vec![]),
        node("Cast", &["f"], "c", vec![int("to", 1)]),
        ml("ZipMap", &["c"], &["z"], vec![]),
        node("Identity", &["z"], "y", vec![]),
    ];
    let model = with_ml(&[2, 1, 2], nodes, vec![]);
    let (graph, notes) = read(&model.encode_to_vec()).unwrap();
    assert_eq!(result(&graph, &[1.0, 2.0, 5.0, 8.0]), [1.5, 6.5]);
    assert_eq!(notes.len(), 1, "{notes:?}");
    let sigmoid = over(&[2], vec![node("Neg", &["x"], "n", vec![]), node("Sigmoid", &["n"], "y", vec![])], vec![]);
    assert_eq!(scores(&sigmoid, &[3.0, -4.0]), [-3.0, 4.0]);
    let over_rows = over(&[2, 2], vec![node("Softmax", &["x"], "y", vec![int("axis", 2)])], vec![]);
    assert!(error(&over_rows).contains("axis 2 of the shape [1, 2, 2] is not that of the classes alone"));
}

/// Some exporters leave a Dropout that would still drop.
#[test]
fn nothing_is_dropped_at_inference() {
    let flag = |truth: i32| proto::Tensor {
        name: "training".into(),
        data_type: proto::data_type::BOOL,
        int32_data: vec![truth],
        ..Default::default()
    };
    let nodes = || vec![node("Dropout", &["x", "", "training"], "d", vec![]), node("Relu", &["d"], "y", vec![])];
    for (truth, noted) in [(0, 0), (1, 1)] {
        let model = over(&[2], nodes(), vec![flag(truth)]);
        let (graph, notes) = read(&model.encode_to_vec()).unwrap();
        assert_eq!(result(&graph, &[-1.0, 2.0]), [0.0, 2.0]);
        assert_eq!(notes.len(), noted, "{notes:?}");
    }
}

#[test]
fn a_probability_and_its_complement_are_two_scores() {
    let ends = |one: f32| {
        let nodes = vec![
            node("Neg", &["x"], "z", vec![]),
            node("Sigmoid", &["z"], "p", vec![]),
            node("Sub", &["one", "p"], "q", vec![]),
            node("Concat", &["q", "p"], "y", vec![int("axis", 1)]),
        ];
        over(&[1], nodes, vec![tensor("one", &[], &[one])])
    };
    assert_eq!(scores(&ends(1.0), &[-5.0]), [0.0, 5.0], "of which the Softmax is 1 − p and p");
    assert!(error(&ends(2.0)).contains("comes from Sigmoid"));
}

/// One against the rest, as scikit-learn's converters spell it.
#[test]
fn probabilities_divided_by_their_sum_keep_the_scores() {
    let nodes = vec![
        node("Mul", &["a", "minus"], "n", vec![]),
        node("Exp", &["n"], "e", vec![]),
        node("Add", &["e", "one"], "d", vec![]),
        node("Reciprocal", &["d"], "p", vec![]),
        node("ReduceSum", &["p", "axis"], "t", vec![]),
        node("Cast", &["t"], "b", vec![int("to", 9)]),
        node("Not", &["b"], "none", vec![]),
        node("Cast", &["none"], "extra", vec![int("to", 1)]),
        node("Add", &["p", "extra"], "p2", vec![]),
        node("Mul", &["extra", "three"], "m", vec![]),
        node("Add", &["t", "m"], "t2", vec![]),
        node("Div", &["p2", "t2"], "y", vec![]),
        node("Abs", &["x"], "a", vec![]),
    ];
    let number = |name: &str, v: f32| tensor(name, &[], &[v]);
    let stored = || vec![number("minus", -1.0), number("one", 1.0), number("three", 3.0), ints("axis", &[1])];
    let model = over(&[3], nodes.clone(), stored());
    assert_eq!(scores(&model, &[1.0, -2.0, 3.0]), [1.0, 2.0, 3.0]);
    let mut other = nodes;
    other[11] = node("Div", &["p2", "p"], "y", vec![]);
    assert!(error(&over(&[3], other, stored())).contains("comes from Sigmoid"));
}

#[test]
fn linear_models_of_scikit_learn() {
    let coefficients = || floats("coefficients", &[1.0, 2.0, -1.0, 0.5]);
    let classifier = |post: &str| {
        let attributes = vec![coefficients(), floats("intercepts", &[0.0, 1.0]), text("post_transform", post)];
        let nodes = vec![
            ml("Imputer", &["x"], &["i"], vec![proto::Attribute { f: f32::NAN, ..text("replaced_value_float", "") }]),
            ml("Scaler", &["i"], &["s"], vec![floats("offset", &[1.0, 0.0]), floats("scale", &[2.0])]),
            ml("LinearClassifier", &["s"], &["label", "y"], attributes),
        ];
        with_ml(&[2], nodes, vec![])
    };
    // (3, 2) becomes (4, 4).
    for post in ["NONE", "SOFTMAX", "LOGISTIC"] {
        assert_eq!(scores(&classifier(post), &[3.0, 2.0]), [12.0, -1.0], "{post}");
    }
    assert!(error(&classifier("PROBIT")).contains("PROBIT"));
    let regressor = |attributes| with_ml(&[2], vec![ml("LinearRegressor", &["x"], &["y"], attributes)], vec![]);
    assert_eq!(scores(&regressor(vec![coefficients(), int("targets", 2)]), &[3.0, 2.0]), [7.0, -2.0]);
    assert!(error(&regressor(vec![coefficients()])).contains("4 coefficients and 0 intercepts do not read 2 features"));
    assert!(error(&regressor(vec![floats("coefficients", &[f32::NAN, 0.0])])).contains("finite"));
    let picked = |index| {
        let pick = ml("ArrayFeatureExtractor", &["x", "k"], &["p"], vec![]);
        with_ml(&[3], vec![pick, node("Neg", &["p"], "y", vec![])], vec![ints("k", &[2, index])])
    };
    assert_eq!(scores(&picked(0), &[1.0, 2.0, 3.0]), [-3.0, -1.0]);
    assert!(error(&picked(3)).contains("not all below 3"));
}

#[test]
fn other_models_of_scikit_learn_are_refused() {
    let one = |op: &str, attributes| error(&with_ml(&[2], vec![ml(op, &["x"], &["y"], attributes)], vec![]));
    assert!(one("TreeEnsembleClassifier", vec![]).contains("ai.onnx.ml.TreeEnsembleClassifier is not supported"));
    assert!(one("SVMClassifier", vec![]).contains("LinearSVC"));
    assert!(one("Normalizer", vec![]).contains("depends on the input"));
    assert!(one("Imputer", vec![]).contains("other than NaN"));
    assert!(
        one("Scaler", vec![floats("offset", &[1.0; 3]), floats("scale", &[1.0])]).contains("3 numbers for 2 features")
    );
    assert!(one("LinearClassifier", vec![floats("coefficients", &[1.0; 2])]).contains("one score for two classes"));
}
