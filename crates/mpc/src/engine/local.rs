//! What a party computes on its own share: operations without messages.

use sotto_nn::kernels::{self, Operand};
use sotto_nn::{Op, OpKind, Program};

use crate::error::{Result, internal};
use crate::share::{Arith, Ring};

/// Whether an operation is local and has no weights.
pub(crate) fn is_local(op: &Op) -> bool {
    matches!(
        op.kind,
        OpKind::SumPool { .. } | OpKind::Concat { .. } | OpKind::Pad { .. } | OpKind::Add { .. } | OpKind::Reshape
    )
}

/// A party's share of a local operation's result, from its shares of the inputs.
///
/// # Errors
/// For an operation that is not local.
pub(crate) fn local(program: &Program, op: &Op, inputs: &[&Arith]) -> Result<Arith> {
    let (out, bits) = (Ring::new(op.output.bits), op.output.bits);
    let x = |i: usize| inputs[i].values();
    let values = match &op.kind {
        OpKind::SumPool { window } => kernels::sum_pool(x(0), &program.geometry(op, *window).map_err(internal)?, bits),
        OpKind::Concat { axis, shifts } => {
            let operand =
                |(i, &shift): (usize, &u32)| Operand { values: x(i), shape: &program.value(op.inputs[i]).shape, shift };
            let operands: Vec<Operand<'_>> = shifts.iter().enumerate().map(|(i, shift)| operand((i, shift))).collect();
            kernels::concat(&operands, *axis, bits)
        }
        OpKind::Pad { pads } => kernels::pad(x(0), &program.value(op.inputs[0]).shape, *pads),
        OpKind::Add { shift_a, shift_b } => {
            x(0).iter().zip(x(1)).map(|(a, b)| (a << shift_a).wrapping_add(b << shift_b)).collect()
        }
        OpKind::Reshape => x(0).to_vec(),
        _ => return Err(internal(format!("{} is not local", op.name))),
    };
    Ok(Arith::new(out, values))
}
