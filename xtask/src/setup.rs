//! `cargo xtask setup`: installs what is missing, one line for each thing, nothing when all is there.

use anyhow::Result;

use crate::browser::{CHROMIUM, FIREFOX};
use crate::{node, valgrind, wasm};

/// Sets up everything, the tests' browsers included.
pub(crate) fn everything() -> Result<()> {
    let wasm = for_build()?;
    if valgrind::is_possible() {
        valgrind::ensure()?;
    }
    let (chromium, firefox) = (CHROMIUM.ensure()?, FIREFOX.ensure()?);
    println!("setup: complete (WebAssembly by {wasm}; browsers {} and {})", chromium.display(), firefox.display());
    Ok(())
}

/// Sets up what building and serving needs: no browser.
pub(crate) fn for_build() -> Result<wasm::Toolchain> {
    node::ensure()?;
    wasm::ensure()
}
