//! Import of ONNX files, opset 13 and later, into a floating-point [`Graph`].
//!
//! The file is untrusted: whatever is wrong with it is an [`OnnxError`] that names the place. The batch dimension, which
//! comes first in ONNX, is dropped: a program computes one row.

mod advice;
mod constant;
mod lower;
mod ops;
pub mod proto;
#[cfg(test)]
mod tests;

use prost::Message;
use thiserror::Error;

use crate::graph::Graph;

/// The longest file accepted, in bytes.
pub const MAX_FILE: usize = 1 << 30;
/// The oldest operator set whose definitions are implemented.
pub const MIN_OPSET: i64 = 13;

/// Something that a person should know about an import that succeeded.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Note {
    /// The node that it is about.
    pub node: String,
    /// What was done.
    pub message: String,
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.node, self.message)
    }
}

/// Why a file cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OnnxError {
    /// Longer than [`MAX_FILE`].
    #[error("the file has {0} bytes, more than the {MAX_FILE} allowed")]
    TooLarge(usize),
    /// Not the encoding of a model.
    #[error("not an ONNX file, or cut short: {0}")]
    Decode(String),
    /// The model has no graph.
    #[error("not an ONNX model: it has no graph")]
    NoGraph,
    /// No operator set, or one that is too old.
    #[error("the model uses operator set {}; export it with opset {MIN_OPSET} or later", found.map_or("none".into(), |v| v.to_string()))]
    Opset {
        /// The version found.
        found: Option<i64>,
    },
    /// The model's input is not usable.
    #[error("the model's input: {0}")]
    Input(String),
    /// The model's output is not usable.
    #[error("the model's output: {0}")]
    Output(String),
    /// A stored tensor is malformed or of an unsupported type.
    #[error("tensor '{name}': {problem}")]
    Tensor {
        /// The tensor.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// A node is malformed, or uses a supported operator in an unsupported way.
    #[error("node '{node}' ({op}): {problem}")]
    Node {
        /// The node's name.
        node: String,
        /// Its operator.
        op: String,
        /// What is wrong.
        problem: String,
    },
    /// An operator that is not implemented.
    #[error("node '{node}': the operator {op} is not supported{advice}")]
    Unsupported {
        /// The node's name.
        node: String,
        /// Its operator, with the domain when that is not ONNX's own.
        op: String,
        /// What could replace it, as the end of the sentence.
        advice: String,
    },
}

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

/// Whether a domain is that of ONNX's own operators.
fn is_standard(domain: &str) -> bool {
    matches!(domain, "" | "ai.onnx")
}
