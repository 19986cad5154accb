//! Neighbouring elementwise steps become one.

use super::rewrite::{everywhere, sole_producer};
use super::tidy::remove_dead;
use crate::{OpKind, Program, Sign, ring};

/// A monotone step: optionally `max(x, 0)`, optionally `min(x, max)`, then a right shift. Two of them are one.
#[derive(Clone, Copy)]
pub(super) struct Step {
    relu: bool,
    max: Option<u64>,
    amount: u32,
    sign: Sign,
}

impl Step {
    pub(super) fn of(kind: &OpKind) -> Option<Self> {
        let step = |relu, max, amount, sign| Some(Self { relu, max, amount, sign });
        match *kind {
            OpKind::Relu => step(true, None, 0, Sign::Any),
            OpKind::ReluShift { amount } => step(true, None, amount, Sign::Any),
            OpKind::Clip { max, amount } => step(true, Some(max), amount, Sign::Any),
            OpKind::Shift { amount, sign } => step(false, None, amount, sign),
            _ => None,
        }
    }

    /// Whether its result is ≥ 0 whatever it reads.
    pub(super) fn is_relu(&self) -> bool {
        self.relu
    }

    /// `next` after this one: `max(x >> s, 0) = max(x, 0) >> s`, and `min(x >> s, c) = min(x, c·2^s + 2^s − 1) >> s`. Nothing when the
    /// shifts together leave no bit.
    fn then(self, next: Self) -> Option<Self> {
        let amount = self.amount + next.amount;
        let before = |max: u64| {
            let max = (u128::from(max) << self.amount) + (1 << self.amount) - 1;
            // A bound beyond the ring is none.
            u64::try_from(max).ok().filter(|&max| max <= ring::max(ring::MAX_BITS) as u64)
        };
        let max = match (self.max, next.max.and_then(before)) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let sign = match (self.sign, next.sign) {
            (Sign::NonNegative, _) | (_, Sign::NonNegative) => Sign::NonNegative,
            (Sign::Bounded, _) if amount <= ring::MAX_BITS - 2 => Sign::Bounded,
            _ => Sign::Any,
        };
        (amount < ring::MAX_BITS).then_some(Self { relu: self.relu || next.relu, max, amount, sign })
    }

    fn kind(self) -> OpKind {
        let Self { relu, max, amount, sign } = self;
        match (relu, max) {
            (false, _) => OpKind::Shift { amount, sign },
            (true, Some(max)) => OpKind::Clip { max, amount },
            (true, None) if amount == 0 => OpKind::Relu,
            (true, None) => OpKind::ReluShift { amount },
        }
    }
}

/// ReLUs, clips and shifts that follow each other, the first with no other reader, become one operation.
pub fn fuse_steps(program: Program) -> Program {
    let fused = everywhere(program, |program, index| {
        let next = Step::of(&program.ops[index].kind)?;
        let made = sole_producer(program, index, program.ops[index].inputs[0])?;
        let fused = Step::of(&program.ops[made].kind)?.then(next)?;
        program.ops[index].inputs = program.ops[made].inputs.clone();
        program.ops[index].kind = fused.kind();
        Some(())
    });
    remove_dead(fused)
}

/// Promises [`Sign::NonNegative`] of every shifted or divided value that is made of ReLUs and clips alone. Valid in the wide
/// rings: in narrower ones a sum may overflow, so whoever narrows them states the signs anew.
pub fn state_signs(program: Program) -> Program {
    let known = non_negative(&program);
    everywhere(program, |program, index| {
        let op = &mut program.ops[index];
        let (OpKind::Shift { sign, .. } | OpKind::Divide { sign, .. }) = &mut op.kind else { return None };
        if known[op.inputs[0]] && *sign != Sign::NonNegative {
            *sign = Sign::NonNegative;
        }
        None
    })
}

/// Of every value whether it is made of ReLUs and clips alone, and so is ≥ 0 where nothing overflows.
pub(super) fn non_negative(program: &Program) -> Vec<bool> {
    let mut known = vec![false; program.ops.len() + 1];
    for (index, op) in program.ops.iter().enumerate() {
        known[index + 1] = match op.kind {
            OpKind::Relu | OpKind::ReluShift { .. } | OpKind::Clip { .. } | OpKind::Argmax => true,
            OpKind::Linear { .. } | OpKind::Conv { .. } | OpKind::Threshold { .. } => false,
            _ => op.inputs.iter().all(|&id| known[id]),
        };
    }
    known
}
