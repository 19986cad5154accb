//! Both parties of a protocol in one thread, and inputs with boundary values.
#![allow(dead_code, unreachable_pub, reason = "every test file includes this module and uses its own part")]

use futures_executor::block_on;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sotto_crypto::BitVec;
use sotto_mpc::testing::run2;
use sotto_mpc::{Arith, Params, Party, Ring, Session, Stats};

/// Where the test's OTs come from.
#[derive(Clone, Copy, Debug)]
pub enum Ots {
    Ideal,
    Real,
}

/// What a run of both parties yields.
pub struct Run<T> {
    pub client: T,
    pub server: T,
    pub client_stats: Stats,
    pub server_stats: Stats,
}

/// Runs `protocol` at both parties.
pub fn run<T>(ots: Ots, params: Params, protocol: impl AsyncFn(&mut Session) -> T) -> Run<T> {
    let protocol = &protocol;
    let party = async |channel, party, seed: u8| {
        let mut session = match ots {
            Ots::Ideal => Session::ideal(channel, party, params, 42),
            Ots::Real => {
                let rng = ChaCha20Rng::from_seed([seed; 32]);
                Session::setup(channel, party, params, rng).await.expect("setup")
            }
        };
        let result = protocol(&mut session).await;
        (result, session.stats().clone())
    };
    let ((client, client_stats), (server, server_stats)) =
        block_on(run2(|c| party(c, Party::Client, 1), |c| party(c, Party::Server, 2)));
    Run { client, server, client_stats, server_stats }
}

pub fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// `n` elements: every pair of boundary values of the ring as (value, client's share), then random ones.
pub fn shared_values(ring: Ring, n: usize, seed: u64) -> (Arith, Arith, Vec<i64>) {
    let mut rng = rng(seed);
    let top = ring.mask();
    let half = top >> 1;
    let edges = [0, 1, 2, half.wrapping_sub(1), half, half + 1, half.wrapping_add(2), top - 1, top];
    let pairs: Vec<(u64, u64)> = edges.iter().flat_map(|&v| edges.iter().map(move |&share| (v, share))).collect();
    let element = |i: usize| pairs.get(i).copied().unwrap_or_else(|| (rng.next_u64(), rng.next_u64()));
    let (values, client): (Vec<u64>, Vec<u64>) = (0..n).map(element).unzip();
    share_with(ring, &values, &client)
}

/// Shares of `values` with the given client shares.
pub fn share_with(ring: Ring, values: &[u64], client: &[u64]) -> (Arith, Arith, Vec<i64>) {
    let server = values.iter().zip(client).map(|(v, c)| v.wrapping_sub(*c)).collect();
    let signed = values.iter().map(|&v| ring.to_signed(ring.reduce(v))).collect();
    (Arith::new(ring, client.to_vec()), Arith::new(ring, server), signed)
}

/// The party's half of a pair.
pub fn own<'a, T>(session: &Session, client: &'a T, server: &'a T) -> &'a T {
    match session.party() {
        Party::Client => client,
        Party::Server => server,
    }
}

/// Signed values of a sharing.
pub fn open(run: &Run<Arith>) -> Vec<i64> {
    let ring = run.client.ring();
    assert_eq!(ring, run.server.ring());
    let sum = |(a, b): (&u64, &u64)| ring.to_signed(ring.reduce(a.wrapping_add(*b)));
    run.client.values().iter().zip(run.server.values()).map(sum).collect()
}

/// Values of a Boolean sharing.
pub fn open_bits(run: &Run<BitVec>) -> BitVec {
    &run.client ^ &run.server
}

/// Panics with the first difference instead of two long vectors.
pub fn assert_same<T: PartialEq + std::fmt::Debug>(got: &[T], expected: &[T], what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}: length");
    if let Some(i) = (0..got.len()).find(|&i| got[i] != expected[i]) {
        panic!("{what}: element {i} is {:?}, expected {:?}", got[i], expected[i]);
    }
}

pub fn digit(digit: u32) -> Params {
    Params { digit, ..Params::default() }
}
