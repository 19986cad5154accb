//! The operators: one function each, found by name.

mod add;
mod head;
mod linear;
mod relu;
mod shape;

use super::lower::{Meaning, NodeContext, Problem};

/// Lowers one node: what its output stands for.
pub(crate) type Lower = fn(&mut NodeContext<'_>) -> Result<Meaning, Problem>;

/// The function for an operator of ONNX's own domain, or `None` when it is not supported.
pub(crate) fn find(op: &str) -> Option<Lower> {
    Some(match op {
        "Add" => add::add,
        "ArgMax" => head::arg_max,
        "Constant" => shape::constant,
        "Dropout" => shape::dropout,
        "Flatten" => shape::flatten,
        "Gemm" => linear::gemm,
        "Identity" => shape::identity,
        "LogSoftmax" | "Softmax" => head::softmax,
        "MatMul" => linear::mat_mul,
        "Relu" => relu::relu,
        "Reshape" => shape::reshape,
        "Transpose" => shape::transpose,
        _ => return None,
    })
}
