//! The operations by name.

use serde::{Deserialize, Serialize};

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

impl Op {
    /// Stable name, as on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Op::Millionaires => "millionaires",
            Op::Drelu => "drelu",
            Op::Relu => "relu",
            Op::Abs => "abs",
            Op::ReluShift => "relu-shift",
            Op::Truncate => "truncate",
            Op::Clip => "clip",
            Op::Divide => "divide",
            Op::Maxpool => "maxpool",
            Op::Equality => "equality",
            Op::Lookup => "lookup",
            Op::Argmax => "argmax",
            Op::Mux => "mux",
            Op::B2a => "b2a",
            Op::Cot => "cot",
            Op::RandomOt => "random-ot",
        }
    }

    /// Whether it shifts bits out.
    pub(crate) fn shifts(self) -> bool {
        matches!(self, Op::ReluShift | Op::Truncate | Op::Clip)
    }

    /// Whether it takes private integers of each party instead of shares.
    pub(crate) fn takes_private(self) -> bool {
        matches!(self, Op::Millionaires | Op::Equality)
    }
}
