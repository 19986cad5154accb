//! Ciphertexts as the server computes with them.

use sotto_crypto::{Modulus, Prg};

use crate::keys::PublicKey;
use crate::message::Reply;
use crate::params::{ERROR_BOUND, ParamSet};
use crate::poly::{Coefficients, Evaluations, Poly, Sum};
use crate::prime::Prime;
use crate::sample::{errors, ternary, uniform};
use crate::scale::{Lift, round};
use crate::split::{Layout, Parts};

/// A ciphertext at the server: phase b + a·s.
#[derive(Clone)]
pub struct Ciphertext {
    pub(crate) a: Poly<Evaluations>,
    pub(crate) b: Poly<Evaluations>,
}

impl Ciphertext {
    /// The ciphertext of which the client sent these parts, see [`SecretKey::encrypt`](crate::SecretKey::encrypt); `a` is polynomial
    /// `index` of the public stream.
    pub fn open(layout: Layout<'_>, parts: &Parts, stream: &mut Prg, index: u64) -> Self {
        let b = layout.split.join(parts, layout.places);
        Self { a: uniform(b.set(), stream, index), b: b.to_evaluations() }
    }

    /// Adds an encryption of zero, and to `cover`, `shift` places further, noise that hides what the ciphertext's own noise could tell.
    ///
    /// With its cover, a is pseudo-random to the holder of the secret key, too, and the phase differs from the plain one by a uniform value of
    /// `[−2^flood_bits, 2^flood_bits)` at each of the places.
    pub fn hide(
        &mut self,
        key: &PublicKey,
        places: &[usize],
        flood_bits: u32,
        (cover, shift): (&mut Cover, usize),
        secret: &mut Prg,
    ) {
        let set = self.a.set();
        let n = set.degree();
        let u = Poly::from_small(set, &ternary(n, secret)).to_evaluations();
        cover.flood(places, shift, &errors(n, secret), flood_bits, secret);
        self.a.add_assign(&Poly::from_small(set, &errors(n, secret)).to_evaluations());
        self.a.add_products(&[[&key.a, &u]]);
        self.b.add_products(&[[&key.b, &u]]);
    }

    /// The ciphertext with its cover.
    pub fn covered(mut self, cover: &Cover) -> Self {
        self.b.add_assign(&cover.0.clone().to_evaluations());
        self
    }

    /// Multiplies both halves by the inverse of a power of two, modulo Q.
    pub(crate) fn halve(&mut self, times: u32) {
        let primes = self.a.set().primes();
        let inverse = |p: &Prime| p.factor(p.inverse(p.reduce64(1 << times)));
        let factors: Vec<_> = primes.iter().map(inverse).collect();
        self.a.scale(&factors);
        self.b.scale(&factors);
    }

    /// What the client needs of it, with its cover.
    pub fn reply(self, cover: &Cover, bits: [u32; 2], places: &[usize]) -> Reply {
        let n = self.a.set().degree();
        let a = round(self.a.to_coefficients(), bits[0], 0..n);
        let mut b = self.b.to_coefficients();
        b.add_assign(&cover.0);
        let b = round(b, bits[1], places.iter().copied());
        Reply { bits, a, b }
    }
}

/// What is added to b of a reply before it travels, by its coefficients: nothing needs them as values, as a packed reply holds at its places just
/// what the packed ones hold at theirs.
pub struct Cover(Poly<Coefficients>);

impl Cover {
    /// Nothing yet.
    pub fn new(set: ParamSet) -> Self {
        Self(Poly::zeros(set))
    }

    /// Adds elements of Z_t at some places, all of them different.
    pub fn mask(&mut self, t: Modulus, masks: impl Iterator<Item = (usize, u64)>) {
        Lift::new(self.0.set(), t).add(&mut self.0, masks);
    }

    /// Adds the errors of some places, and uniform values of [−2^bits, 2^bits), to those so much further.
    fn flood(&mut self, places: &[usize], shift: usize, errors: &[i8], bits: u32, secret: &mut Prg) {
        let set = self.0.set();
        let n = set.degree();
        // A flooding, its error and both of their offsets are Σ wordᵢ·2^(32i) plus the residue.
        let powers = |p: &Prime| [p.get(), p.reduce64(1 << 32), p.reduce128(1 << 64), p.reduce128(1 << 96)];
        let powers: Vec<_> = set.primes().iter().map(|p| (p, powers(p), p.neg(p.reduce128(1 << bits)))).collect();
        let residues = self.0.all_mut();
        for &place in places {
            let v = secret.next_block().as_u128() >> (127 - bits);
            let words = [v as u32, (v >> 32) as u32, (v >> 64) as u32, (v >> 96) as u32].map(u64::from);
            let error = (i32::from(errors[place]) + ERROR_BOUND as i32) as u64;
            for (k, (prime, [p, one, two, three], offset)) in powers.iter().enumerate() {
                let residue = &mut residues[k * n + place + shift];
                let high = words[1] * u64::from(*one) + words[2] * u64::from(*two) + words[3] * u64::from(*three);
                let low = words[0] + error + u64::from(*p - ERROR_BOUND) + u64::from(*offset) + u64::from(*residue);
                *residue = prime.reduce64(high + low);
            }
        }
    }
}

/// A sum of ciphertexts times plain polynomials.
pub struct Accumulator {
    a: Sum,
    b: Sum,
}

impl Accumulator {
    /// Zero.
    pub fn new(set: ParamSet) -> Self {
        Self { a: Sum::new(set), b: Sum::new(set) }
    }

    /// Adds `ciphertext·w`.
    pub fn add_product(&mut self, ciphertext: &Ciphertext, w: &Poly<Evaluations>) {
        self.a.add_product(&ciphertext.a, w);
        self.b.add_product(&ciphertext.b, w);
    }

    /// Adds `ciphertext·w` for an integer w, given by its residues.
    pub fn add_scaled(&mut self, ciphertext: &Ciphertext, w: &[u32]) {
        self.a.add_scaled(&ciphertext.a, w);
        self.b.add_scaled(&ciphertext.b, w);
    }

    /// The sum; the accumulator is zero again.
    pub fn take(&mut self) -> Ciphertext {
        let sum = Ciphertext { a: self.a.finish(), b: self.b.finish() };
        self.a.clear();
        self.b.clear();
        sum
    }
}

#[cfg(test)]
mod tests {
    use sotto_crypto::Block;

    use super::*;
    use crate::keys::SecretKey;
    use crate::noise::{Budget, Load};
    use crate::split::Split;

    const SET: ParamSet = ParamSet::N4096;

    /// A ciphertext as it arrives of elements at all places, without the lowest `cut` bits.
    fn encrypted(
        key: &SecretKey,
        t: Modulus,
        cut: u32,
        element: impl Fn(u64) -> u64,
        stream: &mut Prg,
        index: u64,
        secret: &mut Prg,
    ) -> Ciphertext {
        let (split, places) = (Split::new(SET, t, cut), (0..SET.degree()).map(|i| (i, true)).collect::<Vec<_>>());
        let elements = (0..SET.degree() as u64).map(|i| t.reduce(element(i)));
        let layout = Layout { split, places: &places };
        let (parts, _) = key.encrypt(t, layout, elements, stream, index, secret);
        Ciphertext::open(layout, &parts, stream, index)
    }

    /// A ciphertext with what hides it.
    fn hidden_by(
        mut ciphertext: Ciphertext,
        key: &PublicKey,
        t: Modulus,
        masks: &[(usize, u64)],
        flood_bits: u32,
        secret: &mut Prg,
    ) -> Ciphertext {
        let (mut cover, places) = (Cover::new(SET), masks.iter().map(|m| m.0).collect::<Vec<_>>());
        cover.mask(t, masks.iter().copied());
        ciphertext.hide(key, &places, flood_bits, (&mut cover, 0), secret);
        ciphertext.covered(&cover)
    }

    /// What the client can try: a of the reply over its own a, place by place, is the polynomial of weights.
    fn quotient(reply: &Poly<Evaluations>, own: &Poly<Evaluations>) -> Poly<Coefficients> {
        let mut quotient = Poly::<Evaluations>::zeros(SET);
        for (k, &prime) in SET.primes().iter().enumerate() {
            let pairs = reply.part(k).iter().zip(own.part(k));
            quotient.part_mut(k).iter_mut().zip(pairs).for_each(|(q, (&a, &b))| *q = prime.mul(a, prime.inverse(b)));
        }
        quotient.to_coefficients()
    }

    #[test]
    fn the_a_part_tells_the_weights_unless_it_is_hidden() {
        let t = Modulus::power_of_two(32);
        let (mut stream, mut secret) = (Prg::new(Block::from(1u64)), Prg::new(Block::from(2u64)));
        let key = SecretKey::generate(SET, &mut secret);
        let public = key.public_key(&mut stream, 9, &mut secret);
        let small: Vec<i8> = (0..SET.degree()).map(|_| secret.next_u64() as i8).collect();
        let weights = Poly::from_small(SET, &small);
        // A place where the client's a is zero has no quotient; each is so with probability 2^−27.
        let index = (0..8)
            .find(|&i| uniform(SET, &mut stream, i).residues().iter().all(|&v| v != 0))
            .expect("a polynomial without zeros");
        let input = encrypted(&key, t, 0, |i| i, &mut stream, index, &mut secret);
        let mut product = Accumulator::new(SET);
        product.add_product(&input, &weights.clone().to_evaluations());
        let bare = product.take();
        assert!(quotient(&bare.a, &input.a).residues() == weights.residues(), "the attack recovers every weight");
        // A mask on b alone does not help: a is as it was. With an encryption of zero nothing is left of the weights.
        let mut hidden = bare.clone();
        let masks: Vec<(usize, u64)> = (0..SET.degree()).map(|i| (i, t.reduce(secret.next_u64()))).collect();
        hidden = hidden_by(hidden, &public, t, &masks, 66, &mut secret);
        let guess = quotient(&hidden.a, &input.a);
        for (k, prime) in SET.primes().iter().enumerate() {
            let equal = guess.part(k).iter().zip(weights.part(k)).filter(|(a, b)| a == b).count();
            assert!(equal <= 2, "{equal} residues of {} recovered", SET.degree());
            // The guess is uniform: its sixteen intervals hold about 256 values each.
            let mut counts = [0u32; 16];
            guess.part(k).iter().for_each(|&v| counts[(u64::from(v) * 16 / u64::from(prime.get())) as usize] += 1);
            let chi_square: f64 = counts.iter().map(|&c| (f64::from(c) - 256.0).powi(2) / 256.0).sum();
            // 15 degrees of freedom: standard deviation 5.5.
            assert!(chi_square < 15.0 + 6.0 * 5.5, "chi-square {chi_square}");
        }
    }

    /// The phase of a hidden product of fixed weights and elements differs from the exact one by noise in which the flooding drowns all
    /// else: twice the same ciphertext with other weights cannot be told apart by it.
    #[test]
    fn the_noise_that_the_client_sees_is_the_flooding() {
        let t = Modulus::power_of_two(16);
        let flood_bits = 60;
        let (mut stream, mut secret) = (Prg::new(Block::from(3u64)), Prg::new(Block::from(4u64)));
        let key = SecretKey::generate(SET, &mut secret);
        let public = key.public_key(&mut stream, 9, &mut secret);
        for weight in [0i8, 127] {
            let input = encrypted(&key, t, 0, |_| 0, &mut stream, 0, &mut secret);
            let mut product = Accumulator::new(SET);
            product.add_product(&input, &Poly::from_small(SET, &[weight; 64]).to_evaluations());
            let hidden = product.take();
            let masks: Vec<(usize, u64)> = (0..SET.degree()).map(|i| (i, 0)).collect();
            let hidden = hidden_by(hidden, &public, t, &masks, flood_bits, &mut secret);
            let mut phase = hidden.a.mul(key.secret());
            phase.add_assign(&hidden.b);
            // 2^94·phase/Q, so that the flooding's 2^60 are 2^46.02 here.
            let noise: Vec<f64> = round(phase.to_coefficients(), 94, 0..SET.degree())
                .into_iter()
                .map(|v| ((v << 34) as i128 >> 34) as f64 / crate::params::exp2(94) * crate::params::q(SET))
                .collect();
            let bound = crate::params::exp2(flood_bits);
            assert!(noise.iter().all(|v| v.abs() < bound * 1.001), "all within the flooding's range");
            let variance = noise.iter().map(|v| (v / bound).powi(2)).sum::<f64>() / noise.len() as f64;
            // Uniform: a third; six standard deviations of the mean of 4096 squares.
            assert!((variance - 1.0 / 3.0).abs() < 6.0 * 0.3 / 64.0, "{variance}");
        }
    }

    /// A reply over a ring travels without the top of b. With the same key, noise and flooding but other elements, what travels is the
    /// same, and what is kept differs by the products; either looks uniform.
    #[test]
    fn what_travels_of_a_reply_does_not_depend_on_the_elements() {
        let t = Modulus::power_of_two(24);
        let budget = Budget::fit(&Load::of(SET, t, 64, 8)).unwrap();
        let places: Vec<usize> = (0..SET.degree()).collect();
        let reply = |elements: &dyn Fn(u64) -> u64| {
            let (mut stream, mut secret) = (Prg::new(Block::from(7u64)), Prg::new(Block::from(8u64)));
            let key = SecretKey::generate(SET, &mut secret);
            let public = key.public_key(&mut stream, 9, &mut secret);
            let input = encrypted(&key, t, 0, elements, &mut stream, 0, &mut secret);
            let mut product = Accumulator::new(SET);
            product.add_product(&input, &Poly::from_small(SET, &[127]).to_evaluations());
            let hidden = product.take();
            let pairs: Vec<_> = places.iter().map(|&i| (i, 0)).collect();
            let hidden = hidden_by(hidden, &public, t, &pairs, budget.flood_bits, &mut secret);
            let mut reply = hidden.reply(&Cover::new(SET), budget.reply_bits, &places);
            let kept = reply.split(budget.kept_bits);
            (key.decrypt(t, &reply, &places), reply, kept)
        };
        let other = |i: u64| i.wrapping_mul(0x9e37_79b9) ^ (i << 20);
        let ((share, zeros, kept), (other_share, others, other_kept)) = (reply(&|_| 0), reply(&other));
        let same = |(a, b): &(&u128, &u128)| a == b;
        assert!(zeros.a == others.a, "the first half is the same");
        // Roundings of ⌊Q·m/t⌋ move one now and then to the next value.
        assert!(zeros.b.iter().zip(&others.b).filter(same).count() >= SET.degree() - 1);
        for i in 0..SET.degree() {
            assert_eq!(t.add(share[i], kept[i]), 0, "place {i}");
            assert_eq!(t.add(other_share[i], other_kept[i]), t.mul(127, t.reduce(other(i as u64))), "place {i}");
        }
        // Sixteen intervals of about 256; 15 degrees of freedom have a standard deviation of 5.5.
        let low = budget.reply_bits[1] - budget.kept_bits;
        let travels = zeros.b.iter().map(|&b| (b as u64) << 4 >> low);
        let stays = kept.iter().map(|&v| v << 4 >> budget.kept_bits);
        for values in [travels.collect::<Vec<_>>(), stays.collect()] {
            let mut counts = [0u32; 16];
            values.iter().for_each(|&v| counts[v as usize] += 1);
            let used = counts.iter().filter(|&&c| c > 0).count() as f64;
            let expected = SET.degree() as f64 / used;
            let chi_square: f64 =
                counts.iter().filter(|&&c| c > 0).map(|&c| (f64::from(c) - expected).powi(2) / expected).sum();
            assert!(
                used >= f64::from(1 << low.min(4)) && chi_square < used - 1.0 + 6.0 * (2.0 * used).sqrt(),
                "{counts:?}"
            );
        }
    }

    /// With the worst weights: the mean of what the flooding hides is at most what the budget says, and not far below.
    #[test]
    fn the_noise_that_the_flooding_hides_is_bounded_in_the_mean() {
        let (t, taps) = (Modulus::power_of_two(24), 64);
        let budget = Budget::fit(&Load::of(SET, t, taps, 8)).unwrap();
        let (mut stream, mut secret) = (Prg::new(Block::from(5u64)), Prg::new(Block::from(6u64)));
        let key = SecretKey::generate(SET, &mut secret);
        let public = key.public_key(&mut stream, 9, &mut secret);
        let places: Vec<_> = (0..SET.degree()).map(|i| (i, true)).collect();
        let zeros = std::iter::repeat(0);
        let layout = Layout { split: budget.split, places: &places };
        let (parts, _) = key.encrypt(t, layout, zeros, &mut stream, 0, &mut secret);
        let input = Ciphertext::open(layout, &parts, &mut stream, 0);
        let mut product = Accumulator::new(SET);
        product.add_product(&input, &Poly::from_small(SET, &[-128i8; 64]).to_evaluations());
        let mut hidden = product.take();
        hidden = hidden_by(hidden, &public, t, &[], 0, &mut secret);
        let mut phase = hidden.a.mul(key.secret());
        phase.add_assign(&hidden.b);
        let unit = crate::params::q(SET) / crate::params::exp2(94);
        let noise = round(phase.to_coefficients(), 94, 0..SET.degree());
        let mean = noise.iter().map(|&v| (((v << 34) as i128) >> 34).unsigned_abs() as f64 * unit).sum::<f64>()
            / noise.len() as f64;
        assert!(budget.hidden / 4.0 < mean && mean <= budget.hidden, "{mean} of {}", budget.hidden);
    }
}
