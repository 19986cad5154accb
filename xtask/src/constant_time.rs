//! `cargo xtask constant-time`: every protocol under valgrind's memcheck, with secrets that it follows, and a scan of
//! the browser's module.
//!
//! `tests/constant-time` says what is secret, [`leaves`] which functions are scanned, and
//! docs/decisions/0013-constant-time-by-tool.md what this can see.

use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};

use crate::shell::{self, cargo, command, target_dir};
use crate::{leaves, valgrind, wasm, web};

const PACKAGE: &str = "sotto-constant-time";
/// Cargo's profile: the release, with the lines of the code.
const PROFILE: &str = "constant-time";
/// How valgrind exits when it has reported something, and the program has not failed.
const REPORTED: i32 = 97;

/// Runs, and what of memcheck's each must report: kernels, program, report.
const RUNS: [(&str, &str, Option<&str>); 4] = [
    ("x86-64-avx2", "protocols", None),
    ("portable", "protocols", None),
    ("portable", "canary-branch", Some("Conditional jump or move depends on uninitialised value(s)")),
    ("portable", "canary-address", Some("Use of uninitialised value of size 8")),
];

/// What the command does.
pub(crate) fn run() -> Result<()> {
    check(&wasm::ensure()?)
}

/// Builds and checks both.
///
/// # Errors
/// When memcheck reports what it must not, or does not report a canary, with its log; as [`leaves::check`].
pub(crate) fn check(toolchain: &wasm::Toolchain) -> Result<()> {
    leaves::check(&web::module(toolchain)?)?;
    natively()
}

/// All runs at once.
fn natively() -> Result<()> {
    if !valgrind::is_possible() {
        println!("constant time: not checked, because this is no x86-64 Linux");
        return Ok(());
    }
    let valgrind = valgrind::ensure()?;
    shell::run(cargo().args([
        "build",
        "--locked",
        "--package",
        PACKAGE,
        "--features",
        "memcheck",
        "--profile",
        PROFILE,
    ]))?;
    let program = target_dir().join(PROFILE).join(PACKAGE);
    let outcomes: Vec<Result<String>> = thread::scope(|scope| {
        let (valgrind, program) = (&valgrind, &program);
        let runs = RUNS.map(|run| scope.spawn(move || follow(valgrind, program, run)));
        runs.into_iter().map(|run| run.join().unwrap_or_else(|_| Err(anyhow!("a run panicked")))).collect()
    });
    for outcome in outcomes {
        println!("constant time: {}", outcome?);
    }
    Ok(())
}

/// One run: a line about it.
fn follow(valgrind: &Path, program: &Path, (kernels, what, report): (&str, &str, Option<&str>)) -> Result<String> {
    let start = Instant::now();
    let mut memcheck = command(valgrind);
    memcheck
        .args(["--tool=memcheck", "--leak-check=no", "--error-limit=no", "--num-callers=30"])
        .arg(format!("--error-exitcode={REPORTED}"))
        .arg(program)
        .args([kernels, what])
        .env_remove("VALGRIND_OPTS")
        .env("RAYON_NUM_THREADS", "1");
    let output = memcheck.stdin(Stdio::null()).output().context("cannot run valgrind")?;
    let log = String::from_utf8_lossy(&output.stderr);
    let fits = match report {
        None => output.status.success(),
        Some(report) => output.status.code() == Some(REPORTED) && log.contains(report),
    };
    if !fits {
        bail!("{kernels} kernels, {what}: {}\n{}{log}", output.status, String::from_utf8_lossy(&output.stdout));
    }
    let seconds = start.elapsed().as_secs_f64();
    Ok(match report {
        None => {
            let protocols = output.stdout.iter().filter(|&&byte| byte == b'\n').count();
            format!("{kernels} kernels, {protocols} protocols: no reports, {seconds:.1} s")
        }
        Some(_) => format!("{what}: reported, {seconds:.1} s"),
    })
}
