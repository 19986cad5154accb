//! The `sotto` command as a user runs it.

mod batch;
#[cfg(feature = "bench")]
mod bench;
mod log;
mod models;
mod pictures;
mod process;
mod rows;
mod serve;
mod tickets;
mod tls;
