//! Whole inferences between client and server, with each source of OTs and each way of linear layers once.

use std::sync::Arc;
use std::time::Instant;

use futures_executor::block_on;
use sotto_crypto::memcheck;
use sotto_mpc::testing::run2;
use sotto_mpc::{Client, ClientOptions, LinearKind, OtKind, Params, Party};
use sotto_mpc::{ServedModel, ServerOptions, serve_session};
use sotto_nn::{Op, OpKind, Program, Sign, Tensor, ValueType, Weights, Window, reference};

use crate::secrets;

/// Ring of all values but the result.
const BITS: u32 = 24;

/// Runs the program with secret input and weights, and compares the result, which the client is to learn.
pub(crate) fn check() -> Result<(), String> {
    let (program, weights, input) = (Arc::new(program()), weights()?, input());
    program.validate().and_then(|()| program.validate_weights(&weights)).map_err(|e| e.to_string())?;
    let expected = reference::run_output(&program, &weights, &input).map_err(|e| e.to_string())?;
    let secret_weights = Arc::new(secret(&weights)?);
    let mut secret_input = input.clone();
    memcheck::secret(&mut secret_input);
    for (ot, linear) in [(OtKind::Classic, LinearKind::He), (OtKind::Silent, LinearKind::Ot)] {
        let start = Instant::now();
        // Small chunks, so that both lanes run.
        let params = Params { ot, linear, chunk: 32, ..Params::default() };
        let client = async |channel| {
            let options = ClientOptions { params, rng_seed: Some(secrets::seed(Party::Client)), ..Default::default() };
            let mut client = Client::connect(channel, options).await?;
            let inference = client.infer(&secret_input).await?;
            client.close().await?;
            Ok::<_, sotto_mpc::Error>(inference.output)
        };
        let model = ServedModel::new("", program.clone(), secret_weights.clone(), None);
        let find = |_: &str| Some(model.clone());
        let server = async |channel| {
            let options = ServerOptions { rng_seed: Some(secrets::seed(Party::Server)), ..Default::default() };
            serve_session(channel, &find, options).await
        };
        let (output, served) = block_on(run2(client, server));
        let output = served.and(output).map_err(|e| format!("{ot:?} OT, layers by {linear:?}: {e}"))?;
        if output != expected {
            return Err(format!("{ot:?} OT, layers by {linear:?}: the result differs from the reference"));
        }
        println!("{ot:?}: inference, layers by {linear:?}: {:.1} s", start.elapsed().as_secs_f64());
    }
    Ok(())
}

/// A convolutional network with every kind of operation that the executor has.
fn program() -> Program {
    let value = |shape: &[usize]| ValueType { shape: shape.to_vec(), bits: BITS, frac_bits: 0 };
    let window =
        |kernel: usize, stride: usize, pad: usize| Window { kernel: [kernel; 2], stride: [stride; 2], pads: [pad; 4] };
    let conv = |weight: &str, window: Window| OpKind::Conv {
        weight: weight.into(),
        bias: None,
        weight_bits: 5,
        window,
        groups: 1,
    };
    let linear = OpKind::Linear { weight: "dense".into(), bias: Some("bias".into()), weight_bits: 5 };
    let index = ValueType { bits: 4, ..value(&[1]) };
    let steps = [
        (conv("first", window(3, 1, 1)), vec![0], value(&[3, 6, 6])),
        (OpKind::ReluShift { amount: 4 }, vec![1], value(&[3, 6, 6])),
        (OpKind::MaxPool { window: window(2, 2, 0) }, vec![2], value(&[3, 3, 3])),
        (conv("second", window(1, 1, 0)), vec![3], value(&[3, 3, 3])),
        (OpKind::Relu, vec![4], value(&[3, 3, 3])),
        (OpKind::Add { shift_a: 0, shift_b: 1 }, vec![5, 3], value(&[3, 3, 3])),
        (OpKind::Concat { axis: 0, shifts: vec![0, 1] }, vec![6, 3], value(&[6, 3, 3])),
        (OpKind::Clip { max: 1 << 12, amount: 2 }, vec![7], value(&[6, 3, 3])),
        (OpKind::Pad { pads: [0, 0, 1, 1] }, vec![8], value(&[6, 4, 4])),
        (OpKind::SumPool { window: window(4, 1, 0) }, vec![9], value(&[6, 1, 1])),
        (OpKind::Divide { divisor: 9, sign: Sign::NonNegative }, vec![10], value(&[6, 1, 1])),
        (OpKind::Reshape, vec![11], value(&[6])),
        (linear, vec![12], value(&[4])),
        (OpKind::Shift { amount: 3, sign: Sign::Any }, vec![13], value(&[4])),
        (OpKind::Argmax, vec![14], index),
    ];
    let op = |(k, (kind, inputs, output))| Op { name: format!("step {k}"), kind, inputs, output };
    Program {
        version: Program::VERSION,
        input: value(&[2, 6, 6]),
        ops: steps.into_iter().enumerate().map(op).collect(),
    }
}

/// Weights of 5 bits, the ends of their range among them.
fn weights() -> Result<Weights, String> {
    let mut weights = Weights::new();
    for (name, shape) in [("first", &[3, 2, 3, 3][..]), ("second", &[3, 3, 1, 1]), ("dense", &[4, 6]), ("bias", &[4])] {
        let data = (0..shape.iter().product::<usize>() as i64).map(|i| (i * 7 + 5) % 32 - 16).collect();
        weights.insert(name, Tensor::new(shape.to_vec(), data).map_err(|e| e.to_string())?);
    }
    Ok(weights)
}

fn secret(weights: &Weights) -> Result<Weights, String> {
    let mut secret = Weights::new();
    for (name, tensor) in weights.iter() {
        let mut data = tensor.data().to_vec();
        memcheck::secret(&mut data);
        secret.insert(name, Tensor::new(tensor.shape().to_vec(), data).map_err(|e| e.to_string())?);
    }
    Ok(secret)
}

fn input() -> Vec<i64> {
    (0..72).map(|i| i * 29 % 201 - 100).collect()
}
