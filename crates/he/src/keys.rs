//! Keys, encryption and decryption.
//!
//! A ciphertext (a, b) under s has the phase b + a·s = Q·m/t + e. The client encrypts under its secret key and sends b alone, for
//! a is a stretch of a public stream. The server adds encryptions of zero under the public key.

use sotto_crypto::{Modulus, Prg, SecretVec};

use crate::context::{Context, cofactors};
use crate::message::Reply;
use crate::params::{ParamSet, exp2};
use crate::poly::{Coefficients, Evaluations, Poly};
use crate::sample::{errors, ternary, uniform};
use crate::scale::Lift;
use crate::split::{Layout, Parts};
use crate::{pointwise, residues};

/// The client's key.
pub struct SecretKey {
    s: Poly<Evaluations>,
}

/// An encryption of zero from which the server makes others: `b = −a·s + e`.
pub struct PublicKey {
    pub(crate) a: Poly<Evaluations>,
    pub(crate) b: Poly<Evaluations>,
}

impl PublicKey {
    /// The key whose second half a peer sent; `a` is polynomial `index` of the public stream.
    pub fn from_body(b: Poly<Evaluations>, stream: &mut Prg, index: u64) -> Self {
        Self { a: uniform(b.set(), stream, index), b }
    }

    /// The half that travels.
    pub fn body(&self) -> &Poly<Evaluations> {
        &self.b
    }
}

impl SecretKey {
    /// A fresh ternary secret.
    pub fn generate(set: ParamSet, secret: &mut Prg) -> Self {
        Self { s: Poly::from_small(set, &ternary(set.degree(), secret)).to_evaluations() }
    }

    /// Its parameter set.
    pub fn set(&self) -> ParamSet {
        self.s.set()
    }

    pub(crate) fn secret(&self) -> &Poly<Evaluations> {
        &self.s
    }

    /// `−a·s + e + message`.
    pub(crate) fn mask(
        &self,
        a: &Poly<Evaluations>,
        message: Poly<Coefficients>,
        secret: &mut Prg,
    ) -> Poly<Evaluations> {
        let mut b = message;
        b.add_assign(&Poly::from_small(self.set(), &errors(self.set().degree(), secret)));
        let mut b = b.to_evaluations();
        b.sub_assign(&a.mul(&self.s));
        b
    }

    /// A public key; `a` is polynomial `index` of the public stream.
    pub fn public_key(&self, stream: &mut Prg, index: u64, secret: &mut Prg) -> PublicKey {
        let a = uniform(self.set(), stream, index);
        let b = self.mask(&a, Poly::zeros(self.set()), secret);
        PublicKey { a, b }
    }

    /// Encrypts elements of Z_t; `a` is polynomial `index` of the public stream.
    ///
    /// `given` are the elements of the places that hold given ones, in order. At the others the ciphertext makes the element,
    /// pseudo-random to everybody else, and less of it travels; these elements are the second half of what is returned.
    /// Coefficients that are no place hold anything.
    ///
    /// # Panics
    /// When the ciphertext is to make elements that are not those of its split's ring.
    pub fn encrypt(
        &self,
        t: Modulus,
        Layout { split, places }: Layout<'_>,
        given: impl Iterator<Item = u64>,
        stream: &mut Prg,
        index: u64,
        secret: &mut Prg,
    ) -> (Parts, SecretVec<u64>) {
        assert!(
            split.suits(t) || places.iter().all(|place| place.1),
            "elements of the ring that coefficients are split for"
        );
        let mut message = Poly::zeros(self.set());
        let filled = places.iter().filter(|place| place.1).map(|place| place.0);
        Lift::new(self.set(), t).add(&mut message, filled.zip(given));
        let b = self.mask(&uniform(self.set(), stream, index), message, secret).to_coefficients();
        let halves = split.split(b, places.iter().map(|place| place.0));
        let rests = halves.iter().map(|half| half.1).collect();
        let of =
            |given: bool| halves.iter().zip(places).filter(move |(_, place)| place.1 == given).map(|(half, _)| half.0);
        // With all its room first: growing would leave copies behind.
        let mut chosen = Vec::with_capacity(places.len());
        chosen.extend(of(false).map(|element| t.neg(element)));
        (Parts { rests, elements: of(true).collect() }, chosen.into())
    }

    /// The elements of Z_t at `places`, one for each number of the reply's b.
    pub fn decrypt(&self, t: Modulus, reply: &Reply, places: &[usize]) -> Vec<u64> {
        let [a_bits, b_bits] = reply.bits;
        let product = self.times_secret(&reply.a, a_bits, places);
        let mask = (1u128 << a_bits) - 1;
        let phases = product.iter().zip(&reply.b).map(|(&p, &b)| p.wrapping_add(b << (a_bits - b_bits)) & mask);
        phases.map(|phase| descale(t, phase, a_bits)).collect()
    }

    /// `a·s` modulo 2^128 at `places`, for coefficients a of `bits` bits: exact by as many primes as the product needs.
    fn times_secret(&self, a: &[u128], bits: u32, places: &[usize]) -> SecretVec<u128> {
        let set = self.set();
        // The product is at most N·2^bits: primes whose product is four times that, see `ParamSet::most_reply_bits`.
        let (all, mut held, mut needed) = (set.primes(), 1.0, 0);
        while needed < all.len() && held < exp2(bits + set.log_degree() + 2) {
            held *= f64::from(all[needed].get());
            needed += 1;
        }
        let primes = &all[..needed];
        let context = Context::get(set);
        let inverses = cofactors(primes);
        // What layers have is narrower than a word, and reduced by vectors.
        let words: Option<Vec<u64>> = (bits <= u64::BITS).then(|| a.iter().map(|&v| v as u64).collect());
        // Products with the secret tell it: all of them are wiped.
        let mut sums = SecretVec::<(u128, u64)>::zeros(places.len());
        let modulus = primes.iter().fold(1u128, |q, p| q.wrapping_mul(p.get().into()));
        for (k, &prime) in primes.iter().enumerate() {
            let mut values = SecretVec::zeros(a.len());
            match &words {
                Some(words) => pointwise::reduce(prime, words, &mut values),
                None => values.iter_mut().zip(a).for_each(|(value, &v)| *value = prime.reduce128(v)),
            }
            let table = &context.tables[k];
            table.forward(&mut values);
            residues::mul(prime, &mut values, self.s.part(k));
            table.inverse(&mut values);
            residues::scale(prime, &mut values, inverses[k].1);
            let cofactor = primes.iter().filter(|&&p| p != prime).fold(1u128, |q, p| q.wrapping_mul(p.get().into()));
            let reciprocal = (1u64 << 59) / u64::from(prime.get());
            for (sum, &place) in sums.iter_mut().zip(places) {
                let (value, turns) = sum;
                let x = values[place];
                *value = value.wrapping_add(cofactor.wrapping_mul(x.into()));
                *turns += u64::from(x) * reciprocal;
            }
        }
        // The sum is the product plus a multiple of the modulus, of which the product is less than a quarter.
        let centred = |&(value, turns): &(u128, u64)| {
            let multiple = (turns + (1 << 58)) >> 59;
            value.wrapping_sub(modulus.wrapping_mul(multiple.into()))
        };
        sums.iter().map(centred).collect::<Vec<_>>().into()
    }
}

/// ⌊t·phase/2^bits⌉ modulo t.
fn descale(t: Modulus, phase: u128, bits: u32) -> u64 {
    let size = t.size();
    let (product, shift) = if bits + t.bits() < 127 {
        (phase * size, bits)
    } else {
        // Without the low 32 bits of the product; less than one unit of them is lost.
        ((phase >> 32) * size + (((phase & 0xffff_ffff) * size) >> 32), bits - 32)
    };
    let rounded = (product + (1 << (shift - 1))) >> shift;
    // At most t.
    match t {
        Modulus::PowerOfTwo(ring) => ring.reduce(rounded as u64),
        Modulus::Odd(_) => t.reduce(rounded as u64),
    }
}
