//! Stored tensors.

use super::error::OnnxError;
use super::printable::printable;
use super::proto::{self, data_type};
use crate::tensor::element_count;

/// Elements of one tensor.
const MAX_ELEMENTS: usize = 1 << 28;

/// A tensor known when the model is imported.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Constant {
    /// Dimensions; empty for a scalar.
    pub(crate) shape: Vec<usize>,
    /// Elements, row-major.
    pub(crate) data: Data,
}

/// Elements of a constant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Data {
    /// From float or double.
    Float(Vec<f64>),
    /// From int64.
    Int(Vec<i64>),
}

impl Constant {
    /// A one-dimensional float constant.
    pub(crate) fn floats(values: &[f32]) -> Self {
        Self { shape: vec![values.len()], data: Data::Float(values.iter().map(|&v| v.into()).collect()) }
    }

    /// A one-dimensional integer constant.
    pub(crate) fn ints(values: &[i64]) -> Self {
        Self { shape: vec![values.len()], data: Data::Int(values.to_vec()) }
    }

    /// Reads a tensor; every inconsistency is an error that names it.
    pub(crate) fn read(tensor: &proto::Tensor) -> Result<Self, OnnxError> {
        read(tensor).map_err(|problem| OnnxError::Tensor { name: printable(&tensor.name), problem })
    }

    /// The elements, when they are floats.
    pub(crate) fn as_floats(&self) -> Option<&[f64]> {
        match &self.data {
            Data::Float(data) => Some(data),
            Data::Int(_) => None,
        }
    }

    /// The elements, when they are integers.
    pub(crate) fn as_ints(&self) -> Option<&[i64]> {
        match &self.data {
            Data::Int(data) => Some(data),
            Data::Float(_) => None,
        }
    }

    /// The transpose of a matrix.
    pub(crate) fn transposed(&self) -> Option<Self> {
        let [rows, columns] = self.shape[..] else { return None };
        let order = || (0..columns).flat_map(|c| (0..rows).map(move |r| r * columns + c));
        let data = match &self.data {
            Data::Float(data) => Data::Float(order().map(|i| data[i]).collect()),
            Data::Int(data) => Data::Int(order().map(|i| data[i]).collect()),
        };
        Some(Self { shape: vec![columns, rows], data })
    }
}

fn read(tensor: &proto::Tensor) -> Result<Constant, String> {
    if tensor.data_location != 0 || !tensor.external_data.is_empty() {
        return Err("its data is in another file; export the model as one file".into());
    }
    let shape: Option<Vec<usize>> = tensor.dims.iter().map(|&d| usize::try_from(d).ok()).collect();
    let shape = shape.ok_or_else(|| format!("its shape {:?} is not one", tensor.dims))?;
    let count = element_count(&shape)
        .filter(|&count| count <= MAX_ELEMENTS)
        .ok_or_else(|| format!("its shape {shape:?} has more than {MAX_ELEMENTS} elements"))?;
    let raw = &tensor.raw_data[..];
    let data = match tensor.data_type {
        data_type::FLOAT if raw.is_empty() => Data::Float(tensor.float_data.iter().map(|&v| v.into()).collect()),
        data_type::FLOAT => Data::Float(from_raw(raw, |b| f32::from_le_bytes(b).into())?),
        data_type::DOUBLE if raw.is_empty() => Data::Float(tensor.double_data.clone()),
        data_type::DOUBLE => Data::Float(from_raw(raw, f64::from_le_bytes)?),
        data_type::INT64 if raw.is_empty() => Data::Int(tensor.int64_data.clone()),
        data_type::INT64 => Data::Int(from_raw(raw, i64::from_le_bytes)?),
        other => return Err(format!("its element type {} is not float, double or int64", type_name(other))),
    };
    let found = match &data {
        Data::Float(data) if data.iter().any(|v| !v.is_finite()) => {
            return Err("it contains a value that is not a finite number".into());
        }
        Data::Float(data) => data.len(),
        Data::Int(data) => data.len(),
    };
    if found != count {
        return Err(format!("its shape {shape:?} has {count} elements, but its data has {found}"));
    }
    Ok(Constant { shape, data })
}

fn from_raw<const N: usize, T>(raw: &[u8], read: impl Fn([u8; N]) -> T) -> Result<Vec<T>, String> {
    let (elements, rest) = raw.as_chunks::<N>();
    if !rest.is_empty() {
        return Err(format!("its data of {} bytes is no whole number of {N}-byte elements", raw.len()));
    }
    Ok(elements.iter().map(|&bytes| read(bytes)).collect())
}

fn type_name(data_type: i32) -> String {
    match data_type {
        2 => "uint8".into(),
        3 => "int8".into(),
        6 => "int32".into(),
        9 => "bool".into(),
        10 => "float16".into(),
        16 => "bfloat16".into(),
        other => format!("number {other}"),
    }
}
