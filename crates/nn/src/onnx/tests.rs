//! Files made in the test, good and bad.

mod heads;
mod maps;
mod piecewise;
mod problems;
mod quantised;
mod reading;
mod views;

use prost::Message;

use super::proto::{self, data_type};
use super::{OnnxError, Reading};
use crate::graph::{FloatOp, Graph};

fn tensor(name: &str, dims: &[i64], data: &[f32]) -> proto::Tensor {
    proto::Tensor {
        name: name.into(),
        dims: dims.to_vec(),
        data_type: data_type::FLOAT,
        float_data: data.to_vec(),
        ..Default::default()
    }
}

fn raw(mut tensor: proto::Tensor) -> proto::Tensor {
    let data = std::mem::take(&mut tensor.float_data);
    tensor.raw_data = data.iter().flat_map(|v| v.to_le_bytes()).collect();
    tensor
}

fn ints(name: &str, data: &[i64]) -> proto::Tensor {
    let (dims, int64_data) = (vec![data.len() as i64], data.to_vec());
    proto::Tensor { name: name.into(), dims, data_type: data_type::INT64, int64_data, ..Default::default() }
}

fn int(name: &str, i: i64) -> proto::Attribute {
    proto::Attribute { name: name.into(), i, ..Default::default() }
}

fn float(name: &str, f: f32) -> proto::Attribute {
    proto::Attribute { name: name.into(), f, ..Default::default() }
}

fn node(op: &str, inputs: &[&str], output: &str, attribute: Vec<proto::Attribute>) -> proto::Node {
    proto::Node {
        op_type: op.into(),
        name: format!("the_{output}"),
        input: inputs.iter().map(|&s| s.into()).collect(),
        output: vec![output.into()],
        attribute,
        ..Default::default()
    }
}

fn value(name: &str, dims: &[Option<i64>]) -> proto::ValueInfo {
    let dim = dims.iter().map(|&dim_value| proto::Dimension { dim_value, dim_param: None }).collect();
    let tensor_type = Some(proto::TensorType { elem_type: 1, shape: Some(proto::Shape { dim }) });
    proto::ValueInfo { name: name.into(), r#type: Some(proto::Type { tensor_type }) }
}

fn list(name: &str, ints: &[i64]) -> proto::Attribute {
    proto::Attribute { name: name.into(), ints: ints.to_vec(), ..Default::default() }
}

fn text(name: &str, s: &str) -> proto::Attribute {
    proto::Attribute { name: name.into(), s: s.into(), ..Default::default() }
}

/// A model over `x` of `[1, dims…]`.
fn over(dims: &[i64], nodes: Vec<proto::Node>, stored: Vec<proto::Tensor>) -> proto::Model {
    let mut model = model(nodes, stored);
    let dims: Vec<_> = std::iter::once(None).chain(dims.iter().map(|&d| Some(d))).collect();
    model.graph.as_mut().unwrap().input[0] = value("x", &dims);
    model
}

/// What a network over `[1, dims…]` computes of 1, 2, 3, …, as it is read and simplified.
fn computed(dims: &[i64], nodes: Vec<proto::Node>, stored: Vec<proto::Tensor>) -> Vec<f64> {
    let graph = import(&over(dims, nodes, stored)).unwrap();
    let x: Vec<f64> = (1..=graph.len(0)).map(|v| v as f64).collect();
    let result = result(&graph, &x);
    let simplified = graph.simplified().run(&x).pop().unwrap();
    assert!(result.iter().zip(&simplified).all(|(a, b)| (a - b).abs() < 1e-9), "{result:?} and {simplified:?}");
    result
}

/// A model that reads `x` of `[open, 2]` and gives `y`.
fn model(nodes: Vec<proto::Node>, initializer: Vec<proto::Tensor>) -> proto::Model {
    let graph = proto::Graph {
        node: nodes,
        name: "test".into(),
        initializer,
        input: vec![value("x", &[None, Some(2)])],
        output: vec![value("y", &[])],
        ..Default::default()
    };
    let opset_import = vec![proto::OperatorSet { domain: String::new(), version: 17 }];
    proto::Model { ir_version: 8, graph: Some(graph), opset_import }
}

fn read(bytes: &[u8]) -> Result<(Graph, Vec<super::Note>), OnnxError> {
    super::read(bytes, &Reading::default())
}

fn import(model: &proto::Model) -> Result<Graph, OnnxError> {
    read(&model.encode_to_vec()).map(|(graph, _)| graph)
}

fn error(model: &proto::Model) -> String {
    import(model).expect_err("this model must be refused").to_string()
}

fn result(graph: &Graph, input: &[f64]) -> Vec<f64> {
    graph.run(input).pop().unwrap()
}

const W: [f32; 6] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];

#[test]
fn gemm_in_all_its_forms() {
    // Of x = (3, -1): with transB the rows of W are (1,2), (3,4), (5,6), without it its columns (1,4), (2,5), (3,6) count.
    for (trans_b, dims, products) in [(1, [3, 2], [1.0, 5.0, 9.0]), (0, [2, 3], [-1.0, 1.0, 3.0])] {
        for weight in [tensor("w", &dims, &W), raw(tensor("w", &dims, &W))] {
            let attributes = vec![float("alpha", 2.0), float("beta", 0.5), int("transB", trans_b)];
            let bias = tensor("b", &[1, 3], &[10.0, 20.0, 30.0]);
            let gemm = node("Gemm", &["x", "w", "b"], "y", attributes);
            let graph = import(&model(vec![gemm], vec![weight, bias])).unwrap();
            let expected: Vec<f64> = products.iter().zip([5.0, 10.0, 15.0]).map(|(p, b)| 2.0 * p + b).collect();
            assert_eq!(result(&graph, &[3.0, -1.0]), expected, "transB = {trans_b}");
        }
    }
}

#[test]
fn a_residual_network_with_every_operator() {
    let double = proto::Tensor {
        name: "w2".into(),
        dims: vec![2, 2],
        data_type: data_type::DOUBLE,
        double_data: vec![1.0, 0.0, 0.0, -1.0],
        ..Default::default()
    };
    let value = proto::Attribute { name: "value".into(), t: Some(ints("", &[-1, 2])), ..Default::default() };
    let perm = proto::Attribute { name: "perm".into(), ints: vec![1, 0], ..Default::default() };
    let nodes = vec![
        node("Flatten", &["x"], "flat", vec![]),
        node("Transpose", &["w1"], "w1t", vec![perm]),
        node("MatMul", &["flat", "w1t"], "mm", vec![]),
        node("Add", &["b1", "mm"], "h", vec![]),
        node("Relu", &["h"], "r", vec![]),
        node("Dropout", &["r"], "d", vec![]),
        node("MatMul", &["d", "w2"], "m2", vec![]),
        node("Add", &["m2", "flat"], "sum", vec![]),
        node("Constant", &[], "shape", vec![value]),
        node("Reshape", &["sum", "shape"], "shaped", vec![]),
        node("Identity", &["shaped"], "i", vec![]),
        node("Relu", &["h"], "unused", vec![]),
        node("Softmax", &["i"], "s", vec![int("axis", 1)]),
        node("ArgMax", &["s"], "y", vec![int("axis", -1)]),
    ];
    let stored = vec![tensor("w1", &[2, 2], &[1.0, 2.0, 3.0, 4.0]), tensor("b1", &[2], &[0.5, -8.0]), double];
    let (graph, notes) = read(&model(nodes, stored).encode_to_vec()).unwrap();
    // h = (1+2, 3+4) + (0.5, -8) = (3.5, -1); relu (3.5, 0); times diag(1, -1), plus x = (4.5, 1).
    assert_eq!(result(&graph, &[1.0, 1.0]), [4.5, 1.0]);
    let graph = graph.simplified();
    assert_eq!(graph.nodes.len(), 4, "linear with its bias, relu, linear, add: the unused Relu is gone");
    assert_eq!(result(&graph, &[1.0, 1.0]), [4.5, 1.0]);
    assert!(matches!(&graph.nodes[0].op, FloatOp::Linear(l) if l.bias == Some(vec![0.5, -8.0])));
    let notes: Vec<_> = notes.iter().map(ToString::to_string).collect();
    assert!(notes[0].contains("the_s") && notes[0].contains("Softmax"), "{notes:?}");
    assert!(notes[1].contains("the_y") && notes[1].contains("ArgMax"), "{notes:?}");
}

#[test]
fn broken_files_are_refused() {
    let good = model(vec![node("MatMul", &["x", "w"], "y", vec![])], vec![raw(tensor("w", &[2, 3], &W))]);
    let bytes = good.encode_to_vec();
    assert!(read(&bytes).is_ok());
    for len in 0..bytes.len() {
        assert!(read(&bytes[..len]).is_err(), "{len} of {} bytes", bytes.len());
    }
    assert_eq!(read(&[]), Err(OnnxError::NoGraph));
    assert!(matches!(read(b"PK\x03\x04 not a model"), Err(OnnxError::Decode(_))));
    let mut old = good.clone();
    old.opset_import[0].version = 6;
    assert_eq!(error(&old), "the model uses operator set 6; export it with opset 7 or later");
    old.opset_import.clear();
    assert!(error(&old).contains("operator set none"));
}

proptest::proptest! {
    /// Whatever happens to the bytes of a file, reading it ends in a graph or an error.
    #[test]
    fn damaged_files_never_panic(changes in proptest::collection::vec((proptest::prelude::any::<u16>(), 0u8..), 1..6)) {
        let shape = ints("s", &[1, -1]);
        let nodes = vec![
            node("Gemm", &["x", "w"], "g", vec![int("transB", 1), float("alpha", 1.0)]),
            node("Reshape", &["g", "s"], "r", vec![]),
            node("ArgMax", &["r"], "y", vec![int("axis", 1)]),
        ];
        let mut bytes = model(nodes, vec![tensor("w", &[3, 2], &W), shape]).encode_to_vec();
        for (position, byte) in changes {
            let len = bytes.len();
            bytes[usize::from(position) % len] = byte;
        }
        if let Ok((graph, _)) = read(&bytes) {
            proptest::prop_assert_eq!(graph.run(&vec![1.0; graph.len(0)]).len(), graph.nodes.len() + 1);
        }
    }
}

#[test]
fn wrong_tensors_are_refused() {
    let with = |tensor| error(&model(vec![node("MatMul", &["x", "w"], "y", vec![])], vec![tensor]));
    assert!(with(tensor("w", &[2, 3], &W[..5])).contains("6 elements, but its data has 5"));
    assert!(with(tensor("w", &[3, 2], &W)).contains("read 3 values, but its input has 2"));
    assert!(with(tensor("w", &[6], &W)).contains("must be a matrix"));
    assert!(with(tensor("w", &[-2, 3], &W)).contains("is not one"));
    assert!(with(tensor("w", &[i64::MAX, i64::MAX], &W)).contains("more than"));
    assert!(with(tensor("w", &[1 << 40, 1], &W)).contains("more than"));
    assert!(with(tensor("w", &[2, 3], &[f32::NAN; 6])).contains("finite"));
    assert!(with(tensor("elsewhere", &[2, 3], &W)).contains("nothing defines its input 'w'"));
    assert!(with(ints("w", &[1, 2])).contains("matrix"));
    assert!(with(proto::Tensor { data_type: 8, ..tensor("w", &[2, 3], &W) }).contains("type string is not supported"));
    let mut odd = raw(tensor("w", &[2, 3], &W));
    odd.raw_data.pop();
    assert!(with(odd).contains("whole number"));
}

#[test]
fn wrong_graphs_are_refused() {
    let mat_mul = || node("MatMul", &["x", "w"], "y", vec![]);
    let good = || model(vec![mat_mul()], vec![tensor("w", &[2, 3], &W)]);
    let change = |f: &dyn Fn(&mut proto::Graph)| {
        let mut model = good();
        f(model.graph.as_mut().unwrap());
        error(&model)
    };
    assert!(change(&|g| g.input.clear()).contains("depends on none of 0"));
    assert!(change(&|g| g.input[0].name = "z".into()).contains("depends on none of 1"));
    assert!(change(&|g| g.input[0] = value("x", &[Some(8), Some(2)])).contains("batch of 8"));
    assert!(change(&|g| g.input[0] = value("x", &[None, None])).contains("open dimension"));
    assert!(change(&|g| g.input[0] = value("x", &[None, Some(-2)])).contains("open dimension"));
    assert!(change(&|g| g.input[0] = value("x", &[None, Some(i64::MAX), Some(i64::MAX)])).contains("more than"));
    assert!(change(&|g| g.input[0] = value("x", &[Some(2)])).contains("batch"));
    assert!(change(&|g| g.input[0].r#type = None).contains("no shape"));
    assert!(change(&|g| g.output.clear()).contains("there are 0"));
    assert!(change(&|g| g.output[0].name = "nothing".into()).contains("none of 1"));
    assert!(change(&|g| g.output[0].name = "x".into()).contains("computes nothing"));
    assert!(change(&|g| g.output[0].name = "w".into()).contains("none of 1"));
    assert!(change(&|g| g.node.push(mat_mul())).contains("already defined"));
    assert!(change(&|g| g.node[0].output.push("y".into())).contains("already defined"));
    assert!(change(&|g| g.initializer.push(tensor("y", &[1], &[1.0]))).contains("already defined"));
    assert!(change(&|g| g.node[0].input.truncate(1)).contains("input 1 is missing"));
    assert!(change(&|g| g.node[0].attribute.push(int("new", 1))).contains("attribute 'new'"));
    assert!(change(&|g| g.node[0].input.reverse()).contains("read 3 values, but its input has 1"));
    assert!(change(&|g| g.node[0].input[1] = "x".into()).contains("multiplies two computed values"));
    assert!(change(&|g| g.initializer.push(tensor("w", &[1], &[1.0]))).contains("stored twice"));
    let circle = vec![node("Add", &["x", "b"], "a", vec![]), node("Relu", &["a"], "b", vec![])];
    let circle = [circle, vec![node("Relu", &["b"], "y", vec![])]].concat();
    assert!(error(&model(circle, vec![])).contains("reads what depends on its own output"));
}

#[test]
fn wrong_shapes_and_axes_are_refused() {
    let one = |op, inputs: &[&str], attributes, stored| error(&model(vec![node(op, inputs, "y", attributes)], stored));
    assert!(one("ArgMax", &["x"], vec![], vec![]).contains("axis 0 of the shape [1, 2] is not that of the classes"));
    assert!(one("Softmax", &["x"], vec![int("axis", 7)], vec![]).contains("axis 7"));
    assert!(one("Softmax", &["x"], vec![int("axis", i64::MIN)], vec![]).contains("axis"));
    assert!(one("Flatten", &["x"], vec![int("axis", 4)], vec![]).contains("axis 4"));
    for shape in [&[][..], &[3], &[-1, -1], &[1, 3], &[1, -1, -1], &[1, i64::MAX, i64::MAX], &[1, -5], &[1, 0, 0]] {
        assert!(one("Reshape", &["x", "s"], vec![], vec![ints("s", shape)]).contains("shape"), "{shape:?}");
    }
    let perm = |perm: &[i64]| proto::Attribute { name: "perm".into(), ints: perm.to_vec(), ..Default::default() };
    for axes in [&[0][..], &[0, 0], &[0, 2], &[i64::MIN, 1]] {
        let message = one("Transpose", &["x"], vec![perm(axes)], vec![]);
        assert!(message.contains("axis") || message.contains("axes"), "{message}");
    }
    let along = one("Add", &["x", "c"], vec![], vec![tensor("c", &[3], &[1.0, 2.0, 3.0])]);
    assert!(along.contains("[1, 2] and [3] do not go together"), "{along}");
    let gemm = |attributes, bias: &[f32]| {
        let bias = tensor("b", &[bias.len() as i64], bias);
        one("Gemm", &["x", "w", "b"], attributes, vec![tensor("w", &[2, 3], &W), bias])
    };
    assert!(gemm(vec![], &[1.0, 2.0]).contains("3 outputs"));
    assert!(gemm(vec![int("transA", 1)], &[1.0]).contains("read 2 values, but its input has 1"));
    assert!(gemm(vec![float("alpha", f32::INFINITY)], &[1.0]).contains("alpha"));
}
