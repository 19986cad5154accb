//! The sotto server, native client, importer and bench.
//!
//! `main.rs` only parses and dispatches; everything else is here, so that tests run the real server and client in process.

pub mod agreement;
pub mod app;
pub mod bench;
pub mod cli;
pub mod config;
mod error;
pub mod import;
pub mod infer;
pub mod inspect;
mod log;
pub mod models;
pub mod native_client;
pub mod origin;
mod rows;
mod session;
mod signals;
mod table;
pub mod ws;

pub use error::{EXIT_CODES, Error, Result};
