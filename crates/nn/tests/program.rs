//! What a program must fulfil, and how its faults are named.

use sotto_nn::{Op, OpKind, Program, ProgramError, Sign, Tensor, ValueType, Weights, Window, reference};

fn value(shape: &[usize], bits: u32) -> ValueType {
    ValueType { shape: shape.to_vec(), bits, frac_bits: 0 }
}

fn op(name: &str, kind: OpKind, inputs: &[usize], output: ValueType) -> Op {
    Op { name: name.into(), kind, inputs: inputs.to_vec(), output }
}

fn linear(weight_bits: u32) -> OpKind {
    OpKind::Linear { weight: "w".into(), bias: Some("b".into()), weight_bits }
}

/// Linear 3 → 2, fused ReLU and shift, argmax.
fn program() -> Program {
    Program {
        version: Program::VERSION,
        input: value(&[3], 20),
        ops: vec![
            op("fc", linear(8), &[0], value(&[2], 18)),
            op("act", OpKind::ReluShift { amount: 4 }, &[1], value(&[2], 30)),
            op("best", OpKind::Argmax, &[2], value(&[1], 2)),
        ],
    }
}

fn weights() -> Weights {
    let mut weights = Weights::new();
    weights.insert("w", Tensor::new(vec![2, 3], vec![1, -2, 3, 127, -128, 0]).unwrap());
    weights.insert("b", Tensor::vector(vec![100, -100]));
    weights
}

fn refused(change: impl FnOnce(&mut Program)) -> String {
    let mut program = program();
    change(&mut program);
    let error = program.validate().expect_err("this program must be refused");
    let json = program.to_json();
    assert_eq!(Program::from_json(json.as_bytes()), Err(error.clone()), "reading validates");
    error.to_string()
}

#[test]
fn a_program_runs_and_keeps_its_digest() {
    let (program, weights) = (program(), weights());
    program.validate().unwrap();
    program.validate_weights(&weights).unwrap();
    let values = reference::run(&program, &weights, &[10, 20, 30]).unwrap();
    assert_eq!(values[1], [10 - 2 * 20 + 3 * 30 + 100, 127 * 10 - 128 * 20 - 100]);
    assert_eq!(values[2], [10, 0]);
    assert_eq!(values[3], [0]);
    assert_eq!(reference::run_output(&program, &weights, &[10, 20, 30]).unwrap(), [0]);
    assert_eq!(program.scores(), 2);
    let wrapped = [10 + (1 << 20), 20 - (1 << 20), 30];
    assert_eq!(reference::run(&program, &weights, &wrapped).unwrap(), values, "inputs are residues");
    let same = Program::from_json(program.to_json().as_bytes()).unwrap();
    assert_eq!(same.to_json(), program.to_json());
}

#[test]
fn the_canonical_json_is_stable() {
    let expected = concat!(
        r#"{"version":1,"input":{"shape":[3],"bits":20,"frac_bits":0},"ops":[{"name":"fc","kind":{"op":"linear","weight":"w","#,
        r#""bias":"b","weight_bits":8},"inputs":[0],"output":{"shape":[2],"bits":18,"frac_bits":0}},"#,
        r#"{"name":"act","kind":{"op":"relu-shift","amount":4},"inputs":[1],"output":{"shape":[2],"bits":30,"frac_bits":0}},"#,
        r#"{"name":"best","kind":{"op":"argmax"},"inputs":[2],"output":{"shape":[1],"bits":2,"frac_bits":0}}]}"#
    );
    assert_eq!(program().to_json(), expected);
}

#[test]
fn faults_are_named_with_their_operation() {
    assert_eq!(refused(|p| p.version = 9), "program format version 9; this version of Sotto reads version 1");
    assert!(refused(|p| p.ops.clear()).contains("no operations"));
    assert!(refused(|p| p.ops = vec![p.ops[0].clone(); 4097]).contains("more than the 4096"));
    assert_eq!(refused(|p| p.input.bits = 65), "program input: a ring has 1 to 64 bits, not 65");
    assert!(refused(|p| p.input.bits = 0).contains("not 0"));
    assert!(refused(|p| p.input.frac_bits = 63).contains("fractional"));
    assert!(refused(|p| p.input.shape = vec![0]).contains("no elements"));
    assert!(refused(|p| p.input.shape = vec![usize::MAX, usize::MAX]).contains("more than"));
    assert!(refused(|p| p.input.shape = vec![1; 9]).contains("dimensions"));
    assert_eq!(refused(|p| p.input.bits = 17), "operation 0 (fc): it computes in 18 bits, but its input has only 17");
    assert!(refused(|p| p.ops[0].kind = linear(19)).contains("weights of 19 bits in a ring of 18"));
    assert!(refused(|p| p.ops[0].kind = linear(0)).contains("weights of 0 bits"));
    assert!(refused(|p| p.ops[0].inputs = vec![1]).contains("operation 0 (fc): it reads value 1"));
    assert!(refused(|p| p.ops[0].inputs = vec![]).contains("reads 0 values"));
    assert!(refused(|p| p.ops[1].inputs = vec![1, 1]).contains("operation 1 (act): it reads 2 values"));
    let large = |p: &mut Program| (p.input.shape, p.ops[0].output.shape) = (vec![8], vec![1 << 25, 2]);
    assert!(refused(large).contains("67108864×8 weights are more than"));
    assert!(refused(|p| p.ops[1].kind = OpKind::ReluShift { amount: 18 }).contains("a shift by 18 in a ring of 18"));
    assert!(refused(|p| p.ops[1].kind = OpKind::Relu).contains("reads 18 bits and writes 30"));
    assert!(refused(|p| p.ops[1].output.shape = vec![3]).contains("reads shape [2] and writes shape [3]"));
    assert!(refused(|p| p.ops[1].kind = OpKind::Reshape).contains("must be equal"));
    let bounded = OpKind::Shift { amount: 17, sign: Sign::Bounded };
    assert!(refused(|p| p.ops[1].kind = bounded).contains("at least 19 bits"));
    let add = OpKind::Add { shift_a: 30, shift_b: 0 };
    assert!(refused(|p| p.ops[1] = op("act", add, &[1, 1], value(&[2], 18))).contains("a shift by 30"));
    assert!(refused(|p| p.ops[2].output.bits = 1).contains("the index 1 needs 2 bits"));
    assert!(refused(|p| p.ops[2].output.shape = vec![2]).contains("one element"));
    assert!(refused(|p| p.ops[2].name = "a\nb".into()).contains("operation 2 (ab)"));
    assert!(refused(|p| p.ops[2].name = "x".repeat(300)).contains("its name"));
    let nameless = OpKind::Linear { weight: String::new(), bias: None, weight_bits: 8 };
    assert!(refused(|p| p.ops[0].kind = nameless).contains("the weight's name"));
}

#[test]
fn json_from_anywhere_is_safe() {
    for json in [&b""[..], b"{}", b"null", b"\xff\xfe", b"[1,2]", &[b'['; 100_000]] {
        assert!(matches!(Program::from_json(json), Err(ProgramError::Json(_))));
    }
    let too_long = vec![b' '; Program::MAX_JSON + 1];
    assert!(matches!(Program::from_json(&too_long), Err(ProgramError::TooLong { .. })));
    let unknown = program().to_json().replacen("\"version\"", "\"surprise\":1,\"version\"", 1);
    assert!(Program::from_json(unknown.as_bytes()).unwrap_err().to_string().contains("surprise"));
    let negative = program().to_json().replacen("\"inputs\":[0]", "\"inputs\":[-1]", 1);
    assert!(matches!(Program::from_json(negative.as_bytes()), Err(ProgramError::Json(_))));
}

#[test]
fn weights_must_be_the_programs() {
    let refused = |change: &dyn Fn(&mut Weights)| {
        let mut weights = weights();
        change(&mut weights);
        program().validate_weights(&weights).expect_err("these weights must be refused").to_string()
    };
    let with = |name: &'static str, tensor: Tensor| refused(&|w| drop(w.insert(name, tensor.clone())));
    assert!(with("w", Tensor::vector(vec![0; 6])).contains("'w' has shape [6], not [2, 3]"));
    assert!(with("w", Tensor::new(vec![2, 3], vec![128; 6]).unwrap()).contains("does not fit 8 bits"));
    assert!(with("b", Tensor::vector(vec![1 << 17, 0])).contains("does not fit 18 bits"));
    assert!(with("extra", Tensor::vector(vec![1])).contains("no operation uses the weight tensor 'extra'"));
    assert!(refused(&|w| *w = Weights::new()).contains("operation 0 (fc): the weight tensor 'w' is missing"));
    let run = reference::run(&program(), &Weights::new(), &[1, 2, 3]);
    assert!(run.unwrap_err().to_string().contains("'w'"));
    let run = reference::run(&program(), &weights(), &[1, 2]);
    assert_eq!(run.unwrap_err().to_string(), "the model reads 3 numbers, not 2");
    assert!(!format!("{:?}", weights()).contains("127"), "debug output shows no weights");
}

#[test]
fn a_broken_guarantee_names_the_operation() {
    let mut program = program();
    program.ops[1].kind = OpKind::Shift { amount: 4, sign: Sign::NonNegative };
    program.validate().unwrap();
    let error = reference::run(&program, &weights(), &[10, 20, 30]).unwrap_err().to_string();
    let expected = "operation 1 (act): element 1 is -1390 in a ring of 18 bits, but the program guarantees NonNegative";
    assert_eq!(error, expected);
}

#[test]
fn a_program_can_reveal_the_class_alone() {
    for classes in [1, 2, 3, 4, 5, 1000, 1024] {
        let mut scores = program();
        scores.ops.truncate(1);
        scores.ops[0].output = value(&[classes], 18);
        let class_only = scores.clone().revealing_class_only();
        class_only.validate().unwrap();
        assert_eq!(class_only.scores(), scores.scores() + 1, "the widened scores");
        assert!(1i64 << (class_only.output().bits - 1) >= classes as i64, "the ring holds the last index");
        assert_eq!(class_only.clone().revealing_class_only(), class_only, "once is enough");
    }
}

#[test]
fn the_class_of_scores_at_both_ends_of_their_ring_is_right() {
    let mut scores = program();
    scores.ops.truncate(1);
    let class_only = scores.clone().revealing_class_only();
    // The first score close to 2^17, the second close to −2^17: their difference does not fit their ring of 18 bits.
    let mut weights = weights();
    weights.insert("w", Tensor::new(vec![2, 3], vec![127, 0, 0, -128, 0, 0]).unwrap());
    for x in [-1000, -500, 500, 1000] {
        let plain = reference::run_output(&scores, &weights, &[x, 0, 0]).unwrap();
        let class = reference::run_output(&class_only, &weights, &[x, 0, 0]).unwrap();
        assert_eq!(class, [i64::from(plain[1] > plain[0])], "scores {plain:?}");
    }
}

/// Convolution 2 → 3 channels over 5×6, in one group, with the given output.
fn conv_program(kind: OpKind, output: &[usize], bits: u32) -> Program {
    Program {
        version: Program::VERSION,
        input: value(&[2, 5, 6], 20),
        ops: vec![op("layer", kind, &[0], value(output, bits))],
    }
}

fn window(kernel: [usize; 2], stride: [usize; 2], pads: [usize; 4]) -> Window {
    Window { kernel, stride, pads }
}

fn conv(window: Window, groups: usize) -> OpKind {
    OpKind::Conv { weight: "w".into(), bias: None, weight_bits: 8, window, groups }
}

#[test]
fn operations_over_planes_are_checked() {
    let three = window([3, 3], [2, 1], [1, 1, 1, 1]);
    let huge = window([usize::MAX, 3], [1, 1], [usize::MAX - 1, 0, 1, 0]);
    for (kind, output, bits, why) in [
        (conv(three, 1), &[3, 3, 6][..], 20, ""),
        (conv(three, 2), &[4, 3, 6], 20, ""),
        (conv(three, 2), &[3, 3, 6], 20, "2 groups of 2 input and 3 output channels"),
        (conv(three, 0), &[3, 3, 6], 20, "0 groups"),
        (conv(three, 1), &[3, 3, 5], 20, "planes of [3, 6]"),
        (conv(three, 1), &[3, 18], 20, "planes of"),
        (conv(three, 1), &[3, 3, 6], 21, "its input has only 20"),
        (conv(window([3, 3], [0, 1], [0; 4]), 1), &[3, 3, 6], 20, "a stride of 0"),
        (conv(huge, 1), &[3, 3, 6], 20, "kernel"),
        (OpKind::MaxPool { window: three }, &[2, 3, 6], 20, ""),
        (OpKind::MaxPool { window: three }, &[3, 3, 6], 20, "it reads 2 channels and writes 3"),
        (OpKind::MaxPool { window: three }, &[2, 3, 6], 19, "must be equal"),
        (OpKind::SumPool { window: three }, &[2, 3, 6], 19, ""),
        (OpKind::SumPool { window: window([2, 2], [2, 2], [2, 0, 0, 0]) }, &[2, 3, 3], 20, "padding of 2"),
        (OpKind::Clip { max: (1 << 19) - 1, amount: 19 }, &[2, 5, 6], 7, ""),
        (OpKind::Clip { max: 1 << 19, amount: 0 }, &[2, 5, 6], 20, "a clip to 524288"),
        (OpKind::Clip { max: 1, amount: 20 }, &[2, 5, 6], 20, "a shift by 20"),
        (OpKind::Divide { divisor: 49, sign: Sign::Any }, &[2, 5, 6], 64, ""),
        (OpKind::Divide { divisor: 0, sign: Sign::Any }, &[2, 5, 6], 20, "a division by 0"),
        (OpKind::Divide { divisor: 1 << 19, sign: Sign::Any }, &[2, 5, 6], 20, "a division by 524288"),
        (OpKind::Pad { pads: [1, 0, 2, 3] }, &[2, 8, 9], 20, ""),
        (OpKind::Pad { pads: [1, 0, 2, usize::MAX] }, &[2, 8, 9], 20, "padding"),
        (OpKind::Concat { axis: 0, shifts: vec![3] }, &[2, 5, 6], 20, ""),
        (OpKind::Concat { axis: 3, shifts: vec![3] }, &[2, 5, 6], 20, "along axis 3"),
        (OpKind::Concat { axis: 0, shifts: vec![20] }, &[2, 5, 6], 20, "a shift by 20"),
        (OpKind::Concat { axis: 0, shifts: vec![0, 0] }, &[4, 5, 6], 20, "it reads 1 values"),
        (OpKind::Concat { axis: 0, shifts: vec![] }, &[2, 5, 6], 20, "shifts"),
    ] {
        let program = conv_program(kind.clone(), output, bits);
        match program.validate() {
            Ok(()) => assert_eq!(why, "", "{kind:?} to {output:?}"),
            Err(error) => {
                let error = error.to_string();
                assert!(!why.is_empty() && error.contains(why), "{kind:?} to {output:?}: {error}");
            }
        }
    }
}

#[test]
fn weights_of_a_convolution_have_its_shape() {
    let program = conv_program(conv(window([3, 3], [2, 1], [1, 1, 1, 1]), 2), &[4, 3, 6], 20);
    let mut weights = Weights::new();
    weights.insert("w", Tensor::new(vec![4, 1, 3, 3], vec![1; 36]).unwrap());
    assert_eq!(program.validate_weights(&weights), Ok(()));
    weights.insert("w", Tensor::new(vec![4, 2, 3, 3], vec![1; 72]).unwrap());
    assert!(program.validate_weights(&weights).unwrap_err().to_string().contains("[4, 1, 3, 3]"));
}

#[test]
fn small_programs_that_would_fill_a_clients_memory_are_refused() {
    let chain = |first: Op, next: &dyn Fn(usize) -> Op| Program {
        version: Program::VERSION,
        input: value(&[1, 1, 1], 1),
        ops: std::iter::once(first).chain((1..100).map(next)).collect(),
    };
    let wide = || value(&[1, 8192, 8192], 1);
    let pads = OpKind::Pad { pads: [0, 0, 8191, 8191] };
    let copies = chain(op("pad", pads.clone(), &[0], wide()), &|_| op("pad", pads.clone(), &[0], wide()));
    assert!(copies.validate().unwrap_err().to_string().contains("reads and writes"));
    let one = OpKind::MaxPool { window: window([1, 1], [1, 1], [0; 4]) };
    let pools = chain(op("pad", pads, &[0], wide()), &|k| op("pool", one.clone(), &[k], wide()));
    assert!(pools.validate().unwrap_err().to_string().contains("under the windows of pools"));
}
