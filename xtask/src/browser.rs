//! The browsers that the tests drive.

use std::env;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::apt;
use crate::shell::which;

/// A browser, how to find it and how to get it.
pub(crate) struct Browser {
    name: &'static str,
    /// Environment variable that names the executable, read here and handed to the browser tests.
    pub(crate) variable: &'static str,
    commands: &'static [&'static str],
    /// Where it is on a Mac.
    mac: &'static str,
    /// Debian's package.
    package: &'static str,
}

pub(crate) const CHROMIUM: Browser = Browser {
    name: "Chromium",
    variable: "SOTTO_CHROMIUM",
    commands: &["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"],
    mac: "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    package: "chromium",
};

pub(crate) const FIREFOX: Browser = Browser {
    name: "Firefox",
    variable: "SOTTO_FIREFOX",
    commands: &["firefox-esr", "firefox"],
    mac: "/Applications/Firefox.app/Contents/MacOS/firefox",
    package: "firefox-esr",
};

impl Browser {
    /// The browser's executable, installed first when there is none.
    pub(crate) fn ensure(&self) -> Result<PathBuf> {
        let Self { name, variable, package, .. } = self;
        if let Some(path) = env::var_os(variable).map(PathBuf::from) {
            if !path.is_file() {
                bail!("{variable} names {}, which is not a file", path.display());
            }
            return Ok(path);
        }
        if let Some(path) = self.installed() {
            return Ok(path);
        }
        if apt::available() {
            apt::install(&[package], name, || self.installed().is_some())?;
        }
        match self.installed() {
            Some(path) => Ok(path),
            None => bail!("no {name} in PATH: install it, or set {variable} to its executable"),
        }
    }

    fn installed(&self) -> Option<PathBuf> {
        let mac = PathBuf::from(self.mac);
        which(self.commands).or_else(|| mac.is_file().then_some(mac))
    }
}
