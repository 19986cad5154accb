//! Valgrind, which the constant-time check needs.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::apt;
use crate::shell::which;

/// Whether valgrind can follow secrets here: the marks are made for x86-64, and the kernels that are checked are its.
pub(crate) fn is_possible() -> bool {
    cfg!(all(target_os = "linux", target_arch = "x86_64"))
}

/// Valgrind, installed first when there is none.
pub(crate) fn ensure() -> Result<PathBuf> {
    let found = || which(&["valgrind"]);
    if found().is_none() && apt::available() {
        apt::install(&["valgrind"], "valgrind", || found().is_some())?;
    }
    found().context("no valgrind in PATH: install it")
}
