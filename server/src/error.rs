//! What can go wrong with a server as a whole. A session's errors are `sotto-mpc`'s, and end that session alone.

/// Result with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Why a server cannot start or run; the message is one readable line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// An option, a bundle, or an address of this machine.
    #[error("{0}")]
    Usage(String),
    /// A defect of this program.
    #[error("{0}")]
    Internal(String),
}
