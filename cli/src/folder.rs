//! Rows from a folder of picture files, which may lie in sub-folders that are named as the card's classes.

use std::path::{Path, PathBuf};

use sotto_nn::Card;
use sotto_nn::card::Decision;

use crate::rows::Cells;
use crate::{Error, Result, picture};

/// Reads the PNG and JPEG files of a folder and of the folders in it, in the order of their names; files of other kinds are passed
/// over. With `labels` each lies in a folder named as a class, whose index is its label.
///
/// # Errors
/// [`Error::Usage`] when a folder or file cannot be read, [`Error::Input`] when there is no picture or one cannot be used.
pub(crate) fn read(folder: &Path, card: &Card, labels: &[String]) -> Result<Vec<Cells>> {
    let wrong = |why: &str| Error::Input(format!("{}: {why}", folder.display()));
    if !labels.is_empty() && !matches!(card.decision, Decision::Class | Decision::Logit { .. }) {
        return Err(wrong("folders name classes; what else is true of pictures is said in a table (sotto rows)"));
    }
    let mut rows = Vec::new();
    for (file, class) in pictures(folder)? {
        let index = class.as_ref().and_then(|name| card.classes.iter().position(|class| class == name));
        let label = match (index, labels.is_empty()) {
            (_, true) => Vec::new(),
            (Some(index), false) => vec![index as f64],
            (None, false) => {
                let classes = card.classes.join("', '");
                return Err(wrong(&format!("'{}' lies in no folder named as a class ('{classes}')", file.display())));
            }
        };
        rows.push(Cells { name: file.display().to_string(), values: picture::read(&file, card)?, labels: label });
    }
    if rows.is_empty() { Err(wrong("there is no PNG or JPEG file in it")) } else { Ok(rows) }
}

/// Picture files with the name of the folder in `folder` that they lie in.
fn pictures(folder: &Path) -> Result<Vec<(PathBuf, Option<String>)>> {
    let mut found = Vec::new();
    for path in sorted(folder)? {
        if path.is_dir() {
            let class = path.file_name().map(|name| name.to_string_lossy().into_owned());
            found.extend(sorted(&path)?.into_iter().map(|file| (file, class.clone())));
        } else {
            found.push((path, None));
        }
    }
    found.retain(|(file, _)| {
        let kind = file.extension().map(|kind| kind.to_string_lossy().to_ascii_lowercase());
        matches!(kind.as_deref(), Some("png" | "jpg" | "jpeg"))
    });
    Ok(found)
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    let mut entries: Vec<PathBuf> = entries.map_err(|e| Error::file(folder, e))?;
    entries.sort();
    Ok(entries)
}
