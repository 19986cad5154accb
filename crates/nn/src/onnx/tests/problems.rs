//! What files are refused for, all of it at once.

use super::{W, error, int, model, node, tensor, value};

#[test]
fn unsupported_operators_come_with_advice() {
    for (op, advice) in [
        ("Tanh", "train with Relu"),
        ("Gelu", "train with Relu"),
        ("LpPool", "use MaxPool"),
        ("ConvTranspose", "classify"),
        ("LayerNormalization", "batch normalisation"),
        ("LSTM", "feed-forward"),
        ("DynamicQuantizeLinear", "quantise statically"),
        ("Frobnicate", "supported are Conv, Gemm"),
    ] {
        let message = error(&model(vec![node(op, &["x"], "y", vec![])], vec![]));
        let start = format!("node 'the_y': the operator {op} is not supported");
        assert!(message.starts_with(&start) && message.contains(advice), "{message}");
    }
    let mut foreign = node("Relu", &["x"], "y", vec![]);
    foreign.domain = "com.example".into();
    assert!(error(&model(vec![foreign], vec![])).contains("com.example.Relu"));
    for op in ["Softmax", "Sigmoid", "ArgMax", "Exp"] {
        let attribute = if op == "ArgMax" { vec![int("axis", 1)] } else { vec![] };
        let head = vec![node(op, &["x"], "s", attribute), node("Relu", &["s"], "y", vec![])];
        let message = error(&model(head, vec![]));
        assert!(message.contains(&format!("comes from {op}, which is supported at a network's end only")), "{message}");
    }
}

#[test]
fn all_problems_are_named_at_once() {
    let nodes = vec![
        node("Gemm", &["x", "w"], "a", vec![]),
        node("Tanh", &["a"], "b", vec![]),
        node("Add", &["b", "b"], "c", vec![]),
        node("Tanh", &["c"], "d", vec![]),
        // Known although a Tanh comes before.
        node("Mul", &["d", "c"], "e", vec![]),
        // Of what follows this nothing is known but the operators.
        node("Frobnicate", &["e"], "f", vec![]),
        node("MatMul", &["f", "w"], "g", vec![]),
        node("LSTM", &["g"], "y", vec![]),
    ];
    let mut several = model(nodes, vec![tensor("w", &[2, 3], &W)]);
    let message = error(&several);
    for part in [
        "(1) node 'the_b': the operator Tanh is not supported",
        "[and 1 more like it]",
        "(2) node 'the_e' (Mul): it multiplies two computed values",
        "(3) node 'the_f': the operator Frobnicate",
        "(4) node 'the_y': the operator LSTM",
    ] {
        assert!(message.contains(part), "{message}");
    }
    assert!(!message.contains("MatMul)"), "{message}");
    // If the file says what shape it has, so is what reads it.
    several.graph.as_mut().unwrap().value_info = vec![value("f", &[None, Some(3)])];
    assert!(error(&several).contains("(4) node 'the_g' (MatMul): its weights read 2 values, but its input has 3"));
    let broken = vec![node("MatMul", &["x", "w"], "a", vec![]), node("MatMul", &["x", "w"], "b", vec![])];
    let broken = [broken, vec![node("Add", &["a", "b"], "y", vec![])]].concat();
    let message = error(&model(broken, vec![tensor("w", &[2, 3], &W[..5])]));
    assert!(message.starts_with("node 'the_a' (MatMul): tensor 'w': its shape"), "{message}");
}
