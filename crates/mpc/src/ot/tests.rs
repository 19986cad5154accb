//! The correlations themselves: what the two halves of a session's store must satisfy.

use futures_executor::block_on;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sotto_crypto::BitVec;

use super::*;
use crate::testing::run2;
use crate::{OtKind, Params, Session};

const PATHS: [OtKind; 2] = [OtKind::Classic, OtKind::Silent];

/// Runs both parties over real OTs.
fn real<T>(ot: OtKind, f: impl AsyncFn(&mut Session) -> T) -> (T, T) {
    let f = &f;
    let party = async |channel, party, seed: u8| {
        let rng = ChaCha20Rng::from_seed([seed; 32]);
        let params = Params { ot, lpn: LpnSet::B9, ..Params::default() };
        let mut session = Session::setup(channel, party, params, rng).await.unwrap();
        f(&mut session).await
    };
    block_on(run2(|c| party(c, Party::Client, 3), |c| party(c, Party::Server, 4)))
}

async fn take(s: &mut Session, sender: Party, width: u32, n: usize) -> Rot {
    if s.party() == sender {
        Rot::Sender(s.take_sender(width, n).await.unwrap())
    } else {
        Rot::Receiver(s.take_receiver(width, n).await.unwrap())
    }
}

#[test]
fn a_receiver_holds_the_row_of_its_choice() {
    let kinds = (1..=8).map(|width| (Party::Server, width)).chain([(Party::Client, 1)]);
    for (ot, (sender, width)) in PATHS.into_iter().flat_map(|ot| kinds.clone().map(move |kind| (ot, kind))) {
        for n in [0, 1, 7, 8, 129, 1000] {
            let (client, server) = real(ot, async |s| take(s, sender, width, n).await);
            let (sent, received) = match (client, server) {
                (Rot::Sender(s), Rot::Receiver(r)) | (Rot::Receiver(r), Rot::Sender(s)) => (s, r),
                _ => panic!("one sender, one receiver"),
            };
            assert_eq!((sent.len(), received.len(), sent.offsets().len()), (n, n, 1 << width));
            for i in 0..n {
                let choice = usize::from(received.choices[i]);
                assert_eq!(
                    received.rows[i],
                    sent.rows[i] ^ sent.offsets()[choice],
                    "{ot:?}, width {width}, OT {i} of {n}"
                );
            }
            if n == 1000 {
                let seen: std::collections::BTreeSet<u8> = received.choices.iter().copied().collect();
                assert!(seen.len() > (1 << width) * 9 / 10, "choices of width {width} are not spread");
            }
        }
    }
}

#[test]
fn offsets_differ_and_pads_look_random() {
    PATHS.into_iter().for_each(pads_of);
}

fn pads_of(ot: OtKind) {
    let (_, server) = real(ot, async |s| take(s, Party::Server, 8, 500).await);
    let Rot::Sender(sent) = server else { panic!("the server sends") };
    let distinct: std::collections::HashSet<Block> = sent.offsets().iter().copied().collect();
    assert_eq!(distinct.len(), 256);
    let mut pads: Vec<Block> = sent.rows.iter().flat_map(|&row| sent.offsets().iter().map(move |&d| row ^ d)).collect();
    sent.pi.cr_hash(&mut pads);
    // Ones among n fair bits: mean n/2, standard deviation √n/2; the seeds are fixed.
    for bit in [0, 1, 64, 127] {
        let ones = pads.iter().filter(|pad| pad.bit(bit)).count() as f64;
        let n = pads.len() as f64;
        assert!((ones - n / 2.0).abs() < 2.5 * n.sqrt(), "bit {bit}: {ones} ones of {n}");
    }
}

#[test]
fn triples_and_pairs_multiply() {
    for (ot, n) in PATHS.into_iter().flat_map(|ot| [1, 2, 63, 64, 1001].map(|n| (ot, n))) {
        let (client, server) = real(ot, async |s| {
            // Taken in two parts, so that what a refill leaves over is used too.
            let first = s.take_triples(n).await.unwrap();
            let second = s.take_triples(n + 1).await.unwrap();
            (first, second, s.take_pairs(n).await.unwrap())
        });
        let sum = |a: &BitVec, b: &BitVec| a ^ b;
        for (c, s) in [(&client.0, &server.0), (&client.1, &server.1)] {
            let [a, b, product] = [0, 1, 2].map(|k| sum(&c[k], &s[k]));
            assert_eq!(&a & &b, product);
        }
        let [a, b, b2, c, c2] = [0, 1, 2, 3, 4].map(|k| sum(&client.2[k], &server.2[k]));
        assert_eq!((&a & &b, &a & &b2), (c, c2));
    }
}
