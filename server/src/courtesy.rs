//! Threads that let others go first: what a light model computes takes a millisecond, and waits for a core only if a heavy one is not
//! asked to step aside.

use std::thread::Builder;

use sotto_mpc::plan::Plan;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

/// Bytes of a session with one inference from which a model is heavy.
const HEAVY: u64 = 256 << 10;

/// How much a heavy model's threads step aside: a ninth of the processor time of a thread that does not.
const NICENESS: i32 = 10;

/// Whether a model's computations step aside.
pub(crate) fn is_heavy(plan: &Plan) -> bool {
    plan.total() >= HEAVY
}

/// Makes this thread step aside, for ever. Where niceness is a whole process's, nothing happens.
pub(crate) fn step_aside() {
    #[cfg(target_os = "linux")]
    // A thread that cannot be nicer than it is computes all the same.
    let _ = rustix::process::nice(NICENESS);
}

/// Computes on a thread, which steps aside if the work is heavy; `None` when that panicked.
pub(crate) async fn compute<T: Send + 'static>(heavy: bool, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    if !heavy {
        return spawn_blocking(work).await.ok();
    }
    // A thread of its own: niceness is not taken back.
    let (done, outcome) = oneshot::channel();
    let thread = Builder::new().name("heavy".into()).spawn(move || {
        step_aside();
        // Nobody waits for the session any more.
        let _ = done.send(work());
    });
    thread.ok()?;
    outcome.await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn heavy_work_steps_aside_and_light_work_does_not() {
        let niceness = || rustix::process::getpriority_process(None).unwrap();
        let own = niceness();
        assert_eq!(compute(true, niceness).await, Some((own + NICENESS).min(19)));
        assert_eq!(compute(false, niceness).await, Some(own));
    }

    #[tokio::test]
    async fn work_that_panics_is_nothing() {
        let panics = || -> () { panic!("on purpose") };
        assert_eq!(compute(true, panics).await, None);
        assert_eq!(compute(false, panics).await, None);
    }
}
