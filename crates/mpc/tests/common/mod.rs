//! Both parties of a protocol in one thread, and inputs with boundary values.
#![allow(dead_code, unreachable_pub, reason = "every test file includes this module and uses its own part")]

pub mod layer;
pub mod model;

use futures_executor::block_on;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sotto_crypto::BitVec;
use sotto_mpc::testing::run2;
use sotto_mpc::{Arith, Client, Inference, Lane, Modulus, OtKind, Params, Party, Result, Session, Stats};

/// Where the test's OTs come from.
#[derive(Clone, Copy, Debug)]
pub enum Ots {
    Ideal,
    Classic,
    Silent,
}

impl Ots {
    /// Parameters with the source that these come from.
    pub fn over(self, params: Params) -> Params {
        let ot = if matches!(self, Ots::Classic) { OtKind::Classic } else { OtKind::Silent };
        Params { ot, ..params }
    }
}

/// What a run of both parties yields.
pub struct Run<T> {
    pub client: T,
    pub server: T,
    pub client_stats: Stats,
    pub server_stats: Stats,
}

/// Runs `protocol` at both parties, each in its session's first lane.
pub fn run<T>(ots: Ots, params: Params, protocol: impl AsyncFn(&mut Lane) -> T) -> Run<T> {
    run_session(ots, params, async |s| protocol(s.lane()).await)
}

/// Runs `protocol` at both parties of a session.
pub fn run_session<T>(ots: Ots, params: Params, protocol: impl AsyncFn(&mut Session) -> T) -> Run<T> {
    let protocol = &protocol;
    let party = async |channel, party, seed: u8| {
        let mut session = match ots {
            Ots::Ideal => Session::ideal(channel, party, params, 42),
            Ots::Classic | Ots::Silent => {
                let rng = ChaCha20Rng::from_seed([seed; 32]);
                Session::setup(channel, party, ots.over(params), rng).await.expect("setup")
            }
        };
        let result = protocol(&mut session).await;
        (result, session.stats().clone())
    };
    let ((client, client_stats), (server, server_stats)) =
        block_on(run2(|c| party(c, Party::Client, 1), |c| party(c, Party::Server, 2)));
    Run { client, server, client_stats, server_stats }
}

/// A party's end of something.
pub trait End {
    fn side(&self) -> Party;
}

impl End for Lane {
    fn side(&self) -> Party {
        self.party()
    }
}

impl End for Session {
    fn side(&self) -> Party {
        self.party()
    }
}

pub fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// The widths of rings and the odd moduli on which every protocol is tested with many values.
pub const WIDTHS: [u32; 11] = [8, 16, 24, 31, 32, 33, 37, 41, 48, 63, 64];
pub const ODD: [u64; 5] = [3, 12289, 65537, 4_293_918_721, 2_061_584_302_081];

/// Values per protocol and modulus: 100,000, which are several chunks, or what SOTTO_TEST_VALUES says.
pub fn many() -> usize {
    let wanted = std::env::var("SOTTO_TEST_VALUES").ok();
    wanted.map_or(100_000, |text| text.parse().expect("SOTTO_TEST_VALUES is a number"))
}

/// All of [`WIDTHS`] and [`ODD`].
pub fn moduli() -> Vec<Modulus> {
    WIDTHS.map(Modulus::power_of_two).into_iter().chain(ODD.map(Modulus::odd)).collect()
}

/// Every ring of up to 6 bits and every odd n up to 61.
pub fn small_moduli() -> Vec<Modulus> {
    (1..=6).map(Modulus::power_of_two).chain((3..=61).step_by(2).map(Modulus::odd)).collect()
}

/// Shares of a batch with its values in their signed reading.
#[derive(Clone)]
pub struct Shared {
    pub client: Arith,
    pub server: Arith,
    pub values: Vec<i64>,
}

/// `n` elements: every pair of boundary values of the modulus as (value, client's share), then random ones.
pub fn shared(modulus: impl Into<Modulus>, n: usize, seed: u64) -> Shared {
    let modulus = modulus.into();
    let mut rng = rng(seed);
    let top = (modulus.size() - 1) as u64;
    let half = modulus.largest_positive();
    let edges = [0, 1, 2, half.wrapping_sub(1), half, half + 1, half.wrapping_add(2), top.wrapping_sub(1), top];
    let pairs: Vec<(u64, u64)> = edges.iter().flat_map(|&v| edges.iter().map(move |&share| (v, share))).collect();
    let element = |i: usize| pairs.get(i).copied().unwrap_or_else(|| (rng.next_u64(), rng.next_u64()));
    let (values, client): (Vec<u64>, Vec<u64>) = (0..n).map(element).unzip();
    share_with(modulus, &values, &client)
}

/// Every value with every share of a small modulus.
pub fn all_shares(modulus: Modulus) -> Shared {
    let size = modulus.size() as u64;
    let (values, client): (Vec<u64>, Vec<u64>) = (0..size * size).map(|i| (i / size, i % size)).unzip();
    share_with(modulus, &values, &client)
}

/// Shares of `values` with the given client shares.
pub fn share_with(modulus: impl Into<Modulus>, values: &[u64], client: &[u64]) -> Shared {
    let modulus = modulus.into();
    let (values, client) = (Arith::new(modulus, values.to_vec()), Arith::new(modulus, client.to_vec()));
    let server = values.values().iter().zip(client.values()).map(|(&v, &c)| modulus.sub(v, c)).collect();
    let signed = values.values().iter().map(|&v| modulus.to_signed(v)).collect();
    Shared { client, server: Arith::new(modulus, server), values: signed }
}

impl Shared {
    /// This party's shares.
    pub fn own(&self, end: &impl End) -> &Arith {
        own(end, &self.client, &self.server)
    }

    /// Other values with the same client's shares.
    pub fn map(&self, f: impl Fn(i64) -> i64) -> Shared {
        let modulus = self.client.modulus();
        let values: Vec<u64> = self.values.iter().map(|&v| modulus.from_signed(f(v))).collect();
        share_with(modulus, &values, self.client.values())
    }

    /// The signed reading, over another modulus, of a function of each value.
    pub fn expected(&self, out: Modulus, f: impl Fn(i128) -> i128) -> Vec<i64> {
        let residue = |v: i128| out.to_signed(v.rem_euclid(out.size() as i128) as u64);
        self.values.iter().map(|&v| residue(f(v.into()))).collect()
    }
}

/// Runs every input; the second inference is prepared ahead.
pub async fn infer_each(client: &mut Client, inputs: &[Vec<i64>]) -> Result<Vec<Inference>> {
    let mut results = Vec::new();
    for (i, input) in inputs.iter().enumerate() {
        if i == 1 {
            client.preprocess().await?;
        }
        results.push(client.infer(input).await?);
    }
    Ok(results)
}

/// The party's half of a pair.
pub fn own<'a, T>(end: &impl End, client: &'a T, server: &'a T) -> &'a T {
    match end.side() {
        Party::Client => client,
        Party::Server => server,
    }
}

/// Signed values of a sharing.
pub fn open(run: &Run<Arith>) -> Vec<i64> {
    open_shares(&run.client, &run.server)
}

/// Signed values of two parties' shares.
pub fn open_shares(client: &Arith, server: &Arith) -> Vec<i64> {
    let modulus = client.modulus();
    assert_eq!(modulus, server.modulus());
    client.values().iter().zip(server.values()).map(|(&a, &b)| modulus.to_signed(modulus.add(a, b))).collect()
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
    Params { digit: Some(digit), ..Params::default() }
}
