//! Data of tensors in files beside the model.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

use super::printable::printable;
use super::proto::StringEntry;

/// The data that `entries` point to, which must be `wanted` bytes. Only files of the model's own folder are read.
pub(super) fn read(folder: Option<&Path>, entries: &[StringEntry], wanted: usize) -> Result<Vec<u8>, String> {
    let entry = |key: &str| entries.iter().find(|entry| entry.key == key).map(|entry| entry.value.as_str());
    let number = |key: &str| match entry(key) {
        None => Ok(None),
        Some(value) => {
            value.trim().parse::<u64>().map(Some).map_err(|_| format!("its {key} '{}' is no number", printable(value)))
        }
    };
    let location = entry("location").ok_or("its data is in another file, which is not named")?;
    let name = printable(location);
    let folder = folder.ok_or_else(|| format!("its data is in the file '{name}', and where that is is not known"))?;
    let path = beside(folder, location)?;
    let fail = |e: std::io::Error| format!("its data is in the file '{name}', which must lie beside the model: {e}");
    let mut file = File::open(path).map_err(fail)?;
    let len = file.metadata().map_err(fail)?.len();
    let offset = number("offset")?.unwrap_or(0);
    let rest =
        len.checked_sub(offset).ok_or_else(|| format!("its offset {offset} is beyond '{name}' of {len} bytes"))?;
    let length = number("length")?.unwrap_or(rest);
    if length > rest {
        return Err(format!("its {length} bytes from {offset} on are not all in '{name}' of {len} bytes"));
    }
    if length != wanted as u64 {
        return Err(format!("its data in '{name}' has {length} bytes, and its shape and type take {wanted}"));
    }
    let mut data = vec![0; wanted];
    file.seek(SeekFrom::Start(offset)).and_then(|_| file.read_exact(&mut data)).map_err(fail)?;
    Ok(data)
}

/// A file in `folder` itself: not above, not below, and no link to elsewhere.
fn beside(folder: &Path, location: &str) -> Result<PathBuf, String> {
    let outside = || format!("its data is in '{}'; only files in the model's own folder are read", printable(location));
    let mut parts = Path::new(location).components().filter(|part| *part != Component::CurDir);
    let (Some(Component::Normal(name)), None) = (parts.next(), parts.next()) else { return Err(outside()) };
    let path = folder.join(name);
    let real = |path: &Path| path.canonicalize().map_err(|e| format!("its data is in '{}': {e}", printable(location)));
    let (file, folder) = (real(&path)?, real(folder)?);
    if file.parent() == Some(&folder) { Ok(file) } else { Err(outside()) }
}
