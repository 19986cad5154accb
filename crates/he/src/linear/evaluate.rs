//! The server's half of a layer: products, sums, hiding, packing. Pure; how replies are spread over threads is the caller's.

use std::ops::Range;

use sotto_crypto::{Modulus, Prg, SecretVec};

use super::products::{Evaluation, Products};
use crate::cipher::Cover;
use crate::message::Reply;

/// A reply, and what the server keeps of it.
pub struct Answer {
    /// What the client needs.
    pub reply: Reply,
    /// The server's shares of the values, in the order of [`LinearPlan::replied`].
    pub share: SecretVec<u64>,
}

impl Evaluation<'_> {
    /// Replies that are best computed together: their number, for they share transformed weights.
    pub fn replies_at_once(&self) -> usize {
        self.plan.counts.tiles.div_ceil(self.plan.fold)
    }

    /// Replies `range`, in order.
    ///
    /// Over a ring the server's share is the top of b, which does not travel; over Z_n it is minus a random mask that is
    /// added to the output.
    pub fn replies(&self, range: Range<usize>, secret: &mut Prg) -> Vec<Answer> {
        let last = range.clone().next_back().map_or(0, |index| self.plan.reply(index).end);
        let mut products = Products::new(self, last);
        let mut replies = Vec::with_capacity(range.len());
        for index in range {
            let mut ciphertexts = Vec::with_capacity(self.plan.fold);
            let mut cover = Cover::new(self.plan.set());
            let mut masks = SecretVec::zeros(self.plan.replied_len(index));
            let mut rest = &mut masks[..];
            for (m, output) in self.plan.reply(index).enumerate() {
                let masks;
                (masks, rest) = rest.split_at_mut(self.plan.wanted_len(output));
                if let Modulus::Odd(_) = self.t {
                    masks.iter_mut().for_each(|mask| *mask = self.t.uniform(secret.next_block().as_u128()));
                }
                let places: Vec<usize> = self.plan.wanted(output).iter().map(|wanted| wanted.0).collect();
                let mut ciphertext = products.take(output);
                ciphertext.hide(self.public, &places, self.plan.budget.flood_bits, (&mut cover, m), secret);
                ciphertexts.push(ciphertext);
            }
            let places: Vec<usize> = self.plan.replied(index).iter().map(|p| p.0).collect();
            if let Modulus::Odd(_) = self.t {
                cover.mask(self.t, places.iter().copied().zip(masks.iter().copied()));
            }
            let packed = self.packing.pack(ciphertexts);
            let mut reply = packed.reply(&cover, self.plan.budget.reply_bits, &places);
            let share = match self.t {
                Modulus::PowerOfTwo(_) => reply.split(self.plan.budget.kept_bits),
                Modulus::Odd(_) => masks.iter().map(|&mask| self.t.neg(mask)).collect::<Vec<_>>().into(),
            };
            replies.push(Answer { reply, share });
        }
        replies
    }
}
