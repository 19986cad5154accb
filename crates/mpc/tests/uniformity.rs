//! What travels looks random: every long message of a protocol, whatever the values.

mod common;

use std::cell::RefCell;

use common::own;
use futures_executor::block_on;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sotto_mpc::protocols::{clip, relu_shift, truncate};
use sotto_mpc::testing::run2_tapped;
use sotto_mpc::{Arith, Params, Party, Ring, Session};
use sotto_nn::Sign;

#[test]
fn messages_are_uniform_whatever_the_shares() {
    for params in [Params::default(), Params { digit: Some(2), round_bytes: 0, ..Params::default() }] {
        check(params);
    }
}

fn check(params: Params) {
    let n = 40_000;
    let ring = Ring::new(24);
    let frames: RefCell<Vec<(Party, Vec<u8>)>> = RefCell::default();
    let party = async |channel, party, seed: u8| {
        let rng = ChaCha20Rng::from_seed([seed; 32]);
        let mut session = Session::setup(channel, party, params, rng).await.unwrap();
        // Shares as far from random as can be: all zero at one party, all the same at the other.
        let (client, server) = (Arith::zeros(ring, n), Arith::new(ring, vec![0x7f_0000; n]));
        let x = own(&session, &client, &server).clone();
        relu_shift::relu_shift(session.lane(), &x, 8, ring).await.unwrap();
        clip::clip(session.lane(), &x, 0x1000, 8, ring).await.unwrap();
        truncate::truncate(session.lane(), &x, 8, Sign::NonNegative, ring).await.unwrap();
    };
    let tap = |party: Party, frame: &[u8]| frames.borrow_mut().push((party, frame.to_vec()));
    block_on(run2_tapped(|c| party(c, Party::Client, 5), |c| party(c, Party::Server, 6), tap));
    let frames = frames.into_inner();
    let long: Vec<_> = frames.iter().filter(|(_, frame)| frame.len() >= 5000).collect();
    assert!(long.len() > 20, "{} long messages", long.len());
    for (i, (party, frame)) in long.iter().enumerate() {
        let mut counts = [0u32; 256];
        frame.iter().for_each(|&byte| counts[usize::from(byte)] += 1);
        let expected = frame.len() as f64 / 256.0;
        let chi_square: f64 = counts.iter().map(|&c| (f64::from(c) - expected).powi(2) / expected).sum();
        // 255 degrees of freedom: standard deviation 22.6; six of them, and the seeds are fixed.
        assert!((120.0..391.0).contains(&chi_square), "message {i}, of the {party:?}: chi-square {chi_square}");
    }
}
