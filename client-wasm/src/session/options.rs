//! What the options of `connect` mean.

use sotto_mpc::{LinearKind, LpnSet, Network, OtKind, Params};

use crate::failure::{Failure, Kind};
use crate::session::types::ConnectOptions;

/// The agreement parameters that `options` has, and the defaults of the others.
pub(crate) fn params(options: &ConnectOptions) -> Result<Params, Failure> {
    let default = Params::of_a_browser();
    let network = named("network", options.network.as_deref(), Network::ALL, Network::name)?;
    let params = Params {
        linear: named("linear", options.linear.as_deref(), LinearKind::ALL, LinearKind::name)?
            .unwrap_or(default.linear),
        ot: named("ot", options.ot.as_deref(), OtKind::ALL, OtKind::name)?.unwrap_or(default.ot),
        lpn: named("lpn", options.lpn.as_deref(), LpnSet::ALL, LpnSet::name)?.unwrap_or(default.lpn),
        workers: options.workers.map_or(default.workers, |workers| u32::try_from(workers).unwrap_or(u32::MAX)),
        digit: options.digit.map(|digit| u32::try_from(digit).unwrap_or(u32::MAX)),
        round_bytes: network.map_or(default.round_bytes, Network::round_bytes),
        ..default
    };
    params.validate().map_err(|e| Failure::new(Kind::Usage, e.message()))?;
    Ok(params)
}

/// The one of `all` that an option names, if it is given.
fn named<T: Copy, const N: usize>(
    option: &str,
    given: Option<&str>,
    all: [T; N],
    name: fn(T) -> &'static str,
) -> Result<Option<T>, Failure> {
    let Some(given) = given else { return Ok(None) };
    let wrong = || Failure::new(Kind::Usage, format!("options.{option} is none of {}", all.map(name).join(", ")));
    all.into_iter().find(|&one| name(one) == given).map(Some).ok_or_else(wrong)
}
