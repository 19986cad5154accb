//! The browser that the tests drive.

use std::env;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::apt;
use crate::shell::which;

/// Environment variable that names the browser's executable, read here and handed to the browser tests.
pub(crate) const VARIABLE: &str = "SOTTO_CHROMIUM";

const NAMES: [&str; 5] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"];
const MAC: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/// The browser's executable, installed first when there is none.
pub(crate) fn ensure() -> Result<PathBuf> {
    if let Some(path) = env::var_os(VARIABLE).map(PathBuf::from) {
        if !path.is_file() {
            bail!("{VARIABLE} names {}, which is not a file", path.display());
        }
        return Ok(path);
    }
    if let Some(path) = installed() {
        return Ok(path);
    }
    if apt::available() {
        apt::install(&["chromium"], "Chromium", || installed().is_some())?;
    }
    match installed() {
        Some(path) => Ok(path),
        None => bail!("no Chromium or Chrome in PATH: install one, or set {VARIABLE} to its executable"),
    }
}

fn installed() -> Option<PathBuf> {
    let mac = PathBuf::from(MAC);
    which(&NAMES).or_else(|| mac.is_file().then_some(mac))
}
