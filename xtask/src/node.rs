//! Node, npm, and the packages of the page and the browser tests.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::shell::{command, read, root, run_quietly, version};

/// Written after a complete `npm ci`: the lock file that it installed.
const STAMP: &str = "node_modules/.installed-package-lock.json";

/// Checks node and npm, and installs the packages when those present are not the lock file's.
pub(crate) fn ensure() -> Result<()> {
    check_versions()?;
    install(&root(), "setup")
}

/// Installs the packages of a folder's lock file, unless they are there.
pub(crate) fn install(folder: &Path, who: &str) -> Result<()> {
    let lock = folder.join("package-lock.json");
    let lock = fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    if fs::read(folder.join(STAMP)).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    println!("{who}: installing the npm packages of package-lock.json");
    run_quietly(npm().current_dir(folder).args(["ci", "--prefer-offline", "--no-audit", "--no-fund"]))?;
    fs::create_dir_all(folder.join("node_modules"))?;
    fs::write(folder.join(STAMP), lock).with_context(|| format!("cannot write {STAMP}"))
}

/// `npm`, at the repository's root.
pub(crate) fn npm() -> Command {
    command("npm")
}

/// The compiler of TypeScript, at the repository's root.
pub(crate) fn tsc() -> Command {
    let mut tsc = command("node");
    tsc.arg("node_modules/typescript/bin/tsc");
    tsc
}

fn check_versions() -> Result<()> {
    let text = fs::read_to_string(root().join("package.json")).context("cannot read package.json")?;
    let manifest: Value = serde_json::from_str(&text).context("package.json is not JSON")?;
    let wanted = manifest["engines"]["node"].as_str().context("package.json names no node version")?;
    let Some(found) = read(command("node").arg("--version")) else {
        bail!("node is missing: install Node.js {wanted}");
    };
    if version(&found) < version(wanted) {
        bail!("node {found} is too old: install Node.js {wanted}");
    }
    if read(npm().arg("--version")).is_none() {
        bail!("npm is missing: install the one that comes with Node.js {wanted}");
    }
    Ok(())
}
