//! The server's work over several threads; WebAssembly has one.

use std::ops::Range;
#[cfg(not(target_family = "wasm"))]
use std::sync::Arc;

/// The threads that work is spread over: the caller's alone, or a pool that is handed in, for all sessions of a server.
#[derive(Clone, Default)]
pub struct Threads {
    #[cfg(not(target_family = "wasm"))]
    pool: Option<Arc<rayon::ThreadPool>>,
}

#[cfg(not(target_family = "wasm"))]
impl Threads {
    /// Those of a pool.
    pub fn of(pool: Arc<rayon::ThreadPool>) -> Self {
        Self { pool: Some(pool) }
    }

    fn count(&self) -> usize {
        self.pool.as_ref().map_or(1, |pool| pool.current_num_threads())
    }

    /// `f` of every item, in order.
    pub(crate) fn map<T: Send, R: Send>(&self, items: Vec<T>, f: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
        use rayon::prelude::*;
        match &self.pool {
            Some(pool) => pool.install(|| items.into_par_iter().map(f).collect()),
            None => items.into_iter().map(f).collect(),
        }
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
