//! Gemm and MatMul with stored weights: fully connected layers.

use super::super::elements::transposed;
use super::super::error::Problem;
use super::super::meaning::Meaning;
use super::super::node::NodeContext;
use super::super::view::View;
use crate::Window;
use crate::graph::{Conv, FloatOp, Linear};

/// Weights as `[outputs, inputs]`, and a bias for each output.
pub(super) struct Matrix {
    pub(super) outputs: usize,
    pub(super) inputs: usize,
    pub(super) weight: Vec<f64>,
    pub(super) bias: Option<Vec<f64>>,
}

/// `alpha·A'·B' + beta·C`, where A' is A or its transpose and B' is B or its.
pub(super) fn gemm(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["alpha", "beta", "transA", "transB"])?;
    let mut x = node.value(0)?;
    if node.int("transA", 0) != 0 {
        x = turned(&x)?;
    }
    let mut matrix = matrix(node, 1, node.int("transB", 0) != 0)?;
    let (alpha, beta) = (node.float("alpha", 1.0)?, node.float("beta", 1.0)?);
    matrix.weight.iter_mut().for_each(|w| *w *= alpha);
    if node.has_input(2) {
        let mut bias = bias(node, 2, matrix.outputs)?;
        bias.iter_mut().for_each(|b| *b *= beta);
        matrix.bias = Some(bias);
    }
    layer(node, &x, matrix).map(Meaning::Value)
}

/// `x·B` or `A·x` for a stored matrix.
pub(super) fn mat_mul(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    match (node.input(0)?, node.input(1)?) {
        (Meaning::Value(x), Meaning::Constant(_)) => {
            let matrix = matrix(node, 1, false)?;
            layer(node, &x, matrix).map(Meaning::Value)
        }
        (Meaning::Constant(_), Meaning::Value(x)) => {
            let matrix = matrix(node, 0, true)?;
            let columns = layer(node, &turned(&x)?, matrix)?;
            turned(&columns).map(Meaning::Value)
        }
        (Meaning::Constant(_), Meaning::Constant(_)) => Err("it multiplies stored matrices with each other".into()),
        _ => {
            node.value(0)?;
            node.value(1)?;
            Err("it multiplies two computed values, as attention does; only stored matrices are supported".into())
        }
    }
}

/// The last two axes exchanged.
fn turned(x: &View) -> Result<View, Problem> {
    let rank = x.shape.len();
    if rank < 2 {
        return Err(format!("its input has the shape {:?} and no rows and columns", x.shape));
    }
    let mut axes: Vec<usize> = (0..rank).collect();
    axes.swap(rank - 2, rank - 1);
    let shape = axes.iter().map(|&axis| x.shape[axis]).collect();
    Ok(x.picked(shape, &transposed(&x.shape, &axes)))
}

/// A stored matrix as `[outputs, inputs]`, as it lies in the file or transposed.
fn matrix(node: &mut NodeContext<'_, '_>, index: usize, as_it_is: bool) -> Result<Matrix, Problem> {
    let (shape, data) = node.weights(index, "weights")?;
    let [rows, columns] = shape[..] else { return Err("its weights must be a matrix".into()) };
    if rows == 0 || columns == 0 {
        return Err(format!("its weights have the shape {shape:?}"));
    }
    Ok(if as_it_is {
        Matrix { outputs: rows, inputs: columns, weight: data, bias: None }
    } else {
        let weight = transposed(&shape, &[1, 0]).into_iter().map(|i| data[i]).collect();
        Matrix { outputs: columns, inputs: rows, weight, bias: None }
    })
}

/// The matrix times each row, the last axis of `x`. What a view says of order, factors and summands becomes part of the matrix.
pub(super) fn layer(node: &mut NodeContext<'_, '_>, x: &View, matrix: Matrix) -> Result<View, Problem> {
    let Matrix { outputs, inputs, .. } = matrix;
    let Some((&last, before)) = x.shape.split_last() else { return Err("its input is a single number".into()) };
    if last != inputs {
        return Err(format!("its weights read {inputs} values, but its input has {last}"));
    }
    let shape = [before, &[outputs]].concat();
    let rows: usize = before.iter().product();
    if rows != 1 {
        return row_by_row(node, x, matrix, rows, shape);
    }
    let view = node.state.located(x);
    let width = node.state.graph.len(view.id);
    let linear = if view.is_in_order(width) && !view.is_affine() {
        Linear { outputs, inputs, weight: matrix.weight, bias: matrix.bias }
    } else {
        node.state.room(&[outputs, width])?;
        let mut weight = vec![0.0; outputs * width];
        let mut bias = matrix.bias.unwrap_or_else(|| vec![0.0; outputs]);
        for (o, row) in matrix.weight.chunks_exact(inputs).enumerate() {
            for (k, w) in row.iter().enumerate() {
                let (scale, shift) = view.affine(k);
                weight[o * width + view.source(k)] += w * scale;
                bias[o] += w * shift;
            }
        }
        Linear { outputs, inputs: width, weight, bias: Some(bias) }
    };
    let flat = node.state.reshape(view.id, &[width])?;
    let id = node.state.push(FloatOp::Linear(linear), vec![flat], vec![outputs])?;
    Ok(View::whole(id, shape))
}

/// Many rows are the places of a map, and the matrix a 1×1 convolution over it.
fn row_by_row(
    node: &mut NodeContext<'_, '_>,
    x: &View,
    matrix: Matrix,
    rows: usize,
    shape: Vec<usize>,
) -> Result<View, Problem> {
    let Matrix { outputs, inputs, weight, bias } = matrix;
    let columns = turned(&x.reshaped(vec![rows, inputs]))?;
    let map = node.state.plain(&columns, &[inputs, rows])?;
    let window = Window { kernel: [1, 1], stride: [1, 1], pads: [0; 4] };
    let conv = Conv { outputs, inputs, groups: 1, window, weight, bias };
    let id = node.state.push(FloatOp::Conv(conv), vec![map], vec![outputs, rows])?;
    Ok(turned(&View::whole(id, vec![outputs, rows]))?.reshaped(shape))
}

/// One bias per output from a constant that ONNX's broadcasting would spread to `[batch, outputs]`.
fn bias(node: &mut NodeContext<'_, '_>, index: usize, outputs: usize) -> Result<Vec<f64>, Problem> {
    let (shape, data) = node.weights(index, "biases")?;
    let leading_ones = shape.iter().rev().skip(1).all(|&dim| dim == 1);
    match data[..] {
        [single] => Ok(vec![single; outputs]),
        _ if leading_ones && data.len() == outputs => Ok(data),
        _ => Err(format!("its bias has the shape {shape:?}, and the layer {outputs} outputs")),
    }
}
