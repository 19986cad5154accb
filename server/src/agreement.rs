//! Options of what a client proposes to the server.

use clap::{Args, ValueEnum};
use sotto_mpc::{LpnSet, OtKind, Params};

use crate::bench::LinearArg;

/// What both parties have to hold the same of.
#[derive(Args, Clone, Copy, Debug)]
pub struct AgreementArgs {
    /// Source of random OTs.
    #[arg(long, value_enum, default_value_t = SourceArg::Silent)]
    ot: SourceArg,

    /// Largest parameter set of silent OT.
    #[arg(long, value_enum, default_value_t = LpnArg::B11)]
    lpn: LpnArg,

    /// Most bits per leaf of a comparison.
    #[arg(long, value_name = "M", default_value_t = Params::default().digit, value_parser = clap::value_parser!(u32).range(1..=8))]
    digit: u32,

    /// How linear layers are prepared.
    #[arg(long, value_enum, default_value_t)]
    linear: LinearArg,
}

impl AgreementArgs {
    pub(crate) fn params(self) -> Params {
        let Self { ot, lpn, digit, linear } = self;
        Params { ot: ot.into(), lpn: lpn.into(), digit, linear: linear.into(), ..Params::default() }
    }
}

/// Sources of random OTs that a server offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SourceArg {
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
pub enum LpnArg {
    /// A table of 1 MiB, about 1.6 bits per correlated OT.
    B10,
    /// 2 MiB, 0.8 bits.
    B11,
    /// 4 MiB, 0.4 bits.
    B12,
    /// 8 MiB, 0.2 bits.
    B13,
}

impl From<LpnArg> for LpnSet {
    fn from(arg: LpnArg) -> LpnSet {
        match arg {
            LpnArg::B10 => LpnSet::B10,
            LpnArg::B11 => LpnSet::B11,
            LpnArg::B12 => LpnSet::B12,
            LpnArg::B13 => LpnSet::B13,
        }
    }
}
