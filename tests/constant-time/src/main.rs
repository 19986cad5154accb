//! Runs every protocol with secrets that valgrind's memcheck follows: a branch or an address that depends on one is
//! reported.
//!
//! `cargo xtask constant-time` builds this with its feature, as the release is built, and runs it under valgrind. What
//! is secret is said here: the seeds of both parties' randomness, shares, the client's input and the server's weights.
//! What is public although it derives from these is said where it is used, by `sotto_crypto::memcheck::public`.
#![allow(clippy::print_stdout)] // a command-line tool talks on standard output

mod canary;
mod inference;
mod protocols;
mod secrets;

use std::process::ExitCode;

use sotto_crypto::{Platform, memcheck};

const USAGE: &str = "usage: sotto-constant-time portable|x86-64-avx2 protocols|canary-branch|canary-address";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kernels, what] = &arguments[..] else {
        eprintln!("{USAGE}");
        return ExitCode::FAILURE;
    };
    match check(kernels, what) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sotto-constant-time: {error}");
            ExitCode::FAILURE
        }
    }
}

fn check(kernels: &str, what: &str) -> Result<(), String> {
    if !memcheck::is_watching() {
        return Err("nobody follows the secrets: run it by `cargo xtask constant-time`".into());
    }
    #[cfg(feature = "memcheck")]
    if kernels == Platform::Portable.to_string() {
        Platform::detect_only_portable();
    }
    let detected = Platform::detect().to_string();
    if detected != kernels {
        return Err(format!("the kernels are {detected}, not {kernels}"));
    }
    match what {
        "protocols" => protocols::check().and_then(|()| inference::check()),
        "canary-branch" => canary::branch(),
        "canary-address" => canary::address(),
        _ => Err(USAGE.into()),
    }
}
