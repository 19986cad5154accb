//! What the options of `connect` mean.

use serde::de::DeserializeOwned;
use sotto_mpc::{ErrorKind, Network, Params};
use sotto_nn::Description;

use crate::failure::Failure;
use crate::types::ConnectOptions;

/// The agreement parameters that `options` has, and the defaults of the others.
pub(crate) fn params(options: &ConnectOptions) -> Result<Params, Failure> {
    let default = Params::default();
    let params = Params {
        linear: named(options.linear(), default.linear, "options.linear is none of auto, ot and he")?,
        ot: named(options.ot(), default.ot, "options.ot is neither silent nor classic")?,
        lpn: named(options.lpn(), default.lpn, "options.lpn is none of b9, b10, b11, b12 and b13")?,
        digit: options.digit().map_or(default.digit, |digit| digit as u32),
        ..default
    };
    params.validate().map_err(|e| Failure::new(ErrorKind::Input, e.message()))?;
    Ok(params)
}

/// The parameters for a network, if there is one.
pub(crate) fn tuned(
    params: Params,
    network: Option<String>,
    description: Option<&Description>,
) -> Result<Params, Failure> {
    let wrong = "options.network is none of lan, wan, mobile and metered";
    match (named::<Option<Network>>(network, None, wrong)?, description) {
        (None, _) => Ok(params),
        (Some(network), Some(description)) => {
            let tuned = params.for_network(&description.program, network);
            tuned.map_err(|e| Failure::new(ErrorKind::Input, e.message()))
        }
        (Some(_), None) => Err(Failure::new(ErrorKind::Input, "options.network needs options.description")),
    }
}

/// The agreement parameter of this name, as in the hello.
fn named<T: DeserializeOwned>(name: Option<String>, default: T, wrong: &str) -> Result<T, Failure> {
    let named = name.map(|name| serde_json::from_value(name.into())).transpose();
    named.map(|value| value.unwrap_or(default)).map_err(|_| Failure::new(ErrorKind::Input, wrong))
}
