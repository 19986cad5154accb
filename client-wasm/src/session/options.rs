//! What the options of `connect` mean.

use sotto_mpc::{LinearKind, LpnSet, Network, OtKind, Params};
use sotto_nn::Description;

use crate::failure::{Failure, Kind};
use crate::session::types::ConnectOptions;

/// The agreement parameters that `options` has, and the defaults of the others.
pub(crate) fn params(options: &ConnectOptions) -> Result<Params, Failure> {
    let default = Params::of_a_browser();
    let params = Params {
        linear: named("linear", options.linear.as_deref(), LinearKind::ALL, LinearKind::name)?
            .unwrap_or(default.linear),
        ot: named("ot", options.ot.as_deref(), OtKind::ALL, OtKind::name)?.unwrap_or(default.ot),
        lpn: named("lpn", options.lpn.as_deref(), LpnSet::ALL, LpnSet::name)?.unwrap_or(default.lpn),
        workers: options.workers.map_or(default.workers, |workers| u32::try_from(workers).unwrap_or(u32::MAX)),
        digit: options.digit.map_or(default.digit, |digit| u32::try_from(digit).unwrap_or(u32::MAX)),
        ..default
    };
    params.validate().map_err(|e| Failure::new(Kind::Usage, e.message()))?;
    Ok(params)
}

/// The parameters for a network, if there is one.
pub(crate) fn tuned(
    params: Params,
    network: Option<String>,
    description: Option<&Description>,
) -> Result<Params, Failure> {
    match (named("network", network.as_deref(), Network::ALL, Network::name)?, description) {
        (None, _) => Ok(params),
        (Some(network), Some(description)) => {
            let tuned = params.for_network(&description.program, network);
            tuned.map_err(|e| Failure::new(Kind::Usage, e.message()))
        }
        (Some(_), None) => Err(Failure::new(Kind::Usage, "options.network needs options.description")),
    }
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
