//! `cargo xtask setup`: installs what is missing, one line for each thing, nothing when all is there.

use std::path::PathBuf;

use anyhow::Result;

use crate::{chromium, node, wasm};

/// What the tests need beyond this repository.
pub(crate) struct Tools {
    /// How the browser's half is compiled.
    pub(crate) wasm: wasm::Toolchain,
    /// The browser's executable.
    pub(crate) chromium: PathBuf,
}

/// Sets up everything, the tests' browser included.
pub(crate) fn everything() -> Result<Tools> {
    let wasm = for_build()?;
    let chromium = chromium::ensure()?;
    println!("setup: complete (WebAssembly by {wasm}; browser {})", chromium.display());
    Ok(Tools { wasm, chromium })
}

/// Sets up what building and serving needs: no browser.
pub(crate) fn for_build() -> Result<wasm::Toolchain> {
    node::ensure()?;
    wasm::ensure()
}
