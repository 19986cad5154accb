//! What client and server do for one product, in one place: for tests and known answers.

use sotto_crypto::{Block, Modulus, Prg};

use crate::cipher::{Accumulator, Ciphertext, Cover};
use crate::keys::SecretKey;
use crate::noise::{Budget, FitError, Load};
use crate::params::ParamSet;
use crate::poly::Poly;
use crate::split::Layout;

/// An exchange with all that either side knows.
pub(crate) struct Exchange {
    pub(crate) key: SecretKey,
    pub(crate) budget: Budget,
    /// The client's elements of Z_t, one for each coefficient.
    pub(crate) input: Vec<u64>,
    /// What the server adds to the product.
    pub(crate) masks: Vec<u64>,
    /// The input, as the server has it.
    pub(crate) fresh: Ciphertext,
    /// Input times weights plus masks, hidden.
    pub(crate) answer: Ciphertext,
    t: Modulus,
}

impl Exchange {
    /// Input and masks from a fixed seed, boundary values among them.
    ///
    /// # Errors
    /// When the set has no room for such weights over t.
    pub(crate) fn run(set: ParamSet, t: Modulus, weights: &[i8]) -> Result<Self, FitError> {
        let n = set.degree();
        let weight_norm = weights.iter().map(|&w| f64::from(w).abs()).sum();
        let weight_length = weights.iter().map(|&w| f64::from(w).powi(2)).sum::<f64>().sqrt();
        let budget = Budget::fit(&Load { weight_norm, weight_length, ..Load::of(set, t, n, 8) })?;
        let (mut stream, mut secret) = (Prg::new(Block::from(1u64)), Prg::new(Block::from(2u64)));
        let key = SecretKey::generate(set, &mut secret);
        let public = key.public_key(&mut stream, 1, &mut secret);
        let edges = [0, 1, (t.size() - 1) as u64, t.largest_positive()];
        let mut elements =
            || (0..n).map(|i| *edges.get(i % 8).unwrap_or(&t.reduce(secret.next_u64()))).collect::<Vec<_>>();
        let (mut input, masks) = (elements(), elements());
        // Every third element is one that the ciphertext makes, where it can.
        let split = budget.split;
        let places: Vec<_> = (0..n).map(|i| (i, i % 3 > 0 || !split.suits(t))).collect();
        let given: Vec<u64> = places.iter().filter(|place| place.1).map(|&(i, _)| input[i]).collect();
        let layout = Layout { split, places: &places };
        let (parts, chosen) = key.encrypt(t, layout, given.into_iter(), &mut stream, 0, &mut secret);
        places.iter().filter(|place| !place.1).zip(chosen.iter()).for_each(|(&(i, _), &element)| input[i] = element);
        let fresh = Ciphertext::open(layout, &parts, &mut stream, 0);
        let mut product = Accumulator::new(set);
        product.add_product(&fresh, &Poly::from_small(set, weights).to_evaluations());
        let mut answer = product.take();
        let (mut cover, places) = (Cover::new(set), (0..n).collect::<Vec<_>>());
        cover.mask(t, masks.iter().copied().enumerate());
        answer.hide(&public, &places, budget.flood_bits, (&mut cover, 0), &mut secret);
        let answer = answer.covered(&cover);
        Ok(Self { key, budget, input, masks, fresh, answer, t })
    }

    /// The sum of what the client decrypts when a ciphertext is sent back, and of what the server keeps of it.
    pub(crate) fn decrypted(&self, ciphertext: &Ciphertext) -> Vec<u64> {
        let places: Vec<usize> = (0..self.input.len()).collect();
        let none = Cover::new(self.key.set());
        let mut reply = ciphertext.clone().reply(&none, self.budget.reply_bits, &places);
        let kept = reply.split(self.budget.kept_bits);
        let shares = self.key.decrypt(self.t, &reply, &places);
        shares.into_iter().zip(kept.iter()).map(|(share, &kept)| self.t.add(share, kept)).collect()
    }
}
