//! What can go wrong in a bench.

/// Result with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// An error of a bench; the message is one readable line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// An operation with options that it does not have, or outside their ranges.
    #[error("{0}")]
    Spec(String),
    /// A result that differs from the plain computation.
    #[error("{0}")]
    Mismatch(String),
    /// The session's own.
    #[error(transparent)]
    Session(#[from] sotto_mpc::Error),
}
