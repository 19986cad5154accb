//! Stored tensors, and what is computed from them when the model is imported.

use std::path::Path;

use super::error::OnnxError;
use super::external;
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
    /// From any type of floating-point numbers.
    Float(Vec<f64>),
    /// From any type of integers; truth values are 0 and 1.
    Int(Vec<i64>),
}

impl Constant {
    /// A one-dimensional float constant.
    pub(crate) fn floats(values: &[f32]) -> Self {
        Self { shape: vec![values.len()], data: Data::Float(values.iter().map(|&v| v.into()).collect()) }
    }

    /// A one-dimensional integer constant.
    pub(crate) fn ints(values: Vec<i64>) -> Self {
        Self { shape: vec![values.len()], data: Data::Int(values) }
    }

    /// A single number instead of a list of one.
    pub(crate) fn scalar(self) -> Self {
        Self { shape: vec![], ..self }
    }

    /// Reads a tensor, whose data may be in a file of `folder`; every inconsistency is an error that names it.
    pub(crate) fn read(tensor: &proto::Tensor, folder: Option<&Path>) -> Result<Self, OnnxError> {
        read(tensor, folder).map_err(|problem| OnnxError::Tensor { name: printable(&tensor.name), problem })
    }

    /// Number of elements.
    pub(crate) fn len(&self) -> usize {
        match &self.data {
            Data::Float(data) => data.len(),
            Data::Int(data) => data.len(),
        }
    }

    /// The elements, when they are integers.
    pub(crate) fn as_ints(&self) -> Option<&[i64]> {
        match &self.data {
            Data::Int(data) => Some(data),
            Data::Float(_) => None,
        }
    }

    /// The elements as floating-point numbers.
    pub(crate) fn to_floats(&self) -> Vec<f64> {
        match &self.data {
            Data::Float(data) => data.clone(),
            Data::Int(data) => data.iter().map(|&v| v as f64).collect(),
        }
    }

    /// The same elements under another shape of as many.
    pub(crate) fn reshaped(&self, shape: Vec<usize>) -> Self {
        Self { shape, data: self.data.clone() }
    }

    /// Elements of this constant, by their indices.
    pub(crate) fn picked(&self, shape: Vec<usize>, indices: &[usize]) -> Self {
        let data = match &self.data {
            Data::Float(data) => Data::Float(indices.iter().map(|&i| data[i]).collect()),
            Data::Int(data) => Data::Int(indices.iter().map(|&i| data[i]).collect()),
        };
        Self { shape, data }
    }
}

/// An element type.
#[derive(Clone, Copy)]
enum Kind {
    /// Floating-point numbers from their bytes.
    Float(fn(u64) -> f64),
    /// Integers from their bytes.
    Int(fn(u64) -> i64),
}

/// Bits of an element, and what they mean, right-aligned in 64.
fn kind(data_type: i32) -> Option<(usize, Kind)> {
    use Kind::{Float, Int};
    Some(match data_type {
        data_type::FLOAT => (32, Float(|bits| f32::from_bits(bits as u32).into())),
        data_type::UINT8 | data_type::BOOL => (8, Int(|bits| i64::from(bits as u8))),
        data_type::INT8 => (8, Int(|bits| i64::from(bits as i8))),
        data_type::UINT16 => (16, Int(|bits| i64::from(bits as u16))),
        data_type::INT16 => (16, Int(|bits| i64::from(bits as i16))),
        data_type::INT32 => (32, Int(|bits| i64::from(bits as i32))),
        data_type::INT64 | data_type::UINT64 => (64, Int(|bits| bits as i64)),
        data_type::FLOAT16 => (16, Float(|bits| from_half(bits as u16))),
        data_type::DOUBLE => (64, Float(f64::from_bits)),
        data_type::UINT32 => (32, Int(|bits| i64::from(bits as u32))),
        data_type::BFLOAT16 => (16, Float(|bits| f32::from_bits((bits as u32) << 16).into())),
        data_type::UINT4 => (4, Int(|bits| (bits & 15) as i64)),
        data_type::INT4 => (4, Int(|bits| ((bits << 60) as i64) >> 60)),
        _ => return None,
    })
}

/// IEEE 754 binary16.
fn from_half(bits: u16) -> f64 {
    let (sign, exponent, fraction) = (bits >> 15, i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let size = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    };
    if sign == 1 { -size } else { size }
}

fn read(tensor: &proto::Tensor, folder: Option<&Path>) -> Result<Constant, String> {
    let shape: Option<Vec<usize>> = tensor.dims.iter().map(|&d| usize::try_from(d).ok()).collect();
    let shape = shape.ok_or_else(|| format!("its shape {:?} is not one", tensor.dims))?;
    let count = element_count(&shape)
        .filter(|&count| count <= MAX_ELEMENTS)
        .ok_or_else(|| format!("its shape {shape:?} has more than {MAX_ELEMENTS} elements"))?;
    let (bits, kind) = kind(tensor.data_type)
        .ok_or_else(|| format!("its element type {} is not supported", type_name(tensor.data_type)))?;
    let wanted = (count * bits).div_ceil(8);
    let elements = if tensor.data_location != 0 || !tensor.external_data.is_empty() {
        from_bytes(&external::read(folder, &tensor.external_data, wanted)?, bits)
    } else if tensor.raw_data.is_empty() {
        listed(tensor, bits)
    } else if bits >= 8 && !tensor.raw_data.len().is_multiple_of(bits / 8) {
        let (bytes, each) = (tensor.raw_data.len(), bits / 8);
        return Err(format!("its data of {bytes} bytes is no whole number of {each}-byte elements"));
    } else {
        from_bytes(&tensor.raw_data, bits)
    };
    // Four bits a piece, the last byte may hold one that is none.
    let spare = usize::from(bits == 4 && count % 2 == 1 && elements.len() == count + 1);
    if elements.len() - spare != count {
        return Err(format!("its shape {shape:?} has {count} elements, but its data has {}", elements.len()));
    }
    let elements = elements.into_iter().take(count);
    let data = match kind {
        Kind::Float(value) => Data::Float(elements.map(value).collect()),
        Kind::Int(value) => Data::Int(elements.map(value).collect()),
    };
    Ok(Constant { shape, data })
}

/// Little-endian elements; of four bits, the lower half of a byte first.
fn from_bytes(bytes: &[u8], bits: usize) -> Vec<u64> {
    if bits == 4 {
        return bytes.iter().flat_map(|&byte| [u64::from(byte & 15), u64::from(byte >> 4)]).collect();
    }
    let element = |bytes: &[u8]| bytes.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte));
    bytes.chunks_exact(bits / 8).map(element).collect()
}

/// Elements in the list for their type. Small ones are in that of 32-bit integers.
fn listed(tensor: &proto::Tensor, bits: usize) -> Vec<u64> {
    match tensor.data_type {
        data_type::FLOAT => tensor.float_data.iter().map(|v| v.to_bits().into()).collect(),
        data_type::DOUBLE => tensor.double_data.iter().map(|v| v.to_bits()).collect(),
        data_type::INT64 => tensor.int64_data.iter().map(|&v| v as u64).collect(),
        data_type::UINT32 | data_type::UINT64 => tensor.uint64_data.clone(),
        _ if bits == 4 => tensor.int32_data.iter().flat_map(|&v| [v as u64 & 15, v as u64 >> 4 & 15]).collect(),
        _ => tensor.int32_data.iter().map(|&v| v as u64).collect(),
    }
}

fn type_name(data_type: i32) -> String {
    match data_type {
        8 => "string".into(),
        14 | 15 => "of complex numbers".into(),
        17..=20 => "float8".into(),
        other => format!("number {other}"),
    }
}
