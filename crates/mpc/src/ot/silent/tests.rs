//! Correlated OTs of the silent path, and what a supply counts of them.

use futures_executor::block_on;
use rand_core::SeedableRng;

use super::*;
use crate::ot::supply::Supply;
use crate::party::{OtKind, Params};
use crate::session::Session;
use crate::session::phase::Phase;
use crate::testing::run2;

const N: usize = 1 << 18;

/// Both parties ask for several batches, of the server's and of the client's.
fn batches(seeds: [u8; 2], largest: LpnSet, batches: &[usize]) -> [Vec<RotHalves>; 2] {
    let party = async |mut channel: Channel, party, seed| {
        let mut rng = ChaCha20Rng::from_seed([seed; 32]);
        let [mut ot, _] = SilentOt::setup(&mut channel, party, largest, &mut rng).await.unwrap();
        let mut halves = Vec::new();
        for (i, &n) in batches.iter().enumerate() {
            let kind = RotKind::bit([Party::Server, Party::Client][i % 2]);
            ot.ask(Io { channel: &mut channel, rng: &mut rng }, &Demand::rows(kind, n)).await.unwrap();
            halves.push(ot.rots(&mut channel, kind, n).await.unwrap());
        }
        (halves, ot.offsets()[1])
    };
    let (client, server) = block_on(run2(|c| party(c, Party::Client, seeds[0]), |c| party(c, Party::Server, seeds[1])));
    for (i, (ours, theirs)) in client.0.iter().zip(&server.0).enumerate() {
        let (sent, received, delta) = match i % 2 {
            0 => (theirs, ours, server.1),
            _ => (ours, theirs, client.1),
        };
        let pairs = sent.rows.iter().zip(received.rows.iter()).zip(received.choices.iter());
        for (j, ((&q, &t), &c)) in pairs.enumerate() {
            assert_eq!(t, q ^ delta.mul_mask(c == 1), "batch {i}, OT {j}");
        }
    }
    [client.0, server.0]
}

#[test]
fn every_ot_is_correlated_with_soft_spoken_and_through_iterations_of_ferret() {
    // Small ones by SoftSpokenOT, then Ferret starts; 1,100,000 reach into the second iteration of the smallest set.
    for sizes in [vec![1, 5, 1000, 70_000, 129], vec![300, 1, 1_100_000, 200_000, 50_000, 3]] {
        batches([1, 2], LpnSet::B10, &sizes);
    }
}

#[test]
fn choices_and_rows_look_random_and_differ_between_sessions_and_lanes() {
    let [first, _] = batches([1, 2], LpnSet::B11, &[N]);
    let [second, _] = batches([3, 4], LpnSet::B11, &[N]);
    let ones = |halves: &RotHalves| halves.choices.iter().map(|&c| f64::from(c)).sum::<f64>();
    // Mean N/2, standard deviation √N/2 = 256; the seeds are fixed.
    for halves in [&first[0], &second[0]] {
        assert!((ones(halves) - N as f64 / 2.0).abs() < 5.0 * 256.0, "{} ones of {N}", ones(halves));
        for bit in [1, 64, 127] {
            let ones = halves.rows.iter().filter(|row| row.bit(bit)).count() as f64;
            assert!((ones - N as f64 / 2.0).abs() < 5.0 * 256.0, "bit {bit}: {ones} ones of {N}");
        }
        let distinct: std::collections::HashSet<_> = halves.rows.iter().collect();
        assert_eq!(distinct.len(), N, "rows repeat");
    }
    let same = first[0].choices.iter().zip(second[0].choices.iter()).filter(|(a, b)| a == b).count() as f64;
    assert!((same - N as f64 / 2.0).abs() < 5.0 * 256.0, "choices of two sessions agree in {same} of {N}");
}

#[test]
fn lanes_share_delta_and_no_row() {
    let party = async |mut channel: Channel, party, seed| {
        let mut rng = ChaCha20Rng::from_seed([seed; 32]);
        let mut lanes = SilentOt::setup(&mut channel, party, LpnSet::B11, &mut rng).await.unwrap();
        let mut rows = Vec::new();
        for ot in &mut lanes {
            let demand = Demand::rows(RotKind::bit(Party::Server), 1000);
            ot.ask(Io { channel: &mut channel, rng: &mut rng }, &demand).await.unwrap();
            rows.extend(ot.rots(&mut channel, RotKind::bit(Party::Server), 1000).await.unwrap().rows.to_vec());
        }
        assert_eq!(lanes[0].offsets(), lanes[1].offsets());
        rows.into_iter().collect::<std::collections::HashSet<Block>>().len()
    };
    let distinct = block_on(run2(|c| party(c, Party::Client, 1), |c| party(c, Party::Server, 2)));
    assert_eq!(distinct, (2000, 2000));
}

#[test]
fn what_a_supply_counts_is_what_travels() {
    for (largest, demands) in [
        (LpnSet::B10, vec![(10, 0, 3), (5000, 7, 100), (200_000, 60_000, 0), (1, 1, 1), (400_000, 0, 9000)]),
        (LpnSet::B12, vec![(1_000_000, 0, 300_000), (1_500_000, 0, 0), (4_000_000, 0, 0)]),
    ] {
        let params = Params { ot: OtKind::Silent, lpn: largest, ..Params::default() };
        let demands: Vec<Demand> = demands
            .into_iter()
            .map(|(n, triples, pairs)| Demand { triples, pairs, ..Demand::rows(RotKind::leaf(1), n) })
            .collect();
        let run = async |channel, party, seed| {
            let rng = ChaCha20Rng::from_seed([seed; 32]);
            let mut s = Session::setup(channel, party, params, rng).await.unwrap();
            let mut counts = Vec::new();
            for demand in &demands {
                let before = s.stats().phase(Phase::Online);
                s.lane().reserve(demand).await.unwrap();
                let after = s.stats().phase(Phase::Online);
                counts.push((after.bytes_sent - before.bytes_sent, after.bytes_received - before.bytes_received));
            }
            counts
        };
        let (client, _) = block_on(run2(|c| run(c, Party::Client, 1), |c| run(c, Party::Server, 2)));
        let mut supply = Supply::new(params);
        let expected: Vec<_> =
            demands.iter().map(|d| supply.generate(0, d)).map(|c| (c.to_server, c.to_client)).collect();
        assert_eq!(client, expected, "{largest:?}");
    }
}

#[test]
fn large_demands_cost_less_than_a_bit() {
    for (set, most) in [(LpnSet::B11, 0.9), (LpnSet::B12, 0.6), (LpnSet::B13, 0.35)] {
        let mut supply = Supply::new(Params { lpn: set, ..Params::default() });
        supply.generate(0, &Demand::rows(RotKind::bit(Party::Server), 1 << 26));
        let cost = supply.generate(0, &Demand::rows(RotKind::bit(Party::Server), 1 << 26));
        let bits = 8.0 * (cost.to_server + cost.to_client) as f64 / f64::from(1 << 26);
        assert!(bits <= most, "{set:?}: {bits} bits");
        assert_eq!(cost.to_server, 0, "only the sender speaks");
    }
}
