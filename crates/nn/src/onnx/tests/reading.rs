//! What is read of a file, and what beside it.

use std::path::Path;

use prost::Message;

use super::super::{OnnxError, Reading, read as read_with};
use super::{W, computed, error, import, int, ints, list, model, node, over, proto, raw, read, result, tensor, value};
use crate::graph::Graph;

fn stored(data_type: i32, dims: &[i64], raw_data: Vec<u8>) -> proto::Tensor {
    proto::Tensor { name: "c".into(), dims: dims.to_vec(), data_type, raw_data, ..Default::default() }
}

/// `x + c` of two numbers 1 and 2.
fn added(c: proto::Tensor) -> Vec<f64> {
    computed(&[2], vec![node("Add", &["x", "c"], "y", vec![])], vec![c])
}

#[test]
fn every_element_type_is_a_number() {
    let both = |data_type, one: &[u8], two: &[u8]| added(stored(data_type, &[2], [one, two].concat()));
    // −2 and 3, or 254 and 3, where there is no sign.
    assert_eq!(both(2, &[254], &[3]), [255.0, 5.0], "uint8");
    assert_eq!(both(3, &[254], &[3]), [-1.0, 5.0], "int8");
    assert_eq!(both(4, &[254, 255], &[3, 0]), [65535.0, 5.0], "uint16");
    assert_eq!(both(5, &[254, 255], &[3, 0]), [-1.0, 5.0], "int16");
    assert_eq!(both(6, &(-2i32).to_le_bytes(), &3i32.to_le_bytes()), [-1.0, 5.0], "int32");
    assert_eq!(both(7, &(-2i64).to_le_bytes(), &3i64.to_le_bytes()), [-1.0, 5.0], "int64");
    assert_eq!(both(9, &[0], &[1]), [1.0, 3.0], "bool");
    assert_eq!(both(10, &[0x00, 0xc0], &[0x01, 0x00]), [-1.0, 2.0 + 2f64.powi(-24)], "float16, one of them subnormal");
    assert_eq!(both(10, &[0xff, 0x7b], &[0x00, 0x38]), [65505.0, 2.5], "float16, one of them the largest");
    assert_eq!(both(11, &(-2f64).to_le_bytes(), &3f64.to_le_bytes()), [-1.0, 5.0], "double");
    assert_eq!(both(12, &(u32::MAX - 1).to_le_bytes(), &3u32.to_le_bytes()), [4294967295.0, 5.0], "uint32");
    assert_eq!(both(13, &9u64.to_le_bytes(), &3u64.to_le_bytes()), [10.0, 5.0], "uint64");
    assert_eq!(both(16, &[0x00, 0xc0], &[0x40, 0x40]), [-1.0, 5.0], "bfloat16");
    assert_eq!(both(21, &[0x3e], &[]), [15.0, 5.0], "uint4");
    assert_eq!(both(22, &[0x3e], &[]), [-1.0, 5.0], "int4");
    let listed = |data_type, values: &[i32]| {
        added(proto::Tensor { int32_data: values.to_vec(), ..stored(data_type, &[2], vec![]) })
    };
    assert_eq!(listed(3, &[-2, 3]), [-1.0, 5.0]);
    assert_eq!(listed(9, &[0, 1]), [1.0, 3.0]);
    assert_eq!(listed(10, &[0xc000, 0x4200]), [-1.0, 5.0]);
    assert_eq!(added(proto::Tensor { uint64_data: vec![7, 3], ..stored(12, &[2], vec![]) }), [8.0, 5.0]);
}

#[test]
fn only_what_the_output_depends_on_is_read() {
    let mut model = model(vec![node("MatMul", &["x", "w"], "y", vec![])], vec![tensor("w", &[2, 3], &W)]);
    let graph = model.graph.as_mut().unwrap();
    graph.initializer.push(proto::Tensor { data_type: 8, ..tensor("labels", &[3], &[]) });
    graph.node.push(node("Frobnicate", &["x", "labels"], "unused", vec![]));
    graph.input.push(value("mask", &[None, Some(1)]));
    graph.output.push(value("unused", &[]));
    let graph = model.graph.as_ref().unwrap().clone();
    let named = |output: &str| {
        let reading = Reading { output: Some(output.into()), ..Default::default() };
        read_with(&model.encode_to_vec(), &reading).map(|(graph, _)| graph)
    };
    assert_eq!(result(&named("y").unwrap(), &[1.0, 0.0]), [1.0, 2.0, 3.0]);
    assert!(named("unused").unwrap_err().to_string().contains("Frobnicate"));
    assert!(named("z").unwrap_err().to_string().contains("none called 'z', only y, unused"));
    assert!(error(&model).contains("there are 2 (y, unused): say which"));
    let mut both = proto::Model { graph: Some(graph), ..model.clone() };
    both.graph.as_mut().unwrap().node[0] = node("Sum", &["x", "mask"], "y", vec![]);
    both.graph.as_mut().unwrap().output.truncate(1);
    assert!(error(&both).contains("depends on 2 (x, mask)"));
}

#[test]
fn nodes_may_stand_in_any_order() {
    let nodes = vec![
        node("Relu", &["b"], "y", vec![]),
        node("Sub", &["a", "x"], "b", vec![]),
        node("Add", &["x", "x"], "a", vec![]),
    ];
    assert_eq!(computed(&[2], nodes, vec![]), [1.0, 2.0]);
}

#[test]
fn open_dimensions_take_the_sizes_given() {
    let mut model = over(&[1, 1, 1], vec![node("GlobalMaxPool", &["x"], "y", vec![])], vec![]);
    let dims = |model: &mut proto::Model, names: [&str; 2]| {
        let input = &mut model.graph.as_mut().unwrap().input[0];
        let shape = input.r#type.as_mut().unwrap().tensor_type.as_mut().unwrap().shape.as_mut().unwrap();
        for (dim, name) in shape.dim[2..].iter_mut().zip(names) {
            *dim = proto::Dimension { dim_value: None, dim_param: (!name.is_empty()).then(|| name.into()) };
        }
    };
    dims(&mut model, ["height", "width"]);
    let sized = |sizes: &[(&str, usize)]| {
        let sizes = sizes.iter().map(|(name, size)| ((*name).to_owned(), *size)).collect();
        read_with(&model.encode_to_vec(), &Reading { sizes, ..Default::default() }).map(|(graph, _)| graph)
    };
    assert_eq!(sized(&[("height", 2), ("width", 3)]).unwrap().input_shape, [1, 2, 3]);
    assert!(sized(&[("height", 2)]).unwrap_err().to_string().contains("axis 3: give the size of 'width'"));
    assert!(sized(&[("height", 2), ("width", 0)]).is_err());
    dims(&mut model, ["", ""]);
    assert!(error(&model).contains("open dimension besides the batch, axis 2"));
}

/// Operators as old files have them: axes, pads and bounds as attributes, a Softmax over all that follows.
#[test]
fn operators_are_read_by_their_opset() {
    let bound = |name: &str, f: f32| proto::Attribute { name: name.into(), f, ..Default::default() };
    let nodes = vec![
        node("Slice", &["x"], "s", vec![list("starts", &[1]), list("ends", &[i64::MAX]), list("axes", &[2])]),
        node("Pad", &["s"], "p", vec![list("pads", &[0, 0, 1, 0, 0, 0]), bound("value", 7.0)]),
        node("Clip", &["p"], "c", vec![bound("min", 2.0), bound("max", 5.0)]),
        node("Unsqueeze", &["c"], "u", vec![list("axes", &[0])]),
        node("Squeeze", &["u"], "q", vec![list("axes", &[0])]),
        node("Dropout", &["q"], "d", vec![bound("ratio", 0.5)]),
        node("Softmax", &["d"], "y", vec![]),
    ];
    let mut model = over(&[2, 3], nodes, vec![]);
    model.opset_import[0].version = 9;
    assert_eq!(result(&import(&model).unwrap(), &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), [5.0, 2.0, 3.0, 5.0, 5.0, 5.0]);
    model.opset_import[0].version = 13;
    assert!(error(&model).contains("'min' is not supported"), "bounds are inputs since opset 11");
}

/// A model whose weights are elsewhere, in a folder of its own.
struct Beside {
    folder: tempfile::TempDir,
}

impl Beside {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bytes: Vec<u8> = W.iter().flat_map(|w| w.to_le_bytes()).collect();
        std::fs::write(folder.path().join("weights"), [&[0; 4][..], &bytes].concat()).unwrap();
        Self { folder }
    }

    fn read(&self, entries: &[(&str, &str)]) -> Result<Graph, OnnxError> {
        Self::read_in(Some(self.folder.path()), entries)
    }

    fn read_in(folder: Option<&Path>, entries: &[(&str, &str)]) -> Result<Graph, OnnxError> {
        let entry = |(key, value): &(&str, &str)| proto::StringEntry { key: (*key).into(), value: (*value).into() };
        let external_data = entries.iter().map(entry).collect();
        let w = proto::Tensor { external_data, data_location: 1, ..tensor("w", &[2, 3], &[]) };
        let bytes = model(vec![node("MatMul", &["x", "w"], "y", vec![])], vec![w]).encode_to_vec();
        read_with(&bytes, &Reading { folder: folder.map(Into::into), ..Default::default() }).map(|(graph, _)| graph)
    }
}

#[test]
fn weights_may_lie_beside_the_file() {
    let beside = Beside::new();
    for place in ["weights", "./weights"] {
        for rest in
            [&[("offset", "4"), ("length", "24")][..], &[("offset", "4")], &[("offset", "4"), ("checksum", "?")]]
        {
            let graph = beside.read(&[&[("location", place)], rest].concat()).unwrap();
            assert_eq!(result(&graph, &[1.0, 1.0]), [5.0, 7.0, 9.0]);
        }
    }
    // Two tensors may share their bytes.
    let overlapping = beside.read(&[("location", "weights"), ("offset", "0"), ("length", "24")]).unwrap();
    assert_eq!(result(&overlapping, &[1.0, 1.0]), [3.0, 5.0, 7.0]);
}

#[test]
fn weights_elsewhere_are_refused() {
    let beside = Beside::new();
    let refused = |entries: &[(&str, &str)]| beside.read(entries).unwrap_err().to_string();
    let at = |place: &str| refused(&[("location", place)]);
    let absolute = beside.folder.path().join("weights");
    for place in ["../weights", "folder/weights", "..", ".", "", "/", absolute.to_str().unwrap()] {
        assert!(at(place).contains("only files in the model's own folder"), "{place}: {}", at(place));
    }
    assert!(at("missing").contains("'missing'"));
    assert!(at("weights\0").contains("tensor 'w'"));
    assert!(refused(&[]).contains("not named"));
    let placed =
        |offset: &str, length: &str| refused(&[("location", "weights"), ("offset", offset), ("length", length)]);
    assert!(placed("29", "0").contains("offset 29 is beyond 'weights' of 28 bytes"));
    assert!(placed("8", "24").contains("24 bytes from 8 on are not all in 'weights' of 28 bytes"));
    assert!(placed("0", "20").contains("has 20 bytes, and its shape and type take 24"));
    assert!(placed("-4", "24").contains("offset '-4' is no number"));
    assert!(placed("4", "many").contains("length 'many' is no number"));
    assert!(placed(&u64::MAX.to_string(), &u64::MAX.to_string()).contains("beyond"));
    let alone = Beside::read_in(None, &[("location", "weights"), ("offset", "4")]);
    assert!(alone.unwrap_err().to_string().contains("where that is is not known"));
}

#[cfg(unix)]
#[test]
fn links_out_of_the_folder_are_refused() {
    let (beside, other) = (Beside::new(), Beside::new());
    let link = beside.folder.path().join("link");
    std::os::unix::fs::symlink(other.folder.path().join("weights"), &link).unwrap();
    let refused = beside.read(&[("location", "link"), ("offset", "4")]).unwrap_err().to_string();
    assert!(refused.contains("only files in the model's own folder"), "{refused}");
}

#[test]
fn shapes_and_counts_are_constants() {
    // How Keras writes a Flatten.
    let nodes = vec![
        node("Shape", &["x"], "dims", vec![]),
        node("Cast", &["dims"], "whole", vec![int("to", 6)]),
        node("Slice", &["whole", "zero", "one", "zero"], "batch", vec![]),
        node("Concat", &["batch", "rest"], "shape", vec![int("axis", 0)]),
        node("Cast", &["shape"], "target", vec![int("to", 7)]),
        node("Reshape", &["x", "target"], "flat", vec![]),
        node("Gather", &["dims", "last"], "columns", vec![int("axis", 0)]),
        node("Size", &["x"], "size", vec![]),
        node("Div", &["size", "columns"], "lines", vec![]),
        node("Add", &["flat", "lines"], "y", vec![]),
    ];
    let constants = vec![ints("zero", &[0]), ints("one", &[1]), ints("rest", &[-1]), ints("last", &[-1])];
    assert_eq!(computed(&[2, 3], nodes, constants), [3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
    let made = vec![
        node("Range", &["zero", "three", "one"], "r", vec![]),
        node("ConstantOfShape", &["three"], "c", vec![]),
        node("Equal", &["r", "one"], "e", vec![]),
        node("Where", &["e", "r", "c"], "w", vec![]),
        node("Expand", &["w", "shape"], "spread", vec![]),
        node("Mul", &["x", "spread"], "y", vec![]),
    ];
    let scalar = |name: &str, v: i64| proto::Tensor { dims: vec![], ..ints(name, &[v]) };
    let constants = vec![scalar("zero", 0), ints("three", &[3]), scalar("one", 1), ints("shape", &[2, 3])];
    let constants = [constants, vec![]].concat();
    assert_eq!(computed(&[2, 3], made, constants), [0.0, 2.0, 0.0, 0.0, 5.0, 0.0]);
    let reduced = |op: &str| {
        let nodes =
            vec![node(op, &["stored", "axes"], "r", vec![int("keepdims", 0)]), node("Add", &["x", "r"], "y", vec![])];
        computed(&[2], nodes, vec![tensor("stored", &[2, 2], &[1.0, 2.0, 3.0, 5.0]), ints("axes", &[0])])
    };
    assert_eq!(reduced("ReduceSum"), [5.0, 9.0]);
    assert_eq!(reduced("ReduceMean"), [3.0, 5.5]);
    assert_eq!(reduced("ReduceMax"), [4.0, 7.0]);
    assert_eq!(reduced("ReduceMin"), [2.0, 4.0]);
    assert_eq!(reduced("ReduceProd"), [4.0, 12.0]);
    let broken = |op: &str, inputs: &[&str]| {
        let constants = vec![ints("a", &[0, 1]), ints("zero", &[0]), ints("huge", &[1 << 40])];
        error(&model(vec![node(op, inputs, "c", vec![]), node("Add", &["x", "c"], "y", vec![])], constants))
    };
    assert!(broken("Range", &["zero", "huge", "zero"]).contains("never reach the limit"));
    assert!(broken("Range", &["zero", "huge", "a"]).contains("one number each"));
    assert!(broken("ConstantOfShape", &["huge"]).contains("would have the shape"));
    assert!(broken("Div", &["a", "zero"]).contains("no result"));
    assert!(broken("Gather", &["a", "huge"]).contains("axis"));
    assert!(broken("Expand", &["a", "huge"]).contains("do not go together"));
    assert!(broken("Where", &["x", "a", "a"]).contains("condition depends on the input"));
}

#[test]
fn stored_integers_are_dequantised() {
    let bytes = |name: &str, data_type, dims: &[i64], data: &[u8]| proto::Tensor {
        name: name.into(),
        dims: dims.to_vec(),
        data_type,
        raw_data: data.to_vec(),
        ..Default::default()
    };
    let run = |scales: &[f32], zeros: Option<&[u8]>, attributes| {
        let inputs = ["q", "s", "z"];
        let given = if zeros.is_some() { &inputs[..] } else { &inputs[..2] };
        let nodes = vec![node("DequantizeLinear", given, "w", attributes), node("MatMul", &["x", "w"], "y", vec![])];
        let dims: &[i64] = if scales.len() == 1 { &[] } else { &[scales.len() as i64] };
        let mut constants = vec![bytes("q", 3, &[2, 2], &[1, 254, 3, 4]), raw(tensor("s", dims, scales))];
        constants.extend(zeros.map(|z| bytes("z", 3, dims, z)));
        over(&[2], nodes, constants)
    };
    let of = |model: &proto::Model| result(&import(model).unwrap(), &[1.0, 10.0]);
    assert_eq!(of(&run(&[0.5], None, vec![])), [15.5, 19.0]);
    assert_eq!(of(&run(&[0.5, 2.0], Some(&[1, 0]), vec![])), [10.0, 76.0], "a scale for each column");
    assert_eq!(of(&run(&[0.5, 2.0], Some(&[1, 0]), vec![int("axis", 0)])), [60.0, 78.5], "and for each row");
    assert!(error(&run(&[1.0, 1.0, 1.0], None, vec![])).contains("3 scales and 3 zero points for 2"));
    assert!(error(&run(&[0.5], None, vec![int("block_size", 2)])).contains("blocks"));
    assert!(read(&run(&[f32::NAN], None, vec![]).encode_to_vec()).unwrap_err().to_string().contains("finite"));
}
