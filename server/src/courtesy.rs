//! Threads that let others go first: what a light model computes takes a millisecond, and waits for a core only if a heavy one is not
//! asked to step aside.

use std::thread::Builder;

#[cfg(target_os = "linux")]
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use sotto_mpc::plan::Plan;
#[cfg(target_os = "linux")]
use thread_priority::{
    NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy, thread_native_id,
};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use crate::{Error, Result};

/// Bytes of a session with one inference from which a model is heavy.
const HEAVY: u64 = 256 << 10;

/// How much a heavy model's threads step aside: a ninth of the processor time of a thread that does not.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Whether a model's computations step aside.
pub(crate) fn is_heavy(plan: &Plan) -> bool {
    plan.total() >= HEAVY
}

/// How heavy computations step aside.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Courtesy {
    /// Cores that they run on, where that is not all.
    #[cfg(target_os = "linux")]
    cores: Option<CpuSet>,
    /// How many, or 0 for all.
    threads: usize,
}

impl Courtesy {
    /// One that leaves `spare` cores alone. Elsewhere heavy work runs when nothing else wants to, if there are any: that is more than
    /// is fair to it on a machine that others compute on, too. A kernel may let even such a thread run to its next tick, 4 ms, before
    /// one that was woken on its core.
    ///
    /// # Errors
    /// `Usage` when no core would be left, or where a thread's cores cannot be chosen.
    #[cfg(target_os = "linux")]
    pub(crate) fn sparing(spare: usize) -> Result<Self> {
        if spare == 0 {
            return Ok(Self::default());
        }
        let cores = sched_getaffinity(None);
        let mut cores =
            cores.map_err(|error| Error::Usage(format!("--spare-cores {spare}: cores are not known: {error}")))?;
        let all: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|&core| cores.is_set(core)).collect();
        let threads = all.len().saturating_sub(spare);
        if threads == 0 {
            return Err(Error::Usage(format!("--spare-cores {spare} leaves none of {} for heavy models", all.len())));
        }
        all[threads..].iter().for_each(|&core| cores.unset(core));
        Ok(Self { cores: Some(cores), threads })
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn sparing(spare: usize) -> Result<Self> {
        match spare {
            0 => Ok(Self::default()),
            _ => Err(Error::Usage(format!("--spare-cores {spare}: only Linux chooses a thread's cores"))),
        }
    }

    /// Threads for what all sessions compute together; 0 is as many as there are cores.
    pub(crate) fn threads(self) -> usize {
        self.threads
    }

    /// Makes this thread step aside, for ever. A thread that cannot computes all the same.
    pub(crate) fn step_aside(self) {
        #[cfg(target_os = "linux")]
        {
            let Some(cores) = &self.cores else {
                let _ = rustix::process::nice(NICENESS);
                return;
            };
            let _ = sched_setaffinity(None, cores);
            let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
            let _ = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle);
        }
    }

    /// Computes on a thread, which steps aside if the work is heavy; `None` when that panicked.
    pub(crate) async fn compute<T: Send + 'static>(
        self,
        heavy: bool,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        if !heavy {
            return spawn_blocking(work).await.ok();
        }
        // A thread of its own: it does not come back.
        let (done, outcome) = oneshot::channel();
        let thread = Builder::new().name("heavy".into()).spawn(move || {
            self.step_aside();
            // Nobody waits for the session any more.
            let _ = done.send(work());
        });
        thread.ok()?;
        outcome.await.ok()
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_os = "linux")]
    use thread_priority::thread_schedule_policy;

    use super::*;

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn heavy_work_steps_aside_and_light_work_does_not() {
        let niceness = || rustix::process::getpriority_process(None).unwrap();
        let own = niceness();
        assert_eq!(Courtesy::default().compute(true, niceness).await, Some((own + NICENESS).min(19)));
        assert_eq!(Courtesy::default().compute(false, niceness).await, Some(own));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn spared_cores_are_left_to_light_work() {
        let cores = || (sched_getaffinity(None).unwrap().count() as usize, thread_schedule_policy().unwrap());
        let (all, own) = cores();
        let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
        for spare in 1..all {
            let courtesy = Courtesy::sparing(spare).unwrap();
            assert_eq!(courtesy.threads(), all - spare);
            assert_eq!(courtesy.compute(true, cores).await, Some((all - spare, idle)));
            assert_eq!(courtesy.compute(false, cores).await, Some((all, own)));
        }
        let refused = Courtesy::sparing(all).unwrap_err().to_string();
        assert_eq!(refused, format!("--spare-cores {all} leaves none of {all} for heavy models"));
    }

    #[tokio::test]
    async fn work_that_panics_is_nothing() {
        let panics = || -> () { panic!("on purpose") };
        assert_eq!(Courtesy::default().compute(true, panics).await, None);
        assert_eq!(Courtesy::default().compute(false, panics).await, None);
    }
}
