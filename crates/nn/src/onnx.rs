//! Import of ONNX files, opset 7 and later, into a floating-point [`Graph`].
//!
//! The file is untrusted: whatever is wrong with it is an [`OnnxError`] that names the place. A program computes one row: the
//! batch, which comes first in ONNX, is 1 here and no dimension of the graph's values.
//!
//! What does not depend on the input is computed at once. What only moves elements, or multiplies and adds constants, changes
//! a [`view`] of a value; layers take views into their weights where they can.

mod advice;
mod constant;
mod elements;
mod error;
mod external;
mod lower;
mod meaning;
mod needed;
mod node;
mod ops;
mod printable;
mod problems;
pub mod proto;
mod reading;
mod select;
mod shape;
mod state;
#[cfg(test)]
mod tests;
mod view;

use prost::Message;

use crate::graph::Graph;
use error::Domain;
pub use error::{MAX_FILE, MIN_OPSET, Note, OnnxError};
use lower::Opsets;
pub use reading::Reading;

/// Reads an ONNX file. A final `ArgMax`, `Softmax` or the like is left out, with a note.
pub fn read(bytes: &[u8], reading: &Reading) -> Result<(Graph, Vec<Note>), OnnxError> {
    if bytes.len() > MAX_FILE {
        return Err(OnnxError::TooLarge(bytes.len()));
    }
    let model = proto::Model::decode(bytes).map_err(|e| OnnxError::Decode(e.to_string()))?;
    let graph = model.graph.as_ref().ok_or(OnnxError::NoGraph)?;
    let version =
        |domain| model.opset_import.iter().find(|set| Domain::of(&set.domain) == domain).map(|set| set.version);
    let ml = version(Domain::Ml).unwrap_or(0);
    match version(Domain::Standard) {
        Some(standard @ MIN_OPSET..) => lower::lower(graph, Opsets { standard, ml }, reading),
        // A file of models other than networks alone needs no networks' operators.
        None if ml > 0 => lower::lower(graph, Opsets { standard: MIN_OPSET, ml }, reading),
        found => Err(OnnxError::Opset { found }),
    }
}
