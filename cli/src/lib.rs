//! The `sotto` command: serve, infer, import, inspect and, as a feature, bench.
//!
//! `main.rs` only calls [`command::main`]; everything else is here, so that tests run the native client in process.

mod accuracy;
mod agreement;
mod arrays;
#[cfg(feature = "bench")]
mod bench;
mod choices;
#[cfg(feature = "bench")]
mod clock;
pub mod command;
mod configuration;
mod convert;
mod error;
mod folder;
mod import;
pub mod infer;
mod inspect;
mod labels;
mod log;
pub mod native_client;
mod output;
mod picture;
mod progress;
pub mod rows;
mod runtime;
mod serve;
mod signal;
mod signals;
mod sources;
mod supervisor;
mod table;
mod tickets;

pub use error::{EXIT_CODES, Error, Result};
