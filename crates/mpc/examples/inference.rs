//! A private inference, both parties in one thread: the client learns ReLU(W·x) and not W, the server learns nothing of x.
#![allow(clippy::print_stdout)] // an example talks on standard output

use std::error::Error;
use std::sync::Arc;

use futures_executor::block_on;
use sotto_mpc::testing::run2;
use sotto_mpc::{Client, ClientOptions, Result, ServedModel, ServerOptions, serve_session};
use sotto_nn::{Op, OpKind, Program, Tensor, ValueType, Weights, reference};

fn main() -> std::result::Result<(), Box<dyn Error>> {
    let value = |elements| ValueType { shape: vec![elements], bits: 24, frac_bits: 0 };
    let layer = OpKind::Linear { weight: "w".into(), bias: None, weight_bits: 8 };
    let op = |name: &str, kind, input| Op { name: name.into(), kind, inputs: vec![input], output: value(2) };
    let ops = vec![op("layer", layer, 0), op("relu", OpKind::Relu, 1)];
    let program = Program { version: Program::VERSION, input: value(3), ops };
    let mut weights = Weights::new();
    weights.insert("w", Tensor::new(vec![2, 3], vec![1, -2, 3, -4, 5, -6])?);
    let expected = reference::run_output(&program, &weights, &[10, 20, 30])?;

    let model = ServedModel::new("example", Arc::new(program), Arc::new(weights), None);
    let find = |id: &str| (id == model.id()).then(|| model.clone());
    let options = ClientOptions { model: "example".into(), ..ClientOptions::default() };
    let client = async |channel| -> Result<_> {
        let mut client = Client::connect(channel, options).await?;
        client.preprocess().await?;
        let inference = client.infer(&[10, 20, 30]).await?;
        client.close().await?;
        Ok(inference)
    };
    let (client, server) = block_on(run2(client, |channel| serve_session(channel, &find, ServerOptions::default())));
    let inference = client?;
    println!("the client's result is {:?}; the server saw {:?}", inference.output, inference.masked_input);
    assert_eq!(inference.output, expected);
    assert_eq!(server?.inferences, 1);
    Ok(())
}
