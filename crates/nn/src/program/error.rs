//! What can be wrong with a program or with the weights for it.

use thiserror::Error;

/// Why a program, or weights for it, are refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProgramError {
    /// Not JSON, or not a program.
    #[error("not a program: {0}")]
    Json(String),
    /// Longer than [`Program::MAX_JSON`](crate::Program::MAX_JSON).
    #[error("the program's JSON has {len} bytes, more than the {max} allowed", max = crate::Program::MAX_JSON)]
    TooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// Written for another version of this code.
    #[error("program format version {found}; this version of Sotto reads version {expected}", expected = crate::Program::VERSION)]
    Version {
        /// The version found.
        found: u32,
    },
    /// Something about the program as a whole.
    #[error("program: {0}")]
    Program(String),
    /// Something about the input's type.
    #[error("program input: {0}")]
    Input(String),
    /// Something about one operation.
    #[error("operation {index} ({name}): {problem}")]
    Op {
        /// Its index in [`Program::ops`](crate::Program::ops).
        index: usize,
        /// Its name.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
}
