//! The `sotto` command as a user runs it.

#[cfg(feature = "bench")]
mod bench;
mod models;
mod process;
mod serve;
