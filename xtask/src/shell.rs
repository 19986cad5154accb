//! Running other programs, and the paths that every command needs.

use std::cell::Cell;
use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow, bail};

/// The `sotto` command with its benches, which it is built without where inputs and weights are real.
pub(crate) const BENCHES: [&str; 2] = ["--features", "sotto-cli/bench"];

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    // Cargo sets the variable for everything that it runs, so a moved checkout does not need a rebuild.
    let manifest = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let manifest = PathBuf::from(manifest);
    manifest.parent().map_or_else(|| manifest.clone(), Path::to_path_buf)
}

/// Cargo's target directory.
pub(crate) fn target_dir() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// A command that runs at the repository's root.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// The cargo that runs this task.
pub(crate) fn cargo() -> Command {
    command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

thread_local! {
    static BACKGROUND: Cell<bool> = const { Cell::new(false) };
}

/// Does something beside what another thread shows: here, [`run`] is [`run_quietly`].
pub(crate) fn in_background<T>(work: impl FnOnce() -> T) -> T {
    let before = BACKGROUND.replace(true);
    let result = work();
    BACKGROUND.set(before);
    result
}

/// Runs a command with its output on the terminal. Failure is an error that names the command.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    if BACKGROUND.get() {
        return run_quietly(command);
    }
    let status = command.status().with_context(|| format!("cannot run `{}`", shown(command)))?;
    if status.success() { Ok(()) } else { Err(anyhow!("`{}` failed ({status})", shown(command))) }
}

/// Runs a command silently; its output is in the error when it fails.
pub(crate) fn run_quietly(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run `{}`", shown(command)))?;
    if output.status.success() {
        return Ok(());
    }
    let log = [output.stdout, output.stderr].concat();
    bail!("`{}` failed ({})\n{}", shown(command), output.status, String::from_utf8_lossy(&log).trim_end())
}

/// The trimmed standard output of a command, or `None` when it cannot be run or fails.
pub(crate) fn read(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The first of `names` that is an executable in `PATH`.
pub(crate) fn which(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let found = |name: &&str| env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file());
    names.iter().find_map(found)
}

/// The dotted numbers that a version string starts with, after any leading text: `v20.19.0` gives `[20, 19, 0]`.
pub(crate) fn version(text: &str) -> Vec<u32> {
    let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = digits.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(digits.len());
    digits[..end].split('.').map_while(|part| part.parse().ok()).collect()
}

/// The command line as one would type it.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once(name).chain(arguments).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn versions_compare_as_numbers() {
        assert_eq!(version("v20.9.0"), [20, 9, 0]);
        assert_eq!(version(">=20.19"), [20, 19]);
        assert_eq!(version("rustc 1.96.0 (ac68faa20 2026-05-25)"), [1, 96, 0]);
        assert!(version("v20.9.0") < version(">=20.19"));
        assert!(version("").is_empty());
    }
}
