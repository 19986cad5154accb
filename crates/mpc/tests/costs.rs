//! Bytes and rounds are exact: every protocol's cost function against what it sends, and the figures that the project promises.

mod common;

use common::{Ots, run, shared};
use sotto_crypto::BitVec;
use sotto_mpc::protocols::{
    abs, argmax, b2a, clip, cot, divide, drelu, equality, lookup, maxpool, millionaires, mux, relu, relu_shift,
    threshold, truncate,
};
use sotto_mpc::{Cost, Demand, Lane, Modulus, OtKind, Params, Phase, Stats};
use sotto_nn::Sign;

/// Runs a protocol after reserving exactly what its cost says and compares bytes, rounds and what is left over.
fn check(name: &str, params: Params, cost: &Cost, protocol: impl AsyncFn(&mut Lane)) {
    let result = run(Ots::Ideal, params, async |s| {
        s.reserve(&cost.demand).await.unwrap();
        let before = s.stats().phase(Phase::Online);
        protocol(s).await;
        (s.stock(), before)
    });
    let online = |stats: &Stats| stats.phase(Phase::Online);
    let (client, server) = (online(&result.client_stats), online(&result.server_stats));
    let before = result.client.1;
    assert_eq!(client.bytes_sent - before.bytes_sent, cost.to_server, "{name}: client to server");
    assert_eq!(server.bytes_sent - result.server.1.bytes_sent, cost.to_client, "{name}: server to client");
    assert_eq!(client.rounds, server.rounds, "{name}: rounds of both parties");
    // With ideal OTs only triples travel before the protocol.
    assert_eq!(client.rounds - before.rounds, cost.rounds, "{name}: rounds");
    for (left, party) in [(&result.client.0, "client"), (&result.server.0, "server")] {
        // Triples come in twos.
        assert!(left.pads.is_empty() && left.pairs == 0 && left.triples <= 1, "{name}: the {party} keeps {left:?}");
    }
}

/// All that the protocols are checked on: rings and odd moduli, batches that are no multiple of 8, every width of leaves, and 0 where calls
/// choose it.
const CASES: [(usize, Kind, u32); 12] = [
    (1, Kind::Ring(1), 4),
    (7, Kind::Ring(8), 1),
    (64, Kind::Ring(31), 4),
    (33, Kind::Ring(32), 7),
    (5, Kind::Ring(64), 8),
    (100, Kind::Ring(17), 6),
    (1, Kind::Odd(3), 4),
    (9, Kind::Odd(12289), 1),
    (33, Kind::Odd(4_293_918_721), 7),
    (40, Kind::Odd(2_061_584_302_081), 5),
    (20, Kind::Ring(23), 0),
    (20, Kind::Odd(12289), 0),
];

/// What a round may be worth: every form of a protocol comes.
const ROUNDS: [u32; 2] = [0, Params::MAX_ROUND_BYTES];

#[derive(Clone, Copy)]
enum Kind {
    Ring(u32),
    Odd(u64),
}

fn modulus(kind: &Kind) -> Modulus {
    match *kind {
        Kind::Ring(bits) => Modulus::power_of_two(bits),
        Kind::Odd(n) => Modulus::odd(n),
    }
}

#[test]
fn costs_of_comparisons_and_selections_are_exact() {
    for (n, kind, m) in CASES {
        let (params, modulus) = (leaves(m), modulus(&kind));
        let x = shared(modulus, n, 1);
        let (b, bits) = (BitVec::zeros(n), modulus.bits());
        let name = |op: &str| format!("{op}, n = {n}, {modulus:?}, m = {m}");
        check(&name("millionaires"), params, &millionaires::cost(n, bits, params), async |s| {
            millionaires::millionaires(s, x.own(s).values(), bits).await.unwrap();
        });
        check(&name("equality"), params, &equality::cost(n, bits, params), async |s| {
            equality::equality(s, x.own(s).values(), bits).await.unwrap();
        });
        check(&name("is-zero"), params, &equality::is_zero_cost(n, modulus, params), async |s| {
            equality::is_zero(s, x.own(s)).await.unwrap();
        });
        check(&name("drelu"), params, &drelu::cost(n, modulus, params), async |s| {
            drelu::drelu(s, x.own(s)).await.unwrap();
        });
        let least = vec![-3; n];
        check(&name("threshold"), params, &threshold::cost(n, modulus, params), async |s| {
            threshold::threshold(s, x.own(s), &least).await.unwrap();
        });
        check(&name("relu"), params, &relu::cost(n, modulus, params), async |s| {
            relu::relu(s, x.own(s)).await.unwrap();
        });
        check(&name("abs"), params, &abs::cost(n, modulus, params), async |s| {
            abs::abs(s, x.own(s)).await.unwrap();
        });
        check(&name("mux"), params, &mux::cost(n, &[modulus]), async |s| {
            mux::mux(s, &b, x.own(s)).await.unwrap();
        });
        check(&name("b2a"), params, &b2a::cost(n, modulus), async |s| {
            b2a::b2a(s, &b, modulus).await.unwrap();
        });
        check(&name("cot"), params, &cot::cost(n, modulus), async |s| {
            cot::cot(s, x.own(s).values(), &b, modulus).await.unwrap();
        });
        let width = m.max(1);
        check(&name("lookup"), params, &lookup::cost(n, width, modulus), async |s| {
            lookup::lookup_private(s, n, width, modulus, |i, k| (i + k) as u64, || vec![0; n]).await.unwrap();
        });
        let index = Modulus::power_of_two(16);
        check(&name("argmax"), params, &argmax::cost(n, modulus, index, params), async |s| {
            argmax::argmax(s, x.own(s), index).await.unwrap();
        });
        let windows: Vec<Vec<usize>> = (0..n).map(|w| (w..n.min(w + 1 + w % 5)).collect()).collect();
        check(&name("maxpool"), params, &maxpool::cost(&windows, modulus, params), async |s| {
            maxpool::maxpool(s, x.own(s), &windows).await.unwrap();
        });
    }
}

#[test]
fn costs_of_rescaling_are_exact() {
    for ((n, kind, m), round_bytes) in CASES.into_iter().flat_map(|case| ROUNDS.map(move |worth| (case, worth))) {
        let (params, modulus) = (Params { round_bytes, ..leaves(m) }, modulus(&kind));
        let x = shared(modulus, n, 1);
        let bits = modulus.bits();
        let outs =
            [Modulus::power_of_two(1), Modulus::power_of_two(bits), Modulus::power_of_two(64), Modulus::odd(12289)];
        let signs =
            [Sign::Any, Sign::NonNegative, Sign::Bounded].into_iter().filter(|&s| s != Sign::Bounded || bits > 1);
        for (amount, out) in [0, bits / 2, bits - 1].into_iter().flat_map(|a| outs.map(|out| (a, out))) {
            let name = |op: &str| format!("{op}, n = {n}, {modulus:?} >> {amount} to {out:?}, m = {m}");
            check(&name("relu-shift"), params, &relu_shift::cost(n, modulus, amount, out, params), async |s| {
                relu_shift::relu_shift(s, x.own(s), amount, out).await.unwrap();
            });
            for max in
                [0, modulus.largest_positive() / 4 + 1, modulus.largest_positive() / 2, modulus.largest_positive()]
            {
                check(&name("clip"), params, &clip::cost(n, modulus, max, amount, out, params), async |s| {
                    clip::clip(s, x.own(s), max, amount, out).await.unwrap();
                });
            }
            for sign in signs.clone() {
                check(&name("truncate"), params, &truncate::cost(n, modulus, amount, sign, out, params), async |s| {
                    truncate::truncate(s, x.own(s), amount, sign, out).await.unwrap();
                });
                for divisor in [1, 3, 49, 64] {
                    check(&name("divide"), params, &divide::cost(n, modulus, divisor, sign, out, params), async |s| {
                        divide::divide(s, x.own(s), divisor, sign, out).await.unwrap();
                    });
                }
            }
        }
    }
}

/// On the classic path, by the forms of the fewest rounds.
fn leaves(m: u32) -> Params {
    Params { digit: (m > 0).then_some(m), ..Params::default() }
}

fn classic(digit: u32) -> Params {
    Params { digit: Some(digit), ot: OtKind::Classic, round_bytes: Params::MAX_ROUND_BYTES, ..Params::default() }
}

/// Bits per value, both ways, of generating the correlations of `n` values and of the online phase.
fn bits_per_value(cost: &Cost, n: usize) -> f64 {
    let (to_server, to_client) = cost.demand.classic_bytes();
    8.0 * (to_server + to_client + cost.online_bytes()) as f64 / n as f64
}

#[test]
fn the_papers_figures_are_met() {
    let n = 1 << 16;
    let m4 = millionaires::cost(n, 32, classic(4));
    let m7 = millionaires::cost(n, 32, classic(7));
    assert_eq!((m4.rounds, m7.rounds), (5, 5));
    // Leaves: 7·(240 + 4 + 30) + (240 + 4 + 15); 3 single ANDs at (240 + 30)/2 + 4, 4 pairs at 224 + 14 + 6.
    assert_eq!(bits_per_value(&m4, n), (7 * 274 + 259 + 3 * 139 + 4 * 244) as f64);
    // Digits of 7, 7, 6, 6 and 6 bits, the lowest first.
    let leaves = (254 + 7 + 127) + (254 + 7 + 254) + 3 * (252 + 6 + 126);
    assert_eq!(bits_per_value(&m7, n), (leaves + 3 * 139 + 244) as f64);
    assert!(bits_per_value(&m4, n) <= 3844.0 && bits_per_value(&m7, n) <= 2930.0);
    let ring = Modulus::power_of_two(32);
    let [drelu, relu] =
        [drelu::cost(n, ring, classic(7)), relu::cost(n, ring, classic(7))].map(|cost| bits_per_value(&cost, n));
    assert!(relu <= 3298.0, "{relu}");
    let odd = (1..=8).map(|m| bits_per_value(&relu::cost(n, Modulus::odd(4_293_918_721), classic(m)), n));
    assert_eq!(odd.fold(f64::INFINITY, f64::min), 4458.0);
    // A boundary at 12 makes the digits 6, 6 | 7, 6, 6; then a B2A and a 1-of-4 OT of 12 bits.
    let truncate = bits_per_value(&truncate::cost(n, ring, 12, Sign::Any, ring, classic(7)), n);
    assert_eq!(truncate - drelu, 64.0 + 160.0 + (192 + 2 + 3 * 12) as f64);
    assert!(truncate <= drelu + (2 * 128 + 4 * 32) as f64 + 64.0 + 160.0);
    let relu_shift = bits_per_value(&relu_shift::cost(n, ring, 12, ring, classic(7)), n);
    assert!(relu_shift <= relu + (2 * 128 + 2 * 32) as f64, "{relu_shift} and {relu}");
    // Where rounds are worth nothing a form is taken for its bytes, and a correlated OT has 128 bits of them on this path.
    let fewest_bytes = Params { round_bytes: 0, ..classic(7) };
    assert_eq!(bits_per_value(&relu_shift::cost(n, ring, 12, ring, fewest_bytes), n), relu_shift);
    let clip = |params| bits_per_value(&clip::cost(n, ring, 1 << 20, 12, ring, params), n);
    assert_eq!(clip(fewest_bytes), clip(classic(7)));
    // One 32-bit comparison, a product of 31 bits, a leaf of 7 bits with two-bit messages, a 1-of-4 OT of 32 bits.
    let divide = bits_per_value(&divide::cost(n, ring, 49, Sign::Any, ring, classic(7)), n);
    assert_eq!(divide, bits_per_value(&m7, n) + 160.0 + (254 + 7 + 254) as f64 + (192 + 2 + 3 * 32) as f64);
}

#[test]
fn generating_correlations_costs_what_the_demand_says() {
    let mut demand = Demand { triples: 1001, pairs: 333, ..Demand::default() };
    demand += &relu_shift::cost(500, Modulus::power_of_two(32), 12, Modulus::power_of_two(40), classic(6)).demand;
    let result = run(Ots::Classic, Params::default(), async |s| {
        let before = s.stats().phase(Phase::Online);
        assert_eq!(before.bytes(), 0);
        s.reserve(&demand).await.unwrap();
    });
    let sent = |stats: &Stats| stats.phase(Phase::Online).bytes_sent;
    assert_eq!((sent(&result.client_stats), sent(&result.server_stats)), demand.classic_bytes());
    assert_eq!(result.client_stats.phase(Phase::Online).rounds, 2);
}
