//! The operators: one function each, found by name.

mod add;
mod conv;
mod head;
mod join;
mod linear;
mod norm;
mod pool;
mod relu;
mod shape;
mod window;

use super::node::{Meaning, NodeContext, Problem};

/// Lowers one node: what its output stands for.
pub(crate) type Lower = fn(&mut NodeContext<'_>) -> Result<Meaning, Problem>;

/// The function for an operator of ONNX's own domain, or `None` when it is not supported.
pub(crate) fn find(op: &str) -> Option<Lower> {
    Some(match op {
        "Add" => add::add,
        "ArgMax" => head::arg_max,
        "AveragePool" => pool::average_pool,
        "BatchNormalization" => norm::batch_normalization,
        "Clip" => relu::clip,
        "Concat" => join::concat,
        "Constant" => shape::constant,
        "Conv" => conv::conv,
        "Dropout" => shape::dropout,
        "Flatten" => shape::flatten,
        "Gemm" => linear::gemm,
        "GlobalAveragePool" => pool::global_average_pool,
        "GlobalMaxPool" => pool::global_max_pool,
        "Identity" => shape::identity,
        "LogSoftmax" | "Softmax" => head::softmax,
        "MatMul" => linear::mat_mul,
        "MaxPool" => pool::max_pool,
        "Pad" => join::pad,
        "ReduceMean" => pool::reduce_mean,
        "Relu" => relu::relu,
        "Reshape" => shape::reshape,
        "Squeeze" => shape::squeeze,
        "Transpose" => shape::transpose,
        "Unsqueeze" => shape::unsqueeze,
        _ => return None,
    })
}
