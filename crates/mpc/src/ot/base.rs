//! Base OTs: 1-of-2 OTs of random 128-bit keys over Ristretto255, in both directions at once.
//!
//! Source: Chou and Orlandi, "The Simplest Protocol for Oblivious Transfer" (LATINCRYPT 2015), with the known fixes: the
//! key hash binds direction, index and transcript, and every point is checked for canonical encoding. Security:
//! semi-honest, under CDH in the random-oracle model. Cost: 32 bytes per direction and 32 per OT; 2 rounds.

use std::sync::Arc;

use rand_chacha::ChaCha20Rng;
use sha2::{Digest, Sha256};
use sotto_crypto::group::{Point, Scalar};
use sotto_crypto::hash::Pi;
use sotto_crypto::lpn::Code;
use sotto_crypto::{BitVec, Block, memcheck};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::channel::Channel;
use crate::error::{Error, Result};
use crate::party::Party;

/// Keys of the OTs in which this party sends (both keys) and in which it receives (the chosen one).
#[derive(ZeroizeOnDrop)]
pub(crate) struct BaseOts {
    pub(crate) sent: Vec<[Block; 2]>,
    pub(crate) received: Vec<Block>,
    #[zeroize(skip)]
    pub(crate) constants: Constants,
}

/// Public constants that no other session has: hashes of all that the base OTs sent.
pub(crate) struct Constants {
    /// The permutation that hashes rows and makes trees.
    pub(crate) pi: Arc<Pi>,
    /// The code of Ferret.
    pub(crate) code: Code,
}

impl Constants {
    /// From the messages in a fixed order.
    pub(super) fn new(messages: [&[u8]; 4]) -> Self {
        let hash = |label: &[u8]| -> [u8; 32] {
            let mut hash = Sha256::new();
            hash.update(label);
            messages.iter().for_each(|message| {
                hash.update((message.len() as u64).to_le_bytes());
                hash.update(message);
            });
            let mut digest: [u8; 32] = hash.finalize().into();
            // Both parties have all that was hashed.
            memcheck::public(&mut digest);
            digest
        };
        let mut key = [0; 16];
        key.copy_from_slice(&hash(b"sotto permutation 1")[..16]);
        Self { pi: Arc::new(Pi::new(Block::from_bytes(&key))), code: Code::new(&hash(b"sotto code 1")) }
    }
}

/// Runs `send` OTs as sender and one per bit of `choices` as receiver.
pub(crate) async fn base_ots(
    channel: &mut Channel,
    party: Party,
    rng: &mut ChaCha20Rng,
    send: usize,
    choices: &BitVec,
) -> Result<BaseOts> {
    // Step 1: each sender publishes A = aG.
    let a = Scalar::random(rng);
    let own_a = Point::generator_mul(&a);
    let own_a_bytes = own_a.to_bytes();
    let peer_a_bytes = channel.exchange(own_a_bytes.to_vec(), 32).await?;
    let peer_a = decode(&peer_a_bytes)?;
    if peer_a.is_identity() {
        return Err(Error::malformed("the base-OT sender's point is the identity"));
    }

    // Step 2: each receiver answers B = bG + c·A, which is uniform whatever c is.
    let mut answers = Vec::with_capacity(32 * choices.len());
    let mut received = Vec::with_capacity(choices.len());
    for (index, choice) in choices.iter().enumerate() {
        let b = Scalar::random(rng);
        let b_point = Point::generator_mul(&b);
        let answer = Point::conditional_select(&b_point, &(b_point + peer_a), choice).to_bytes();
        answers.extend_from_slice(&answer);
        received.push(key(party.peer(), index, &peer_a_bytes, &answer, &Zeroizing::new(peer_a * &b)));
    }
    let peer_answers = channel.exchange(answers.clone(), 32 * send as u64).await?;

    // Step 3: the sender's keys are H(aB) and H(aB − aA).
    let a_squared = Zeroizing::new(own_a * &a);
    let sent = peer_answers
        .chunks_exact(32)
        .enumerate()
        .map(|(index, answer)| {
            let shared = Zeroizing::new(decode(answer)? * &a);
            let other = Zeroizing::new(*shared - *a_squared);
            Ok([shared, other].map(|k| key(party, index, &own_a_bytes, answer, &k)))
        })
        .collect::<Result<_>>()?;
    let (own, theirs): ([&[u8]; 2], [&[u8]; 2]) = ([&own_a_bytes, &answers], [&peer_a_bytes, &peer_answers]);
    let (server, client) = if party == Party::Server { (own, theirs) } else { (theirs, own) };
    let constants = Constants::new([server[0], client[0], server[1], client[1]]);
    Ok(BaseOts { sent, received, constants })
}

fn decode(bytes: &[u8]) -> Result<Point> {
    let bytes = bytes.try_into().ok();
    bytes
        .and_then(|bytes| Point::from_bytes(bytes).ok())
        .ok_or_else(|| Error::malformed("a base-OT message is not a canonical group element"))
}

fn key(sender: Party, index: usize, a: &[u8], b: &[u8], shared: &Point) -> Block {
    let mut hash = Sha256::new();
    hash.update(b"sotto base ot 1");
    hash.update([sender as u8]);
    hash.update((index as u64).to_le_bytes());
    hash.update(a);
    hash.update(b);
    hash.update(shared.to_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    Block::from_bytes(&half)
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;
    use rand_core::SeedableRng;

    use super::*;
    use crate::testing::run2;

    #[test]
    fn receivers_hold_the_chosen_key_and_no_other() {
        let client_choices = BitVec::from_fn(5, |i| i % 2 == 1);
        let server_choices = BitVec::from_fn(9, |i| i % 3 == 0);
        let (client, server) = block_on(run2(
            async |mut c| {
                base_ots(&mut c, Party::Client, &mut ChaCha20Rng::from_seed([1; 32]), 9, &client_choices).await
            },
            async |mut c| {
                base_ots(&mut c, Party::Server, &mut ChaCha20Rng::from_seed([2; 32]), 5, &server_choices).await
            },
        ));
        let (client, server) = (client.unwrap(), server.unwrap());
        for (sent, received, choices) in
            [(&server.sent, &client.received, &client_choices), (&client.sent, &server.received, &server_choices)]
        {
            for i in 0..choices.len() {
                assert_eq!(received[i], sent[i][usize::from(choices.get(i))]);
                assert_ne!(received[i], sent[i][usize::from(!choices.get(i))]);
            }
        }
    }

    #[test]
    fn parties_agree_on_constants_that_no_other_session_has() {
        let constants = |client: u8, server: u8| {
            let party = async |mut channel: Channel, party, seed| {
                let mut rng = ChaCha20Rng::from_seed([seed; 32]);
                let ots = base_ots(&mut channel, party, &mut rng, 2, &BitVec::zeros(2)).await.unwrap();
                let mut block = [Block::ONES];
                ots.constants.pi.cr_hash(&mut block);
                (block[0], ots.constants.code.places(1 << 16, 0))
            };
            block_on(run2(|c| party(c, Party::Client, client), |c| party(c, Party::Server, server)))
        };
        let mut seen = Vec::new();
        for (client, server) in [(1, 2), (1, 3), (3, 2)] {
            let (ours, theirs) = constants(client, server);
            assert!(ours == theirs);
            assert!(seen.iter().all(|(pi, code)| *pi != ours.0 && *code != ours.1), "{client}, {server}");
            seen.push(ours);
        }
    }

    #[test]
    fn the_identity_and_non_canonical_points_are_malformed() {
        for byte in [0, 0xff] {
            let (client, _) = block_on(run2(
                async |mut c| {
                    let mut rng = ChaCha20Rng::from_seed([1; 32]);
                    base_ots(&mut c, Party::Client, &mut rng, 1, &BitVec::zeros(1)).await
                },
                async |mut c: Channel| c.exchange(vec![byte; 32], 32).await,
            ));
            assert_eq!(client.err().unwrap().kind(), crate::ErrorKind::Malformed);
        }
    }
}
