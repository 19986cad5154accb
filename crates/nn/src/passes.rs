//! Rewrites of a program whose rings are all 64 bits wide, before its rings are chosen: the same result with fewer and smaller
//! non-linear steps.
//!
//! Comparisons and shifts are what costs on shares; additions, linear layers and moves are local. So maxima run before the
//! steps on their operands, right shifts sink past additions to the next step, and neighbouring steps become one.
//!
//! Precondition: no value overflows, nor would at the finest scale of any value it is added to. Then every rewrite is exact,
//! bit for bit. A program with a narrower ring is left as it is.

mod fuse;
mod pools;
mod rewrite;
mod sink;
mod tidy;

pub use fuse::{fuse_steps, state_signs};
pub use pools::{Placed, lower, place_max_pools, split, widen};
pub use sink::{hoist_max_pools, sink_shifts};
pub use tidy::{fold_pads, remove_dead};

use crate::Program;

/// All passes, to a fixed point. Weights that only a removed operation read are left for the caller to drop.
pub fn optimise(mut program: Program) -> Program {
    loop {
        let before = program.clone();
        for pass in [hoist_max_pools, sink_shifts, fuse_steps, fold_pads, remove_dead, state_signs] {
            program = pass(program);
        }
        if program == before {
            return program;
        }
    }
}
