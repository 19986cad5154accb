//! The operations by name.

use serde::{Deserialize, Serialize};
use sotto_mpc::names;

/// A protocol on shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Op {
    /// 1{x < y} of private integers.
    Millionaires,
    /// 1{x ≥ 0}.
    Drelu,
    /// max(x, 0).
    Relu,
    /// The absolute value.
    Abs,
    /// max(x, 0) >> s.
    ReluShift,
    /// x >> s.
    Truncate,
    /// min(max(x, 0), c) >> s.
    Clip,
    /// ⌊x / d⌋.
    Divide,
    /// Largest of a window.
    Maxpool,
    /// 1{x = y} of private integers.
    Equality,
    /// Entry of a public table.
    Lookup,
    /// Index of the largest.
    Argmax,
    /// b ? x : 0.
    Mux,
    /// Boolean to additive.
    B2a,
    /// Correlated OT.
    Cot,
    /// Random OT.
    RandomOt,
}

names!(Op {
    Millionaires => "millionaires",
    Drelu => "drelu",
    Relu => "relu",
    Abs => "abs",
    ReluShift => "relu-shift",
    Truncate => "truncate",
    Clip => "clip",
    Divide => "divide",
    Maxpool => "maxpool",
    Equality => "equality",
    Lookup => "lookup",
    Argmax => "argmax",
    Mux => "mux",
    B2a => "b2a",
    Cot => "cot",
    RandomOt => "random-ot",
});

impl Op {
    /// Whether it shifts bits out.
    pub(crate) fn shifts(self) -> bool {
        matches!(self, Op::ReluShift | Op::Truncate | Op::Clip)
    }

    /// Whether it takes private integers of each party instead of shares.
    pub(crate) fn takes_private(self) -> bool {
        matches!(self, Op::Millionaires | Op::Equality)
    }
}
