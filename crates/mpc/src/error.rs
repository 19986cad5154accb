//! The one error type of the protocols, with the phase in which it happened.

use serde::Serialize;

use crate::names;
use crate::session::phase::Phase;

/// Result with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, in classes that a caller can act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorKind {
    /// The connection failed or could not be opened.
    Transport,
    /// The peer ended the session.
    Closed,
    /// The peer sent something that the protocol does not allow.
    Malformed,
    /// The peer speaks another version or other agreement parameters.
    Version,
    /// The server has no model of that name.
    UnknownModel,
    /// The server runs as many sessions as it allows.
    Busy,
    /// The caller's input does not fit the program.
    Input,
    /// The peer was silent for too long.
    Timeout,
    /// A defect on the side that reports it.
    Internal,
    /// The server's model is another version than the one that the client was told of.
    ModelChanged,
    /// What the server's program takes is more than this side allows.
    TooLarge,
    /// The server asks for a ticket, or does not know the one that it was shown.
    Ticket,
    /// What the client may use is used up for now.
    Exhausted,
    /// A result that cannot be right: something changed on the way, or it lies outside of what the model can give. Not shown,
    /// and never said to the peer: on the wire a session goes on, and ends, as after a success.
    Damaged,
}

names!(ErrorKind {
    Transport => "transport",
    Closed => "closed",
    Malformed => "malformed",
    Version => "version",
    UnknownModel => "unknown-model",
    Busy => "busy",
    Input => "input",
    Timeout => "timeout",
    Internal => "internal",
    ModelChanged => "model-changed",
    TooLarge => "too-large",
    Ticket => "ticket",
    Exhausted => "exhausted",
    Damaged => "damaged",
});

/// WebSocket close code of an orderly end.
const NORMAL_CLOSURE: u16 = 1000;

impl ErrorKind {
    /// Those that a peer is told of, in the order of their close codes.
    const TOLD: [ErrorKind; 13] = [
        ErrorKind::Transport,
        ErrorKind::Closed,
        ErrorKind::Malformed,
        ErrorKind::Version,
        ErrorKind::UnknownModel,
        ErrorKind::Busy,
        ErrorKind::Input,
        ErrorKind::Timeout,
        ErrorKind::Internal,
        ErrorKind::ModelChanged,
        ErrorKind::TooLarge,
        ErrorKind::Ticket,
        ErrorKind::Exhausted,
    ];

    /// WebSocket close code for this kind, in the private-use range 4000..=4999 (RFC 6455, section 7.4.2); the code of an
    /// orderly end for what the peer is not told of.
    pub fn close_code(self) -> u16 {
        Self::TOLD.iter().position(|&k| k == self).map_or(NORMAL_CLOSURE, |index| 4000 + index as u16)
    }

    fn from_close_code(code: u16) -> Option<Self> {
        Self::TOLD.get(usize::from(code.checked_sub(4000)?)).copied()
    }
}

/// An error with its kind and phase. Messages name shapes, lengths and names, never values of shares or keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (during {phase})")]
pub struct Error {
    kind: ErrorKind,
    phase: Phase,
    message: String,
}

impl Error {
    /// A new error in the handshake phase; [`Channel`](crate::Channel) and [`Session`](crate::Session) set the real one.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, phase: Phase::Handshake, message: message.into() }
    }

    /// The peer broke the protocol.
    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Malformed, message)
    }

    /// The caller's input is wrong.
    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Input, message)
    }

    /// The same error, in another phase.
    pub fn in_phase(mut self, phase: Phase) -> Self {
        self.phase = phase;
        self
    }

    /// Its class.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The phase in which it happened.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The message without the phase.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// WebSocket close code to send when this error ends a session.
    pub fn close_code(&self) -> u16 {
        self.kind.close_code()
    }

    /// Reason for the WebSocket close frame: at most 123 bytes (RFC 6455, section 5.5), cut at a character boundary.
    /// The details of internal errors stay local, and of a damaged result there is nothing to be said.
    pub fn public_reason(&self) -> String {
        match self.kind {
            ErrorKind::Internal => return "internal error".into(),
            ErrorKind::Damaged => return String::new(),
            _ => {}
        }
        let mut reason = self.message.clone();
        let mut end = reason.len().min(123);
        while !reason.is_char_boundary(end) {
            end -= 1;
        }
        reason.truncate(end);
        reason
    }

    /// The error that a peer's close frame stands for. Codes outside 4000..=4012 mean that the peer just went away, and a
    /// defect of the peer is none of this side.
    pub fn from_close(code: u16, reason: &str) -> Self {
        let reason: String = reason.chars().filter(|c| !c.is_control()).collect();
        match ErrorKind::from_close_code(code) {
            Some(ErrorKind::Internal) => Self::new(ErrorKind::Closed, format!("the peer failed: {reason}")),
            Some(kind) => Self::new(kind, format!("the peer ended the session: {reason}")),
            None if reason.is_empty() => {
                Self::new(ErrorKind::Closed, format!("the peer closed the connection ({code})"))
            }
            None => Self::new(ErrorKind::Closed, format!("the peer closed the connection ({code}): {reason}")),
        }
    }
}

/// A defect on this side.
pub(crate) fn internal(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Internal, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_codes_round_trip() {
        for kind in ErrorKind::TOLD {
            let error = Error::from_close(Error::new(kind, "x").close_code(), "a\n\u{1b}[31mb");
            assert_eq!(error.kind(), if kind == ErrorKind::Internal { ErrorKind::Closed } else { kind });
            assert!(error.message().ends_with(": a[31mb"), "{error:?}");
        }
        assert_eq!(Error::from_close(1006, "").kind(), ErrorKind::Closed);
        assert_eq!(Error::from_close(4900, "").kind(), ErrorKind::Closed);
        assert_eq!(Error::from_close(3999, "").kind(), ErrorKind::Closed);
    }

    #[test]
    fn a_damaged_result_ends_like_a_good_one() {
        let error = Error::new(ErrorKind::Damaged, "not shown");
        assert_eq!((error.close_code(), error.public_reason()), (1000, String::new()));
    }

    #[test]
    fn reasons_fit_a_close_frame() {
        let error = Error::new(ErrorKind::Input, "é".repeat(100));
        assert!(error.public_reason().len() <= 123);
        assert_eq!(Error::new(ErrorKind::Internal, "secret path").public_reason(), "internal error");
    }
}
