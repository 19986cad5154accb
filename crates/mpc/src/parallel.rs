//! The server's work over all cores; WebAssembly has one.

use std::ops::Range;

/// `f` of every item, in order.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn map<T: Send, R: Send>(items: Vec<T>, f: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
    use rayon::prelude::*;
    items.into_par_iter().map(f).collect()
}

/// `f` of every item, in order.
#[cfg(target_family = "wasm")]
pub(crate) fn map<T, R>(items: Vec<T>, f: impl Fn(T) -> R) -> Vec<R> {
    items.into_iter().map(f).collect()
}

/// `n` items in as many parts as keep all cores busy, each of whole `group`s.
pub(crate) fn parts(n: usize, group: usize) -> Vec<Range<usize>> {
    #[cfg(not(target_family = "wasm"))]
    let threads = rayon::current_num_threads();
    #[cfg(target_family = "wasm")]
    let threads = 1;
    let step = n.div_ceil(2 * threads).next_multiple_of(group).max(1);
    (0..n).step_by(step).map(|start| start..n.min(start + step)).collect()
}
