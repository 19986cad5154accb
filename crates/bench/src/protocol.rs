//! What each operation costs and how it runs. The only place that tells one from another's protocol.

use sotto_crypto::BitVec;
use sotto_mpc::protocols::random_ot::RandomOts;
use sotto_mpc::protocols::{
    abs, argmax, b2a, clip, cot, divide, drelu, equality, lookup, maxpool, millionaires, mux, random_ot, relu,
    relu_shift, truncate,
};
use sotto_mpc::{Arith, Budget, Calls, Cost, Lane, Modulus};

use crate::cases::{Own, table, windows};
use crate::{Op, Spec};

/// The half of a word that holds a string.
const LOW: u64 = u32::MAX as u64;

/// Whether the client's word of a random OT has the string that its choice picks from the server's.
pub(crate) fn is_picked(client: u64, server: u64) -> bool {
    server >> (32 * (client >> 32 & 1)) & LOW == client & LOW
}

/// A party's share of a call's results.
pub(crate) enum Share {
    Bits(BitVec),
    Values(Arith),
    RandomOts(RandomOts),
}

impl Share {
    /// One word for each result.
    pub(crate) fn into_words(self) -> Vec<u64> {
        match self {
            Share::Bits(bits) => bits.iter().map(u64::from).collect(),
            Share::Values(values) => values.values().to_vec(),
            Share::RandomOts(RandomOts::Sender(strings)) => {
                strings.iter().map(|[first, second]| first & LOW | second << 32).collect()
            }
            Share::RandomOts(RandomOts::Receiver(choices, strings)) => {
                choices.iter().zip(&strings).map(|(choice, string)| string & LOW | u64::from(choice) << 32).collect()
            }
        }
    }
}

impl Spec {
    /// The batch in chunks, as programs run it: argmax is one tree, every other operation is cut.
    pub fn calls(&self) -> Calls {
        let n = self.n as usize;
        let mut budget = Budget::new(self.params);
        if self.op == Op::Argmax {
            return Calls::whole(n, &mut budget, self.cost(n));
        }
        Calls::new(n, self.values_each(), self.params, &mut budget, |range| self.cost(range.len()))
    }

    /// What the result's shares add up in; `None` for shared bits.
    pub(crate) fn result_modulus(&self) -> Option<Modulus> {
        let bits = matches!(self.op, Op::Millionaires | Op::Drelu | Op::Equality | Op::RandomOt);
        (!bits).then(|| self.out().unwrap_or(self.modulus()))
    }

    /// Correlations and online traffic of a call for `n` results (argmax: over `n` values).
    pub(crate) fn cost(&self, n: usize) -> Cost {
        let (x, params) = (self.modulus(), self.params);
        let out = self.out().unwrap_or(x);
        match self.op {
            Op::Millionaires => millionaires::cost(n, x.bits(), params),
            Op::Drelu => drelu::cost(n, x, params),
            Op::Relu => relu::cost(n, x, params),
            Op::Abs => abs::cost(n, x, params),
            Op::ReluShift => relu_shift::cost(n, x, self.shift, out, params),
            Op::Truncate => truncate::cost(n, x, self.shift, self.sign, out, params),
            Op::Clip => clip::cost(n, x, self.max(), self.shift, out, params),
            Op::Divide => divide::cost(n, x, self.divisor, self.sign, out, params),
            Op::Maxpool => maxpool::cost(&windows(self.window, n), x, params),
            Op::Argmax => argmax::cost(n, x, out, params),
            Op::Equality => equality::cost(n, x.bits(), params),
            Op::Lookup => lookup::cost(n, x.bits(), out),
            Op::Mux => mux::cost(n, &[x]),
            Op::B2a => b2a::cost(n, x),
            Op::Cot => cot::cost(n, x),
            Op::RandomOt => random_ot::cost(n),
        }
    }

    /// Runs the protocol on a range of the batch.
    pub(crate) async fn evaluate(&self, s: &mut Lane, own: &Own) -> sotto_mpc::Result<Share> {
        let modulus = self.modulus();
        let out = self.out().unwrap_or(modulus);
        let x = Arith::new(modulus, own.values.clone());
        Ok(match self.op {
            Op::Millionaires => Share::Bits(millionaires::millionaires(s, &own.values, self.bits).await?),
            Op::Drelu => Share::Bits(drelu::drelu(s, &x).await?),
            Op::Relu => Share::Values(relu::relu(s, &x).await?),
            Op::Abs => Share::Values(abs::abs(s, &x).await?),
            Op::ReluShift => Share::Values(relu_shift::relu_shift(s, &x, self.shift, out).await?),
            Op::Truncate => Share::Values(truncate::truncate(s, &x, self.shift, self.sign, out).await?),
            Op::Clip => Share::Values(clip::clip(s, &x, self.max(), self.shift, out).await?),
            Op::Divide => Share::Values(divide::divide(s, &x, self.divisor, self.sign, out).await?),
            Op::Maxpool => Share::Values(maxpool::maxpool(s, &x, &windows(self.window, own.bits.len())).await?),
            Op::Argmax => Share::Values(argmax::argmax(s, &x, out).await?),
            Op::Equality => Share::Bits(equality::equality(s, &own.values, self.bits).await?),
            Op::Lookup => Share::Values(lookup::lookup_shared(s, &x, &table(self), out).await?),
            Op::Mux => Share::Values(mux::mux(s, &own.bits, &x).await?),
            Op::B2a => Share::Values(b2a::b2a(s, &own.bits, modulus).await?),
            Op::Cot => Share::Values(cot::cot(s, &own.values, &own.bits, modulus).await?),
            Op::RandomOt => Share::RandomOts(random_ot::random_ot(s, own.bits.len()).await?),
        })
    }
}
