//! Import of ONNX files, opset 13 and later, into a floating-point [`Graph`].
//!
//! The file is untrusted: whatever is wrong with it is an [`OnnxError`] that names the place. The batch dimension, which
//! comes first in ONNX, is dropped: a program computes one row.

mod advice;
mod constant;
mod error;
mod lower;
mod node;
mod ops;
mod printable;
pub mod proto;
#[cfg(test)]
mod tests;

use prost::Message;

use crate::graph::Graph;
use error::is_standard;
pub use error::{MAX_FILE, MIN_OPSET, Note, OnnxError};

/// Reads an ONNX file. A final `ArgMax`, `Softmax` or `LogSoftmax` is left out, with a note.
pub fn read(bytes: &[u8]) -> Result<(Graph, Vec<Note>), OnnxError> {
    if bytes.len() > MAX_FILE {
        return Err(OnnxError::TooLarge(bytes.len()));
    }
    let model = proto::Model::decode(bytes).map_err(|e| OnnxError::Decode(e.to_string()))?;
    let graph = model.graph.as_ref().ok_or(OnnxError::NoGraph)?;
    let standard = model.opset_import.iter().find(|set| is_standard(&set.domain));
    match standard.map(|set| set.version) {
        Some(MIN_OPSET..) => lower::lower(graph),
        found => Err(OnnxError::Opset { found }),
    }
}
