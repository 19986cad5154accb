//! `cargo xtask web`: the browser client and the page.

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
    package::write(&module(toolchain)?, "pkg")?;
    package::report_sizes()
}

/// Compiles the client. The module still has the names of its functions.
pub(crate) fn module(toolchain: &wasm::Toolchain) -> Result<PathBuf> {
    println!("web: compiling the client with {toolchain}");
    wasm::build(toolchain, CLIENT, "")
}

/// Builds the client with the benches' halves in `client-wasm/pkg-bench`.
pub(crate) fn bench_client(toolchain: &wasm::Toolchain) -> Result<()> {
    println!("web: compiling the benches' client with {toolchain}");
    package::write(&wasm::build(toolchain, CLIENT, "bench")?, "pkg-bench")
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
