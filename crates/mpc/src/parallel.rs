//! The server's work over several threads; WebAssembly has one.

use std::ops::Range;
#[cfg(not(target_family = "wasm"))]
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// The threads that work is spread over: the caller's alone, or a pool that is handed in, for all sessions of a server.
#[derive(Clone, Default)]
pub struct Threads {
    #[cfg(not(target_family = "wasm"))]
    pool: Option<Arc<rayon::ThreadPool>>,
    /// How many of the pool's compute now.
    #[cfg(not(target_family = "wasm"))]
    busy: Arc<AtomicUsize>,
}

#[cfg(not(target_family = "wasm"))]
impl Threads {
    /// Those of a pool.
    pub fn of(pool: Arc<rayon::ThreadPool>) -> Self {
        Self { pool: Some(pool), busy: Arc::default() }
    }

    /// How many of a pool's threads compute now.
    pub fn busy(&self) -> usize {
        self.busy.load(Ordering::Relaxed)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.pool.as_ref().map_or(1, |pool| pool.current_num_threads())
    }

    /// `f` of every item, in order.
    pub(crate) fn map<T: Send, R: Send>(&self, items: Vec<T>, f: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
        use rayon::prelude::*;
        match &self.pool {
            Some(pool) => {
                let counted = |item| {
                    self.busy.fetch_add(1, Ordering::Relaxed);
                    let _less = Less(&self.busy);
                    f(item)
                };
                pool.install(|| items.into_par_iter().map(counted).collect())
            }
            None => items.into_iter().map(f).collect(),
        }
    }
}

/// Counts down when it is dropped, by a panic, too.
#[cfg(not(target_family = "wasm"))]
struct Less<'a>(&'a AtomicUsize);

#[cfg(not(target_family = "wasm"))]
impl Drop for Less<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(target_family = "wasm")]
impl Threads {
    fn count(&self) -> usize {
        1
    }

    /// `f` of every item, in order.
    pub(crate) fn map<T, R>(&self, items: Vec<T>, f: impl Fn(T) -> R) -> Vec<R> {
        items.into_iter().map(f).collect()
    }
}

impl Threads {
    /// `n` items in as many parts as keep all threads busy, each of whole `group`s.
    pub(crate) fn parts(&self, n: usize, group: usize) -> Vec<Range<usize>> {
        let step = n.div_ceil(2 * self.count()).next_multiple_of(group).max(1);
        (0..n).step_by(step).map(|start| start..n.min(start + step)).collect()
    }
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use super::*;

    #[test]
    fn threads_are_busy_while_they_compute() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let threads = Threads::of(Arc::new(pool));
        let seen = threads.map(vec![(); 100], |()| threads.busy());
        assert!(seen.iter().all(|busy| (1..=2).contains(busy)), "{seen:?}");
        let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            threads.map(vec![()], |()| panic!("on purpose"));
        }));
        assert!(unwound.is_err() && threads.busy() == 0);
    }
}
