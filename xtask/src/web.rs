//! `cargo xtask web`: the browser client and the page.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use crate::node::npm;
use crate::shell::{self, run_quietly};
use crate::{package, setup, wasm};

const CLIENT: &str = "sotto-client-wasm";

/// Options of the build.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Build the benches' client, too, which one of the browser tests needs
    #[arg(long)]
    bench: bool,
}

/// Sets up and builds.
pub(crate) fn run(options: &Options) -> Result<()> {
    let toolchain = setup::for_build()?;
    build(&toolchain)?;
    if options.bench { bench_client(&toolchain) } else { Ok(()) }
}

/// Builds the client's npm package and the page in `web/dist`.
pub(crate) fn build(toolchain: &wasm::Toolchain) -> Result<()> {
    client(toolchain)?;
    page()
}

/// Builds the client's npm package in `client-wasm/pkg`.
pub(crate) fn client(toolchain: &wasm::Toolchain) -> Result<()> {
    package(toolchain, "session", "pkg")?;
    package::report_sizes()
}

/// Compiles the session's module, which still has the names of its functions.
pub(crate) fn module(toolchain: &wasm::Toolchain) -> Result<PathBuf> {
    compile(toolchain, "session")
}

/// Builds the client with the benches' halves in `client-wasm/pkg-bench`.
pub(crate) fn bench_client(toolchain: &wasm::Toolchain) -> Result<()> {
    package(toolchain, "bench", "pkg-bench")
}

/// Writes the package of the client with these features, of the one for large models, and of the tools.
fn package(toolchain: &wasm::Toolchain, client: &str, folder: &str) -> Result<()> {
    let modules = [(package::CLIENT, client), (package::WORKERS, "workers"), (package::TOOLS, "tools")];
    let compiled = modules.map(|(name, features)| Ok((name, compile(toolchain, features)?)));
    package::write(&compiled.into_iter().collect::<Result<Vec<_>>>()?, folder)
}

/// Compiles a module of the client.
fn compile(toolchain: &wasm::Toolchain, features: &str) -> Result<PathBuf> {
    println!("web: compiling the client ({features}) with {toolchain}");
    let module = wasm::build(toolchain, CLIENT, features)?;
    let kept = module.with_file_name(format!("{features}.wasm"));
    fs::copy(&module, &kept)?;
    Ok(kept)
}

/// Builds the page in `web/dist`. Needs the client's package.
pub(crate) fn page() -> Result<()> {
    println!("web: building the page");
    run_quietly(npm().args(["run", "--silent", "--workspace", "web", "build"]))
}

/// Checks the page's types.
pub(crate) fn check() -> Result<()> {
    shell::run(npm().args(["run", "--silent", "--workspace", "web", "check"]))
}
