//! How a file is read.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// What is said of a file besides its bytes.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The folder in which it lies, for files with its weights.
    pub folder: Option<PathBuf>,
    /// The output to compute, where it has several.
    pub output: Option<String>,
    /// Sizes of open dimensions of the input, by their names in the file.
    pub sizes: BTreeMap<String, usize>,
}
