//! What a prepared inference holds, what its online phase still computes, and that it is used once.

mod common;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use common::model::model;
use futures_executor::block_on;
use futures_util::{SinkExt, StreamExt, future};
use proptest::prelude::*;
use sotto_mpc::plan::plan;
use sotto_mpc::protocols::relu_shift;
use sotto_mpc::testing::run2;
use sotto_mpc::{
    Channel, Client, ClientOptions, Command, ErrorKind, Greeting, Incoming, Modulus, OtKind, Params, Party, Phase,
    Result, ServedModel, ServerOptions, Stats, Transport, serve_session,
};
use sotto_nn::testing::cnn_cases;
use sotto_nn::{Program, Weights, reference};

/// Bytes of a ReLU with a shift by 12 bits over 25 bits, leaves of 4 bits: less than a fiftieth of its rows.
#[test]
fn a_relu_with_shift_holds_few_bytes() {
    let (n, ring) = (100_000, Modulus::power_of_two(25));
    let demand = relu_shift::cost(n, ring, 12, ring, Params { digit: Some(4), ..Params::default() }).demand;
    let each = [Party::Client, Party::Server].map(|party| demand.memory(party) as f64 / n as f64);
    assert!(each[0] <= 16.0 && each[1] <= 40.0, "{each:?} bytes at client and server");
    // 108 and 285 bits; decision 0022 has these numbers.
    assert_eq!(each, [13.5, 35.625]);
}

fn served(program: &Program, weights: &Weights) -> ServedModel {
    let (program, weights) = (Arc::new(program.clone()), Arc::new(weights.clone()));
    ServedModel::new("m", program, weights, None)
}

fn client_options(params: Params) -> ClientOptions {
    ClientOptions { model: "m".into(), params, rng_seed: Some([1; 32]), ..ClientOptions::default() }
}

/// Blocks of the key stream for the masks of all values that a layer reads.
fn mask_calls(program: &Program) -> u64 {
    let read = program.ops.iter().filter(|op| op.kind.weights().is_some()).map(|op| op.inputs[0]);
    let values: BTreeSet<usize> = read.collect();
    values.iter().map(|&id| (program.value(id).len() as u64).div_ceil(2)).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn the_online_phase_of_a_prepared_network_generates_and_hashes_nothing(
        case in cnn_cases(2), digit in proptest::option::of(1u32..=8), classic: bool,
    ) {
        let ot = if classic { OtKind::Classic } else { OtKind::Silent };
        let params = Params { digit, ot, ..Params::default() };
        prop_assert_eq!(plan(&case.program, params).unwrap().generated_online, 0);
        let model = served(&case.program, &case.weights);
        let client = async |channel| -> Result<Stats> {
            let mut client = Client::connect(channel, client_options(params)).await?;
            for _ in &case.inputs {
                client.preprocess().await?;
            }
            for input in &case.inputs {
                let expected = reference::run_output(&case.program, &case.weights, input).unwrap();
                assert_eq!(client.infer(input).await?.output, expected);
            }
            client.close().await
        };
        let find = |_: &str| Some(model.clone());
        let server = |channel| serve_session(channel, &find, ServerOptions::default());
        let (client, server) = block_on(run2(client, server));
        let [client, server] = [client.unwrap(), server.unwrap()];
        for (stats, masks) in [(&client, 2 * mask_calls(&case.program)), (&server, 0)] {
            let online = stats.phase(Phase::Online);
            prop_assert_eq!((online.correlations, online.hashes, online.masks), (0, 0, masks));
            let plan = plan(&case.program, params).unwrap();
            if plan.ops.iter().any(|op| op.bit_ots > 0) {
                let before = stats.phase(Phase::Preprocess);
                prop_assert!(before.correlations > 0 && before.hashes > 0, "nothing was counted");
            }
        }
    }
}

const INPUT: [i64; 3] = [100, -200, 300];

/// What a session with a cut did: the client's results of two inferences that were prepared before, and the frames of each party
/// that left after the cut.
struct Cut {
    results: [Result<Vec<i64>>; 2],
    server: Result<Stats>,
    frames: usize,
    late: usize,
}

/// Prepares two inferences, runs both on one input, and cuts the connection after so many online frames of both parties.
fn cut(params: Params, after: usize) -> Cut {
    let model = model();
    let find = |_: &str| Some(model.clone());
    let online = RefCell::new(None::<usize>);
    let late = RefCell::new(0);
    let (client, client_transport) = Channel::new();
    let (server, server_transport) = Channel::new();
    let forward = async |mut from: futures_channel::mpsc::Receiver<Vec<u8>>,
                         mut to: futures_channel::mpsc::Sender<Incoming>| {
        while let Some(frame) = from.next().await {
            let passes = match &mut *online.borrow_mut() {
                None => true,
                Some(seen) => {
                    *seen += 1;
                    *seen <= after
                }
            };
            if !passes {
                *late.borrow_mut() += 1;
                break;
            }
            if to.send(Incoming::Frame(frame)).await.is_err() {
                break;
            }
        }
        // The other direction ends when both parties notice.
    };
    let Transport { outgoing: up, incoming: to_client } = client_transport;
    let Transport { outgoing: down, incoming: to_server } = server_transport;
    let run_client = async {
        let mut client = Client::connect(client, client_options(params)).await.unwrap();
        client.preprocess().await.unwrap();
        client.preprocess().await.unwrap();
        *online.borrow_mut() = Some(0);
        let first = client.infer(&INPUT).await.map(|inference| inference.output);
        let frames = online.borrow().unwrap_or(0);
        let second = client.infer(&INPUT).await.map(|inference| inference.output);
        ([first, second], frames)
    };
    let server = serve_session(server, &find, ServerOptions { rng_seed: Some([2; 32]), ..ServerOptions::default() });
    let ((results, _), server, (), ()) =
        block_on(future::join4(run_client, server, forward(up, to_server), forward(down, to_client)));
    let frames = online.borrow().unwrap_or(0);
    Cut { results, server, frames, late: late.into_inner() }
}

/// Wherever an inference is cut, what was prepared for it is gone, and the session with it: the second input, under the same masks
/// or others, never leaves.
#[test]
fn an_inference_that_is_cut_is_not_run_again() {
    let params = Params { chunk: 16, ..Params::default() };
    let whole = cut(params, usize::MAX);
    let model = model();
    let expected = reference::run_output(model.program(), model.weights(), &INPUT).unwrap();
    assert!(whole.results.iter().all(|result| result.as_ref().unwrap() == &expected));
    let each = whole.frames / 2;
    assert!(each > 10, "{each} frames");
    for after in 0..each {
        let cut = cut(params, after);
        for (which, result) in cut.results.iter().enumerate() {
            let error = result.as_ref().expect_err("the connection was cut");
            let kinds = [ErrorKind::Transport, ErrorKind::Closed];
            assert!(kinds.contains(&error.kind()), "cut after {after}, inference {which}: {error}");
        }
        assert!(cut.server.is_err(), "cut after {after}");
        // One frame in each direction at most was on its way when the connection was cut, of the first inference.
        assert!(cut.late <= 2, "cut after {after}: {} frames left", cut.late);
    }
}

/// The same input under two prepared inferences, and under what is prepared after an input that did not fit: never the same mask.
#[test]
fn an_input_that_does_not_fit_keeps_what_is_prepared() {
    let model = model();
    let find = |_: &str| Some(model.clone());
    let client = async |channel| -> Result<()> {
        let mut client = Client::connect(channel, client_options(Params::default())).await?;
        client.preprocess().await?;
        client.preprocess().await?;
        let before = client.stats().clone();
        for wrong in [vec![1, 2], vec![1 << 20, 0, 0]] {
            assert_eq!(client.infer(&wrong).await.unwrap_err().kind(), ErrorKind::Input);
        }
        assert_eq!(client.prepared(), 2);
        assert_eq!(client.stats(), &before, "nothing was sent");
        let mut masked = BTreeSet::new();
        for left in [1, 0, 0] {
            let inference = client.infer(&INPUT).await?;
            assert_eq!(inference.output, reference::run_output(model.program(), model.weights(), &INPUT).unwrap());
            assert_eq!(client.prepared(), left);
            assert!(masked.insert(inference.masked_input), "two inputs under one mask");
        }
        client.close().await.map(drop)
    };
    let (client, server) = block_on(run2(client, |channel| serve_session(channel, &find, ServerOptions::default())));
    client.unwrap();
    server.unwrap();
}

#[test]
fn a_server_says_what_memory_a_preparation_takes() {
    let model = model();
    let bytes = plan(model.program(), Params::default()).unwrap().stored[1];
    let client = async |channel| Client::connect(channel, client_options(Params::default())).await?.close().await;
    let server = async |channel| {
        let greeting = Greeting::read(channel).await?;
        assert_eq!(greeting.model(), "m");
        let mut serving = greeting.accept(model.clone(), ServerOptions::default())?.setup().await?;
        assert_eq!(serving.memory(), bytes);
        serving.command().await
    };
    let (client, server) = block_on(run2(client, server));
    client.unwrap();
    assert_eq!(server.unwrap(), Command::Close);
}
