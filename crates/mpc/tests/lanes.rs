//! Batches in chunks and two lanes: results, exact costs, failures, and long messages against full queues.

mod common;

use common::{Ots, Run, Shared, assert_same, open, run_session, shared};
use futures_executor::block_on;
use sotto_mpc::protocols::{clip, divide, maxpool, relu, relu_shift, truncate};
use sotto_mpc::testing::run2;
use sotto_mpc::{
    Arith, Budget, Calls, Channel, Cost, ErrorKind, Incoming, Lane, Modulus, Params, Party, Phase, Session, Supply,
};
use sotto_nn::{Sign, reference};

const CHUNK: u32 = 16;

/// Runs `f` in chunks, with `params.store` bytes of correlations prepared, and checks bytes, rounds and what stays.
fn mapped(
    ots: Ots,
    params: Params,
    calls: &Calls,
    f: impl AsyncFn(&mut Lane, std::ops::Range<usize>) -> sotto_mpc::Result<Arith>,
) -> Run<(Arith, bool)> {
    let f = &f;
    let run = run_session(ots, params, async |s| {
        s.begin_phase(Phase::Preprocess, 1);
        s.prepare(calls).await.unwrap();
        s.end_phase();
        s.begin_phase(Phase::Online, 1);
        let result = s.map_shares(calls, f).await.unwrap();
        s.end_phase();
        let left = s.stock();
        (result, left.pads.is_empty() && left.pairs == 0)
    });
    assert!(run.client.1 && run.server.1, "correlations are left");
    if !matches!(ots, Ots::Ideal) {
        let mut supply = Supply::new(ots.over(params));
        let prepared: Vec<Cost> =
            (0..).zip(calls.stored(0)).map(|(lane, demand)| supply.generate(lane, &demand)).collect();
        let cost = calls.cost(&mut supply);
        let (client, server) = (run.client_stats.phase(Phase::Online), run.server_stats.phase(Phase::Online));
        assert_eq!((client.bytes_sent, client.bytes_received), (cost.to_server, cost.to_client));
        assert_eq!((server.bytes_sent, server.bytes_received), (cost.to_client, cost.to_server));
        assert_eq!((client.rounds, server.rounds), (cost.rounds, cost.rounds));
        let client = run.client_stats.phase(Phase::Preprocess);
        assert_eq!(client.bytes_sent, prepared.iter().map(|cost| cost.to_server).sum::<u64>());
        assert_eq!(client.bytes_received, prepared.iter().map(|cost| cost.to_client).sum::<u64>());
    }
    run
}

fn chunks_of(n: usize, params: Params, cost: impl Fn(usize) -> Cost) -> Calls {
    Calls::new(n, 1, params, &mut Budget::new(params), |range| cost(range.len()))
}

/// Batches around the borders of one, two, three and seven chunks.
const SIZES: [usize; 9] = [0, 1, 16, 17, 32, 33, 48, 50, 100];

/// Nothing in store, some of it, and all.
const STORES: [u64; 3] = [0, 9000, 1 << 24];

fn check(
    modulus: Modulus,
    cost: impl Fn(usize, Params) -> Cost,
    f: impl AsyncFn(&mut Lane, Arith) -> Arith,
    expected: impl Fn(&Shared) -> Vec<i64>,
) {
    let f = &f;
    for n in SIZES {
        let x = shared(modulus, n, n as u64);
        let real = [Ots::Classic, Ots::Silent].into_iter().flat_map(|ots| STORES.map(|store| (store, ots)));
        for (store, ots) in real.chain([(0, Ots::Ideal)]) {
            let params = ots.over(Params { digit: Some(4), chunk: CHUNK, store, ..Params::default() });
            let chunks = chunks_of(n, params, |n| cost(n, params));
            let run = mapped(ots, params, &chunks, async |s, range| {
                let part = x.own(s).slice(range);
                Ok(f(s, part).await)
            });
            let run = Run {
                client: run.client.0,
                server: run.server.0,
                client_stats: run.client_stats,
                server_stats: run.server_stats,
            };
            assert_same(&open(&run), &expected(&x), &format!("{n} values, store {store}"));
        }
    }
}

#[test]
fn relu_does_not_depend_on_chunks() {
    for modulus in [Modulus::power_of_two(1), Modulus::power_of_two(32), Modulus::odd(12289)] {
        check(
            modulus,
            |n, params| relu::cost(n, modulus, params),
            async |s, x| relu::relu(s, &x).await.unwrap(),
            |x| x.values.iter().map(|&v| v.max(0)).collect(),
        );
    }
}

#[test]
fn rescaling_does_not_depend_on_chunks() {
    let (from, to) = (Modulus::power_of_two(20), Modulus::power_of_two(37));
    check(
        from,
        |n, params| relu_shift::cost(n, from, 5, to, params),
        async |s, x| relu_shift::relu_shift(s, &x, 5, to).await.unwrap(),
        |x| reference::relu_shift(&x.values, 20, 5, 37),
    );
    check(
        from,
        |n, params| truncate::cost(n, from, 5, Sign::Any, to, params),
        async |s, x| truncate::truncate(s, &x, 5, Sign::Any, to).await.unwrap(),
        |x| x.expected(to, |v| v >> 5),
    );
    check(
        from,
        |n, params| clip::cost(n, from, 600, 2, to, params),
        async |s, x| clip::clip(s, &x, 600, 2, to).await.unwrap(),
        |x| x.expected(to, |v| v.clamp(0, 600) >> 2),
    );
    check(
        from,
        |n, params| divide::cost(n, from, 7, Sign::Any, to, params),
        async |s, x| divide::divide(s, &x, 7, Sign::Any, to).await.unwrap(),
        |x| x.expected(to, |v| v.div_euclid(7)),
    );
}

/// Chunks whose calls have different messages, or none: windows of 1 to 5 values, and one larger than a chunk.
#[test]
fn lanes_whose_calls_differ_stay_in_step() {
    let modulus = Modulus::power_of_two(16);
    let x = shared(modulus, 200, 3);
    let sizes: [&[usize]; 4] =
        [&[1; 40], &[1, 1, 1, 5, 2, 1, 1, 4, 4, 4, 1, 1, 1, 1, 5, 5, 5, 1], &[5, 1, 1, 1], &[20, 3, 17]];
    for (sizes, store) in sizes.into_iter().flat_map(|sizes| STORES.map(|store| (sizes, store))) {
        let windows: Vec<Vec<usize>> =
            sizes.iter().enumerate().map(|(i, &k)| (0..k).map(|j| (13 * i + j) % 200).collect()).collect();
        let params = Params { digit: Some(4), chunk: CHUNK, store, ..Params::default() };
        let size = sizes.iter().copied().max().unwrap();
        let cost = |range: std::ops::Range<usize>| maxpool::cost(&windows[range], modulus, params);
        let chunks = Calls::new(windows.len(), size, params, &mut Budget::new(params), cost);
        let run = mapped(Ots::Silent, params, &chunks, async |s, range| {
            let x = x.own(s).clone();
            maxpool::maxpool(s, &x, &windows[range]).await
        });
        let joined = common::open_shares(&run.client.0, &run.server.0);
        let largest = |w: &Vec<usize>| reference::max(&w.iter().map(|&i| x.values[i]).collect::<Vec<_>>(), 16).unwrap();
        assert_same(&joined, &windows.iter().map(largest).collect::<Vec<_>>(), "windows");
    }
}

/// The longest messages that lanes can have: both parties send more than the queues hold.
#[test]
fn the_largest_chunks_do_not_lock() {
    let modulus = Modulus::power_of_two(64);
    let params = Params { digit: Some(8), chunk: 1 << 16, store: 0, ..Params::default() };
    let n = 2 * params.chunk as usize + 5;
    let x = shared(modulus, n, 9);
    let chunks = chunks_of(n, params, |n| clip::cost(n, modulus, 1 << 40, 3, modulus, params));
    let run = mapped(Ots::Silent, params, &chunks, async |s, range| {
        let x = x.own(s).slice(range);
        clip::clip(s, &x, 1 << 40, 3, modulus).await
    });
    let expected: Vec<i64> = x.values.iter().map(|&v| v.clamp(0, 1 << 40) >> 3).collect();
    assert_same(&common::open_shares(&run.client.0, &run.server.0), &expected, "clip");
}

#[test]
fn a_failing_lane_ends_both_with_its_error() {
    let modulus = Modulus::power_of_two(16);
    // Starts of the first, second, fifth and last of eight calls.
    for failing in [0, 12, 50, 87] {
        let params = Params { digit: Some(4), chunk: CHUNK, ..Params::default() };
        let x = shared(modulus, 100, 1);
        let chunks = chunks_of(100, params, |n| relu::cost(n, modulus, params));
        let party = async |channel, party| {
            let mut s = Session::ideal(channel, party, params, 7);
            let done = s.map(&chunks, async |s, range| {
                if s.party() == Party::Server && range.start == failing {
                    return Err(sotto_mpc::Error::new(ErrorKind::Input, "stop here"));
                }
                let part = x.own(s).slice(range);
                relu::relu(s, &part).await.map(drop)
            });
            done.await.map(drop)
        };
        let (client, server) = block_on(run2(|c| party(c, Party::Client), |c| party(c, Party::Server)));
        assert_eq!(server.unwrap_err().kind(), ErrorKind::Input);
        assert_eq!(client.unwrap_err().kind(), ErrorKind::Transport);
    }
}

#[test]
fn a_wrong_frame_is_malformed_in_either_lane() {
    let modulus = Modulus::power_of_two(16);
    let params = Params { digit: Some(4), chunk: CHUNK, ..Params::default() };
    let chunks = chunks_of(64, params, |n| relu::cost(n, modulus, params));
    let x = shared(modulus, 64, 1);
    // The server's first messages: the choices of 16 values' leaves, from lane 0 and from lane 1.
    let right = vec![0; (16 * 15usize).div_ceil(8)];
    for frames in [vec![vec![1]], vec![right.clone(), Vec::new()], vec![right, vec![0; 5000]]] {
        let (channel, mut transport) = Channel::new();
        frames.into_iter().for_each(|frame| transport.incoming.try_send(Incoming::Frame(frame)).unwrap());
        let mut s = Session::ideal(channel, Party::Server, params, 7);
        let x = x.own(&s).clone();
        let done = block_on(s.map(&chunks, async |s, range| relu::relu(s, &x.slice(range)).await.map(drop)));
        assert_eq!(done.unwrap_err().kind(), ErrorKind::Malformed);
    }
}

#[test]
fn unsupported_chunks_and_stores_are_refused() {
    let with = |chunk, store| Params { chunk, store, ..Params::default() }.validate();
    for chunk in [0, 1, 8, 17, 96, 1 << 21, u32::MAX] {
        assert_eq!(with(chunk, 0).unwrap_err().kind(), ErrorKind::Version, "{chunk}");
    }
    assert_eq!(with(16, Params::MAX_STORE + 1).unwrap_err().kind(), ErrorKind::Version);
    for (chunk, store) in [(16, 0), (1 << 20, Params::MAX_STORE)] {
        with(chunk, store).unwrap();
    }
}
