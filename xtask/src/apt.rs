//! Packages of a Debian-family system.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::shell::{read, run_quietly, which};

/// Whether this is a system with `apt-get`.
pub(crate) fn available() -> bool {
    which(&["apt-get"]).is_some()
}

/// Installs packages and checks the result with `satisfied`.
///
/// The package lists are refreshed only when there are none, or when installing from the present ones did not satisfy.
pub(crate) fn install(packages: &[&str], what: &str, satisfied: impl Fn() -> bool) -> Result<()> {
    let names = packages.join(" ");
    if read(Command::new("id").arg("-u")).as_deref() != Some("0") {
        bail!(
            "{what} is missing and installing it needs root: run `sudo apt-get update && sudo apt-get install -y --no-install-recommends {names}`, then try again"
        );
    }
    let mut failure = None;
    if has_lists() {
        println!("setup: {what} is missing, installing with apt-get: {names}");
        failure = run_quietly(&mut install_command(packages)).err();
        if satisfied() {
            return Ok(());
        }
    }
    println!("setup: refreshing the package lists, then installing {what} with apt-get: {names}");
    run_quietly(apt_get().arg("update"))?;
    match run_quietly(&mut install_command(packages)) {
        _ if satisfied() => Ok(()),
        Err(error) => Err(error),
        Ok(()) => match failure {
            Some(error) => Err(error),
            None => bail!("apt-get installed {names}, but {what} is still missing"),
        },
    }
}

/// Fetches a package, with those that it needs and that are not installed, into a folder, and installs nothing: a package of a server would
/// start it.
pub(crate) fn fetch(package: &str, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder.join("partial"))?;
    let download = || {
        let mut command = install_command(&[package]);
        command.args(["--download-only", "-o", "Debug::NoLocking=1", "-o"]);
        run_quietly(command.arg(format!("Dir::Cache::archives={}", folder.display())))
    };
    println!("setup: fetching {package} with apt-get");
    if has_lists() && download().is_ok() {
        return Ok(());
    }
    println!("setup: refreshing the package lists, then fetching {package} with apt-get");
    run_quietly(apt_get().arg("update"))?;
    download()
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").arg("-qq");
    command
}

fn install_command(packages: &[&str]) -> Command {
    let mut command = apt_get();
    command.args(["install", "-y", "--no-install-recommends"]).args(packages);
    command
}

/// Whether the system has downloaded any package list.
fn has_lists() -> bool {
    let is_list = |name: &str| name.contains("_Packages");
    fs::read_dir(Path::new("/var/lib/apt/lists"))
        .is_ok_and(|entries| entries.flatten().any(|entry| entry.file_name().to_str().is_some_and(is_list)))
}
