//! Keys of encrypted layers are renewed when they have answered enough: results stay exact, every preprocessing takes
//! the bytes of its plan, and fresh keys come exactly where the distance that was agreed asks for them.

mod common;

use std::sync::Arc;

use common::assert_same;
use futures_executor::block_on;
use sotto_mpc::plan::plan_next;
use sotto_mpc::testing::run2;
use sotto_mpc::{
    Client, ClientOptions, ErrorKind, KeyUse, LinearKind, Linears, Params, Phase, Result, ServedModel, ServerOptions,
    Supply, serve_session,
};
use sotto_nn::{Op, OpKind, Program, Tensor, ValueType, Weights, reference};

/// One layer of 8-bit weights over 24-bit rings.
struct Model {
    program: Program,
    weights: Weights,
}

impl Model {
    fn dense(inputs: usize, outputs: usize) -> Self {
        let value = |n: usize| ValueType { shape: vec![n], bits: 24, frac_bits: 0 };
        let kind = OpKind::Linear { weight: "w".into(), bias: None, weight_bits: 8 };
        let op = Op { name: "fc".into(), kind, inputs: vec![0], output: value(outputs) };
        let program = Program { version: Program::VERSION, input: value(inputs), ops: vec![op] };
        let values = (0..inputs * outputs).map(|i| (i * 37 % 255) as i64 - 127).collect();
        let mut weights = Weights::new();
        weights.insert("w", Tensor::new(vec![outputs, inputs], values).unwrap());
        Self { program, weights }
    }

    fn key_use(&self, params: Params) -> KeyUse {
        Linears::choose(&self.program, params).unwrap().key_use(params).unwrap()
    }

    /// A session over real OTs that prepares up to three inferences ahead, so that keys are renewed between a
    /// preprocessing and its inference: whether each preprocessing brought fresh keys.
    fn session(&self, params: Params, inferences: usize) -> Vec<bool> {
        let n = self.program.input.shape[0];
        let input = |k: usize| (0..n).map(|i| ((i * 91 + k * 13) % 200) as i64 - 100).collect();
        let inputs: Vec<Vec<i64>> = (0..inferences).map(input).collect();
        let model = ServedModel::new("m", Arc::new(self.program.clone()), Arc::new(self.weights.clone()), None);
        let find = |_: &str| Some(model.clone());
        let client = async |channel| -> Result<_> {
            let options = ClientOptions { model: "m".into(), params, ..ClientOptions::default() };
            let mut client = Client::connect(channel, options).await?;
            let (mut outputs, mut sent) = (Vec::new(), Vec::new());
            for (k, input) in inputs.iter().enumerate() {
                while sent.len() < (k + 3).min(inferences) {
                    let before = client.stats().phase(Phase::Preprocess);
                    client.preprocess().await?;
                    let after = client.stats().phase(Phase::Preprocess);
                    sent.push((after.bytes_sent - before.bytes_sent, after.bytes_received - before.bytes_received));
                }
                outputs.push(client.infer(input).await?.output);
            }
            client.close().await?;
            Ok((outputs, sent))
        };
        let server = |channel| serve_session(channel, &find, ServerOptions::default());
        let (client, server) = block_on(run2(client, server));
        server.unwrap();
        let (outputs, sent) = client.unwrap();
        for (input, output) in inputs.iter().zip(&outputs) {
            let expected = reference::run_output(&self.program, &self.weights, input).unwrap();
            assert_same(output, &expected, "output");
        }
        let mut supply = Supply::new(params);
        let plans = inputs.iter().map(|_| plan_next(&self.program, params, &mut supply).unwrap().preprocess);
        let planned: Vec<_> = plans.map(|bytes| (bytes.to_server, bytes.to_client)).collect();
        assert_eq!(sent, planned);
        let (first, keys) = (sent[0], self.key_use(params).key_bytes);
        let is_renewal = |&(to_server, to_client): &(u64, u64)| {
            assert_eq!(to_client, first.1);
            assert!([first.0, first.0 + keys].contains(&to_server), "{to_server} bytes, the first {}", first.0);
            to_server > first.0
        };
        sent.iter().map(is_renewal).collect()
    }
}

fn asking(key_distance: u32) -> Params {
    Params { linear: LinearKind::He, key_distance, ..Params::default() }
}

#[test]
fn a_session_beyond_its_limit_gets_fresh_keys_and_stays_exact() {
    let model = Model::dense(40, 24);
    for (key_distance, inferences) in [(40, 1), (39, 2), (38, 5)] {
        let params = asking(key_distance);
        assert_eq!(model.key_use(params).inferences, inferences, "2^-{key_distance}");
        let renewed = model.session(params, 9);
        let expected: Vec<bool> = (0..9).map(|k| k > 0 && k % inferences == 0).collect();
        assert_eq!(renewed, expected, "2^-{key_distance}");
    }
    // By default, as often as nobody asks.
    let keys = model.key_use(Params { linear: LinearKind::He, ..Params::default() });
    assert!(keys.values == 24 && keys.inferences >= 1 << 19, "{keys:?}");
    assert_eq!(model.session(asking(20), 3), [false; 3]);
}

#[test]
fn a_client_may_ask_for_fresh_keys_more_often_and_not_less() {
    for accepted in [20, 40] {
        asking(accepted).validate().unwrap();
    }
    for refused in [0, 19, 41, u32::MAX] {
        assert_eq!(asking(refused).validate().unwrap_err().kind(), ErrorKind::Version);
    }
}
