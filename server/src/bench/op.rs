//! One protocol on one batch.

mod cases;

use futures_executor::block_on;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sotto_crypto::BitVec;
use sotto_mpc::protocols::{argmax, b2a, cot, drelu, millionaires, mux, relu, relu_shift, truncate};
use sotto_mpc::{Arith, Channel, Cost, Modulus, Party, Phase, Ring, Session, Stats};
use sotto_nn::reference;

use super::link::run_both;
use super::report::CpuSeconds;
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
    /// max(x, 0) >> s.
    ReluShift,
    /// x >> s.
    Truncate,
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
            Op::ReluShift => "relu-shift",
            Op::Truncate => "truncate",
            Op::Argmax => "argmax",
            Op::Mux => "mux",
            Op::B2a => "b2a",
            Op::Cot => "cot",
        }
    }

    fn shifts(self) -> bool {
        matches!(self, Op::ReluShift | Op::Truncate)
    }

    /// Width of the output ring, for operations that have a choice.
    fn out_bits(self, args: &OpArgs) -> Option<u32> {
        match self {
            Op::ReluShift | Op::Truncate => Some(args.out_bits.unwrap_or(args.bits)),
            Op::Argmax => Some(args.out_bits.unwrap_or(index_bits(args.n))),
            _ => None,
        }
    }

    fn check(self, args: &OpArgs) -> Result<()> {
        if self.shifts() && args.shift >= args.bits {
            return Err(Error::Usage(format!("--shift {} must be less than --bits {}", args.shift, args.bits)));
        }
        if self == Op::Truncate && args.sign == SignArg::Bounded && args.bits < 2 {
            return Err(Error::Usage("--sign bounded needs --bits 2 or more".into()));
        }
        if args.out_bits.is_some() && self.out_bits(args).is_none() {
            return Err(Error::Usage(format!("{} has no --out-bits", self.name())));
        }
        match self.out_bits(args) {
            Some(out) if self == Op::Argmax && out < index_bits(args.n) => {
                Err(Error::Usage(format!("--out-bits {out} does not hold the indices of {} values", args.n)))
            }
            _ => Ok(()),
        }
    }

    /// Correlations and online traffic of the batch.
    fn cost(self, args: &OpArgs) -> Cost {
        let (n, bits, digit) = (args.n as usize, args.bits, args.common.digit);
        let x = Modulus::power_of_two(bits);
        let out = Modulus::power_of_two(self.out_bits(args).unwrap_or(bits));
        match self {
            Op::Millionaires => millionaires::cost(n, bits, digit),
            Op::Drelu => drelu::cost(n, x, digit),
            Op::Relu => relu::cost(n, x, digit),
            Op::ReluShift => relu_shift::cost(n, x, args.shift, out, digit),
            Op::Truncate => truncate::cost(n, x, args.shift, args.sign.into(), out, digit),
            Op::Argmax => argmax::cost(n, x, out, digit),
            Op::Mux => mux::cost(n, &[x]),
            Op::B2a => b2a::cost(n, x),
            Op::Cot => cot::cost(n, x),
        }
    }

    async fn evaluate(self, args: &OpArgs, s: &mut Session, own: &Own) -> sotto_mpc::Result<Share> {
        let ring = Ring::new(args.bits);
        let out = Ring::new(self.out_bits(args).unwrap_or(args.bits));
        let x = Arith::new(ring, own.values.clone());
        Ok(match self {
            Op::Millionaires => Share::Bits(millionaires::millionaires(s, &own.values, args.bits).await?),
            Op::Drelu => Share::Bits(drelu::drelu(s, &x).await?),
            Op::Relu => Share::Values(relu::relu(s, &x).await?),
            Op::ReluShift => Share::Values(relu_shift::relu_shift(s, &x, args.shift, out).await?),
            Op::Truncate => Share::Values(truncate::truncate(s, &x, args.shift, args.sign.into(), out).await?),
            Op::Argmax => Share::Values(argmax::argmax(s, &x, out).await?),
            Op::Mux => Share::Values(mux::mux(s, &own.bits, &x).await?),
            Op::B2a => Share::Values(b2a::b2a(s, &own.bits, ring).await?),
            Op::Cot => Share::Values(cot::cot(s, &own.values, &own.bits, ring).await?),
        })
    }

    /// The plain results, signed.
    fn reference(self, args: &OpArgs, case: &Case) -> Result<Vec<i64>> {
        let ring = Ring::new(args.bits);
        let out = self.out_bits(args).unwrap_or(args.bits);
        let x = case.plain(ring);
        let bit = |i: usize| case.client.bits.get(i) ^ case.server.bits.get(i);
        Ok(match self {
            Op::Millionaires => {
                case.server.values.iter().zip(&case.client.values).map(|(x, y)| i64::from(x < y)).collect()
            }
            Op::Drelu => x.iter().map(|&v| i64::from(reference::drelu(v, args.bits))).collect(),
            Op::Relu => reference::relu(&x, args.bits),
            Op::ReluShift => reference::relu_shift(&x, args.bits, args.shift, out),
            Op::Truncate => reference::shift(&x, args.bits, args.shift, args.sign.into(), out)
                .map_err(|e| Error::Internal(format!("an input of the bench breaks its guarantee: {e}")))?,
            Op::Argmax => vec![reference::argmax(&x, args.bits) as i64],
            Op::Mux => x.iter().enumerate().map(|(i, &v)| if bit(i) { v } else { 0 }).collect(),
            Op::B2a => (0..args.n as usize).map(|i| ring.to_signed(u64::from(bit(i)))).collect(),
            Op::Cot => (case.server.values.iter().enumerate())
                .map(|(i, &v)| if case.client.bits.get(i) { ring.to_signed(v) } else { 0 })
                .collect(),
        })
    }
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
    let expected = op.reference(args, &case)?;
    compare(op, args, &expected, &client.value.share, &server.value.share)?;
    let mut record = Record {
        op: op.name().into(),
        bits: args.bits,
        n: args.n.into(),
        ot: args.common.ot.name().into(),
        digit: args.common.digit,
        shift: op.shifts().then_some(args.shift),
        out_bits: op.out_bits(args),
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
    block_on(async {
        let mut session = match ot {
            OtArg::Classic => {
                let mut rng = ChaCha20Rng::seed_from_u64(seed);
                // The parties' randomness is independent; only the inputs' seed is common.
                rng.set_stream(1 + party as u64);
                Session::setup(channel, party, params, rng).await?
            }
            OtArg::Ideal => Session::ideal(channel, party, params, seed),
        };
        session.begin_phase(Phase::Preprocess, 1);
        session.reserve(&op.cost(args).demand).await?;
        session.end_phase();
        session.begin_phase(Phase::Online, 1);
        let share = op.evaluate(args, &mut session, own).await?;
        session.end_phase();
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
            args.bits,
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
