//! What the client may ask for once a session is set up: one byte each.

use super::phase::Phase;
use crate::error::{Error, Result};

/// A command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Command {
    /// Prepare one inference.
    Preprocess = 1,
    /// Run one inference.
    Infer = 2,
    /// End the session.
    Close = 3,
}

impl Command {
    /// Reads a command.
    pub(crate) fn from_byte(byte: u8) -> Result<Self> {
        let all = [Command::Preprocess, Command::Infer, Command::Close];
        let found = all.into_iter().find(|&command| command as u8 == byte);
        found.ok_or_else(|| Error::malformed(format!("unknown command {byte}")))
    }

    /// The phase that it, and what follows, is counted under.
    pub fn phase(self) -> Phase {
        match self {
            Command::Preprocess => Phase::Preprocess,
            Command::Infer | Command::Close => Phase::Online,
        }
    }
}
