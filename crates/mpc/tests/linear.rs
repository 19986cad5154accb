//! Linear layers by OT: every shape, ring, chooser and block size against the reference, and their exact cost.

mod common;

use common::layer::{Layer, layers};
use common::{Ots, Run, assert_same, open, run};
use proptest::prelude::*;
use sotto_mpc::protocols::linear_ot::{self, Chooser, LinearInput, LinearShape, linear_ot};
use sotto_mpc::{Arith, ErrorKind, Modulus, OtKind, Params, Party, Phase, Supply};
use sotto_nn::{Geometry, Window};

fn protocol(ots: Ots, shape: &LinearShape, weights: &[i64], r: &[u64]) -> Run<Arith> {
    let mask = Arith::new(shape.modulus, r.to_vec());
    run(ots, params(ots), async |s| {
        let input = match s.party() {
            Party::Client => LinearInput::Mask(&mask),
            Party::Server => LinearInput::Weights(weights),
        };
        linear_ot(s, shape, input).await.unwrap()
    })
}

fn params(ots: Ots) -> Params {
    let ot = if let Ots::Classic = ots { OtKind::Classic } else { OtKind::Silent };
    Params { ot, ..Params::default() }
}

fn moduli() -> impl Strategy<Value = Modulus> {
    let ring =
        prop_oneof![Just(1u32), Just(2), Just(32), Just(63), Just(64), 1u32..=64].prop_map(Modulus::power_of_two);
    let odd = prop_oneof![Just(3), Just(65537), Just((1 << 62) - 1), (1u64..1 << 61).prop_map(|k| 2 * k + 1)];
    prop_oneof![4 => ring, 1 => odd.prop_map(Modulus::odd)]
}

/// The chooser, or the layer's own, and the limits of a block.
fn tuned(shape: LinearShape, chooser: Option<Chooser>, limits: Option<(u64, u64)>) -> LinearShape {
    let shape = chooser.into_iter().fold(shape, LinearShape::with_chooser);
    limits.into_iter().fold(shape, |shape, (ots, bytes)| shape.with_block_limits(ots, bytes))
}

fn choosers() -> impl Strategy<Value = Option<Chooser>> {
    prop::sample::select(vec![None, Some(Chooser::Mask), Some(Chooser::Weights)])
}

fn limits() -> impl Strategy<Value = Option<(u64, u64)>> {
    prop_oneof![1 => Just(None), 3 => (1u64..2000, 1u64..2000).prop_map(Some)]
}

/// Runs a layer and compares its result, and its messages with its cost.
fn check(layer: &Layer, ots: Ots, chooser: Option<Chooser>, limits: Option<(u64, u64)>) {
    let shape = tuned(layer.shape(), chooser, limits).over(params(ots).ot);
    let (weights, r) = layer.values();
    let run = protocol(ots, &shape, &weights, &r);
    assert_same(&open(&run), &layer.reference(&weights, &r), &format!("{shape:?} over {ots:?} OTs"));
    let mut cost = linear_ot::cost(&shape);
    if let Ots::Silent = ots {
        cost = Supply::new(params(ots)).generate(0, &cost.demand) + cost;
    }
    let sent = |stats: &sotto_mpc::Stats| stats.phase(Phase::Online).bytes_sent;
    let sent = (sent(&run.client_stats), sent(&run.server_stats));
    assert_eq!(sent, (cost.to_server, cost.to_client), "{shape:?}: bytes");
    for stats in [&run.client_stats, &run.server_stats] {
        assert_eq!(stats.phase(Phase::Online).rounds, cost.rounds, "{shape:?}: rounds");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn layers_agree_with_their_definition(layer in layers(moduli(), 64), chooser in choosers(), limits in limits()) {
        check(&layer, Ots::Ideal, chooser, limits);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn layers_agree_over_real_ots(layer in layers(moduli(), 64), chooser in choosers(), limits in limits()) {
        check(&layer, Ots::Classic, chooser, limits);
        check(&layer, Ots::Silent, chooser, limits);
    }
}

/// A layer of a network.
fn conv(input: [usize; 3], outputs: usize, groups: usize, kernel: usize, stride: usize, pad: usize) -> LinearShape {
    let window = Window { kernel: [kernel; 2], stride: [stride; 2], pads: [pad; 4] };
    let geometry = Geometry::new(&input, window).unwrap();
    LinearShape::conv(geometry, outputs, groups, 8, Modulus::power_of_two(32)).over(OtKind::Classic)
}

#[test]
fn bytes_of_known_layers_are_as_counted_by_hand() {
    let bytes = |shape: &LinearShape, chooser| {
        let cost = linear_ot::cost(&shape.clone().with_chooser(chooser));
        [cost.to_server, cost.to_client]
    };
    // 10 elements of 32 bits, each in a column of 7: 7·(32·33/2) bits of corrections each.
    let dense = LinearShape::dense(7, 10, 8, Modulus::power_of_two(32)).over(OtKind::Classic);
    assert_eq!(bytes(&dense, Chooser::Mask), [16 * 10 * 32, 10 * 7 * 528 / 8]);
    // 70 weights of 8 bits, 8·32 − 28 bits of corrections each, padded to bytes by weight.
    assert_eq!(bytes(&dense, Chooser::Weights), [70 * (8 * 32 - 28_u64).div_ceil(8), 16 * 70 * 8]);
    // 3×3 over 4×4 with padding: a row meets 3 kernel rows inside and 2 at the border, a kernel row 3, 4 and 3 outputs.
    let border = conv([2, 4, 4], 5, 1, 3, 1, 1);
    let terms = 2 * 5 * (2 + 3 + 3 + 2) * (2 + 3 + 3 + 2);
    assert_eq!(bytes(&border, Chooser::Mask), [16 * 2 * 16 * 32, terms * 528 / 8]);
    let unit = |terms: u64| (terms * (8 * 32 - 28)).div_ceil(8);
    let corrections = 10 * (4 * unit(9) + 4 * unit(12) + unit(16));
    assert_eq!(bytes(&border, Chooser::Weights), [corrections, 16 * 90 * 8]);
    // A stride beyond the kernel leaves out every other element, and padding beyond the input some weights.
    assert_eq!(bytes(&conv([1, 4, 4], 1, 1, 1, 2, 0), Chooser::Mask), [16 * 4 * 32, 4 * 528 / 8]);
    assert_eq!(bytes(&conv([1, 1, 1], 1, 1, 3, 3, 1), Chooser::Weights), [unit(1), 16 * 8]);
}

#[test]
fn counts_of_imagenet_size_layers_do_not_wrap() {
    let ring = Modulus::power_of_two(40);
    let dense = LinearShape::dense(4096, 25088, 8, ring).over(OtKind::Classic);
    let products = 4096 * 25088;
    assert_eq!(dense.chooser(), Chooser::Mask);
    let cost = linear_ot::cost(&dense);
    assert_eq!((cost.to_server, cost.to_client), (16 * 25088 * 40, products * 820 / 8));
    let cost = linear_ot::cost(&dense.with_chooser(Chooser::Weights));
    assert_eq!((cost.to_server, cost.to_client), (products * 37, 16 * products * 8));
    let first = conv([3, 224, 224], 64, 1, 7, 2, 3);
    assert_eq!(first.chooser(), Chooser::Weights);
    assert!(linear_ot::cost(&first).to_server > 3 * 64 * 49 * 105 * 105 * 28);
    // Beyond anything that could run: no overflow, and sums of such costs do not overflow either.
    let absurd = conv([64, 1024, 1024], 64, 1, 256, 1, 128);
    let total = linear_ot::cost(&absurd).online_bytes();
    assert!(total >= 1 << 48 && total.checked_mul(4096).is_some(), "{total}");
}

#[test]
fn the_form_with_fewer_bytes_is_taken() {
    let bytes = |shape: LinearShape, chooser| linear_ot::cost(&shape.with_chooser(chooser)).online_bytes();
    for outputs in 1..40 {
        let shape = LinearShape::dense(outputs, 100, 6, Modulus::power_of_two(32)).over(OtKind::Classic);
        let best = bytes(shape.clone(), Chooser::Mask).min(bytes(shape.clone(), Chooser::Weights));
        assert_eq!(linear_ot::cost(&shape).online_bytes(), best, "{outputs} outputs");
    }
    assert_eq!(conv([16, 32, 32], 16, 1, 3, 1, 1).chooser(), Chooser::Weights);
    assert_eq!(LinearShape::dense(64, 64, 8, Modulus::power_of_two(32)).over(OtKind::Classic).chooser(), Chooser::Mask);
}

#[test]
fn results_and_bytes_do_not_depend_on_the_blocks() {
    let layer = Layer {
        input: [4, 6, 5],
        fan_out: 3,
        groups: 2,
        window: Window { kernel: [3, 2], stride: [2, 1], pads: [1, 0, 2, 1] },
        weight_bits: 8,
        modulus: Modulus::power_of_two(24),
        seed: 5,
    };
    let (weights, r) = layer.values();
    let expected = layer.reference(&weights, &r);
    for chooser in [Chooser::Mask, Chooser::Weights] {
        let one = linear_ot::cost(&layer.shape().over(OtKind::Classic).with_chooser(chooser));
        assert_eq!(one.rounds, 2);
        // Units have a multiple of 8 bits, so that no block has padding.
        for (limits, more_rounds) in [((1 << 20, 1 << 20), false), ((24, 1 << 20), true), ((1, 1), true)] {
            let shape = tuned(layer.shape(), Some(chooser), Some(limits)).over(OtKind::Classic);
            let cost = linear_ot::cost(&shape);
            assert_eq!((cost.to_server, cost.to_client), (one.to_server, one.to_client), "{chooser:?}, {limits:?}");
            assert_eq!(cost.rounds > 2, more_rounds, "{chooser:?}, {limits:?}");
            assert_same(&open(&protocol(Ots::Classic, &shape, &weights, &r)), &expected, "result");
        }
    }
}

#[test]
fn inputs_that_do_not_fit_are_refused_before_anything_is_sent() {
    let shape = LinearShape::dense(2, 3, 4, Modulus::power_of_two(8));
    let (short, other) = (Arith::zeros(shape.modulus, 2), Arith::zeros(Modulus::power_of_two(9), 3));
    for mask in [short, other] {
        let result = run(Ots::Ideal, Params::default(), async |s| {
            let input = match s.party() {
                Party::Client => LinearInput::Mask(&mask),
                Party::Server => LinearInput::Weights(&[0; 5]),
            };
            linear_ot(s, &shape, input).await.unwrap_err().kind()
        });
        assert_eq!((result.client, result.server), (ErrorKind::Internal, ErrorKind::Internal));
        assert_eq!(result.client_stats.phase(Phase::Online).bytes(), 0);
    }
}
