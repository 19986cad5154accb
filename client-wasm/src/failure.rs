//! Errors on their way to JavaScript.

use sotto_mpc::{Error, ErrorKind, Phase};
use sotto_nn::{Description, DescriptionError};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(raw_module = "./error.js")]
extern "C" {
    /// An `Error` with a `kind` and a `phase`.
    #[wasm_bindgen(extends = js_sys::Error)]
    pub type SottoError;

    #[wasm_bindgen(constructor)]
    fn new(kind: &str, phase: Option<&str>, message: &str) -> SottoError;
}

/// A failure: the protocol's, or one outside a session, which has no phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Class.
    pub(crate) kind: ErrorKind,
    /// Where in a session it happened.
    pub(crate) phase: Option<Phase>,
    /// For people. Names lengths, fields and addresses, never shares or keys.
    pub(crate) message: String,
}

impl Failure {
    /// A failure outside any phase.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Failure { kind, phase: None, message: message.into() }
    }

    /// What calls get on a session that has ended, by `close()` or an earlier failure.
    pub(crate) fn over() -> Self {
        Failure::new(ErrorKind::Closed, "the session is over: connect again")
    }
}

/// The server's description of a model, read and checked.
pub(crate) fn described(json: &str) -> Result<Description, Failure> {
    Description::from_json(json).map_err(|error| {
        let kind = match error {
            DescriptionError::Damaged => ErrorKind::Damaged,
            DescriptionError::Content(_) => ErrorKind::Input,
        };
        Failure::new(kind, format!("the model's description is unusable: {error}"))
    })
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure { kind: error.kind(), phase: Some(error.phase()), message: error.message().to_owned() }
    }
}

impl From<Failure> for SottoError {
    fn from(failure: Failure) -> Self {
        SottoError::new(failure.kind.name(), failure.phase.map(Phase::name), &failure.message)
    }
}
