//! `cargo xtask setup`: installs what is missing, one line for each thing, nothing when all is there.

use anyhow::Result;

use crate::{chromium, node, wasm};

/// Sets up everything, the tests' browser included.
pub(crate) fn everything() -> Result<()> {
    let wasm = for_build()?;
    let browser = chromium::ensure()?;
    println!("setup: complete (WebAssembly by {wasm}; browser {})", browser.display());
    Ok(())
}

/// Sets up what building and serving needs: no browser.
pub(crate) fn for_build() -> Result<wasm::Toolchain> {
    node::ensure()?;
    wasm::ensure()
}
