//! `cargo xtask web`: the browser client and the page.

use anyhow::Result;

use crate::node::npm;
use crate::shell::{run, run_quietly};
use crate::{package, wasm};

const CLIENT: &str = "sotto-client-wasm";

/// Builds the client's npm package and the page in `web/dist`.
pub(crate) fn build(toolchain: &wasm::Toolchain) -> Result<()> {
    client(toolchain)?;
    page()
}

/// Builds the client's npm package in `client-wasm/pkg`.
pub(crate) fn client(toolchain: &wasm::Toolchain) -> Result<()> {
    println!("web: compiling the client with {toolchain}");
    let module = wasm::build(toolchain, CLIENT)?;
    package::write(&module)?;
    package::report_sizes()
}

/// Builds the page in `web/dist`. Needs the client's package.
pub(crate) fn page() -> Result<()> {
    println!("web: building the page");
    run_quietly(npm().args(["run", "--silent", "--workspace", "web", "build"]))
}

/// Checks the page's types.
pub(crate) fn check() -> Result<()> {
    run(npm().args(["run", "--silent", "--workspace", "web", "check"]))
}
