//! Bytes and rounds are exact: every protocol's cost function against what it sends, and the figures that the project promises.

mod common;

use common::{Ots, digit, own, run, shared_values};
use sotto_crypto::BitVec;
use sotto_mpc::protocols::linear_ot::{self, LinearInput, LinearShape};
use sotto_mpc::protocols::{argmax, b2a, drelu, millionaires, mux, relu, relu_shift, truncate};
use sotto_mpc::{Arith, Cost, Demand, Params, Party, Phase, Ring, Session, Stats};
use sotto_nn::Sign;

/// Runs a protocol after reserving exactly what its cost says and compares bytes, rounds and what is left over.
fn check(name: &str, params: Params, cost: &Cost, protocol: impl AsyncFn(&mut Session)) {
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
        assert!(left.rots.is_empty() && left.pairs == 0 && left.triples <= 1, "{name}: the {party} keeps {left:?}");
    }
}

#[test]
fn costs_are_exact() {
    for (n, bits, m) in [(1, 1, 4), (7, 8, 1), (64, 31, 4), (33, 32, 7), (5, 64, 8), (100, 17, 6)] {
        let params = digit(m);
        let ring = Ring::new(bits);
        let (client, server, _) = shared_values(ring, n, 1);
        let b = BitVec::zeros(n);
        let name = |op: &str| format!("{op}, n = {n}, {bits} bits, m = {m}");
        check(&name("millionaires"), params, &millionaires::cost(n, bits, m), async |s| {
            millionaires::millionaires(s, own(s, &client, &server).values(), bits).await.unwrap();
        });
        check(&name("drelu"), params, &drelu::cost(n, bits, m), async |s| {
            drelu::drelu(s, own(s, &client, &server)).await.unwrap();
        });
        check(&name("relu"), params, &relu::cost(n, bits, m), async |s| {
            relu::relu(s, own(s, &client, &server)).await.unwrap();
        });
        check(&name("mux"), params, &mux::cost(n, &[bits]), async |s| {
            mux::mux(s, &b, own(s, &client, &server)).await.unwrap();
        });
        check(&name("b2a"), params, &b2a::cost(n, bits), async |s| {
            b2a::b2a(s, &b, ring).await.unwrap();
        });
        check(&name("argmax"), params, &argmax::cost(n, bits, 16, m), async |s| {
            argmax::argmax(s, own(s, &client, &server), Ring::new(16)).await.unwrap();
        });
        for (amount, out) in [(0, bits), (bits / 2, bits), (bits - 1, 64), (bits / 3, 1)] {
            check(&name("relu-shift"), params, &relu_shift::cost(n, bits, amount, out, m), async |s| {
                relu_shift::relu_shift(s, own(s, &client, &server), amount, Ring::new(out)).await.unwrap();
            });
            for sign in [Sign::Any, Sign::NonNegative, Sign::Bounded] {
                if sign == Sign::Bounded && bits == 1 {
                    continue;
                }
                check(&name("truncate"), params, &truncate::cost(n, bits, amount, sign, out, m), async |s| {
                    truncate::truncate(s, own(s, &client, &server), amount, sign, Ring::new(out)).await.unwrap();
                });
            }
        }
    }
}

/// Bits per value, both ways, of generating the correlations of `n` values and of the online phase.
fn bits_per_value(cost: &Cost, n: usize) -> f64 {
    let (to_server, to_client) = cost.demand.classic_bytes();
    8.0 * (to_server + to_client + cost.online_bytes()) as f64 / n as f64
}

#[test]
fn the_papers_figures_are_met() {
    let n = 1 << 16;
    let m4 = millionaires::cost(n, 32, 4);
    let m7 = millionaires::cost(n, 32, 7);
    assert_eq!((m4.rounds, m7.rounds), (5, 5));
    // Leaves: 7·(240 + 4 + 30) + (240 + 4 + 15); 3 single ANDs at (240 + 30)/2 + 4, 4 pairs at 224 + 14 + 6.
    assert_eq!(bits_per_value(&m4, n), (7 * 274 + 259 + 3 * 139 + 4 * 244) as f64);
    // Digits of 7, 7, 6, 6 and 6 bits, the lowest first.
    let leaves = (254 + 7 + 127) + (254 + 7 + 254) + 3 * (252 + 6 + 126);
    assert_eq!(bits_per_value(&m7, n), (leaves + 3 * 139 + 244) as f64);
    assert!(bits_per_value(&m4, n) <= 3844.0 && bits_per_value(&m7, n) <= 2930.0);
    assert!(bits_per_value(&relu::cost(n, 32, 7), n) <= 3298.0);
}

#[test]
fn generating_correlations_costs_what_the_demand_says() {
    let mut demand = Demand { triples: 1001, pairs: 333, ..Demand::default() };
    demand += &relu_shift::cost(500, 32, 12, 40, 6).demand;
    let result = run(Ots::Real, Params::default(), async |s| {
        let before = s.stats().phase(Phase::Online);
        assert_eq!(before.bytes(), 0);
        s.reserve(&demand).await.unwrap();
    });
    let sent = |stats: &Stats| stats.phase(Phase::Online).bytes_sent;
    assert_eq!((sent(&result.client_stats), sent(&result.server_stats)), demand.classic_bytes());
    assert_eq!(result.client_stats.phase(Phase::Online).rounds, 2);
}

#[test]
fn linear_layers_cost_what_they_say() {
    for (bits, outputs, inputs, weight_bits) in [(17, 8, 30, 6), (32, 1, 40, 3), (64, 3, 5, 64), (1, 1, 1, 1)] {
        let shape = LinearShape { outputs, inputs, weight_bits, ring: Ring::new(bits) };
        let weights = vec![0; outputs * inputs];
        let r = Arith::zeros(shape.ring, inputs);
        let cost = linear_ot::cost(shape);
        let result = run(Ots::Real, Params::default(), async |s| {
            let input = match s.party() {
                Party::Client => LinearInput::Mask(&r),
                Party::Server => LinearInput::Weights(&weights),
            };
            linear_ot::linear_ot(s, shape, input).await.unwrap();
        });
        let sent = |stats: &Stats| stats.phase(Phase::Online).bytes_sent;
        let measured = (sent(&result.client_stats), sent(&result.server_stats));
        assert_eq!(measured, (cost.to_server, cost.to_client), "{shape:?}");
        assert_eq!(result.server_stats.phase(Phase::Online).rounds, 2);
    }
}
