//! Keys of the encryption behind linear layers: the client makes them when a session begins, and anew before all that
//! they have answered tells too much; the server computes with their public halves.
//!
//! Everything uniform and public, the first halves of keys and ciphertexts, comes from one stream of the session, whose seed the client
//! sends; both parties count the polynomials that they take from it.

use std::collections::BTreeMap;

use sotto_crypto::{Block, Prg, memcheck};
use sotto_he::pack::{PackingKeys, polynomials_per_level};
use sotto_he::{Evaluations, ParamSet, Poly, PublicKey, SecretKey};
use zeroize::Zeroizing;

use super::lane::Lane;
use crate::error::{Error, Result, internal};
use crate::party::{Party, served};
use crate::sorted::Sorted;
use crate::wire::{Reader, Writer, bytes_for};

/// Parameter sets that a session needs, each with its levels of packing.
pub type KeySets = BTreeMap<ParamSet, u32>;

/// A session's keys.
pub(crate) struct HeKeys {
    stream: Prg,
    /// Polynomials of the stream that were taken.
    taken: u64,
    /// Inferences that were prepared with them.
    pub(crate) answered: u64,
    own: Own,
}

enum Own {
    Client(Sorted<ParamSet, SecretKey>),
    Server(Sorted<ParamSet, ServerKeys>),
}

/// What the server computes with.
pub(crate) struct ServerKeys {
    pub(crate) public: PublicKey,
    pub(crate) packing: PackingKeys,
}

impl HeKeys {
    /// The public stream, and the place of the next `n` polynomials in it.
    pub(crate) fn take(&mut self, n: u64) -> (Prg, u64) {
        let first = self.taken;
        self.taken += n;
        (self.stream.clone(), first)
    }

    pub(crate) fn secret(&self, set: ParamSet) -> Result<&SecretKey> {
        match &self.own {
            Own::Client(keys) => keys.get(&set).ok_or_else(|| internal("no secret key of this parameter set")),
            Own::Server(_) => Err(internal("the server has no secret key")),
        }
    }

    pub(crate) fn server(&self, set: ParamSet) -> Result<&ServerKeys> {
        match &self.own {
            Own::Server(keys) => keys.get(&set).ok_or_else(|| internal("no public key of this parameter set")),
            Own::Client(_) => Err(internal("the client computes on no ciphertexts")),
        }
    }
}

/// Bytes from client to server of the keys; nothing when there are none.
pub(crate) fn key_bytes(sets: &KeySets) -> u64 {
    let polynomials = |set: ParamSet, levels: u32| 1 + polynomials_per_level(set) * u64::from(levels);
    let bytes: u64 = sets.iter().map(|(&set, &levels)| polynomials(set, levels) * bytes_for(poly_bits(set))).sum();
    if sets.is_empty() { 0 } else { 16 + bytes }
}

/// Bits of a polynomial on the wire.
pub(crate) fn poly_bits(set: ParamSet) -> u64 {
    set.degree() as u64 * u64::from(set.residues_bits())
}

impl HeKeys {
    /// Makes and sends, or receives, the keys of `sets`.
    ///
    /// # Errors
    /// Of the channel, and `Malformed` for numbers that are no residues.
    pub(crate) async fn exchange(s: &mut Lane, sets: &KeySets) -> Result<Self> {
        match s.party() {
            Party::Client => Self::make(s, sets).await,
            Party::Server => served!(Self::receive(s, sets).await),
        }
    }

    async fn make(s: &mut Lane, sets: &KeySets) -> Result<Self> {
        let mut seed = Block::random(&mut s.rng);
        // It is sent below.
        memcheck::public(std::slice::from_mut(&mut seed));
        let mut secret = Prg::new(*Zeroizing::new(Block::random(&mut s.rng)));
        s.channel.send(seed.to_bytes().to_vec()).await?;
        let mut keys = HeKeys { stream: Prg::new(seed), taken: 0, answered: 0, own: Own::Client(Sorted::default()) };
        let mut own = Sorted::default();
        for (&set, &levels) in sets {
            let key = SecretKey::generate(set, &mut secret);
            let (mut stream, index) = keys.take(1);
            let public = key.public_key(&mut stream, index, &mut secret);
            send_poly(s, public.body()).await?;
            for level in 0..levels {
                let (mut stream, index) = keys.take(polynomials_per_level(set));
                for body in key.packing_key(level, &mut stream, index, &mut secret) {
                    send_poly(s, &body).await?;
                }
            }
            own.insert(set, key);
        }
        keys.own = Own::Client(own);
        Ok(keys)
    }

    async fn receive(s: &mut Lane, sets: &KeySets) -> Result<Self> {
        let seed = s.channel.recv(16).await?;
        let seed = seed.first_chunk().ok_or_else(|| internal("a seed has 16 bytes"))?;
        let stream = Prg::new(Block::from_bytes(seed));
        let mut keys = HeKeys { stream, taken: 0, answered: 0, own: Own::Server(Sorted::default()) };
        let mut own = Sorted::default();
        for (&set, &levels) in sets {
            let (mut stream, index) = keys.take(1);
            let public = PublicKey::from_body(recv_poly(s, set).await?, &mut stream, index);
            let mut packing = PackingKeys::new(set);
            for _ in 0..levels {
                let (mut stream, index) = keys.take(polynomials_per_level(set));
                let mut bodies = Vec::new();
                for _ in set.primes() {
                    bodies.push(recv_poly(s, set).await?);
                }
                packing.push(bodies, &mut stream, index);
            }
            own.insert(set, ServerKeys { public, packing });
        }
        keys.own = Own::Server(own);
        Ok(keys)
    }
}

async fn send_poly(s: &mut Lane, poly: &Poly<Evaluations>) -> Result<()> {
    s.channel.send(write_poly(poly)).await
}

async fn recv_poly(s: &mut Lane, set: ParamSet) -> Result<Poly<Evaluations>> {
    let message = s.channel.recv(bytes_for(poly_bits(set))).await?;
    read_poly(set, &message)
}

/// A polynomial as a message: its residues modulo one prime after the other, as many bits each as the prime has.
pub(crate) fn write_poly(poly: &Poly<Evaluations>) -> Vec<u8> {
    let set = poly.set();
    let mut writer = Writer::with_capacity(poly_bits(set));
    for (part, prime) in poly.residues().chunks(set.degree()).zip(set.primes()) {
        part.iter().for_each(|&v| writer.put(v.into(), prime.bits()));
    }
    writer.finish()
}

/// Reads what [`write_poly`] wrote.
pub(crate) fn read_poly(set: ParamSet, message: &[u8]) -> Result<Poly<Evaluations>> {
    let mut reader = Reader::new(message);
    let mut residues = Vec::with_capacity(set.degree() * set.primes().len());
    for prime in set.primes() {
        residues.extend(reader.take_all(set.degree(), prime.bits())?.into_iter().map(|v| v as u32));
    }
    reader.finish()?;
    Poly::from_wire(set, residues).map_err(|e| Error::malformed(format!("a polynomial: {e}")))
}
