//! What the native end-to-end tests share: a small model, a real server in this process, and clients of it.

mod client;
mod model;
mod server;

pub use client::{Recorder, close_of, infer_once, raw, record, session};
pub use model::{INPUT_BITS, SYNTHETIC, synthetic, wide_input};
pub use server::{Running, config, shipped_models, start, start_with, start_with_models};
