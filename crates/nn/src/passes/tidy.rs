//! What does nothing goes.

use super::rewrite::everywhere;
use crate::window::Geometry;
use crate::{OpKind, Program, ValueId};

/// An explicit padding becomes part of the convolution or sum pool that reads it, where their windows allow as much.
pub fn fold_pads(program: Program) -> Program {
    let folded = everywhere(program, |program, index| {
        let made = program.ops[index].inputs[0].checked_sub(1)?;
        let OpKind::Pad { pads } = program.ops[made].kind else { return None };
        let read = program.ops[made].inputs[0];
        let (OpKind::Conv { window, .. } | OpKind::SumPool { window }) = &program.ops[index].kind else { return None };
        let mut window = *window;
        window.pads.iter_mut().zip(pads).for_each(|(own, pad)| *own += pad);
        Geometry::new(&program.value(read).shape, window).ok()?;
        let op = &mut program.ops[index];
        if let OpKind::Conv { window: own, .. } | OpKind::SumPool { window: own } = &mut op.kind {
            *own = window;
        }
        op.inputs = vec![read];
        Some(())
    });
    remove_dead(folded)
}

/// Removes operations whose value nothing reads, reshapes to the same shape and those of reshapes, and shifts by nothing.
pub fn remove_dead(program: Program) -> Program {
    let mut program = everywhere(program, |program, index| {
        let op = &program.ops[index];
        for place in 0..op.inputs.len() {
            let id = op.inputs[place];
            let Some(made) = id.checked_sub(1) else { continue };
            let joined = op.kind == OpKind::Reshape && program.ops[made].kind == OpKind::Reshape;
            if joined || is_identity(program, made) {
                program.ops[index].inputs[place] = program.ops[made].inputs[0];
                return Some(());
            }
        }
        None
    });
    // The result is the last operation's: an identity there goes only if what it reads comes right before.
    while program.ops.len() > 1 {
        let last = program.ops.len() - 1;
        if !(is_identity(&program, last) && program.ops[last].inputs[0] == last) {
            break;
        }
        program.ops.pop();
    }
    retain_live(program)
}

fn is_identity(program: &Program, index: usize) -> bool {
    let op = &program.ops[index];
    let same = program.value(op.inputs[0]) == &op.output;
    same && matches!(op.kind, OpKind::Reshape | OpKind::Shift { amount: 0, .. })
}

fn retain_live(mut program: Program) -> Program {
    let mut live = vec![false; program.ops.len() + 1];
    live[program.ops.len()] = true;
    for (index, op) in program.ops.iter().enumerate().rev() {
        if live[index + 1] {
            op.inputs.iter().for_each(|&id| live[id] = true);
        }
    }
    let mut ids: Vec<ValueId> = vec![0];
    let mut next = 0;
    for &live in &live[1..] {
        next += usize::from(live);
        ids.push(next);
    }
    let mut index = 0;
    program.ops.retain(|_| {
        index += 1;
        live[index]
    });
    program.ops.iter_mut().flat_map(|op| &mut op.inputs).for_each(|id| *id = ids[*id]);
    program
}
