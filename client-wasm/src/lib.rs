//! Browser bindings: the client of a private inference, for a Web Worker.
//!
//! Built by `cargo xtask web` into the npm package `@sotto/client`. The protocol itself is `sotto-mpc`; here are its
//! WebSocket pump, and JavaScript's view of its results, progress and errors.
//!
//! Two WebAssembly modules are made from this crate, so that a page fetches what it needs: the session's, by the feature
//! `session`, and that of the tools for files and for checking a browser, by `tools`.
// Each module has a part of what both share; with both features nothing may be dead.
#![cfg_attr(not(all(feature = "session", feature = "tools")), allow(dead_code, unused_imports, unused_macros))]

mod abort;
mod arguments;
#[cfg(feature = "bench")]
pub mod bench;
mod declare;
mod failure;
mod fatal;
#[cfg(feature = "session")]
pub mod session;
#[cfg(feature = "tools")]
pub mod tools;

use wasm_bindgen::prelude::*;

/// Runs once, when the module is loaded.
#[wasm_bindgen(start)]
fn start() {
    fatal::install();
}
