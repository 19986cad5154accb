//! `sotto bench`: both parties in one process, over a real WebSocket on loopback, every result checked.

mod aes;
mod linear;
mod link;
mod model;
mod op;
mod report;

use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use sotto_bench::{Op, Spec};
use sotto_mpc::{LinearKind, OtKind, Params};
use sotto_nn::Sign;

use crate::Result;
use crate::agreement::LpnArg;
pub(crate) use link::thread_seconds;

/// Inferences of one bench, whose inputs and results are kept to the end.
const MOST_INFERENCES: i64 = 10_000;

/// What to measure.
#[derive(Clone, Debug, Subcommand)]
pub enum BenchCommand {
    /// Comparison of two private integers, 1{x < y}.
    Millionaires(OpArgs),
    /// Sign of a shared value as a shared bit, 1{x >= 0}.
    Drelu(OpArgs),
    /// max(x, 0).
    Relu(OpArgs),
    /// The absolute value.
    Abs(OpArgs),
    /// max(x, 0) >> S in one step, written to a ring of L2 bits.
    ReluShift(OpArgs),
    /// x >> S (floor), written to a ring of L2 bits.
    Truncate(OpArgs),
    /// min(max(x, 0), C) >> S in one step, written to a ring of L2 bits.
    Clip(OpArgs),
    /// x / D, rounded down, written to a ring of L2 bits.
    Divide(OpArgs),
    /// Largest of K neighbours; an op is one of N windows.
    Maxpool(OpArgs),
    /// Index of the largest of N shared values; an op is one value.
    Argmax(OpArgs),
    /// Equality of two private integers, 1{x = y}.
    Equality(OpArgs),
    /// Entry of a public table of 2^L entries at a shared index, L at most 8.
    Lookup(OpArgs),
    /// b ? x : 0 for a shared bit and a shared value.
    Mux(OpArgs),
    /// A shared bit as an additively shared one.
    B2a(OpArgs),
    /// Correlated OT: shares of y * delta, for the server's delta and the client's bit y.
    Cot(OpArgs),
    /// Random OT: two random strings for the server, one of them for the client. All of it is preprocessing.
    RandomOt(OpArgs),
    /// Linear layers, by oblivious transfer and by encryption: bytes, ciphertexts, seconds, noise.
    Linear(linear::LinearArgs),
    /// Whole private inferences with a model bundle.
    Model(ModelArgs),
}

/// Options of a protocol's bench.
#[derive(Args, Clone, Debug)]
pub struct OpArgs {
    /// Ring width (millionaires and equality: width of the integers; lookup: of the index).
    #[arg(long, value_name = "L", default_value_t = 32, value_parser = clap::value_parser!(u32).range(range(Spec::BITS)))]
    pub bits: u32,

    /// Shares add up modulo this odd number instead of 2^L; results stay modulo it, too.
    #[arg(long, value_name = "N", conflicts_with_all = ["bits", "out_bits"], value_parser = parse_modulus)]
    pub modulus: Option<u64>,

    /// Number of values in the batch.
    #[arg(long, value_name = "N", default_value_t = 8192, value_parser = clap::value_parser!(u32).range(range(Spec::SIZES)))]
    pub n: u32,

    /// Bits to shift out (relu-shift, clip and truncate), less than L.
    #[arg(long, value_name = "S", default_value_t = 12)]
    pub shift: u32,

    /// The divisor of divide.
    #[arg(long, value_name = "D", default_value_t = 49, value_parser = clap::value_parser!(u64).range(Spec::DIVISORS))]
    pub divisor: u64,

    /// The upper threshold of clip [default: three quarters of the largest value].
    #[arg(long, value_name = "C")]
    pub max: Option<u64>,

    /// Values in a window of maxpool.
    #[arg(long, value_name = "K", default_value_t = 4, value_parser = clap::value_parser!(u32).range(range(Spec::WINDOWS)))]
    pub window: u32,

    /// Width of the output ring (relu-shift, clip, truncate, divide and lookup; argmax: of the index) [default: L; lookup: 32].
    #[arg(long, value_name = "L2", value_parser = clap::value_parser!(u32).range(range(Spec::BITS)))]
    pub out_bits: Option<u32>,

    /// What is known of the values to truncate or divide; the cheapest exact protocol for it runs.
    #[arg(long, value_enum, default_value_t = SignArg::Any)]
    pub sign: SignArg,

    /// What every bench has.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// Options of a model's bench.
#[derive(Args, Clone, Debug)]
pub struct ModelArgs {
    /// Directory of the bundle.
    #[arg(value_name = "BUNDLE")]
    pub bundle: PathBuf,

    /// Inferences in one session: the card's samples first, then random inputs and inputs at the ring's boundaries.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=MOST_INFERENCES))]
    pub n: u32,

    /// What every bench has.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// Options of every bench.
#[derive(Args, Clone, Debug)]
pub struct CommonArgs {
    /// Source of random OTs.
    #[arg(long, value_enum, default_value_t = OtArg::Silent)]
    pub ot: OtArg,

    /// Largest parameter set of silent OT.
    #[arg(long, value_enum, default_value_t = LpnArg::B11)]
    pub lpn: LpnArg,

    /// Most bits per leaf of a comparison.
    #[arg(long, value_name = "M", default_value_t = Params::default().digit, value_parser = clap::value_parser!(u32).range(1..=8))]
    pub digit: u32,

    /// Elements per protocol call, a power of two; larger batches run in chunks.
    #[arg(long, value_name = "N", default_value_t = Params::default().chunk)]
    pub chunk: u32,

    /// Correlations that preprocessing stores, in MiB; the rest is generated in the online phase.
    #[arg(long, value_name = "MIB", default_value_t = Params::default().store >> 20, value_parser = clap::value_parser!(u64).range(..=1 << 20))]
    pub store: u64,

    /// How linear layers are prepared.
    #[arg(long, value_enum, default_value_t = LinearArg::Auto)]
    pub linear: LinearArg,

    /// Seed of the inputs.
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    pub seed: u64,

    /// Print one JSON object instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// Sources of random OTs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OtArg {
    /// SoftSpokenOT and, where that pays, Ferret.
    Silent,
    /// IKNP and KK13 extension of Ristretto base OTs, as in the paper.
    Classic,
    /// The ideal functionality, free of charge: not secure, shows the cost of everything else.
    Ideal,
}

/// How linear layers are prepared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LinearArg {
    /// Each by what costs less.
    #[default]
    Auto,
    /// All by oblivious transfer.
    Ot,
    /// All by homomorphic encryption; a layer that does not fit is an error.
    He,
}

impl From<LinearArg> for LinearKind {
    fn from(arg: LinearArg) -> LinearKind {
        match arg {
            LinearArg::Auto => LinearKind::Auto,
            LinearArg::Ot => LinearKind::Ot,
            LinearArg::He => LinearKind::He,
        }
    }
}

/// What is known of a value's sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SignArg {
    /// Nothing.
    Any,
    /// x >= 0.
    NonNegative,
    /// -2^(L-2) <= x < 2^(L-2).
    Bounded,
}

impl From<SignArg> for Sign {
    fn from(sign: SignArg) -> Sign {
        match sign {
            SignArg::Any => Sign::Any,
            SignArg::NonNegative => Sign::NonNegative,
            SignArg::Bounded => Sign::Bounded,
        }
    }
}

impl OpArgs {
    fn spec(&self, op: Op) -> Spec {
        Spec {
            op,
            bits: self.bits,
            modulus: self.modulus,
            n: self.n,
            shift: self.shift,
            divisor: self.divisor,
            max: self.max,
            window: self.window,
            out_bits: self.out_bits,
            sign: self.sign.into(),
            params: self.common.params(),
            ideal: self.common.ot == OtArg::Ideal,
            seed: self.common.seed,
        }
    }
}

/// A range as the command line's parser takes it.
fn range(range: RangeInclusive<u32>) -> RangeInclusive<i64> {
    (*range.start()).into()..=(*range.end()).into()
}

/// An odd modulus from the command line.
fn parse_modulus(text: &str) -> std::result::Result<u64, String> {
    let n = text.parse().map_err(|e| format!("{e}"))?;
    if Spec::is_modulus(n) { Ok(n) } else { Err("it must be odd, above 2 and below 2^62".into()) }
}

impl CommonArgs {
    fn params(&self) -> Params {
        Params {
            digit: self.digit,
            ot: if self.ot == OtArg::Classic { OtKind::Classic } else { OtKind::Silent },
            lpn: self.lpn.into(),
            chunk: self.chunk,
            store: self.store << 20,
            linear: self.linear.into(),
            ..Params::default()
        }
    }
}

pub(crate) fn run(command: BenchCommand) -> Result<()> {
    let (op, args) = match command {
        BenchCommand::Millionaires(args) => (Op::Millionaires, args),
        BenchCommand::Drelu(args) => (Op::Drelu, args),
        BenchCommand::Relu(args) => (Op::Relu, args),
        BenchCommand::Abs(args) => (Op::Abs, args),
        BenchCommand::ReluShift(args) => (Op::ReluShift, args),
        BenchCommand::Truncate(args) => (Op::Truncate, args),
        BenchCommand::Clip(args) => (Op::Clip, args),
        BenchCommand::Divide(args) => (Op::Divide, args),
        BenchCommand::Maxpool(args) => (Op::Maxpool, args),
        BenchCommand::Equality(args) => (Op::Equality, args),
        BenchCommand::Lookup(args) => (Op::Lookup, args),
        BenchCommand::Argmax(args) => (Op::Argmax, args),
        BenchCommand::Mux(args) => (Op::Mux, args),
        BenchCommand::B2a(args) => (Op::B2a, args),
        BenchCommand::Cot(args) => (Op::Cot, args),
        BenchCommand::RandomOt(args) => (Op::RandomOt, args),
        BenchCommand::Linear(args) => return linear::run(&args),
        BenchCommand::Model(args) => return report::print(&model::measure(&args)?, args.common.json),
    };
    report::print(&op::measure(args.spec(op), args.common.ot)?, args.common.json)
}
