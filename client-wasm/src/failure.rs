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
    fn new(kind: &str, phase: Option<&str>, message: &str, cause: Option<JsValue>) -> SottoError;
}

/// Declares the kinds of failures of the package and their union in TypeScript.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $variant:ident$(($of:ident))? => $name:literal,)+) => {
        impl Kind {
            /// In TypeScript.
            #[allow(dead_code)] // read by wasm-bindgen alone
            pub(crate) const TYPESCRIPT: &str = concat!(
                "\n/** What went wrong, in classes that a caller can act on. */\nexport type ErrorKind =",
                $("\n  /**\n", $("   *", $doc, "\n",)+ "   */\n  | \"", $name, "\"",)+
                ";\n"
            );

            fn name(self) -> &'static str {
                match self {
                    $(Kind::$variant$((ErrorKind::$of))? => $name,)+
                }
            }
        }
    };
}

/// What went wrong: in a session, or in how the package is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Session(ErrorKind),
    Usage,
    Aborted,
}

kinds! {
    /// The connection could not be opened, or a file of the package not be loaded.
    Session(Transport) => "transport",
    /// The session is over: the connection was lost, or the server or `close()` ended it.
    Session(Closed) => "closed",
    /// The server sent something that the protocol does not allow.
    Session(Malformed) => "malformed",
    /// The server speaks another version or other parameters.
    Session(Version) => "version",
    /// The server has no model of that name.
    Session(UnknownModel) => "unknown-model",
    /// The server runs as many sessions as it allows.
    Session(Busy) => "busy",
    /// The values do not fit the model; the message names the field. The session goes on.
    Session(Input) => "input",
    /// The server was silent for too long, or gave up on this side.
    Session(Timeout) => "timeout",
    /// A defect.
    Session(Internal) => "internal",
    /// The server's model is another version than the `description`: load that again.
    Session(ModelChanged) => "model-changed",
    /// The model takes more bytes than `maxBytes`; the message has the number that it needs.
    Session(TooLarge) => "too-large",
    /// The server asks for a ticket, or does not know the one that it was shown.
    Session(Ticket) => "ticket",
    /// What the server allows is used up for now.
    Session(Exhausted) => "exhausted",
    /// A result that cannot be right, and is not given: something changed on the way. The server must not learn of it, so the
    /// session goes on as after a result; use it, or close it, as if there were one.
    Session(Damaged) => "damaged",
    /// An argument or option that is none, or a call that cannot be made now: a fault of the calling program, which the message names.
    /// A session goes on.
    Usage => "usage",
    /// The call's `signal` was aborted; its reason is the `cause`. A session that was working on the call is over.
    Aborted => "aborted",
}

impl From<ErrorKind> for Kind {
    fn from(kind: ErrorKind) -> Self {
        Kind::Session(kind)
    }
}

/// A failure: the protocol's, or one outside a session, which has no phase.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// Class.
    pub(crate) kind: Kind,
    /// Where in a session it happened.
    pub(crate) phase: Option<Phase>,
    /// For people. Names lengths, fields and addresses, never shares or keys.
    pub(crate) message: String,
    /// What it comes from.
    pub(crate) cause: Option<JsValue>,
}

impl Failure {
    /// A failure outside any phase.
    pub(crate) fn new(kind: impl Into<Kind>, message: impl Into<String>) -> Self {
        Failure { kind: kind.into(), phase: None, message: message.into(), cause: None }
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
        Failure { phase: Some(error.phase()), ..Failure::new(error.kind(), error.message()) }
    }
}

impl From<Failure> for SottoError {
    fn from(failure: Failure) -> Self {
        SottoError::new(failure.kind.name(), failure.phase.map(Phase::name), &failure.message, failure.cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_the_protocol_has_its_name_there() {
        for kind in ErrorKind::ALL {
            assert_eq!(Kind::from(kind).name(), kind.name());
        }
    }
}
