//! Rewrites of a program whose rings are all 64 bits wide, before its rings are chosen: the same result with fewer and smaller
//! non-linear steps.
//!
//! Comparisons and shifts are what costs on shares; additions, linear layers and moves are local. So maxima run before the
//! steps on their operands, right shifts sink past additions to the next step, and neighbouring steps become one.
//!
//! Precondition: no value overflows, nor would at the finest scale of any value it is added to. Then every rewrite is exact,
//! bit for bit. A program with a narrower ring is left as it is.

mod fuse;
mod sink;
mod tidy;

pub use fuse::{fuse_steps, state_signs};
pub use sink::{hoist_max_pools, sink_shifts};
pub use tidy::{fold_pads, remove_dead};

use crate::{Op, OpKind, Program, ValueId, ring};

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

/// Applies `rewrite` at every operation until it finds nothing more; unless a ring is narrow.
fn everywhere(mut program: Program, rewrite: impl Fn(&mut Program, usize) -> Option<()>) -> Program {
    let wide = |op: &Op| op.kind == OpKind::Argmax || op.output.bits == ring::MAX_BITS;
    if program.input.bits != ring::MAX_BITS || !program.ops.iter().all(wide) {
        return program;
    }
    let mut index = 0;
    while index < program.ops.len() {
        // What a rewrite makes may be rewritten again.
        if rewrite(&mut program, index).is_none() {
            index += 1;
        }
    }
    program
}

/// The operation that made a value which nothing but `reader` reads, once.
fn sole_producer(program: &Program, reader: usize, id: ValueId) -> Option<usize> {
    let made = id.checked_sub(1)?;
    let result = id == program.ops.len();
    let reads = program.ops[made + 1..].iter().flat_map(|op| &op.inputs).filter(|&&input| input == id).count();
    (reads == 1 && !result && program.ops[reader].inputs.contains(&id)).then_some(made)
}

/// The only reader of a value, if it is read once and is not the result.
fn sole_reader(program: &Program, id: ValueId) -> Option<usize> {
    let reader = program.ops.iter().position(|op| op.inputs.contains(&id))?;
    sole_producer(program, reader, id).map(|_| reader)
}
