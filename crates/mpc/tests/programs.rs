//! The secure executor against the reference executor on random programs, and the plan against what was sent.

mod common;

use std::cell::RefCell;
use std::sync::Arc;

use common::{assert_same, infer_each};
use futures_executor::block_on;
use proptest::prelude::*;
use sotto_mpc::plan::{Plan, plan, plan_next};
use sotto_mpc::testing::{run2, run2_tapped};
use sotto_mpc::{
    Client, ClientOptions, ErrorKind, Inference, LinearKind, Linears, Method, OtKind, Params, Party, Phase, Result,
    ServedModel, ServerOptions, Stats, Supply, serve_session,
};
use sotto_nn::testing::{Case, cases, cnn_cases};
use sotto_nn::{Op, OpKind, Program, Tensor, ValueType, Weights, reference};

/// One session over real OTs that runs every input of a case; the second inference is prepared ahead.
fn session(
    program: &Program,
    weights: &Weights,
    inputs: &[Vec<i64>],
    params: Params,
) -> (Vec<Inference>, Stats, Stats) {
    let model = ServedModel::new("m", Arc::new(program.clone()), Arc::new(weights.clone()), None);
    let find = |id: &str| (id == model.id()).then(|| model.clone());
    let options = ClientOptions { model: "m".into(), params, rng_seed: Some([1; 32]), ..ClientOptions::default() };
    let client = async |channel| -> Result<_> {
        let mut client = Client::connect(channel, options).await?;
        let results = infer_each(&mut client, inputs).await?;
        Ok((results, client.close().await?))
    };
    let server_options = ServerOptions { rng_seed: Some([2; 32]), ..ServerOptions::default() };
    let (client, server) = block_on(run2(client, |channel| serve_session(channel, &find, server_options)));
    let (results, stats) = client.expect("client");
    (results, stats, server.expect("server"))
}

/// Nothing in store, some correlations, and all of most programs.
fn stores() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), 0u64..8000, Just(Params::default().store)]
}

/// So many random programs, or what SOTTO_TEST_PROGRAMS says.
fn programs(default: u32) -> ProptestConfig {
    let wanted = std::env::var("SOTTO_TEST_PROGRAMS").ok();
    let cases = wanted.map_or(default, |text| text.parse().expect("SOTTO_TEST_PROGRAMS is a number"));
    ProptestConfig { cases, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(programs(240))]

    #[test]
    fn secure_equals_reference(case in cases(2), digit in proptest::option::of(1u32..=8), chunk in 4u32..=6, store in stores()) {
        let Case { program, weights, inputs } = case;
        program.validate().unwrap();
        let params = Params { digit, chunk: 1 << chunk, store, ..Params::default() };
        let (results, client, server) = session(&program, &weights, &inputs, params);
        for (input, result) in inputs.iter().zip(&results) {
            let expected = reference::run_output(&program, &weights, input).unwrap();
            assert_same(&result.output, &expected, "output");
        }
        let one = plan(&program, params).unwrap();
        let mut supply = Supply::new(params);
        let plans: Vec<_> = inputs.iter().map(|_| plan_next(&program, params, &mut supply).unwrap()).collect();
        let [preprocess, online] = [Phase::Preprocess, Phase::Online].map(|phase| client.phase(phase));
        let sum = |bytes: fn(&Plan) -> u64| plans.iter().map(bytes).sum::<u64>();
        prop_assert_eq!(preprocess.bytes_sent, sum(|plan| plan.preprocess.to_server));
        prop_assert_eq!(preprocess.bytes_received, sum(|plan| plan.preprocess.to_client));
        prop_assert_eq!(online.bytes_sent, sum(|plan| plan.online.to_server) + 1, "and a byte to close");
        prop_assert_eq!(online.bytes_received, sum(|plan| plan.online.to_client));
        prop_assert_eq!(client.phase(Phase::Setup).bytes_sent, one.setup.to_server);
        prop_assert_eq!(client.phase(Phase::Setup).bytes_received, one.setup.to_client);
        for (ours, theirs) in client.phases.values().zip(server.phases.values()) {
            prop_assert_eq!((ours.bytes_sent, ours.bytes_received), (theirs.bytes_received, theirs.bytes_sent));
            prop_assert_eq!(ours.rounds, theirs.rounds);
        }
    }
}

/// One inference: its result against the reference, bytes and rounds against the plan.
fn check_one_inference(case: &Case, params: Params) {
    let (results, client, server) = session(&case.program, &case.weights, &case.inputs, params);
    let expected = reference::run_output(&case.program, &case.weights, &case.inputs[0]).unwrap();
    assert_same(&results[0].output, &expected, "output");
    let one = plan(&case.program, params).unwrap();
    let (online, preprocess) = (client.phase(Phase::Online), client.phase(Phase::Preprocess));
    assert_eq!(preprocess.bytes_sent, one.preprocess.to_server);
    assert_eq!(preprocess.bytes_received, one.preprocess.to_client);
    // Closing the session is one more message, in a round of its own.
    assert_eq!(online.bytes_sent, one.online.to_server + 1);
    assert_eq!(online.bytes_received, one.online.to_client);
    assert_eq!(online.rounds, one.online_rounds + 1);
    for phase in [Phase::Preprocess, Phase::Online] {
        assert_eq!(client.phase(phase).rounds, server.phase(phase).rounds);
    }
}

#[test]
fn a_plan_is_exact_for_one_inference() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..20 {
        check_one_inference(&cases(1).new_tree(&mut runner).unwrap().current(), Params::default());
    }
}

proptest! {
    #![proptest_config(programs(300))]

    #[test]
    fn convolutional_networks_agree_and_cost_what_is_planned(
        case in cnn_cases(1), digit in proptest::option::of(1u32..=8), chunk in 4u32..=8, store in stores(),
    ) {
        case.program.validate().unwrap();
        check_one_inference(&case, Params { digit, chunk: 1 << chunk, store, ..Params::default() });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn encrypted_convolutional_networks_agree_and_cost_what_is_planned(case in cnn_cases(1)) {
        let params = Params { linear: LinearKind::He, ..Params::default() };
        // Random programs have rings and weights that no encryption has room for, too.
        match Linears::choose(&case.program, Params { linear: LinearKind::He, ..Params::default() }) {
            Ok(_) => check_one_inference(&case, params),
            Err(error) => prop_assert!(error.message().contains("bits of n8192"), "{}", error),
        }
    }
}

/// One fully connected layer.
fn dense(inputs: usize, outputs: usize, bits: u32, weight_bits: u32) -> Program {
    let value = |n: usize| ValueType { shape: vec![n], bits, frac_bits: 0 };
    let kind = OpKind::Linear { weight: "w".into(), bias: None, weight_bits };
    let op = Op { name: "fc".into(), kind, inputs: vec![0], output: value(outputs) };
    Program { version: Program::VERSION, input: value(inputs), ops: vec![op] }
}

#[test]
fn the_cheaper_way_is_taken_and_encryption_that_does_not_fit_is_refused() {
    let is_encrypted = |program: &Program| {
        let linears = Linears::choose(program, Params::default()).unwrap();
        let encrypted = matches!(linears.method(0), Some(Method::He(_)));
        let bytes = |linear| plan(program, Params { linear, ..Params::default() }).unwrap().total();
        assert_eq!(bytes(LinearKind::Auto), bytes(if encrypted { LinearKind::He } else { LinearKind::Ot }));
        assert_eq!(linears.key_bytes() > 0, encrypted);
        encrypted
    };
    assert!(!is_encrypted(&dense(30, 8, 17, 6)), "keys alone are more than this layer's OTs");
    assert!(is_encrypted(&dense(1024, 256, 24, 8)));
    let error =
        Linears::choose(&dense(8, 2, 64, 40), Params { linear: LinearKind::He, ..Params::default() }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Version);
    assert_eq!(
        error.message(),
        "layer 'fc' cannot be encrypted: noise of 87.0 bits and shares of 65.0 bits need more than the 135.0 bits of n8192"
    );
    assert!(!is_encrypted(&dense(8, 2, 64, 40)), "what does not fit is left to OT");
}

#[test]
fn leaves_follow_the_worth_of_a_round() {
    let relu = |n: usize| {
        let value = ValueType { shape: vec![n], bits: 32, frac_bits: 0 };
        let op = Op { name: "relu".into(), kind: OpKind::Relu, inputs: vec![0], output: value.clone() };
        Program { version: Program::VERSION, input: value, ops: vec![op] }
    };
    let costs = |n, digit, round_bytes| {
        let plan = plan(&relu(n), Params { digit, round_bytes, ..Params::default() }).unwrap();
        let bytes = [plan.preprocess, plan.online].map(|bytes| bytes.to_server + bytes.to_client);
        (bytes.iter().sum::<u64>(), plan.online_rounds)
    };
    let worth = Params::default().round_bytes;
    for round_bytes in [worth, 0] {
        let fewest = (1..=8).map(|m| costs(1 << 20, Some(m), round_bytes).0).min();
        assert_eq!(Some(costs(1 << 20, None, round_bytes).0), fewest, "many values wait for bytes");
    }
    for n in [4096, 8000, 20_000, 100_000] {
        let leaves = [(1, 1 << 19), (2, 1 << 19), (8, 1 << 19), (1, 1 << 10), (3, 1 << 11)].map(|(workers, chunk)| {
            plan(&relu(n), Params { workers, chunk, ..Params::default() }).unwrap().ops[0].leaf_ots
        });
        assert_eq!(leaves, [leaves[0]; 5], "{n} values, however they are cut");
    }
    for (n, round_bytes) in [(10, worth), (1 << 20, Params::MAX_ROUND_BYTES)] {
        let fewest = (1..=8).map(|m| costs(n, Some(m), round_bytes).1).min();
        assert_eq!(Some(costs(n, None, round_bytes).1), fewest, "few values, and dear rounds, wait for messages");
    }
}

#[test]
fn a_call_that_would_hold_too_much_is_refused() {
    let params = Params { linear: LinearKind::Ot, ..Params::default() };
    // A choice for each of 32 bits of 2^20 elements, or of 8 bits of 2^22 weights: 2^25 OTs of 17 bytes.
    let error = plan(&dense(1 << 20, 4, 32, 8), params).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Version);
    assert_eq!(error.message(), "operation 'fc' takes 570425344 bytes of correlations at once, more than 536870912");
    assert!(plan(&dense(1 << 19, 4, 32, 8), params).is_ok());
    assert!(plan(&dense(1 << 20, 4, 32, 8), Params { ot: OtKind::Classic, ..params }).is_ok());
}

#[test]
fn what_the_server_sees_of_the_input_is_uniform() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let case = std::iter::repeat_with(|| cases(1).new_tree(&mut runner).unwrap().current())
        .find(|case| case.program.input.bits >= 8 && case.program.input.len() >= 4)
        .unwrap();
    // The same input again and again: its masked form must not repeat, and its top bytes must be uniform.
    let inputs = vec![case.inputs[0].clone(); 1024];
    let (results, _, _) = session(&case.program, &case.weights, &inputs, Params::default());
    let shift = case.program.input.bits - 8;
    let mut counts = [0u32; 256];
    let bytes = results.iter().flat_map(|r| r.masked_input.iter().map(|v| (v >> shift) as usize));
    bytes.for_each(|byte| counts[byte] += 1);
    let n: u32 = counts.iter().sum();
    assert_eq!(n as usize, 1024 * case.program.input.len());
    let expected = f64::from(n) / 256.0;
    let chi_square: f64 = counts.iter().map(|&c| (f64::from(c) - expected).powi(2) / expected).sum();
    // 255 degrees of freedom: mean 255, standard deviation 22.6; the seeds are fixed.
    assert!((150.0..370.0).contains(&chi_square), "chi-square {chi_square}");
}

/// Two linear layers of different rings read one value, so its mask serves both.
fn branching() -> (Program, Weights) {
    let value = |n: usize, bits: u32| ValueType { shape: vec![n], bits, frac_bits: 0 };
    let linear = |name: &str, input, output| Op {
        name: name.into(),
        kind: OpKind::Linear { weight: name.into(), bias: None, weight_bits: 5 },
        inputs: vec![input],
        output,
    };
    let add = OpKind::Add { shift_a: 1, shift_b: 0 };
    let ops = vec![
        Op { name: "relu".into(), kind: OpKind::ReluShift { amount: 2 }, inputs: vec![0], output: value(3, 20) },
        linear("wide", 1, value(2, 20)),
        linear("narrow", 1, value(2, 11)),
        Op { name: "sum".into(), kind: add, inputs: vec![2, 3], output: value(2, 11) },
    ];
    let mut weights = Weights::new();
    for (name, data) in [("wide", vec![1, -16, 15, 7, 0, -1]), ("narrow", vec![3, 3, -5, 0, 1, 2])] {
        weights.insert(name, Tensor::new(vec![2, 3], data).unwrap());
    }
    (Program { version: Program::VERSION, input: value(3, 12), ops }, weights)
}

#[test]
fn two_linear_layers_of_different_rings_share_a_mask() {
    let (program, weights) = branching();
    program.validate().unwrap();
    let inputs = vec![vec![2047, -2048, 5], vec![0, 1, -1], vec![1000, 1001, 1002]];
    let (results, _, _) = session(&program, &weights, &inputs, Params::default());
    for (input, result) in inputs.iter().zip(&results) {
        assert_same(&result.output, &reference::run_output(&program, &weights, input).unwrap(), "output");
    }
}

#[test]
fn a_program_beyond_the_clients_limit_is_refused() {
    let (program, weights) = branching();
    let model = ServedModel::new("m", Arc::new(program.clone()), Arc::new(weights), None);
    let find = |_: &str| Some(model.clone());
    let total = plan(&program, Params::default()).unwrap().total();
    for (max_bytes, accepted) in [(total, true), (total - 1, false)] {
        let options = ClientOptions { model: "m".into(), max_bytes, ..ClientOptions::default() };
        let client = async |channel| -> Result<()> {
            let client = Client::connect(channel, options).await?;
            client.close().await.map(drop)
        };
        let (client, _) = block_on(run2(client, |channel| serve_session(channel, &find, ServerOptions::default())));
        match client {
            Ok(()) => assert!(accepted),
            Err(error) => assert!(!accepted && error.kind() == ErrorKind::TooLarge, "{error}"),
        }
    }
}

#[test]
fn a_session_is_over_after_an_error_but_not_after_a_wrong_input() {
    let (program, weights) = branching();
    let model = ServedModel::new("m", Arc::new(program), Arc::new(weights), None);
    let find = |_: &str| Some(model.clone());
    let client = async |channel| {
        let options = ClientOptions { model: "m".into(), ..ClientOptions::default() };
        let mut client = Client::connect(channel, options).await.unwrap();
        let wrong = [vec![0; 2], vec![0, 0, 2048]];
        let mut kinds = Vec::new();
        for input in wrong {
            kinds.push(client.infer(&input).await.err().map(|e| e.kind()));
        }
        client.infer(&[1, 2, 3]).await.unwrap();
        // More than the server lets a client prepare: it ends the session.
        while client.preprocess().await.is_ok() {}
        kinds.push(client.infer(&[1, 2, 3]).await.err().map(|e| e.kind()));
        kinds
    };
    let (kinds, server) = block_on(run2(client, |channel| serve_session(channel, &find, ServerOptions::default())));
    assert_eq!(kinds, [ErrorKind::Input, ErrorKind::Input, ErrorKind::Closed].map(Some));
    assert_eq!(server.unwrap_err().kind(), ErrorKind::Malformed);
}

#[test]
fn nothing_that_the_server_receives_contains_the_input() {
    let (program, weights) = branching();
    let model = ServedModel::new("m", Arc::new(program), Arc::new(weights), None);
    let find = |_: &str| Some(model.clone());
    let input = [1234, -1789, 1577];
    let client = async |channel| -> Result<()> {
        let options = ClientOptions { model: "m".into(), ..ClientOptions::default() };
        let mut client = Client::connect(channel, options).await?;
        for _ in 0..20 {
            client.infer(&input).await?;
        }
        client.close().await.map(drop)
    };
    let seen: RefCell<Vec<u8>> = RefCell::default();
    let tap = |party: Party, frame: &[u8]| {
        if party == Party::Client {
            seen.borrow_mut().extend_from_slice(frame);
        }
    };
    let server = |channel| serve_session(channel, &find, ServerOptions::default());
    let (client, server) = block_on(run2_tapped(client, server, tap));
    client.unwrap();
    server.unwrap();
    let seen = seen.into_inner();
    assert!(seen.len() > 1000);
    // Two neighbours are enough: 24 bits in the ring's packing at any bit offset, 8 to 16 bytes in the others.
    let packed = input.iter().rev().fold(0u64, |bits, &v| bits << 12 | (v as u64 & 0xfff));
    let windows = seen.windows(8).map(|w| u64::from_le_bytes(w.try_into().unwrap()));
    let found = windows.flat_map(|w| (0..8).map(move |shift| (w >> shift) & 0xf_ffff_ffff)).any(|bits| bits == packed);
    assert!(!found, "the packed input");
    let encodings = [
        input[..2].iter().flat_map(|&v| (v as i32).to_le_bytes()).collect::<Vec<u8>>(),
        input[..2].iter().flat_map(|&v| (v as i32).to_be_bytes()).collect(),
        input[0].to_le_bytes().to_vec(),
        (input[0] as f64).to_le_bytes().to_vec(),
        b"1234".to_vec(),
    ];
    for encoding in encodings {
        assert!(!seen.windows(encoding.len()).any(|w| w == encoding), "{encoding:?}");
    }
}
