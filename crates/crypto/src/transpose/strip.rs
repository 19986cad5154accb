//! The parts that a matrix is transposed in.

/// Bytes of each column that are read together: a cache line.
///
/// With a stride of a large power of two all columns fall into one cache set, and a line read in parts would be fetched for each.
pub(super) const STRIP: usize = 64;
/// Rows of a tile, the unit of the kernels: 16 bytes of each column.
pub(super) const TILE: usize = 128;

/// Rows of a strip.
pub(super) const STRIP_ROWS: usize = 8 * STRIP;

/// 128 columns of `STRIP` bytes each.
pub(super) type Strip = [[u8; STRIP]; 128];
