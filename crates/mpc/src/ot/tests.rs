//! The correlations themselves: what the two halves of rows, of pads and of triples must satisfy.

use std::collections::{BTreeSet, HashSet};

use futures_executor::block_on;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sotto_crypto::{BitVec, Block, Modulus};

use super::io::Io;
use super::lpn_set::LpnSet;
use super::pads::{Entry, PadKind, Pads};
use super::rot::{Offsets, RotHalves, RotKind};
use super::source::Source;
use crate::party::{OtKind, Params, Party};
use crate::session::Session;
use crate::session::lane::Lane;
use crate::testing::run2;

const PATHS: [OtKind; 2] = [OtKind::Classic, OtKind::Silent];

fn params(ot: OtKind) -> Params {
    Params { ot, lpn: LpnSet::B9, ..Params::default() }
}

/// Rows at the client and at the server, and the sender's offsets.
fn rows(ot: OtKind, kind: RotKind, n: usize) -> ([RotHalves; 2], Offsets) {
    let party = async |mut channel, party, seed: u8| {
        let mut rng = ChaCha20Rng::from_seed([seed; 32]);
        let mut io = Io { channel: &mut channel, rng: &mut rng };
        let [mut source, _] = Source::setup(io.again(), party, params(ot)).await.unwrap();
        let halves = source.rots(io, kind, n).await.unwrap();
        (halves, source.offsets(kind).ok())
    };
    let (client, server) = block_on(run2(|c| party(c, Party::Client, 3), |c| party(c, Party::Server, 4)));
    let offsets = if kind.sender == Party::Server { server.1 } else { client.1 };
    ([client.0, server.0], offsets.unwrap())
}

/// Runs both parties of a session over real OTs.
fn real<T>(ot: OtKind, f: impl AsyncFn(&mut Lane) -> T) -> (T, T) {
    let f = &f;
    let party = async |channel, party, seed: u8| {
        let rng = ChaCha20Rng::from_seed([seed; 32]);
        let mut session = Session::setup(channel, party, params(ot), rng).await.unwrap();
        f(session.lane()).await
    };
    block_on(run2(|c| party(c, Party::Client, 3), |c| party(c, Party::Server, 4)))
}

fn kinds() -> impl Iterator<Item = RotKind> + Clone {
    (1..=8).map(RotKind::leaf).chain([RotKind::bit(Party::Client)])
}

#[test]
fn a_receiver_holds_the_row_of_its_choice() {
    for (ot, kind) in PATHS.into_iter().flat_map(|ot| kinds().map(move |kind| (ot, kind))) {
        for n in [0, 1, 7, 8, 129, 1000] {
            let ([client, server], offsets) = rows(ot, kind, n);
            let (sent, received) = if kind.sender == Party::Server { (server, client) } else { (client, server) };
            assert_eq!((sent.rows.len(), received.rows.len(), received.choices.len()), (n, n, n));
            for i in 0..n {
                let choice = usize::from(received.choices[i]);
                assert_eq!(received.rows[i], sent.rows[i] ^ offsets[choice], "{ot:?}, {kind:?}, OT {i} of {n}");
            }
            if n == 1000 {
                let seen: BTreeSet<u8> = received.choices.iter().copied().collect();
                assert!(seen.len() > (1 << kind.width) * 9 / 10, "choices of width {} are not spread", kind.width);
            }
        }
    }
}

/// Every pad of an OT, field by field, as a number.
fn fields(pads: &Pads, pad: usize) -> Vec<u64> {
    let mut at = pad * pads.entry().bits() as usize;
    let fields = pads.entry().fields().iter().map(|field| {
        at += field.bits() as usize;
        pads.bits_at(at - field.bits() as usize, field.bits())
    });
    fields.collect()
}

#[test]
fn a_receiver_holds_the_pad_of_its_choice() {
    let ring = Modulus::power_of_two;
    let entries: [&[Modulus]; 7] = [
        &[ring(1)],
        &[ring(2)],
        &[ring(4)],
        &[ring(13)],
        &[ring(64), ring(64), ring(5)],
        &[Modulus::odd(12289)],
        &[ring(17), Modulus::odd(4_293_918_721)],
    ];
    for (ot, kind) in PATHS.into_iter().flat_map(|ot| kinds().map(move |kind| (ot, kind))) {
        for entry in entries.map(Entry::new) {
            let kind = PadKind { rot: kind, entry };
            // In parts, so that what a refill leaves over is used too.
            let parts = [1, 70, 3, 0, 41];
            let (client, server) = real(ot, async |s| {
                s.reserve(&super::demand::Demand::pads(kind.clone(), 60)).await.unwrap();
                let mut taken = Vec::new();
                for n in parts {
                    taken.push(s.take(&kind, n).await.unwrap());
                }
                assert!(s.stock().is_empty(), "pads are left");
                taken
            });
            let mut seen = HashSet::new();
            for ((client, server), n) in client.iter().zip(&server).zip(parts) {
                let (sent, received) =
                    if kind.rot.sender == Party::Server { (server, client) } else { (client, server) };
                assert_eq!((sent.len(), received.len()), (n, n));
                for i in 0..n {
                    let own = fields(received, i);
                    let pad = |k: usize| fields(sent, (i << kind.rot.width) + k);
                    assert_eq!(own, pad(received.choice(i).into()), "{ot:?}, {kind:?}, OT {i} of {n}");
                    assert!(own.iter().zip(kind.entry.fields()).all(|(&v, m)| u128::from(v) < m.size()));
                    seen.insert(own);
                }
            }
            assert!(kind.entry.bits() < 13 || seen.len() > 110, "pads of {kind:?} repeat");
        }
    }
}

#[test]
fn offsets_differ_and_pads_look_random() {
    for ot in PATHS {
        let (_, offsets) = rows(ot, RotKind::leaf(8), 1);
        let distinct: HashSet<Block> = offsets[..256].iter().copied().collect();
        assert_eq!(distinct.len(), 256);
        let kind = PadKind { rot: RotKind::leaf(8), entry: Entry::bits_of(64) };
        let (_, sent) = real(ot, async |s| s.take(&kind, 500).await.unwrap());
        // Ones among n fair bits: mean n/2, standard deviation √n/2; the seeds are fixed.
        let n = 256 * 500;
        for bit in [0, 1, 31, 63] {
            let ones = (0..n).filter(|pad| sent.bits_at(64 * pad + bit, 1) == 1).count() as f64;
            let n = n as f64;
            assert!((ones - n / 2.0).abs() < 2.5 * n.sqrt(), "{ot:?}, bit {bit}: {ones} ones of {n}");
        }
    }
}

#[test]
fn triples_and_pairs_multiply() {
    for (ot, n) in PATHS.into_iter().flat_map(|ot| [1, 2, 63, 64, 1001].map(|n| (ot, n))) {
        let (client, server) = real(ot, async |s| {
            // Taken in two parts, so that what a refill leaves over is used too.
            let (first, _) = s.take_triples(n, 0).await.unwrap();
            let (second, pairs) = s.take_triples(n + 1, n).await.unwrap();
            (first, second, pairs)
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
