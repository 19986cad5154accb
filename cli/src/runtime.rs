//! The asynchronous runtime, and its threads for protocols.

use tokio::runtime::{Builder, Runtime};

use crate::{Error, Result};

/// Blocking threads beyond those of sessions.
const SPARE_THREADS: usize = 64;

/// A runtime with a blocking thread for each of so many sessions, and some that serve files meanwhile.
pub(crate) fn start(sessions: usize) -> Result<Runtime> {
    Builder::new_multi_thread()
        .max_blocking_threads(sessions.saturating_add(SPARE_THREADS))
        .enable_all()
        .build()
        .map_err(|e| Error::Internal(format!("cannot start the runtime: {e}")))
}

/// Runs a future on a runtime of its own, and does not wait for threads that still compute when it is done.
pub(crate) fn block_on<T>(sessions: usize, future: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = start(sessions)?;
    let result = runtime.block_on(future);
    runtime.shutdown_background();
    result
}
