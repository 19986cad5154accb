//! Processor time, and the threads that take it.

use std::sync::Arc;

use rustix::time::{ClockId, clock_gettime};

use crate::{Error, Result};

/// Processor seconds of this thread so far.
pub(crate) fn thread_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// Processor seconds so far of a pool's threads.
pub(crate) fn pool_seconds(pool: &rayon::ThreadPool) -> f64 {
    pool.broadcast(|_| thread_seconds()).into_iter().sum()
}

/// What a server of its own would compute with: a thread for each core.
pub(crate) fn pool() -> Result<Arc<rayon::ThreadPool>> {
    let pool = rayon::ThreadPoolBuilder::new().build();
    pool.map(Arc::new).map_err(|error| Error::Internal(format!("no threads to compute with: {error}")))
}
