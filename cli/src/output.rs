//! Standard output.

use std::io::{ErrorKind, Write};

use serde::Serialize;

use crate::{Error, Result};

/// Prints to standard output.
///
/// # Errors
/// [`Error::Unread`] when it is a pipe that nobody reads any more.
pub(crate) fn say(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| match e.kind() {
        ErrorKind::BrokenPipe => Error::Unread,
        _ => Error::Usage(format!("cannot write to standard output: {e}")),
    })
}

/// Prints a value as one line of JSON.
pub(crate) fn say_json(value: &impl Serialize) -> Result<()> {
    let json = serde_json::to_string(value).map_err(|e| Error::Internal(format!("cannot write JSON: {e}")))?;
    say(&(json + "\n"))
}
