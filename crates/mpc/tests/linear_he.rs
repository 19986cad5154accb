//! Linear layers by encryption: every shape, ring and number of packing levels against the reference, and their exact cost.

mod common;

use std::sync::{Arc, LazyLock};

use common::layer::{Layer as Case, layers};
use common::{Ots, Run, assert_same, open, run_session};
use proptest::prelude::*;
use sotto_mpc::protocols::linear_he::{self, HeInput, HeLayer, HeOptions, linear_he};
use sotto_mpc::protocols::linear_ot::LinearShape;
use sotto_mpc::{
    Arith, Channel, ErrorKind, Incoming, KeySets, Layer, LinearKind, Linears, Method, Modulus, Params, Party, Phase,
    Session, Threads,
};
use sotto_nn::{Geometry, Window};

/// The layer's plan with at most so many levels of packing, and the keys for it.
fn planned(shape: &LinearShape, levels: u32, chooses: bool) -> (HeLayer, KeySets) {
    let plans = linear_he::layer_plans(shape, chooses).unwrap();
    let plan = plans.at_most(levels).1.clone();
    let keys = KeySets::from([(plan.set(), plan.levels())]);
    (HeLayer { shape: shape.clone(), plan }, keys)
}

fn protocol(
    layer: &HeLayer,
    keys: &KeySets,
    weights: &[i64],
    r: &[u64],
    options: &HeOptions,
) -> Run<(Arith, [u64; 2], Arith)> {
    run_session(Ots::Ideal, Params::default(), async |s| {
        s.setup_encryption(keys).await.unwrap();
        let before = s.stats().phase(Phase::Online);
        let mut mask = Arith::new(layer.shape.modulus, r.to_vec());
        let input = match s.party() {
            Party::Client => HeInput::Mask(&mut mask),
            Party::Server => HeInput::Weights(weights),
        };
        let share = linear_he(s, layer, input, options).await.unwrap();
        (share, [before.bytes_sent, before.rounds], mask)
    })
}

/// Runs a layer and compares its result, and its messages with its cost.
fn check(layer: &Case, levels: u32, chooses: bool, options: &HeOptions) {
    let (planned, keys) = planned(&layer.shape(), levels, chooses);
    let (mut weights, r) = layer.values();
    if options.skip_zeros {
        let half = weights.len() / 2;
        weights[..half].fill(0);
    }
    let run = protocol(&planned, &keys, &weights, &r, options);
    let cost = linear_he::cost(&planned);
    let sent = |stats: &sotto_mpc::Stats, before: u64| stats.phase(Phase::Online).bytes_sent - before;
    let to_server = sent(&run.client_stats, run.client.1[0]);
    let to_client = sent(&run.server_stats, run.server.1[0]);
    assert_eq!((to_server, to_client), (cost.to_server, cost.to_client), "{layer:?}: bytes");
    // The keys come before in the direction of the ciphertexts, so that they share a round.
    assert_eq!(run.client_stats.phase(Phase::Online).rounds - run.client.1[1], cost.rounds - 1, "{layer:?}: rounds");
    let r = run.client.2;
    let run = Run {
        client: run.client.0,
        server: run.server.0,
        client_stats: run.client_stats,
        server_stats: run.server_stats,
    };
    assert_same(&open(&run), &layer.reference(&weights, r.values()), &format!("{layer:?} with {levels} levels"));
}

/// Rings of 16 to 41 bits, with others, and odd moduli.
fn moduli() -> impl Strategy<Value = Modulus> {
    let ring = prop_oneof![8 => 16u32..=41, 1 => Just(64u32), 1 => 1u32..=64].prop_map(Modulus::power_of_two);
    let odd = prop_oneof![
        Just(3),
        Just(12289),
        Just(65537),
        Just(4_293_918_721),
        Just((1 << 62) - 1),
        (1u64..1 << 40).prop_map(|k| 2 * k + 1),
    ];
    prop_oneof![3 => ring, 1 => odd.prop_map(Modulus::odd)]
}

/// A pool of three threads; with it, results are those of one.
fn threads() -> Threads {
    static POOL: LazyLock<Arc<rayon::ThreadPool>> =
        LazyLock::new(|| Arc::new(rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap()));
    Threads::of(POOL.clone())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn layers_agree_with_their_definition(layer in layers(moduli(), 12), levels in 0u32..=6, chooses in any::<bool>(), skip_zeros in any::<bool>()) {
        check(&layer, levels, chooses, &HeOptions { skip_zeros, threads: threads() });
    }
}

#[test]
fn larger_layers_agree() {
    let window =
        |kernel: usize, stride: usize, pad: usize| Window { kernel: [kernel; 2], stride: [stride; 2], pads: [pad; 4] };
    // Longer than the smaller set's polynomials, over a ring that leaves most of the larger set's modulus to noise.
    let long = Window { kernel: [1, 4200], stride: [1; 2], pads: [0; 4] };
    for (input, fan_out, groups, window, levels, bits) in [
        ([16, 28, 28], 24, 1, window(3, 1, 1), 4, 37),
        ([64, 14, 14], 32, 1, window(1, 1, 0), 6, 37),
        ([3, 64, 64], 8, 1, window(7, 2, 3), 3, 37),
        ([32, 7, 7], 1, 32, window(3, 1, 1), 5, 37),
        ([2048, 1, 1], 100, 1, window(1, 1, 0), 11, 37),
        ([1, 1, 4300], 2, 1, long, 0, 2),
    ] {
        let modulus = Modulus::power_of_two(bits);
        let weight_bits = bits.min(8);
        let layer = Case { input, fan_out, groups, window, weight_bits, modulus, seed: 1 };
        [true, false].into_iter().for_each(|chooses| check(&layer, levels, chooses, &HeOptions::default()));
    }
}

#[test]
fn residues_beyond_their_primes_end_the_session_and_do_not_panic() {
    let shape = LinearShape::dense(4, 4, 8, Modulus::power_of_two(32));
    let (_, keys) = planned(&shape, 0, true);
    // A client that sends ones alone, which are no residue.
    let (channel, mut transport) = Channel::new();
    for frame in [vec![0; 16], vec![0xff; 4096 * 106 / 8]] {
        transport.incoming.try_send(Incoming::Frame(frame)).unwrap();
    }
    let mut session = Session::ideal(channel, Party::Server, Params::default(), 1);
    let error = futures_executor::block_on(session.setup_encryption(&keys)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert_eq!(error.message(), "a polynomial: residue 0 is not below its prime");
}

#[test]
fn inputs_that_do_not_fit_are_refused_before_anything_is_sent() {
    let shape = LinearShape::dense(2, 3, 4, Modulus::power_of_two(8));
    let (layer, _) = planned(&shape, 0, true);
    let result = run_session(Ots::Ideal, Params::default(), async |s| {
        let mut short = Arith::zeros(shape.modulus, 2);
        let input = match s.party() {
            Party::Client => HeInput::Mask(&mut short),
            Party::Server => HeInput::Weights(&[0; 5]),
        };
        linear_he(s, &layer, input, &HeOptions::default()).await.unwrap_err().kind()
    });
    assert_eq!((result.client, result.server), (ErrorKind::Internal, ErrorKind::Internal));
    assert_eq!(result.client_stats.phase(Phase::Online).bytes(), 0);
}

#[test]
fn what_travels_looks_random() {
    // Zero weights, and zeros in place of the masks that the layer chooses: whatever shows of them would show here.
    let shape = LinearShape::conv(
        Geometry::new(&[8, 16, 16], Window { kernel: [3; 2], stride: [1; 2], pads: [1; 4] }).unwrap(),
        16,
        1,
        8,
        Modulus::power_of_two(32),
    );
    let (layer, keys) = planned(&shape, 3, true);
    let (weights, r) = (vec![0; shape.weight_len()], vec![0; shape.input_len()]);
    let run = protocol(&layer, &keys, &weights, &r, &HeOptions::default());
    for share in [run.client.0, run.server.0, run.client.2] {
        let ones: u32 = share.values().iter().map(|v| v.count_ones()).sum();
        let bits = 32.0 * share.len() as f64;
        assert!((f64::from(ones) - bits / 2.0).abs() < 6.0 * (bits / 4.0).sqrt(), "{ones} of {bits}");
    }
}

/// Who chooses the client's mask of a value: the first layer by encryption that reads it.
#[test]
fn the_first_encrypted_layer_that_reads_a_value_chooses_its_mask() {
    let window = Window { kernel: [3; 2], stride: [1; 2], pads: [1; 4] };
    let geometry = Geometry::new(&[16, 14, 14], window).unwrap();
    let conv = LinearShape::conv(geometry, 32, 1, 8, Modulus::power_of_two(32));
    let small = LinearShape::dense(2, 3, 4, Modulus::power_of_two(32));
    let layers = [(&small, 5), (&conv, 5), (&conv, 5), (&conv, 6)];
    let layers: Vec<Layer<'_>> = layers
        .into_iter()
        .enumerate()
        .map(|(operation, (shape, input))| Layer { operation, name: "layer", shape: shape.clone(), input })
        .collect();
    let linears = Linears::for_layers(layers, LinearKind::Auto, 0).unwrap();
    let chooses = linears.iter().map(|(_, method)| match method {
        Method::Ot(_) => None,
        Method::He(layer) => Some((layer.plan.chooses, layer.plan.bits()[0])),
    });
    let chooses: Vec<_> = chooses.collect();
    let [None, Some((true, first)), Some((false, second)), Some((true, other))] = chooses[..] else {
        panic!("{chooses:?}");
    };
    assert_eq!(first, other);
    assert!(first + 32 * 16 * 14 * 14 <= second, "{first} and {second} bits");
}
