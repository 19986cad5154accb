//! Files of the repository, by their paths from its root.

use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};

use crate::shell::root;

/// What is in a file.
pub(super) fn text(file: &str) -> Result<String> {
    fs::read_to_string(root().join(file)).with_context(|| format!("cannot read {file}"))
}

/// A path from a document's folder, as one from the root.
pub(super) fn beside(file: &str, path: &str) -> String {
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    let mut joined = PathBuf::new();
    for part in folder.join(path).components() {
        match part {
            Component::ParentDir => drop(joined.pop()),
            Component::CurDir => {}
            part => joined.push(part),
        }
    }
    joined.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::beside;

    #[test]
    fn paths_from_a_document_are_paths_from_the_root() {
        assert_eq!(beside("docs/a.md", "../README.md"), "README.md");
        assert_eq!(beside("docs/a.md", "./notes/b.md"), "docs/notes/b.md");
        assert_eq!(beside("README.md", "docs"), "docs");
    }
}
