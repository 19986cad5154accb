//! Options of the benches.

use std::path::PathBuf;

use clap::Args;
use sotto_bench::{Op, Spec};
use sotto_mpc::{Modulus, OtKind, Params};
use sotto_nn::Sign;

use crate::agreement::{self, ProtocolArgs};
use crate::choices::{Choice, one_of, within};

/// Inferences of one bench, whose inputs and results are kept to the end.
const MOST_INFERENCES: u32 = 10_000;

/// Options of a protocol's bench.
#[derive(Args, Clone, Debug)]
pub(crate) struct OpArgs {
    /// Ring width (millionaires and equality: width of the integers; lookup: of the index).
    #[arg(long, value_name = "L", default_value_t = 32, value_parser = within(Spec::BITS))]
    pub(super) bits: u32,

    /// Shares add up modulo this odd number instead of 2^L; results stay modulo it, too.
    #[arg(long, value_name = "N", conflicts_with_all = ["bits", "out_bits"], value_parser = parse_modulus)]
    pub(super) modulus: Option<u64>,

    /// Number of values in the batch.
    #[arg(long, value_name = "N", default_value_t = 8192, value_parser = within(Spec::SIZES))]
    pub(super) n: u32,

    /// Bits to shift out (relu-shift, clip and truncate), less than L.
    #[arg(long, value_name = "S", default_value_t = 12)]
    pub(super) shift: u32,

    /// The divisor of divide.
    #[arg(long, value_name = "D", default_value_t = 49, value_parser = clap::value_parser!(u64).range(Spec::DIVISORS))]
    pub(super) divisor: u64,

    /// The upper threshold of clip [default: three quarters of the largest value].
    #[arg(long, value_name = "C")]
    pub(super) max: Option<u64>,

    /// Values in a window of maxpool.
    #[arg(long, value_name = "K", default_value_t = 4, value_parser = within(Spec::WINDOWS))]
    pub(super) window: u32,

    /// Width of the output ring (relu-shift, clip, truncate, divide and lookup; argmax: of the index) [default: L; lookup: 32].
    #[arg(long, value_name = "L2", value_parser = within(Spec::BITS))]
    pub(super) out_bits: Option<u32>,

    /// What is known of the values to truncate or divide; the cheapest exact protocol for it runs.
    #[arg(long, default_value = "any", value_parser = one_of(signs()))]
    pub(super) sign: Sign,

    /// What every bench has.
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

/// Options of a model's bench.
#[derive(Args, Clone, Debug)]
pub(crate) struct ModelArgs {
    /// Directory of the bundle.
    #[arg(value_name = "BUNDLE")]
    pub(super) bundle: PathBuf,

    /// Inferences in one session: the card's samples first, then random inputs and inputs at the ring's boundaries.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = within(1..=MOST_INFERENCES))]
    pub(super) n: u32,

    /// What every bench has.
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

/// Options of every bench.
#[derive(Args, Clone, Debug)]
pub(crate) struct CommonArgs {
    /// Source of random OTs.
    #[arg(long, default_value = Params::default().ot.name(), value_parser = one_of(sources()))]
    pub(super) ot: Source,

    #[command(flatten)]
    pub(super) protocols: ProtocolArgs,

    /// Elements per protocol call, a power of two; larger batches run in chunks.
    #[arg(long, value_name = "N", default_value_t = Params::default().chunk)]
    pub(super) chunk: u32,

    /// Correlations that preprocessing stores, in MiB; the rest is generated in the online phase.
    #[arg(long, value_name = "MIB", default_value_t = Params::default().store >> 20, value_parser = clap::value_parser!(u64).range(..=Params::MAX_STORE >> 20))]
    pub(super) store: u64,

    /// Seed of the inputs.
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    pub(super) seed: u64,

    /// Print one JSON object instead of a table.
    #[arg(long)]
    pub(super) json: bool,
}

/// Where a bench's random OTs come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The parties' protocols.
    Real(OtKind),
    /// The ideal functionality.
    Ideal,
}

fn sources() -> impl Iterator<Item = Choice<Source>> {
    let real = agreement::sources().map(|(kind, name, help)| (Source::Real(kind), name, help));
    let help = "The ideal functionality, free of charge: not secure, shows the cost of everything else";
    real.into_iter().chain([(Source::Ideal, "ideal", help)])
}

fn signs() -> [Choice<Sign>; 3] {
    [
        (Sign::Any, "any", "Nothing"),
        (Sign::NonNegative, "non-negative", "x >= 0"),
        (Sign::Bounded, "bounded", "-2^(L-2) <= x < 2^(L-2)"),
    ]
}

impl OpArgs {
    pub(super) fn spec(&self, op: Op) -> Spec {
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
            sign: self.sign,
            params: self.common.params(),
            ideal: self.common.ot == Source::Ideal,
            seed: self.common.seed,
        }
    }
}

/// An odd modulus from the command line.
pub(super) fn parse_modulus(text: &str) -> std::result::Result<u64, String> {
    let n = text.parse().map_err(|e| format!("{e}"))?;
    if Modulus::is_odd_modulus(n) { Ok(n) } else { Err("it must be odd, above 2 and below 2^62".into()) }
}

impl CommonArgs {
    pub(super) fn params(&self) -> Params {
        let ot = match self.ot {
            Source::Real(kind) => kind,
            // Nobody asks for any.
            Source::Ideal => OtKind::Silent,
        };
        Params { chunk: self.chunk, store: self.store << 20, ..self.protocols.params(ot) }
    }
}
