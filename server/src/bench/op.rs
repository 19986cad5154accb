//! One protocol on one batch.

mod cases;
mod plain;

use futures_executor::block_on;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sotto_crypto::BitVec;
use sotto_mpc::protocols::{
    abs, argmax, b2a, clip, cot, divide, drelu, equality, lookup, maxpool, millionaires, mux, relu, relu_shift,
    truncate,
};
use sotto_mpc::{Arith, Channel, Chunks, Cost, Modulus, Party, Phase, Session, Stats, Store};

use super::aes::AesShare;
use super::link::run_both;
use super::report::{Aes, CpuSeconds};
use super::{CommonArgs, OpArgs, OtArg, Record, SignArg};
use crate::{Error, Result};
use cases::{Case, Own};

/// A protocol on shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

/// What a party holds at the end.
enum Share {
    Bits(BitVec),
    Values(Arith),
}

impl Share {
    /// One batch of the chunks' results, which are of one kind; `modulus` is that of an empty batch.
    fn concat(parts: Vec<Share>, modulus: Modulus) -> Share {
        let (mut bits, mut values, mut of) = (BitVec::zeros(0), Vec::new(), modulus);
        let is_bits = matches!(parts.first(), Some(Share::Bits(_)));
        for part in parts {
            match part {
                Share::Bits(more) => bits.extend(&more),
                Share::Values(more) => {
                    of = more.modulus();
                    values.extend_from_slice(more.values());
                }
            }
        }
        if is_bits { Share::Bits(bits) } else { Share::Values(Arith::new(of, values)) }
    }
}

/// A party's share of the result, and its counters.
struct Outcome {
    share: Share,
    stats: Stats,
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
        }
    }

    fn shifts(self) -> bool {
        matches!(self, Op::ReluShift | Op::Truncate | Op::Clip)
    }

    /// Whether it takes private integers of each party instead of shares.
    fn takes_private(self) -> bool {
        matches!(self, Op::Millionaires | Op::Equality)
    }

    /// What the result's shares add up in, for operations that have a choice.
    fn out(self, args: &OpArgs) -> Option<Modulus> {
        let ring = |default: u32| Some(Modulus::power_of_two(args.out_bits.unwrap_or(default)));
        match self {
            Op::ReluShift | Op::Truncate | Op::Clip | Op::Divide if args.modulus.is_some() => Some(args.modulus()),
            Op::ReluShift | Op::Truncate | Op::Clip | Op::Divide => ring(args.bits),
            Op::Lookup => ring(32),
            Op::Argmax => ring(index_bits(args.n)),
            _ => None,
        }
    }

    fn check(self, args: &OpArgs) -> Result<()> {
        let usage = |problem: String| Err(Error::Usage(problem));
        args.common.params().validate().map_err(|e| Error::Usage(e.message().into()))?;
        let bits = args.modulus().bits();
        if self.shifts() && args.shift >= bits {
            return usage(format!("--shift {} must be less than the {bits} bits of a value", args.shift));
        }
        if matches!(self, Op::Truncate | Op::Divide) && args.sign == SignArg::Bounded && bits < 2 {
            return usage("--sign bounded needs --bits 2 or more".into());
        }
        if args.modulus.is_some() && (self.takes_private() || self == Op::Lookup) {
            return usage(format!("{} has no --modulus", self.name()));
        }
        if self == Op::Lookup && bits > 8 {
            return usage(format!("a lookup has indices of at most 8 bits, not {bits}"));
        }
        if self == Op::Clip && args.max() > args.modulus().largest_positive() {
            return usage(format!("--max {} is negative in {bits} bits", args.max()));
        }
        if args.out_bits.is_some() && self.out(args).is_none() {
            return usage(format!("{} has no --out-bits", self.name()));
        }
        match args.out_bits {
            Some(out) if self == Op::Argmax && out < index_bits(args.n) => {
                usage(format!("--out-bits {out} does not hold the indices of {} values", args.n))
            }
            _ => Ok(()),
        }
    }

    /// Values that each result needs (argmax: each of the batch's values).
    fn values_each(self, args: &OpArgs) -> usize {
        if self == Op::Maxpool { args.window as usize } else { 1 }
    }

    /// Values that the batch needs.
    fn values(self, args: &OpArgs) -> usize {
        args.n as usize * self.values_each(args)
    }

    /// The batch in chunks, as programs run it: argmax is one tree, every other operation is cut.
    fn chunks(self, args: &OpArgs) -> Chunks {
        let (n, params) = (args.n as usize, args.common.params());
        let mut store = Store::new(params);
        if self == Op::Argmax {
            return Chunks::whole(n, &mut store, self.cost(args, n));
        }
        Chunks::new(n, self.values_each(args), params, &mut store, |range| self.cost(args, range.len()))
    }

    /// Correlations and online traffic of a call for `n` results (argmax: over `n` values).
    fn cost(self, args: &OpArgs, n: usize) -> Cost {
        let (x, digit) = (args.modulus(), args.common.digit);
        let out = self.out(args).unwrap_or(x);
        match self {
            Op::Millionaires => millionaires::cost(n, x.bits(), digit),
            Op::Drelu => drelu::cost(n, x, digit),
            Op::Relu => relu::cost(n, x, digit),
            Op::Abs => abs::cost(n, x, digit),
            Op::ReluShift => relu_shift::cost(n, x, args.shift, out, digit),
            Op::Truncate => truncate::cost(n, x, args.shift, args.sign.into(), out, digit),
            Op::Clip => clip::cost(n, x, args.max(), args.shift, out, digit),
            Op::Divide => divide::cost(n, x, args.divisor, args.sign.into(), out, digit),
            Op::Maxpool => maxpool::cost(&windows(args, n), x, digit),
            Op::Argmax => argmax::cost(n, x, out, digit),
            Op::Equality => equality::cost(n, x.bits(), digit),
            Op::Lookup => lookup::cost(n, x.bits(), out),
            Op::Mux => mux::cost(n, &[x]),
            Op::B2a => b2a::cost(n, x),
            Op::Cot => cot::cost(n, x),
        }
    }

    async fn evaluate(self, args: &OpArgs, s: &mut Session, own: &Own) -> sotto_mpc::Result<Share> {
        let modulus = args.modulus();
        let out = self.out(args).unwrap_or(modulus);
        let x = Arith::new(modulus, own.values.clone());
        Ok(match self {
            Op::Millionaires => Share::Bits(millionaires::millionaires(s, &own.values, args.bits).await?),
            Op::Drelu => Share::Bits(drelu::drelu(s, &x).await?),
            Op::Relu => Share::Values(relu::relu(s, &x).await?),
            Op::Abs => Share::Values(abs::abs(s, &x).await?),
            Op::ReluShift => Share::Values(relu_shift::relu_shift(s, &x, args.shift, out).await?),
            Op::Truncate => Share::Values(truncate::truncate(s, &x, args.shift, args.sign.into(), out).await?),
            Op::Clip => Share::Values(clip::clip(s, &x, args.max(), args.shift, out).await?),
            Op::Divide => Share::Values(divide::divide(s, &x, args.divisor, args.sign.into(), out).await?),
            Op::Maxpool => Share::Values(maxpool::maxpool(s, &x, &windows(args, own.bits.len())).await?),
            Op::Argmax => Share::Values(argmax::argmax(s, &x, out).await?),
            Op::Equality => Share::Bits(equality::equality(s, &own.values, args.bits).await?),
            Op::Lookup => Share::Values(lookup::lookup_shared(s, &x, &plain::table(args), out).await?),
            Op::Mux => Share::Values(mux::mux(s, &own.bits, &x).await?),
            Op::B2a => Share::Values(b2a::b2a(s, &own.bits, modulus).await?),
            Op::Cot => Share::Values(cot::cot(s, &own.values, &own.bits, modulus).await?),
        })
    }
}

/// Maxpool's windows: neighbours.
fn windows(args: &OpArgs, n: usize) -> Vec<Vec<usize>> {
    let size = args.window as usize;
    (0..n).map(|w| (w * size..(w + 1) * size).collect()).collect()
}

/// Bits of the indices of `n` values.
fn index_bits(n: u32) -> u32 {
    (n.max(2) - 1).ilog2() + 2
}

/// Runs the batch and checks it.
///
/// # Errors
/// [`Error::Mismatch`] naming the first result that differs from the reference.
pub(super) fn measure(op: Op, args: &OpArgs) -> Result<Record> {
    op.check(args)?;
    let case = Case::new(op, args);
    let (client, server) = run_both(
        |channel| party(op, args, channel, Party::Client, &case.client),
        |channel| party(op, args, channel, Party::Server, &case.server),
    )?;
    let expected = plain::results(op, args, &case);
    compare(op, args, &expected, &client.value.share, &server.value.share)?;
    let chunks = op.chunks(args);
    let share = |party, cpu_seconds| AesShare::measure(chunks.aes_calls(party), cpu_seconds);
    let real = args.common.ot == OtArg::Classic && args.modulus.is_none();
    let aes = real.then(|| Aes {
        client: share(Party::Client, client.cpu_seconds),
        server: share(Party::Server, server.cpu_seconds),
    });
    let mut record = Record {
        aes,
        op: op.name().into(),
        bits: args.modulus().bits(),
        modulus: args.modulus,
        n: args.n.into(),
        ot: args.common.ot.name().into(),
        digit: args.common.digit,
        chunk: args.common.chunk,
        shift: op.shifts().then_some(args.shift),
        divisor: (op == Op::Divide).then_some(args.divisor),
        max: (op == Op::Clip).then(|| args.max()),
        window: (op == Op::Maxpool).then_some(args.window),
        out_bits: op.out(args).map(Modulus::bits),
        checked: expected.len() as u64,
        seed: args.common.seed,
        cpu_seconds: CpuSeconds { client: client.cpu_seconds, server: server.cpu_seconds },
        ..Record::default()
    };
    record.book(&client.value.stats, 1);
    Ok(record)
}

/// One party: setup, the correlations that the batch needs, the batch.
fn party(op: Op, args: &OpArgs, channel: Channel, party: Party, own: &Own) -> sotto_mpc::Result<Outcome> {
    let CommonArgs { ot, seed, .. } = args.common;
    let params = args.common.params();
    let (chunks, each) = (op.chunks(args), op.values_each(args));
    block_on(async {
        let mut session = match ot {
            OtArg::Classic | OtArg::Silent => {
                let mut rng = ChaCha20Rng::seed_from_u64(seed);
                // The parties' randomness is independent; only the inputs' seed is common.
                rng.set_stream(1 + party as u64);
                Session::setup(channel, party, params, rng).await?
            }
            OtArg::Ideal => Session::ideal(channel, party, params, seed),
        };
        session.begin_phase(Phase::Preprocess, 1);
        session.prepare(&chunks).await?;
        session.end_phase();
        session.begin_phase(Phase::Online, 1);
        let parts = session.map(&chunks, async |s, range| op.evaluate(args, s, &own.slice(range, each)).await).await?;
        session.end_phase();
        let share = Share::concat(parts, args.modulus());
        Ok(Outcome { share, stats: session.stats().clone() })
    })
}

/// Joins the shares and compares them with the reference.
fn compare(op: Op, args: &OpArgs, expected: &[i64], client: &Share, server: &Share) -> Result<()> {
    let joined: Vec<i64> = match (client, server) {
        (Share::Bits(a), Share::Bits(b)) => (a ^ b).iter().map(i64::from).collect(),
        (Share::Values(a), Share::Values(b)) => {
            let modulus = a.modulus();
            a.values().iter().zip(b.values()).map(|(&a, &b)| modulus.to_signed(modulus.add(a, b))).collect()
        }
        _ => return Err(Error::Internal("the parties hold shares of different kinds".into())),
    };
    let wrong = joined.iter().zip(expected).filter(|(a, b)| a != b).count();
    if let Some(at) = joined.iter().zip(expected).position(|(a, b)| a != b) {
        return Err(Error::Mismatch(format!(
            "{}, {} bits: {wrong} of {} results are wrong; number {at} is {}, not {} (seed {})",
            op.name(),
            args.modulus().bits(),
            expected.len(),
            joined[at],
            expected[at],
            args.common.seed,
        )));
    }
    if joined.len() != expected.len() {
        return Err(Error::Mismatch(format!("{}: {} results, not {}", op.name(), joined.len(), expected.len())));
    }
    Ok(())
}
