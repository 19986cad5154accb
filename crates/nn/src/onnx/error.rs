//! What files may be, what is wrong with them, and what people should know of an import.

use thiserror::Error;

/// The longest file accepted, in bytes.
pub const MAX_FILE: usize = 1 << 30;
/// The oldest operator set whose definitions are implemented.
pub const MIN_OPSET: i64 = 7;

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
    /// More than one of these.
    #[error("{}", listed(kinds, *more))]
    Several {
        /// The first problem of each kind, and how many nodes have it.
        kinds: Vec<(OnnxError, usize)>,
        /// Kinds that are left out.
        more: usize,
    },
}

/// What is wrong with one node.
pub(super) type Problem = String;

/// Whose operators a domain's are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Domain {
    /// ONNX's own.
    Standard,
    /// ONNX's for models other than networks, of which scikit-learn's linear ones are.
    Ml,
    /// onnxruntime's.
    Microsoft,
    /// Anybody's.
    Other,
}

impl Domain {
    pub(super) fn of(name: &str) -> Self {
        match name {
            "" | "ai.onnx" => Self::Standard,
            "ai.onnx.ml" => Self::Ml,
            "com.microsoft" => Self::Microsoft,
            _ => Self::Other,
        }
    }
}

/// The kinds of problems of [`OnnxError::Several`] in a sentence.
fn listed(kinds: &[(OnnxError, usize)], more: usize) -> String {
    let one = |(k, (problem, count)): (usize, &(OnnxError, usize))| {
        let others = if *count > 1 { format!(" [and {} more like it]", count - 1) } else { String::new() };
        format!("({}) {problem}{others}", k + 1)
    };
    let mut text = kinds.iter().enumerate().map(one).collect::<Vec<_>>().join("; ");
    if more > 0 {
        text += &format!("; and {more} other kinds of problems");
    }
    text
}
