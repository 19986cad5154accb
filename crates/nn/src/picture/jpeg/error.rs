//! What can be wrong with a JPEG file.

use thiserror::Error;

/// Why a file is refused, as the end of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum JpegError {
    /// Another kind than sequential and progressive Huffman coding.
    #[error("it is of a kind that is rarely decoded (arithmetic, lossless or hierarchical coding)")]
    Kind,
    /// No end marker, or a segment that is longer than the file.
    #[error("its end marker is missing")]
    End,
    /// No frame header before a scan.
    #[error("it has no frame header")]
    NoFrame,
    /// Frames of a hierarchical file.
    #[error("it has more than one frame")]
    Frames,
    /// Sizes, sampling factors, coefficients or components that cannot be.
    #[error("a header makes no sense")]
    Header,
    /// Lengths of codes that contradict each other.
    #[error("a table of its codes makes no sense")]
    Table,
    /// A scan whose table was not defined.
    #[error("a table of its codes is missing")]
    NoTable,
    /// Bits that begin no code.
    #[error("its picture holds a code that does not exist")]
    Code,
    /// Blocks or restart markers that are not there.
    #[error("its picture ends before its last row")]
    Short,
    /// Coefficients of which no scan has all bits.
    #[error("a part of its picture is missing")]
    Part,
}
