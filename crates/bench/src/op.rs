//! The operations: what each costs and how it runs. The only place that tells one from another's protocol.

use serde::{Deserialize, Serialize};
use sotto_crypto::BitVec;
use sotto_mpc::protocols::random_ot::RandomOts;
use sotto_mpc::protocols::{
    abs, argmax, b2a, clip, cot, divide, drelu, equality, lookup, maxpool, millionaires, mux, random_ot, relu,
    relu_shift, truncate,
};
use sotto_mpc::{Arith, Cost, Modulus, Session};

use crate::cases::Own;
use crate::{Spec, plain};

/// A protocol on shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Op {
    /// 1{x < y} of private integers.
    Millionaires,
    /// 1{x ≥ 0}.
    Drelu,
    /// max(x, 0).
    Relu,
    /// The absolute value.
    Abs,
    /// max(x, 0) >> s.
    ReluShift,
    /// x >> s.
    Truncate,
    /// min(max(x, 0), c) >> s.
    Clip,
    /// ⌊x / d⌋.
    Divide,
    /// Largest of a window.
    Maxpool,
    /// 1{x = y} of private integers.
    Equality,
    /// Entry of a public table.
    Lookup,
    /// Index of the largest.
    Argmax,
    /// b ? x : 0.
    Mux,
    /// Boolean to additive.
    B2a,
    /// Correlated OT.
    Cot,
    /// Random OT.
    RandomOt,
}

impl Op {
    /// Stable name, as on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Op::Millionaires => "millionaires",
            Op::Drelu => "drelu",
            Op::Relu => "relu",
            Op::Abs => "abs",
            Op::ReluShift => "relu-shift",
            Op::Truncate => "truncate",
            Op::Clip => "clip",
            Op::Divide => "divide",
            Op::Maxpool => "maxpool",
            Op::Equality => "equality",
            Op::Lookup => "lookup",
            Op::Argmax => "argmax",
            Op::Mux => "mux",
            Op::B2a => "b2a",
            Op::Cot => "cot",
            Op::RandomOt => "random-ot",
        }
    }

    /// Whether it shifts bits out.
    pub(crate) fn shifts(self) -> bool {
        matches!(self, Op::ReluShift | Op::Truncate | Op::Clip)
    }

    /// Whether it takes private integers of each party instead of shares.
    pub(crate) fn takes_private(self) -> bool {
        matches!(self, Op::Millionaires | Op::Equality)
    }
}

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
    /// What the result's shares add up in; `None` for shared bits.
    pub(crate) fn result_modulus(&self) -> Option<Modulus> {
        let bits = matches!(self.op, Op::Millionaires | Op::Drelu | Op::Equality | Op::RandomOt);
        (!bits).then(|| self.out().unwrap_or(self.modulus()))
    }

    /// Correlations and online traffic of a call for `n` results (argmax: over `n` values).
    pub(crate) fn cost(&self, n: usize) -> Cost {
        let (x, digit) = (self.modulus(), self.params.digit);
        let out = self.out().unwrap_or(x);
        match self.op {
            Op::Millionaires => millionaires::cost(n, x.bits(), digit),
            Op::Drelu => drelu::cost(n, x, digit),
            Op::Relu => relu::cost(n, x, digit),
            Op::Abs => abs::cost(n, x, digit),
            Op::ReluShift => relu_shift::cost(n, x, self.shift, out, digit),
            Op::Truncate => truncate::cost(n, x, self.shift, self.sign, out, digit),
            Op::Clip => clip::cost(n, x, self.max(), self.shift, out, digit),
            Op::Divide => divide::cost(n, x, self.divisor, self.sign, out, digit),
            Op::Maxpool => maxpool::cost(&windows(self.window, n), x, digit),
            Op::Argmax => argmax::cost(n, x, out, digit),
            Op::Equality => equality::cost(n, x.bits(), digit),
            Op::Lookup => lookup::cost(n, x.bits(), out),
            Op::Mux => mux::cost(n, &[x]),
            Op::B2a => b2a::cost(n, x),
            Op::Cot => cot::cost(n, x),
            Op::RandomOt => random_ot::cost(n),
        }
    }

    /// Runs the protocol on a range of the batch.
    pub(crate) async fn evaluate(&self, s: &mut Session, own: &Own) -> sotto_mpc::Result<Share> {
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
            Op::Lookup => Share::Values(lookup::lookup_shared(s, &x, &plain::table(self), out).await?),
            Op::Mux => Share::Values(mux::mux(s, &own.bits, &x).await?),
            Op::B2a => Share::Values(b2a::b2a(s, &own.bits, modulus).await?),
            Op::Cot => Share::Values(cot::cot(s, &own.values, &own.bits, modulus).await?),
            Op::RandomOt => Share::RandomOts(random_ot::random_ot(s, own.bits.len()).await?),
        })
    }
}

/// Maxpool's windows: neighbours.
pub(crate) fn windows(size: u32, n: usize) -> Vec<Vec<usize>> {
    let size = size as usize;
    (0..n).map(|w| (w * size..(w + 1) * size).collect()).collect()
}
