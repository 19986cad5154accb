//! A model that small tests of sessions serve.

use std::sync::Arc;

use sotto_mpc::ServedModel;
use sotto_nn::{Op, OpKind, Program, Tensor, ValueType, Weights};

/// Two layers with a ReLU between, wide enough for two lanes at the smallest chunk.
pub fn model() -> ServedModel {
    let value = |n: usize, bits: u32| ValueType { shape: vec![n], bits, frac_bits: 0 };
    let linear = |name: &str, input: usize, output: ValueType| Op {
        name: name.into(),
        kind: OpKind::Linear { weight: name.into(), bias: None, weight_bits: 5 },
        inputs: vec![input],
        output,
    };
    let relu =
        Op { name: "relu".into(), kind: OpKind::ReluShift { amount: 3 }, inputs: vec![1], output: value(40, 20) };
    let ops = vec![linear("a", 0, value(40, 16)), relu, linear("b", 2, value(2, 20))];
    let program = Program { version: Program::VERSION, input: value(3, 16), ops };
    program.validate().unwrap();
    let tensor = |shape: [usize; 2]| {
        let data = (0..shape[0] * shape[1]).map(|i| (i as i64 * 7 + 3) % 31 - 15).collect();
        Tensor::new(shape.to_vec(), data).unwrap()
    };
    let mut weights = Weights::new();
    weights.insert("a", tensor([40, 3]));
    weights.insert("b", tensor([2, 40]));
    ServedModel::new("m", Arc::new(program), Arc::new(weights), None)
}
