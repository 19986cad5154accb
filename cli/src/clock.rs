//! Processor time.

use rustix::time::{ClockId, clock_gettime};

/// Processor seconds of this thread so far.
pub(crate) fn thread_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// Processor seconds so far of the threads that compute on ciphertexts.
pub(crate) fn pool_seconds() -> f64 {
    rayon::broadcast(|_| thread_seconds()).into_iter().sum()
}
