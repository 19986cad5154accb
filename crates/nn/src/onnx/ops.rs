//! The operators: one function each, found by name.

mod activation;
mod arithmetic;
mod compare;
mod conv;
mod fold;
mod head;
mod join;
mod linear;
mod make;
mod ml;
mod norm;
mod order;
mod pool;
mod qlinear;
mod quantised;
mod reduce;
mod shape;
mod tail;
mod terms;
mod window;

use super::error::Problem;
use super::meaning::Meaning;
use super::node::NodeContext;

/// What a node's output stands for.
type One = fn(&mut NodeContext<'_, '_>) -> Result<Meaning, Problem>;

/// Lowers one node.
pub(crate) enum Lower {
    /// To its first output.
    One(One),
    /// To its outputs.
    Several(fn(&mut NodeContext<'_, '_>) -> Result<Vec<Meaning>, Problem>),
}

/// The function for an operator of ONNX's own domain, or `None` when it is not supported.
pub(crate) fn find(op: &str) -> Option<Lower> {
    if op == "Split" {
        return Some(Lower::Several(order::split));
    }
    let one: One = match op {
        "Abs" => activation::abs,
        "Add" => arithmetic::add,
        "And" | "Equal" | "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "Or" => compare::compare,
        "ArgMax" => head::arg_max,
        "AveragePool" => pool::average_pool,
        "BatchNormalization" => norm::batch_normalization,
        "Cast" | "CastLike" => shape::cast,
        "Ceil" | "Exp" | "Floor" | "Log" | "Not" | "Reciprocal" | "Sqrt" => fold::of_constants,
        "Clip" => activation::clip,
        "Concat" => join::concat,
        "Constant" => make::constant,
        "ConstantOfShape" => make::constant_of_shape,
        "Conv" => conv::conv,
        "DequantizeLinear" => quantised::dequantize_linear,
        "Div" => arithmetic::div,
        "Dropout" => shape::dropout,
        "Expand" => order::expand,
        "Flatten" => shape::flatten,
        "Gather" => order::gather,
        "GatherND" => order::gather_nd,
        "Gemm" => linear::gemm,
        "GlobalAveragePool" => pool::global_average_pool,
        "GlobalMaxPool" => pool::global_max_pool,
        "HardSigmoid" => activation::hard_sigmoid,
        "Identity" => shape::identity,
        "LeakyRelu" => activation::leaky_relu,
        "LogSoftmax" | "Sigmoid" | "Softmax" => head::softmax,
        "MatMul" => linear::mat_mul,
        "Max" => arithmetic::max,
        "MaxPool" => pool::max_pool,
        "Mean" => arithmetic::mean,
        "Min" => arithmetic::min,
        "Mul" => arithmetic::mul,
        "Neg" => arithmetic::neg,
        "PRelu" => activation::p_relu,
        "Pad" => join::pad,
        "Pow" => arithmetic::pow,
        "QLinearConv" => quantised::qlinear_conv,
        "QLinearMatMul" => quantised::qlinear_mat_mul,
        "QuantizeLinear" => quantised::quantize_linear,
        "Range" => make::range,
        "ReduceMax" => reduce::max,
        "ReduceMean" => reduce::mean,
        "ReduceMin" => reduce::min,
        "ReduceProd" => reduce::product,
        "ReduceSum" => reduce::sum,
        "Relu" => activation::relu,
        "Reshape" => shape::reshape,
        "Shape" => shape::shape,
        "Size" => shape::size,
        "Slice" => order::slice,
        "Squeeze" => shape::squeeze,
        "Sub" => arithmetic::sub,
        "Sum" => arithmetic::sum,
        "Transpose" => order::transpose,
        "Unsqueeze" => shape::unsqueeze,
        "Where" => compare::pick,
        _ => return None,
    };
    Some(Lower::One(one))
}

/// The same for ONNX's domain of other models, `ai.onnx.ml`.
pub(crate) fn find_ml(op: &str) -> Option<Lower> {
    Some(match op {
        "ArrayFeatureExtractor" => Lower::One(ml::array_feature_extractor),
        "Imputer" => Lower::One(ml::imputer),
        "LinearClassifier" => Lower::Several(ml::linear_classifier),
        "LinearRegressor" => Lower::One(ml::linear_regressor),
        "Normalizer" => Lower::One(ml::normalizer),
        "Scaler" => Lower::One(ml::scaler),
        "ZipMap" => Lower::One(ml::zip_map),
        _ => return None,
    })
}

/// The same for the domain of onnxruntime, `com.microsoft`: what its static quantiser writes.
pub(crate) fn find_microsoft(op: &str) -> Option<Lower> {
    Some(Lower::One(match op {
        "QGemm" => quantised::qgemm,
        "QLinearAdd" => qlinear::add,
        "QLinearAveragePool" => qlinear::average_pool,
        "QLinearConcat" => qlinear::concat,
        "QLinearGlobalAveragePool" => qlinear::global_average_pool,
        "QLinearLeakyRelu" => qlinear::leaky_relu,
        "QLinearMul" => qlinear::mul,
        _ => return None,
    }))
}
