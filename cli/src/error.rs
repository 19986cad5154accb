//! What can go wrong in a subcommand, by exit code.

use sotto_mpc::ErrorKind;

/// Result with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Exit codes, for `--help`.
pub const EXIT_CODES: &str = "Exit codes:
  0  success
  1  wrong use or configuration: an option, a file of this machine, a model that does not exist, a ticket
  2  the input does not fit the model
  3  no connection: unreachable, lost, refused because the server is full or a budget used up, or timed out
  4  the other side speaks another protocol or version
  5  a result differs from the plain computation
  6  a defect of this program
  7  a result, or what the server says of its model, was damaged on the way and is not shown
  8  import: the fixed-point program misses a goal, and no bundle was written
  9  infer: some rows have no result, all others have; the output says why
  130  infer: stopped by Ctrl-C, or SIGTERM, in order: the rows that were done are in the output
  141  whoever read the output has stopped: it is not complete";

/// An error of a subcommand; the message is one readable line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// An option, a file of this machine, or a model that does not exist.
    #[error("{0}")]
    Usage(String),
    /// An input that does not fit the model.
    #[error("{0}")]
    Input(String),
    /// The other side cannot be reached, went away, is full or silent.
    #[error("{0}")]
    Connection(String),
    /// The other side speaks another protocol or version.
    #[error("{0}")]
    Protocol(String),
    /// A result differs from the plain computation.
    #[error("{0}")]
    Mismatch(String),
    /// A defect of this program.
    #[error("{0}")]
    Internal(String),
    /// Something changed on the way, or cannot be right.
    #[error("{0}")]
    Damaged(String),
    /// An imported program that is not like its network.
    #[error("{0}")]
    Goals(String),
    /// Some rows of a batch have no result.
    #[error("{0}")]
    Rows(String),
    /// A signal ended a batch before its last row.
    #[error("{0}")]
    Interrupted(String),
    /// The reader of standard output has closed it (`| head`, say).
    #[error("nobody reads standard output any more")]
    Unread,
}

impl Error {
    /// A usage error about a file of this machine.
    pub fn file(path: &std::path::Path, error: impl std::fmt::Display) -> Self {
        Self::Usage(format!("{}: {error}", path.display()))
    }

    /// The same, with the server's name for the session, by which its log can be searched.
    pub(crate) fn of_session(self, id: Option<&str>) -> Self {
        let Some(id) = id else { return self };
        let named = |message: String| format!("{message} (session {id})");
        match self {
            Error::Connection(message) => Error::Connection(named(message)),
            Error::Protocol(message) => Error::Protocol(named(message)),
            Error::Usage(message) => Error::Usage(named(message)),
            Error::Input(message) => Error::Input(named(message)),
            Error::Internal(message) => Error::Internal(named(message)),
            Error::Damaged(message) => Error::Damaged(named(message)),
            other => other,
        }
    }

    /// The process's exit code, as in [`EXIT_CODES`].
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Usage(_) => 1,
            Error::Input(_) => 2,
            Error::Connection(_) => 3,
            Error::Protocol(_) => 4,
            Error::Mismatch(_) => 5,
            Error::Internal(_) => 6,
            Error::Damaged(_) => 7,
            Error::Goals(_) => 8,
            Error::Rows(_) => 9,
            // As of a program that SIGINT ends.
            Error::Interrupted(_) => 130,
            // As of a program that SIGPIPE ends.
            Error::Unread => 141,
        }
    }
}

impl From<sotto_mpc::Error> for Error {
    fn from(error: sotto_mpc::Error) -> Self {
        let message = error.to_string();
        match error.kind() {
            ErrorKind::Transport | ErrorKind::Closed | ErrorKind::Busy | ErrorKind::Timeout | ErrorKind::Exhausted => {
                Self::Connection(message)
            }
            ErrorKind::Malformed | ErrorKind::Version | ErrorKind::ModelChanged => Self::Protocol(message),
            ErrorKind::UnknownModel | ErrorKind::TooLarge | ErrorKind::Ticket => Self::Usage(message),
            ErrorKind::Input => Self::Input(message),
            ErrorKind::Internal => Self::Internal(message),
            ErrorKind::Damaged => Self::Damaged(message),
        }
    }
}

impl From<sotto_server::Error> for Error {
    fn from(error: sotto_server::Error) -> Self {
        match error {
            sotto_server::Error::Usage(message) => Self::Usage(message),
            sotto_server::Error::Internal(message) => Self::Internal(message),
        }
    }
}

#[cfg(feature = "bench")]
impl From<sotto_bench::Error> for Error {
    fn from(error: sotto_bench::Error) -> Self {
        match error {
            sotto_bench::Error::Spec(message) => Self::Usage(message),
            sotto_bench::Error::Mismatch(message) => Self::Mismatch(message),
            sotto_bench::Error::Session(error) => error.into(),
        }
    }
}
