//! Options of what a client proposes to the server.

use clap::builder::RangedU64ValueParser;
use clap::{Args, ValueEnum};
use sotto_mpc::{LinearKind, LpnSet, Network, OtKind, Params};
use sotto_nn::Program;

use crate::{Error, Result};

/// What both parties have to hold the same of.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct AgreementArgs {
    /// Source of random OTs.
    #[arg(long, value_enum, default_value_t = SourceArg::Silent)]
    ot: SourceArg,

    /// Largest parameter set of silent OT.
    #[arg(long, value_enum, default_value_t = LpnArg::B11)]
    lpn: LpnArg,

    /// Most bits per leaf of a comparison.
    #[arg(long, value_name = "M", default_value_t = Params::default().digit, value_parser = clap::value_parser!(u32).range(1..=8))]
    digit: u32,

    /// Take the leaves that cost this model least on a network, instead of --digit.
    #[arg(long, value_enum, conflicts_with = "digit")]
    network: Option<NetworkArg>,

    /// How linear layers are prepared.
    #[arg(long, value_enum, default_value_t)]
    linear: LinearArg,

    /// Fresh encryption keys before all answers under the old ones have a statistical distance of 2^-BITS.
    #[arg(long, value_name = "BITS", default_value_t = Params::default().key_distance, value_parser = key_distances())]
    key_distance: u32,
}

fn key_distances() -> RangedU64ValueParser<u32> {
    let bits = Params::KEY_DISTANCES;
    RangedU64ValueParser::new().range(u64::from(*bits.start())..=u64::from(*bits.end()))
}

impl AgreementArgs {
    /// For a model's program.
    pub(crate) fn params(self, program: &Program) -> Result<Params> {
        let Self { ot, lpn, digit, network, linear, key_distance } = self;
        let (ot, lpn, linear) = (ot.into(), lpn.into(), linear.into());
        let params = Params { ot, lpn, digit, linear, key_distance, ..Params::default() };
        let tuned = network.map(|network| params.for_network(program, network.into()));
        tuned.unwrap_or(Ok(params)).map_err(|e| Error::Input(e.message().into()))
    }
}

/// What is between the parties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum NetworkArg {
    /// A room: 1 Gbit/s, 1 ms there and back.
    Lan,
    /// The internet from a desk: 100 Mbit/s, 30 ms.
    Wan,
    /// A telephone: 20 Mbit/s, 60 ms.
    Mobile,
    /// Bytes are paid for: no other cost counts.
    Metered,
}

impl From<NetworkArg> for Network {
    fn from(arg: NetworkArg) -> Network {
        match arg {
            NetworkArg::Lan => Network::Lan,
            NetworkArg::Wan => Network::Wan,
            NetworkArg::Mobile => Network::Mobile,
            NetworkArg::Metered => Network::Metered,
        }
    }
}

/// Sources of random OTs that a server offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SourceArg {
    /// SoftSpokenOT and, where that pays, Ferret.
    Silent,
    /// IKNP and KK13 extension of Ristretto base OTs, as in the paper.
    Classic,
}

impl From<SourceArg> for OtKind {
    fn from(arg: SourceArg) -> OtKind {
        match arg {
            SourceArg::Silent => OtKind::Silent,
            SourceArg::Classic => OtKind::Classic,
        }
    }
}

/// Parameter sets of silent OT: larger ones send less and need more memory and cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LpnArg {
    /// A table of 1 MiB, 2.7 bits per correlated OT.
    B9,
    /// 2 MiB, 1.49 bits.
    B10,
    /// 4 MiB, 0.78 bits.
    B11,
    /// 8 MiB, 0.42 bits.
    B12,
    /// 16 MiB, 0.22 bits.
    B13,
}

impl From<LpnArg> for LpnSet {
    fn from(arg: LpnArg) -> LpnSet {
        match arg {
            LpnArg::B9 => LpnSet::B9,
            LpnArg::B10 => LpnSet::B10,
            LpnArg::B11 => LpnSet::B11,
            LpnArg::B12 => LpnSet::B12,
            LpnArg::B13 => LpnSet::B13,
        }
    }
}

/// How linear layers are prepared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LinearArg {
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
