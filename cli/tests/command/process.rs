//! The `sotto` command in processes of its own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// The files that the shipped models are made from.
pub(crate) fn training() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/train")
}

/// The models that the project ships.
pub(crate) fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../models")
}

pub(crate) fn sotto(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sotto")).args(args).env_remove("RUST_LOG").output().unwrap()
}

#[track_caller]
pub(crate) fn succeeds(args: &[&str]) -> String {
    let output = sotto(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Expects an exit code and one line of explanation that contains `why`.
#[track_caller]
pub(crate) fn fails(args: &[&str], code: i32, why: &str) {
    let output = sotto(args);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{args:?}: {text}");
    assert!(text.contains(why), "{args:?}: '{text}' does not contain '{why}'");
}

/// A running `sotto serve`.
pub(crate) struct Served {
    pub(crate) process: Child,
    pub(crate) url: String,
}

impl Served {
    pub(crate) fn start(models: &Path) -> Served {
        Self::logging(models, Stdio::null())
    }

    /// With a log that goes to `log`.
    pub(crate) fn logging(models: &Path, log: Stdio) -> Served {
        let mut command = serve(models);
        command.stderr(log);
        Self::run(command)
    }

    /// As the command says, which is one of [`serve`].
    pub(crate) fn run(mut command: Command) -> Served {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let url = announced(process.stdout.take().unwrap());
        Served { process, url }
    }
}

/// `sotto serve` on a free port.
pub(crate) fn serve(models: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sotto"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--models"]).arg(models).env_remove("RUST_LOG");
    command
}

/// The address in the first line that has one.
pub(crate) fn announced(output: impl std::io::Read) -> String {
    let mut lines = BufReader::new(output).lines().map_while(Result::ok);
    let of = |line: String| {
        let (_, address) = line.split_once("http://").or_else(|| line.split_once("https://"))?;
        Some(address.split('/').next()?.to_owned())
    };
    let address = lines.find_map(of);
    format!("ws://{}", address.expect("it prints its address"))
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
