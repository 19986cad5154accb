//! What passes share: who reads whom, and where rewriting is allowed.

use crate::{Op, OpKind, Program, ValueId, ring};

/// Whether all rings are 64 bits wide, but for a decision's.
pub(super) fn is_wide(program: &Program) -> bool {
    let wide =
        |op: &Op| matches!(op.kind, OpKind::Argmax | OpKind::Threshold { .. }) || op.output.bits == ring::MAX_BITS;
    program.input.bits == ring::MAX_BITS && program.ops.iter().all(wide)
}

/// Applies `rewrite` at every operation until it finds nothing more; unless a ring is narrow.
pub(super) fn everywhere(mut program: Program, rewrite: impl Fn(&mut Program, usize) -> Option<()>) -> Program {
    if !is_wide(&program) {
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
pub(super) fn sole_producer(program: &Program, reader: usize, id: ValueId) -> Option<usize> {
    let made = id.checked_sub(1)?;
    let result = id == program.ops.len();
    let reads = program.ops[made + 1..].iter().flat_map(|op| &op.inputs).filter(|&&input| input == id).count();
    (reads == 1 && !result && program.ops[reader].inputs.contains(&id)).then_some(made)
}

/// The only reader of a value, if it is read once and is not the result.
pub(super) fn sole_reader(program: &Program, id: ValueId) -> Option<usize> {
    let reader = program.ops.iter().position(|op| op.inputs.contains(&id))?;
    sole_producer(program, reader, id).map(|_| reader)
}
