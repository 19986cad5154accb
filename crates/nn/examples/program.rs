//! A network of one layer with a ReLU, written by hand, on an input in fixed point.
#![allow(clippy::print_stdout)] // an example talks on standard output

use std::error::Error;

use sotto_nn::{Op, OpKind, Program, Tensor, ValueType, Weights, reference};

fn main() -> Result<(), Box<dyn Error>> {
    let value = |shape: &[usize], frac_bits| ValueType { shape: shape.to_vec(), bits: 24, frac_bits };
    let layer = OpKind::Linear { weight: "w".into(), bias: None, weight_bits: 8 };
    let op = |name: &str, kind, input, output| Op { name: name.into(), kind, inputs: vec![input], output };
    let program = Program {
        version: Program::VERSION,
        input: value(&[3], 4),
        ops: vec![
            op("layer", layer, 0, value(&[2], 8)),
            op("relu", OpKind::ReluShift { amount: 4 }, 1, value(&[2], 4)),
        ],
    };
    program.validate()?;
    let mut weights = Weights::new();
    // In sixteenths, as the input: 1, −0.5 and 2; −1, 0 and 0.25.
    weights.insert("w", Tensor::new(vec![2, 3], vec![16, -8, 32, -16, 0, 4])?);
    let output = reference::run_output(&program, &weights, &[16, 32, 8])?;
    println!("{:?}", output.iter().map(|&v| v as f64 / 16.0).collect::<Vec<_>>());
    assert_eq!(output, [16, 0]);
    Ok(())
}
