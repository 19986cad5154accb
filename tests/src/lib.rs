//! What the native end-to-end tests share: a small model, a real server in this process, and clients of it.

use std::path::Path;
use std::process::ExitCode;

mod card;
mod client;
mod cutter;
pub mod decoders;
pub mod frame;
pub mod jwt;
mod model;
pub mod postgres;
pub mod probe;
pub mod process;
pub mod scrape;
mod server;
mod tasks;
pub mod tls;

pub use card::{plain_card, plain_field, plain_image, sample};
pub use client::{Recorder, close_of, infer_once, raw, record, session, session_as, session_within};
pub use cutter::Cutter;
pub use model::{INPUT_BITS, SYNTHETIC, synthetic, wide_input};
pub use server::{Running, config, shipped_models, start, start_with, start_with_models};
pub use tasks::tasks;

/// What `main` of a tool for other tests does: runs it, and says under the tool's name what is wrong.
pub fn tool(run: fn() -> Result<(), String>) -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            let name = std::env::args_os().next().unwrap_or_default();
            eprintln!("{}: {problem}", Path::new(&name).file_name().unwrap_or_default().display());
            ExitCode::FAILURE
        }
    }
}

/// A number from the environment, for runs that are longer than continuous integration's.
pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}
