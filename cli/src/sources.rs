//! What holds rows: tables, arrays and folders of pictures.

use std::path::Path;

use sotto_nn::Card;

use crate::rows::{Cells, from_csv};
use crate::{Result, arrays, folder};

/// Reads rows from a folder of pictures, NumPy's `.npy` or `.npz`, or otherwise CSV.
///
/// # Errors
/// As [`from_csv`].
pub(crate) fn read(source: &Path, card: &Card, labels: &[String]) -> Result<Vec<Cells>> {
    match source.extension().and_then(|kind| kind.to_str()) {
        _ if source.is_dir() => folder::read(source, card, labels),
        Some("npy" | "npz") => arrays::read(source, card, labels),
        _ => from_csv(source, card, labels),
    }
}
