//! What an import is at, for whoever waits for it.

use std::sync::atomic::{AtomicUsize, Ordering};

/// A part of an import that takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The network in floating point on every calibration row.
    Network,
    /// A program of these widths on every calibration row; a search tries several.
    Widths {
        /// Bits of a weight.
        weight: u32,
        /// Bits of an activation.
        activation: u32,
    },
    /// The search of accepted inputs that drive values up, in runs of the network. It may end early.
    Search,
    /// Both models on the held-out rows.
    HeldOut,
}

/// Is told of each step that is done: the stage, the steps done, and how many there are. On any thread, in no order.
pub type Watcher<'a> = &'a (dyn Fn(Stage, usize, usize) + Sync);

/// Whoever waits, if anybody does.
#[derive(Clone, Copy, Default)]
pub(crate) struct Watch<'a>(pub(crate) Option<Watcher<'a>>);

impl<'a> Watch<'a> {
    /// A stage of so many steps begins.
    pub(crate) fn begin(self, stage: Stage, steps: usize) -> Steps<'a> {
        let begun = Steps { watch: self, stage, done: AtomicUsize::new(0), steps };
        begun.add(0);
        begun
    }
}

/// A stage that is under way.
pub(crate) struct Steps<'a> {
    watch: Watch<'a>,
    stage: Stage,
    done: AtomicUsize,
    steps: usize,
}

impl Steps<'_> {
    /// More steps are done.
    pub(crate) fn add(&self, more: usize) {
        let done = self.done.fetch_add(more, Ordering::Relaxed) + more;
        if let Watch(Some(watcher)) = self.watch {
            watcher(self.stage, done, self.steps);
        }
    }
}
