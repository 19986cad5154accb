//! Options of what a client proposes to the server.

use clap::Args;
use clap::builder::TypedValueParser;
use sotto_mpc::{LinearKind, LpnSet, Network, OtKind, Params};

use crate::choices::{Choice, one_of, within};

/// What both parties have to hold the same of in an inference.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct AgreementArgs {
    /// Source of random OTs.
    #[arg(long, default_value = Params::default().ot.name(), value_parser = one_of(sources()))]
    ot: OtKind,

    #[command(flatten)]
    protocols: ProtocolArgs,

    /// What is between the parties: sets what a round is worth.
    #[arg(long, value_parser = networks(), conflicts_with = "round_bytes")]
    network: Option<Network>,

    /// Fresh encryption keys before all answers under the old ones have a statistical distance of 2^-BITS.
    #[arg(long, value_name = "BITS", default_value_t = Params::default().key_distance, value_parser = within(Params::KEY_DISTANCES))]
    key_distance: u32,

    /// Workers: connections that share the work, each with a thread at both ends. The server may grant fewer, and does for small models.
    #[arg(long, value_name = "N", default_value_t = Params::default().workers, value_parser = within(Params::WORKERS))]
    workers: u32,
}

/// What they have to hold the same of in a bench, too.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct ProtocolArgs {
    /// Largest parameter set of silent OT: the one of the fewest bytes is taken up to it.
    #[arg(long, value_name = "SET", default_value = Params::default().lpn.name(), value_parser = sets())]
    lpn: LpnSet,

    /// Most bits per leaf of a comparison; without, each call has the leaves that make it cost least.
    #[arg(long, value_name = "M", value_parser = within(Params::DIGITS))]
    digit: Option<u32>,

    /// What a round is worth: calls take the leaves and the forms of protocols that cost least by it, and with 0 those of the fewest bytes.
    #[arg(long, value_name = "BYTES", default_value_t = Params::default().round_bytes, value_parser = within(0..=Params::MAX_ROUND_BYTES))]
    round_bytes: u32,

    /// How linear layers are prepared.
    #[arg(long, value_name = "BY", default_value = LinearKind::default().name(), value_parser = linear_kinds())]
    pub(crate) linear: LinearKind,
}

impl AgreementArgs {
    pub(crate) fn params(self) -> Params {
        let Self { ot, protocols, network, key_distance, workers } = self;
        let params = Params { key_distance, workers, ..protocols.params(ot) };
        Params { round_bytes: network.map_or(params.round_bytes, Network::round_bytes), ..params }
    }
}

impl ProtocolArgs {
    /// With a source of random OTs, and the defaults of everything else.
    pub(crate) fn params(self, ot: OtKind) -> Params {
        let Self { lpn, digit, round_bytes, linear } = self;
        Params { ot, lpn, digit, round_bytes, linear, ..Params::default() }
    }
}

/// Takes the name of a way to prepare linear layers.
pub(crate) fn linear_kinds() -> impl TypedValueParser<Value = LinearKind> {
    let help = |kind| match kind {
        LinearKind::Auto => "Each by what costs less",
        LinearKind::Ot => "All by oblivious transfer",
        LinearKind::He => "All by homomorphic encryption; a layer that does not fit is an error",
    };
    one_of(LinearKind::ALL.map(|kind| (kind, kind.name(), help(kind))))
}

/// Sources of random OTs that a server offers.
pub(crate) fn sources() -> [Choice<OtKind>; OtKind::ALL.len()] {
    let help = |kind| match kind {
        OtKind::Silent => "SoftSpokenOT and, where that pays, Ferret",
        OtKind::Classic => "IKNP and KK13 extension of Ristretto base OTs, as in the paper",
    };
    OtKind::ALL.map(|kind| (kind, kind.name(), help(kind)))
}

/// Takes the name of a parameter set of silent OT: larger ones send less and need more memory and cache.
fn sets() -> impl TypedValueParser<Value = LpnSet> {
    let help = |set| match set {
        LpnSet::B9 => "A table of 1 MiB, 2.7 bits per correlated OT",
        LpnSet::B10 => "2 MiB, 1.49 bits",
        LpnSet::B11 => "4 MiB, 0.78 bits",
        LpnSet::B12 => "8 MiB, 0.42 bits",
        LpnSet::B13 => "16 MiB, 0.22 bits",
    };
    one_of(LpnSet::ALL.map(|set| (set, set.name(), help(set))))
}

/// Takes the name of what may be between the parties.
pub(crate) fn networks() -> impl TypedValueParser<Value = Network> {
    let help = |network| match network {
        Network::Lan => "A room: 1 Gbit/s, 1 ms there and back",
        Network::Wan => "The internet from a desk: 100 Mbit/s, 30 ms",
        Network::Mobile => "A telephone: 20 Mbit/s, 60 ms",
        Network::Metered => "Bytes are paid for: no other cost counts",
    };
    one_of(Network::ALL.map(|network| (network, network.name(), help(network))))
}
