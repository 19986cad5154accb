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

/// Both parties ask for several batches of 1-of-2^`width` OTs, of the server's and of the client's.
fn batches(seeds: [u8; 2], largest: LpnSet, width: u32, batches: &[usize]) -> [Vec<RotHalves>; 2] {
    let party = async |mut channel: Channel, party, seed| {
        let mut rng = ChaCha20Rng::from_seed([seed; 32]);
        let [mut ot, _] = SilentOt::setup(&mut channel, party, largest, &mut rng).await.unwrap();
        let mut halves = Vec::new();
        for (i, &n) in batches.iter().enumerate() {
            let kind = RotKind { sender: [Party::Server, Party::Client][i % 2], width };
            let mut io = Io { channel: &mut channel, rng: &mut rng };
            ot.ask(io.again(), &Demand::rows(kind, n)).await.unwrap();
            halves.push(ot.rots(io, kind, n).await.unwrap());
        }
        (halves, ot.offsets(width))
    };
    let (client, server) = block_on(run2(|c| party(c, Party::Client, seeds[0]), |c| party(c, Party::Server, seeds[1])));
    for (i, (ours, theirs)) in client.0.iter().zip(&server.0).enumerate() {
        let (sent, received, offsets) = match i % 2 {
            0 => (theirs, ours, &server.1),
            _ => (ours, theirs, &client.1),
        };
        let pairs = sent.rows.iter().zip(received.rows.iter()).zip(received.choices.iter());
        for (j, ((&q, &t), &c)) in pairs.enumerate() {
            assert_eq!(t, q ^ offsets[usize::from(c)], "batch {i}, OT {j}");
        }
    }
    [client.0, server.0]
}

#[test]
fn every_ot_is_correlated_with_soft_spoken_and_through_iterations_of_ferret() {
    // Small ones by SoftSpokenOT, then Ferret starts; 1,100,000 reach into the second iteration of the smallest set.
    for sizes in [vec![1, 5, 1000, 70_000, 129], vec![300, 1, 1_100_000, 200_000, 50_000, 3]] {
        batches([1, 2], LpnSet::B10, 1, &sizes);
    }
}

#[test]
fn wide_ots_are_correlated_whether_they_come_as_such_or_from_bits() {
    // Few of bits; many over GF(16), through the second iteration, and then few of what is left.
    for sizes in [vec![1, 5, 20_000, 70_000], vec![300, 0, 500_000, 400_000, 250_000, 3, 7]] {
        batches([1, 2], LpnSet::B9, 4, &sizes);
    }
}

#[test]
fn wide_choices_and_rows_look_random() {
    let [first, _] = batches([1, 2], LpnSet::B11, 4, &[2 * N]);
    let [second, _] = batches([3, 4], LpnSet::B11, 4, &[2 * N]);
    for halves in [&first[0], &second[0]] {
        let mut counts = [0.0_f64; 16];
        halves.choices.iter().for_each(|&c| counts[usize::from(c)] += 1.0);
        let mean = 2.0 * N as f64 / 16.0;
        // Mean 15, standard deviation 5.5; the seeds are fixed.
        let chi_square: f64 = counts.iter().map(|count| (count - mean).powi(2) / mean).sum();
        assert!(chi_square < 45.0, "{chi_square}: {counts:?}");
        for bit in [1, 64, 127] {
            let ones = halves.rows.iter().filter(|row| row.bit(bit)).count() as f64;
            assert!((ones - N as f64).abs() < 5.0 * 363.0, "bit {bit}: {ones} ones of {}", 2 * N);
        }
        let distinct: std::collections::HashSet<_> = halves.rows.iter().collect();
        assert_eq!(distinct.len(), 2 * N, "rows repeat");
    }
    let same = first[0].choices.iter().zip(second[0].choices.iter()).filter(|(a, b)| a == b).count() as f64;
    // Mean N/8, standard deviation 175.
    assert!((same - N as f64 / 8.0).abs() < 5.0 * 175.0, "choices of two sessions agree in {same} of {}", 2 * N);
}

#[test]
fn choices_and_rows_look_random_and_differ_between_sessions_and_lanes() {
    let [first, _] = batches([1, 2], LpnSet::B11, 1, &[N]);
    let [second, _] = batches([3, 4], LpnSet::B11, 1, &[N]);
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
            rows.extend(
                ot.rots(Io { channel: &mut channel, rng: &mut rng }, RotKind::bit(Party::Server), 1000)
                    .await
                    .unwrap()
                    .rows
                    .to_vec(),
            );
        }
        assert_eq!(lanes[0].offsets(8), lanes[1].offsets(8));
        rows.into_iter().collect::<std::collections::HashSet<Block>>().len()
    };
    let distinct = block_on(run2(|c| party(c, Party::Client, 1), |c| party(c, Party::Server, 2)));
    assert_eq!(distinct, (2000, 2000));
}

#[test]
fn what_a_supply_counts_is_what_travels() {
    let bits = |n, triples, pairs| Demand { triples, pairs, ..Demand::rows(RotKind::leaf(1), n) };
    let wide = |n, triples| Demand { triples, ..Demand::rows(RotKind::leaf(4), n) };
    for (largest, demands) in [
        (LpnSet::B10, vec![bits(10, 0, 3), bits(5000, 7, 100), bits(200_000, 60_000, 0), bits(1, 1, 1), wide(3, 1)]),
        (LpnSet::B10, vec![wide(300, 5), wide(600_000, 20_000), bits(400_000, 0, 9000), wide(700_000, 0), wide(1, 1)]),
        (LpnSet::B12, vec![bits(1_000_000, 0, 300_000), bits(1_500_000, 0, 0), wide(3_000_000, 1000)]),
    ] {
        let params = Params { ot: OtKind::Silent, lpn: largest, ..Params::default() };
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
fn many_wide_ots_cost_half_of_four_bits_each() {
    // Over GF(16) sets end at b11.
    for (set, least) in [(LpnSet::B10, 2), (LpnSet::B11, 2), (LpnSet::B12, 1)] {
        let supply = || Supply::new(Params { lpn: set, ..Params::default() });
        let bytes = |mut supply: Supply, kind, n| {
            let cost = supply.generate(0, &Demand::rows(kind, n));
            cost.to_server + cost.to_client
        };
        let n = 1 << 22;
        let [wide, bits] = [(4, n), (1, 4 * n)].map(|(width, n)| bytes(supply(), RotKind::leaf(width), n));
        assert!(least * wide < bits, "{set:?}: {wide} bytes, {bits} as bits");
        // A few do not start it.
        let few = [(4, 1000), (1, 4000)].map(|(width, n)| bytes(supply(), RotKind::leaf(width), n));
        assert_eq!(few[0], few[1], "{set:?}");
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
