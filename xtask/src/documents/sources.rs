//! What documents may name: the files of the repository, and the words in its code.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::paths::{beside, text};
use crate::shell::{command, read};

/// Files with code.
const CODE: [&str; 10] = ["rs", "ts", "mjs", "js", "py", "toml", "html", "json", "css", "txt"];
/// Files that documents name by their endings.
const ENDINGS: [&str; 8] = ["md", "svg", "safetensors", "onnx", "csv", "yml", "sh", "lock"];
/// Whose names are not of this project.
const LANGUAGE: [&str; 3] = ["std", "core", "alloc"];

/// The repository's files and code.
pub(super) struct Sources {
    files: BTreeSet<String>,
    folders: BTreeSet<String>,
    /// By word: numbers of the files that have it.
    words: BTreeMap<String, BTreeSet<usize>>,
    /// Crates that are depended on, and the language's.
    foreign: BTreeSet<String>,
}

/// What words in backticks are.
#[derive(Debug, PartialEq)]
enum Kind {
    Path,
    /// Words that some file has, all of them.
    Code(Vec<String>),
    Other,
}

impl Sources {
    pub(super) fn read(files: &BTreeSet<String>) -> Result<Sources> {
        let mut words: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        let code = |file: &&String| file.rsplit_once('.').is_some_and(|(_, ending)| CODE.contains(&ending));
        for (number, file) in files.iter().filter(code).filter(|file| !file.starts_with("docs/")).enumerate() {
            // Its path is the module that its items are in.
            for word in [text(file)?.as_str(), file.as_str()].iter().flat_map(|text| text.split(|c| !is_word(c))) {
                words.entry(word.to_owned()).or_default().insert(number);
            }
        }
        let lock = text("Cargo.lock")?;
        let crates = lock.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
        let foreign = crates.filter(|name| !name.starts_with("sotto")).chain(LANGUAGE);
        Ok(Sources::new(files.clone(), words, foreign.map(|name| name.replace('-', "_")).collect()))
    }

    fn new(files: BTreeSet<String>, words: BTreeMap<String, BTreeSet<usize>>, foreign: BTreeSet<String>) -> Sources {
        let ends = |file: &String| file.match_indices('/').map(|(at, _)| file[..at].to_owned()).collect::<Vec<_>>();
        let folders = files.iter().flat_map(ends).collect();
        Sources { files, folders, words, foreign }
    }

    /// Why a document must not name this.
    pub(super) fn problem(&self, document: &str, section: Option<&str>, name: &str) -> Option<&'static str> {
        match kind(name) {
            Kind::Path if self.is_foreign(name) || self.has_path(document, section, name) => None,
            Kind::Path => Some("no such file or folder"),
            Kind::Code(words) if self.foreign.contains(&words[0]) => None,
            Kind::Code(words) => {
                let mut places = words.iter().rev().take(2).map(|word| self.words.get(word));
                let Some(last) = places.next().flatten() else { return Some("no code has this name") };
                match places.next() {
                    Some(before) if before.is_none_or(|before| before.is_disjoint(last)) => {
                        Some("no file has both names")
                    }
                    _ => None,
                }
            }
            Kind::Other => None,
        }
    }

    /// Whether no file here has this ending.
    fn is_foreign(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        name.rfind('.').is_some_and(|at| !self.files.iter().any(|file| file.ends_with(&name[at..])))
    }

    fn has_path(&self, document: &str, section: Option<&str>, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let is = |path: &str| self.files.contains(path) || self.folders.contains(path);
        let within = section.map(|name| format!("crates/{name}")).filter(|folder| self.folders.contains(folder));
        if is(path) || is(&beside(document, path)) || path.starts_with("../") || is_built(&beside(document, path)) {
            return true;
        }
        match within {
            Some(folder) => is(&format!("{folder}/{path}")) || is(&format!("{folder}/src/{path}")),
            None => {
                let end = format!("/{path}");
                self.files.iter().chain(&self.folders).any(|file| file.ends_with(&end))
            }
        }
    }
}

/// Whether a build makes this file or folder: git ignores it.
fn is_built(path: &str) -> bool {
    read(command("git").args(["check-ignore", path, &format!("{path}/")])).is_some()
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn kind(name: &str) -> Kind {
    if let Some(flag) = name.strip_prefix("--") {
        let flag = flag.split([' ', '=']).next().unwrap_or(flag);
        // The field that holds it has its name.
        return Kind::Code(vec![flag.replace('-', "_")]);
    }
    if name.contains([' ', '{', '*', '…', '<', '=', '$', '@']) || name.starts_with('/') {
        return Kind::Other;
    }
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    if name.contains('/') || CODE.contains(&ending) || ENDINGS.contains(&ending) {
        return Kind::Path;
    }
    let (called, name) = match name.split_once('(') {
        Some((name, _)) => (true, name),
        None => (false, name),
    };
    let words: Vec<&str> = name.split("::").collect();
    if words.iter().any(|word| word.is_empty() || !word.chars().all(is_word)) {
        return Kind::Other;
    }
    let first = name.chars().next().unwrap_or_default();
    let capital = first.is_ascii_uppercase() && name.len() > 2;
    if words.len() > 1 || called || capital || name.contains('_') {
        Kind::Code(words.into_iter().map(str::to_owned).collect())
    } else {
        Kind::Other
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::{Kind, Sources, kind};

    fn sources() -> Sources {
        let files = ["README.md", "crates/mpc/src/ot/pool.rs", "crates/mpc/src/exec.rs", "crates/nn/src/card.rs"];
        let words = [("exec", 0), ("run", 0), ("Pool", 1), ("take", 1), ("max_sessions", 1)];
        let words = words.map(|(word, file)| (word.to_owned(), BTreeSet::from([file])));
        Sources::new(files.map(str::to_owned).into(), BTreeMap::from(words), BTreeSet::from(["axum".to_owned()]))
    }

    #[test]
    fn names_of_code_are_in_the_sources() {
        let problem = |name| sources().problem("README.md", None, name);
        for right in ["exec::run", "Pool::take(n)", "Pool", "run()", "axum::serve", "--max-sessions N", "mpc", "x − r"]
        {
            assert_eq!(problem(right), None, "{right}");
        }
        for gone in ["exec::walk", "Pools", "walk()", "step_on_shares", "--max-guests"] {
            assert_eq!(problem(gone), Some("no code has this name"), "{gone}");
        }
        assert_eq!(problem("exec::take"), Some("no file has both names"));
    }

    #[test]
    fn paths_are_those_of_files_and_folders() {
        let problem = |section, name| sources().problem("docs/a.md", section, name);
        for right in ["crates/nn", "ot/pool.rs", "ot/", "card.rs", "data/rows.npz", "target/debug/sotto", "/ws"] {
            assert_eq!(problem(None, right), None, "{right}");
        }
        for gone in ["ot/pond.rs", "crates/om", "ard.rs"] {
            assert!(problem(None, gone).is_some(), "{gone}");
        }
        assert_eq!(problem(Some("mpc"), "ot/pool.rs"), None);
        assert!(problem(Some("mpc"), "card.rs").is_some(), "of another crate");
    }

    #[test]
    fn other_words_are_left_alone() {
        for word in ["mpc", "x − r", "2 · chunk", "p{i}", "GET /api/models", "bits=37", "A", "relu"] {
            assert_eq!(kind(word), Kind::Other, "{word}");
        }
    }
}
