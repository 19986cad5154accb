//! Sessions of several workers: results that do not depend on how many there are, exact plans, equal parts, and errors.

mod common;

use std::sync::Arc;

use common::{assert_same, infer_each};
use futures_channel::oneshot;
use futures_executor::block_on;
use futures_util::{SinkExt, StreamExt, future};
use proptest::prelude::*;
use sotto_mpc::plan::{plan, plan_next};
use sotto_mpc::testing::{pump, run2};
use sotto_mpc::{
    Channel, Client, ClientOptions, Command, ErrorKind, Greeting, OtKind, Params, Phase, Recruit, Result, ServedModel,
    ServerOptions, Stats, Supply, Transport,
};
use sotto_nn::reference;
use sotto_nn::testing::{Case, cases, cnn_cases};

/// What changes what a worker's connection carries.
type Meddle<'a> = &'a dyn Fn(u32, Vec<u8>) -> Option<Vec<u8>>;

/// The client's results and counters, and what was agreed upon.
type Session = (Vec<Vec<i64>>, Stats, Params);

/// A session that runs every input, with so many workers as both sides want; the second inference is prepared ahead.
fn session(
    model: &ServedModel,
    inputs: &[Vec<i64>],
    params: Params,
    most: u32,
    meddle: Meddle<'_>,
) -> (Result<Session>, Result<Stats>) {
    let (joined, joins) = oneshot::channel::<Vec<Transport>>();
    let (recruits, called) = oneshot::channel();
    let options = ClientOptions {
        model: model.id().into(),
        params,
        recruits: Some(recruits),
        rng_seed: Some([1; 32]),
        ..ClientOptions::default()
    };
    let client = async |channel| -> Result<_> {
        let mut client = Client::connect(channel, options).await?;
        let results = infer_each(&mut client, inputs).await?.into_iter().map(|inference| inference.output).collect();
        let params = client.params();
        Ok((results, client.close().await?, params))
    };
    let crew = async {
        let (Ok(recruits), Ok(transports)) = (called.await, joins.await) else { return };
        assert_eq!(recruits.len(), transports.len());
        let run = async |(recruit, theirs): (Recruit, Transport)| {
            let number = recruit.number;
            let (channel, transport) = Channel::new();
            // As in a browser: where only bytes get to.
            let worker = async {
                let (letter, post) = recruit.abroad();
                work(sotto_mpc::Worker::recruited(&letter, channel, post).unwrap()).await;
            };
            let (transport, middle) = meddled(transport, |frame| meddle(number, frame));
            future::join3(worker, pump(transport, theirs, |_, _| ()), middle).await;
        };
        future::join_all(recruits.into_iter().zip(transports).map(run)).await;
    };
    let server = async |channel| -> Result<Stats> {
        let options = ServerOptions { workers: most, ots_each: 0, rng_seed: Some([2; 32]), ..ServerOptions::default() };
        let mut accepted = Greeting::read(channel).await?.accept(model.clone(), options)?;
        let (workers, transports): (Vec<_>, Vec<_>) = accepted.workers().into_iter().unzip();
        joined.send(transports).ok();
        let main = async {
            let mut serving = accepted.setup().await?;
            loop {
                match serving.command().await? {
                    Command::Close => return Ok(serving.stats().clone()),
                    command => serving.run(command).await?,
                }
            }
        };
        future::join(main, future::join_all(workers.into_iter().map(work))).await.0
    };
    block_on(async { future::join(run2(client, server), crew).await.0 })
}

async fn work(mut worker: sotto_mpc::Worker) {
    while let Ok(true) = worker.run().await {}
}

/// Frames of a client's transport, as they are changed; one that is dropped ends the connection.
fn meddled(transport: Transport, change: impl Fn(Vec<u8>) -> Option<Vec<u8>>) -> (Transport, impl Future<Output = ()>) {
    let (mut to_peer, outgoing) = futures_channel::mpsc::channel(8);
    let Transport { outgoing: mut sent, incoming } = transport;
    let middle = async move {
        while let Some(frame) = sent.next().await {
            let Some(frame) = change(frame) else { return };
            if to_peer.send(frame).await.is_err() {
                return;
            }
        }
    };
    (Transport { outgoing, incoming }, middle)
}

fn model(case: &Case) -> ServedModel {
    ServedModel::new("m", Arc::new(case.program.clone()), Arc::new(case.weights.clone()), None)
}

fn untouched(_: u32, frame: Vec<u8>) -> Option<Vec<u8>> {
    Some(frame)
}

/// Results against the reference, bytes and rounds against the plan.
fn check(case: &Case, params: Params) {
    let (client, server) = session(&model(case), &case.inputs, params, params.workers, &untouched);
    let ((results, client, agreed), server) = (client.expect("client"), server.expect("server"));
    assert_eq!(agreed, params);
    for (input, result) in case.inputs.iter().zip(&results) {
        assert_same(result, &reference::run_output(&case.program, &case.weights, input).unwrap(), "output");
    }
    let mut supply = Supply::new(params);
    let plans: Vec<_> = case.inputs.iter().map(|_| plan_next(&case.program, params, &mut supply).unwrap()).collect();
    let setup = plan(&case.program, params).unwrap().setup;
    let sums = |of: fn(&sotto_mpc::plan::Plan) -> sotto_mpc::plan::Bytes| {
        plans.iter().map(of).fold([0, 0], |[up, down], bytes| [up + bytes.to_server, down + bytes.to_client])
    };
    let closing = 1;
    for (phase, [up, down]) in [
        (Phase::Setup, [setup.to_server, setup.to_client]),
        (Phase::Preprocess, sums(|plan| plan.preprocess)),
        (Phase::Online, sums(|plan| plan.online)),
    ] {
        let (ours, theirs) = (client.phase(phase), server.phase(phase));
        let up = up + if phase == Phase::Online { closing } else { 0 };
        assert_eq!((ours.bytes_sent, ours.bytes_received), (up, down), "{phase}");
        assert_eq!((theirs.bytes_sent, theirs.bytes_received), (down, up), "{phase}");
        assert_eq!(ours.rounds, theirs.rounds, "{phase}");
        assert_eq!(ours.correlations, theirs.correlations, "{phase}");
    }
    if case.inputs.len() == 1 {
        assert_eq!(client.phase(Phase::Online).rounds, plans[0].online_rounds + 1);
    }
    assert_eq!(
        (client.workers.len(), server.workers.len()),
        (params.workers as usize - 1, params.workers as usize - 1)
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn results_do_not_depend_on_the_number_of_workers(
        case in cases(2), workers in 2u32..=3, digit in proptest::option::of(1u32..=8), chunk in 4u32..=6, classic in any::<bool>(),
        store in prop_oneof![Just(0), 0u64..8000, Just(Params::default().store)],
    ) {
        let ot = if classic { OtKind::Classic } else { OtKind::Silent };
        check(&case, Params { digit, chunk: 1 << chunk, store, workers, ot, ..Params::default() });
    }

    #[test]
    fn nor_do_those_of_convolutional_networks(case in cnn_cases(1), workers in 2u32..=4, chunk in 4u32..=6) {
        check(&case, Params { chunk: 1 << chunk, workers, ..Params::default() });
    }
}

/// Two layers with a ReLU between, which has work for all.
fn small() -> (ServedModel, Vec<i64>) {
    (common::model::model(), vec![100, -200, 300])
}

fn chunked(workers: u32) -> Params {
    Params { chunk: 16, workers, ..Params::default() }
}

fn expected(model: &ServedModel, input: &[i64]) -> Vec<i64> {
    reference::run_output(model.program(), model.weights(), input).unwrap()
}

#[test]
fn a_session_has_as_many_workers_as_both_sides_want() {
    let (model, input) = small();
    for (wished, most, granted) in [(1, 3, 1), (3, 1, 1), (3, 2, 2), (2, 3, 2), (8, 8, 8)] {
        let (client, _) = session(&model, std::slice::from_ref(&input), chunked(wished), most, &untouched);
        let (results, stats, agreed) = client.unwrap();
        assert_eq!((agreed.workers, stats.workers.len() as u32 + 1), (granted, granted));
        assert_eq!(results, [expected(&model, &input)]);
    }
}

#[test]
fn too_little_work_has_one_worker() {
    let (model, input) = small();
    let find = |_: &str| Some(model.clone());
    let (recruits, called) = oneshot::channel();
    let options =
        ClientOptions { model: "m".into(), params: chunked(4), recruits: Some(recruits), ..ClientOptions::default() };
    let client = async |channel| {
        let mut client = Client::connect(channel, options).await.unwrap();
        assert_eq!(client.infer(&input).await.unwrap().output, expected(&model, &input));
        client.close().await.unwrap();
    };
    let options = ServerOptions { workers: 8, ..ServerOptions::default() };
    let server = |channel| sotto_mpc::serve_session(channel, &find, options);
    block_on(run2(client, server)).1.unwrap();
    assert!(block_on(called).unwrap().is_empty());
}

#[test]
fn a_bit_that_changes_on_any_connection_is_noticed() {
    let (model, input) = small();
    let mut noticed = 0;
    for (worker, place) in (1..=2).flat_map(|worker| (0..12).map(move |place| (worker, place))) {
        let frames = std::cell::Cell::new(0);
        let flip = |number: u32, mut frame: Vec<u8>| {
            if number == worker {
                if frames.get() == place {
                    frame[0] ^= 1;
                }
                frames.set(frames.get() + 1);
            }
            Some(frame)
        };
        let (client, _) = session(&model, &[input.clone(), input.clone()], chunked(3), 3, &flip);
        if frames.get() <= place {
            assert_eq!(client.unwrap().0, [expected(&model, &input), expected(&model, &input)]);
            continue;
        }
        noticed += 1;
        let error = client.unwrap_err();
        // A party that finds something wrong just goes away here.
        let told = [ErrorKind::Damaged, ErrorKind::Malformed, ErrorKind::Transport];
        assert!(told.contains(&error.kind()), "worker {worker}, frame {place}: {error:?}");
    }
    assert!(noticed > 12, "{noticed} frames");
}

#[test]
fn a_worker_that_is_lost_ends_the_session_with_its_reason() {
    let (model, input) = small();
    for place in [0, 1, 5] {
        let frames = std::cell::Cell::new(0);
        let cut = |number: u32, frame: Vec<u8>| {
            frames.set(frames.get() + u32::from(number == 2));
            (number != 2 || frames.get() <= place).then_some(frame)
        };
        let (client, server) = session(&model, std::slice::from_ref(&input), chunked(3), 3, &cut);
        let error = client.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Transport, "{error:?}");
        assert!(server.is_err());
    }
}

#[test]
fn workers_have_equal_parts_and_what_a_layer_of_many_takes() {
    let value = |n: usize| sotto_nn::ValueType { shape: vec![n], bits: 24, frac_bits: 0 };
    let kind = sotto_nn::OpKind::ReluShift { amount: 8 };
    let relu = sotto_nn::Op { name: "relu".into(), kind, inputs: vec![0], output: value(1 << 14) };
    let program = sotto_nn::Program { version: sotto_nn::Program::VERSION, input: value(1 << 14), ops: vec![relu] };
    let model = ServedModel::new("m", Arc::new(program), Arc::new(sotto_nn::Weights::new()), None);
    let input: Vec<i64> = (0..1 << 14).map(|i| (i - 8000) << 8).collect();
    for workers in [2, 4] {
        let params = Params { workers, ..Params::default() };
        let (client, _) = session(&model, std::slice::from_ref(&input), params, workers, &untouched);
        let (results, stats, _) = client.unwrap();
        assert_eq!(results, [expected(&model, &input)]);
        let all = stats.total();
        for part in &stats.workers {
            let share = |part: u64, all: u64| part as f64 / all as f64 * f64::from(workers);
            for share in [share(part.correlations, all.correlations), share(part.bytes(), all.bytes())] {
                assert!((0.85..1.15).contains(&share), "{share} of 1/{workers}");
            }
        }
    }
}
