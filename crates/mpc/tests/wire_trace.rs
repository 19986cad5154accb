//! Wire-trace baseline: with fixed seeds, every protocol has one digest per direction.
//!
//! A refactoring that leaves the wire untouched leaves the digests untouched. A deliberate change of the transcript changes
//! `PROTOCOL_VERSION` and this table together; the test prints the new one.

mod common;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write;

use common::{Shared, own, rng, shared};
use futures_executor::block_on;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sha2::{Digest, Sha256};
use sotto_crypto::BitVec;
use sotto_mpc::protocols::linear_he::{self, HeInput, HeLayer, HeOptions, linear_he};
use sotto_mpc::protocols::linear_ot::{Chooser, LinearInput, LinearShape, linear_ot};
use sotto_mpc::protocols::{
    abs, argmax, b2a, clip, divide, drelu, equality, millionaires, mux, relu, relu_shift, threshold, truncate,
};
use sotto_mpc::testing::run2_tapped;
use sotto_mpc::{Demand, KeySets, Lane, LpnSet, Modulus, OtKind, PROTOCOL_VERSION, Params, Party, Ring, Session};
use sotto_nn::{Geometry, Sign, Window};

/// Digests of (client to server, server to client), setup included.
fn trace(protocol: impl AsyncFn(&mut Lane)) -> [String; 2] {
    trace_over(OtKind::Silent, protocol)
}

fn trace_over(ot: OtKind, protocol: impl AsyncFn(&mut Lane)) -> [String; 2] {
    trace_session(Params { ot, ..params() }, async |s| protocol(s.lane()).await)
}

/// With leaves of two bits, and the forms of the fewest bytes.
fn trace_metered(protocol: impl AsyncFn(&mut Lane)) -> [String; 2] {
    trace_session(Params { digit: Some(2), round_bytes: 0, ..params() }, async |s| protocol(s.lane()).await)
}

fn params() -> Params {
    Params { digit: Some(4), lpn: LpnSet::B9, ..Params::default() }
}

fn trace_session(params: Params, protocol: impl AsyncFn(&mut Session)) -> [String; 2] {
    let protocol = &protocol;
    let party = async |channel, party, seed: u8| {
        let rng = ChaCha20Rng::from_seed([seed; 32]);
        let mut session = Session::setup(channel, party, params, rng).await.unwrap();
        protocol(&mut session).await;
    };
    let digests: RefCell<BTreeMap<Party, Sha256>> = RefCell::default();
    let tap = |party: Party, frame: &[u8]| digests.borrow_mut().entry(party).or_default().update(frame);
    block_on(run2_tapped(|c| party(c, Party::Client, 1), |c| party(c, Party::Server, 2), tap));
    let mut digests = digests.into_inner();
    [Party::Client, Party::Server].map(|party| {
        let digest = digests.remove(&party).unwrap_or_default().finalize();
        digest.iter().take(8).fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        })
    })
}

#[test]
fn the_wire_is_as_committed() {
    let ring = Ring::new(32);
    let n = 100;
    let shares = shared(ring, n, 1);
    let bits = [BitVec::random(n, &mut rng(1)), BitVec::random(n, &mut rng(2))];
    let b = |s: &Lane| own(s, &bits[0], &bits[1]).clone();
    let x = |s: &Lane| shares.own(s).clone();
    let odd = shared(Modulus::odd(4_293_918_721), n, 1);
    let y = |s: &Lane| odd.own(s).clone();
    let weights: Vec<i64> = shares.values.iter().map(|v| v.rem_euclid(16) - 8).collect();
    let window = Window { kernel: [2, 3], stride: [1, 2], pads: [1, 0, 0, 1] };
    let conv = LinearShape::conv(Geometry::new(&[2, 4, 6], window).unwrap(), 4, 2, 4, ring);
    let linear = async |s: &mut Lane, shape: LinearShape, shares: &Shared| {
        let mask = shares.own(s).slice(0..shape.input_len());
        let input = match s.party() {
            Party::Client => LinearInput::Mask(&mask),
            Party::Server => LinearInput::Weights(&weights[..shape.weight_len()]),
        };
        linear_ot(s, &shape, input).await.unwrap();
    };
    let plane = Window { kernel: [3; 2], stride: [1; 2], pads: [1; 4] };
    let packed = LinearShape::conv(Geometry::new(&[8, 3, 4], plane).unwrap(), 64, 1, 4, ring);
    let packed = HeLayer { plan: linear_he::layer_plans(&packed, true).unwrap().at_most(3).1.clone(), shape: packed };
    assert!(packed.plan.levels() > 0, "a layer with packed replies");
    let encrypted = async |s: &mut Session| {
        s.setup_encryption(&KeySets::from([(packed.plan.set(), packed.plan.levels())])).await.unwrap();
        let (mut mask, weights) =
            (shares.own(s).slice(0..packed.shape.input_len()), vec![3; packed.shape.weight_len()]);
        let input = match s.party() {
            Party::Client => HeInput::Mask(&mut mask),
            Party::Server => HeInput::Weights(&weights),
        };
        linear_he(s, &packed, input, &HeOptions::default()).await.unwrap();
    };
    let least: Vec<i64> = (0..n as i64).map(|i| (i - 50) << 20).collect();
    let traces = [
        ("setup", trace(async |_| ())),
        ("millionaires", trace(async |s| drop(millionaires::millionaires(s, x(s).values(), 32).await.unwrap()))),
        ("drelu", trace(async |s| drop(drelu::drelu(s, &x(s)).await.unwrap()))),
        ("mux", trace(async |s| drop(mux::mux(s, &b(s), &x(s)).await.unwrap()))),
        ("b2a", trace(async |s| drop(b2a::b2a(s, &b(s), ring).await.unwrap()))),
        ("abs", trace(async |s| drop(abs::abs(s, &x(s)).await.unwrap()))),
        ("relu", trace(async |s| drop(relu::relu(s, &x(s)).await.unwrap()))),
        ("relu-shift", trace(async |s| drop(relu_shift::relu_shift(s, &x(s), 12, Ring::new(40)).await.unwrap()))),
        ("truncate", trace(async |s| drop(truncate::truncate(s, &x(s), 12, Sign::Any, ring).await.unwrap()))),
        (
            "truncate-bounded",
            trace(async |s| drop(truncate::truncate(s, &x(s), 9, Sign::Bounded, ring).await.unwrap())),
        ),
        ("clip", trace(async |s| drop(clip::clip(s, &x(s), 1 << 20, 9, ring).await.unwrap()))),
        (
            "relu-shift-metered",
            trace_metered(async |s| drop(relu_shift::relu_shift(s, &x(s), 12, Ring::new(40)).await.unwrap())),
        ),
        ("clip-metered", trace_metered(async |s| drop(clip::clip(s, &x(s), 1 << 20, 9, ring).await.unwrap()))),
        ("divide", trace(async |s| drop(divide::divide(s, &x(s), 49, Sign::Any, ring).await.unwrap()))),
        ("divide-odd", trace(async |s| drop(divide::divide(s, &y(s), 49, Sign::Any, ring).await.unwrap()))),
        ("relu-odd", trace(async |s| drop(relu::relu(s, &y(s)).await.unwrap()))),
        ("is-zero", trace(async |s| drop(equality::is_zero(s, &x(s)).await.unwrap()))),
        ("threshold", trace(async |s| drop(threshold::threshold(s, &x(s), &least).await.unwrap()))),
        ("argmax", trace(async |s| drop(argmax::argmax(s, &x(s), Ring::new(8)).await.unwrap()))),
        ("linear-mask", trace(async |s| linear(s, LinearShape::dense(10, 10, 4, ring), &shares).await)),
        ("linear-weights", trace(async |s| linear(s, LinearShape::dense(1, 10, 4, ring), &shares).await)),
        ("conv-mask", trace(async |s| linear(s, conv.clone().with_chooser(Chooser::Mask), &shares).await)),
        ("conv-weights", trace(async |s| linear(s, conv.clone().with_chooser(Chooser::Weights), &shares).await)),
        ("linear-he", trace_session(params(), async |s| encrypted(s).await)),
        ("ferret", trace(async |s| s.reserve(&Demand { pairs: 1 << 19, ..Demand::default() }).await.unwrap())),
        ("classic-relu", trace_over(OtKind::Classic, async |s| drop(relu::relu(s, &x(s)).await.unwrap()))),
        (
            "classic-linear",
            trace_over(OtKind::Classic, async |s| linear(s, LinearShape::dense(10, 10, 4, ring), &shares).await),
        ),
        ("linear-odd", trace(async |s| linear(s, LinearShape::dense(5, 10, 4, odd.client.modulus()), &odd).await)),
    ];
    let table = traces.iter().fold(format!("version {PROTOCOL_VERSION}\n"), |mut table, (name, [up, down])| {
        writeln!(table, "{name} {up} {down}").unwrap();
        table
    });
    let baseline = include_str!("wire_trace.txt");
    assert!(table == baseline, "the wire changed; if that is intended, tests/wire_trace.txt is now:\n{table}");
}
