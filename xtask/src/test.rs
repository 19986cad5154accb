//! `cargo xtask test`: every check of the project, in the order that fails soonest, and what builds and checks the browser's
//! half beside the Rust tests: a core idles while the other links.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use crate::browser::{CHROMIUM, FIREFOX};
use crate::node::npm;
use crate::shell::{self, BENCHES, cargo, read};
use crate::{bundlers, circles, constant_time, crates, demo, deployment, documents, postgres, setup, wasm, web};

/// Options of the tests.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Leave out the tests in the browsers
    #[arg(long)]
    no_browser: bool,
}

/// Passes every test or stops at the first step that fails, and what runs beside it.
pub(crate) fn run(options: &Options) -> Result<()> {
    let steps = Steps { start: Instant::now(), done: Mutex::default() };
    let outcome = all(options, &steps);
    steps.print();
    outcome
}

fn all(options: &Options, steps: &Steps) -> Result<()> {
    let toolchain = steps.step("setup", setup::for_build)?;
    let find = || [CHROMIUM, FIREFOX].into_iter().map(|browser| Ok((browser.variable, browser.ensure()?))).collect();
    let browsers: Option<Vec<_>> = if options.no_browser { None } else { Some(steps.step("browsers", find)?) };
    for tool in ["fmt", "clippy"] {
        anyhow::ensure!(
            read(cargo().args([tool, "--version"])).is_some(),
            "cargo {tool} is missing: `rustup component add rustfmt clippy` installs it"
        );
    }
    steps.step("format", || shell::run(cargo().args(["fmt", "--all", "--check"])))?;
    steps.step("circles", circles::run)?;
    steps.step("documents", documents::run)?;
    steps.step("lints", lints)?;
    steps.step("dependencies", dependencies)?;
    let (native, page) = thread::scope(|scope| {
        // Cargo's profiles have folders of their own, so neither waits for the other.
        let page = scope.spawn(|| shell::in_background(|| browsers_half(steps, &toolchain)));
        let native = steps.step("Rust tests", rust);
        let native = native.and_then(|()| steps.step("crates", crates::run_all));
        let native = native.and_then(|()| steps.step("deployment", deployment::run));
        let native = native.and_then(|()| steps.step("PostgreSQL", postgres::run));
        (native, page.join().unwrap_or_else(|_| Err(anyhow!("a step panicked"))))
    });
    if let (Err(_), Err(second)) = (&native, &page) {
        eprintln!("test: {second:#}");
    }
    native.and(page)?;
    if let Some(browsers) = browsers {
        // The Rust tests have built the server, at last with benches; building it alone would compile its dependencies with
        // other features.
        steps.step("browser tests", || browser_tests(&demo::server_path(), &browsers))?;
        steps.step("built pages", || bundlers::test(&demo::server_path(), &CHROMIUM))?;
    }
    Ok(())
}

/// Builds and checks the client and the page.
fn browsers_half(steps: &Steps, toolchain: &wasm::Toolchain) -> Result<()> {
    steps.step("client", || web::client(toolchain))?;
    steps.step("page", web::page)?;
    steps.step("page checks", web::check)?;
    steps.step("bundlers", bundlers::build)?;
    steps.step("benches", || web::bench_client(toolchain))?;
    steps.step("constant time", || constant_time::check(toolchain))
}

/// Clippy over everything, with warnings as errors, and over the command with its benches.
fn lints() -> Result<()> {
    for features in [&[][..], &BENCHES] {
        let clippy = ["clippy", "--locked", "--quiet", "--workspace", "--all-targets", "--test", "walk"];
        shell::run(cargo().args(clippy).args(features).args(["--", "--deny", "warnings"]))?;
    }
    Ok(())
}

/// Licences, bans and sources (advisories need a download), where cargo-deny is installed: compiling it would take longer than the tests.
fn dependencies() -> Result<()> {
    if read(cargo().args(["deny", "--version"])).is_none() {
        println!("test: cargo-deny is not installed, so deny.toml is not checked");
        return Ok(());
    }
    shell::run(cargo().args(["deny", "--locked", "check", "bans", "licenses", "sources"]))
}

/// Unit, property, integration and documentation tests, then those of the command's benches.
fn rust() -> Result<()> {
    let test = ["test", "--locked", "--workspace"];
    shell::run(cargo().args(test))?;
    // Of all targets, so that dependencies have the features that they had: choosing one would compile them anew.
    shell::run(cargo().args(test).args(BENCHES).arg("bench::"))
}

fn browser_tests(server: &Path, browsers: &[(&str, PathBuf)]) -> Result<()> {
    shell::run(
        npm()
            .args(["run", "--silent", "--workspace", "tests/browser", "test"])
            .env("SOTTO_BIN", server)
            .envs(browsers.iter().map(|(variable, path)| (variable, path))),
    )
}

/// The steps so far with their times. Some run at once.
struct Steps {
    start: Instant,
    done: Mutex<Vec<(&'static str, Duration, bool)>>,
}

impl Steps {
    fn step<T>(&self, name: &'static str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        println!("test: {name}");
        let start = Instant::now();
        let result = work();
        self.done.lock().unwrap_or_else(PoisonError::into_inner).push((name, start.elapsed(), result.is_ok()));
        result
    }

    fn print(&self) {
        println!();
        for (name, time, passed) in self.done.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            println!("{name:<14} {:>7.1} s  {}", time.as_secs_f64(), if *passed { "ok" } else { "FAILED" });
        }
        println!("{:<14} {:>7.1} s", "total", self.start.elapsed().as_secs_f64());
    }
}
