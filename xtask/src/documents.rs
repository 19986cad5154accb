//! `cargo xtask documents`: whether what the documents name is there.
//!
//! - A link leads to a file, and behind `#` to one of its headings.
//! - A path in backticks is one of the repository, from its root, from the document's folder, or from any folder within
//!   (`ot/pool.rs`); below a heading with a crate's name, such as "Inside `mpc`", from that crate or its `src`. What git
//!   ignores is made by a build and may be named.
//! - A name of code in backticks (`Type::function`, `function()`, `snake_case`, `CamelCase`, `CONSTANT`, `--flag`) occurs in
//!   the sources; of `a::b`, both in one file. Names of dependencies and what is behind them are theirs.
//!
//! Other words in backticks, and blocks of code, are not looked at.

mod markdown;
mod paths;
mod sources;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};

use crate::shell::{command, read, root};
use markdown::{Document, Link};
use paths::{beside, text};
use sources::Sources;

/// Documents whose names are checked: those of today. The change log names what was.
fn is_checked(path: &str) -> bool {
    let top = ["README.md", "SECURITY.md", "CONTRIBUTING.md", "client-wasm/npm/README.md", "models/README.md"];
    top.contains(&path) || (path.starts_with("docs/") && path.ends_with(".md"))
}

/// Prints everything that is not there.
///
/// # Errors
/// When there is something, or git or a file cannot be read.
pub(crate) fn run() -> Result<()> {
    let files = read(command("git").args(["ls-files"])).context("cannot run `git ls-files`")?;
    let files: BTreeSet<String> = files.lines().map(str::to_owned).collect();
    let sources = Sources::read(&files)?;
    let texts = files.iter().filter(|file| file.ends_with(".md"));
    let documents: BTreeMap<&str, Document> =
        texts.map(|file| Ok((file.as_str(), markdown::parse(&text(file)?)))).collect::<Result<_>>()?;
    let (mut names, mut problems) = (0, Vec::new());
    for (&file, document) in documents.iter().filter(|(file, _)| is_checked(file)) {
        for name in &document.names {
            names += 1;
            if let Some(problem) = sources.problem(file, name.section.as_deref(), &name.text) {
                problems.push(format!("{file}: `{}`: {problem}", name.text));
            }
        }
        for link in &document.links {
            names += 1;
            problems.extend(broken(file, link, &documents).map(|problem| format!("{file}: {problem}")));
        }
    }
    if !problems.is_empty() {
        bail!("documents name what is not there:\n{}", problems.join("\n"));
    }
    println!("documents: {names} names and links are right");
    Ok(())
}

/// What is wrong with a document's link.
fn broken(file: &str, Link(target): &Link, documents: &BTreeMap<&str, Document>) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, heading) = target.split_once('#').unwrap_or((target, ""));
    let path = if path.is_empty() { file.to_owned() } else { beside(file, path) };
    if !root().join(&path).exists() {
        return Some(format!("the link to {target} leads nowhere"));
    }
    let there =
        heading.is_empty() || documents.get(path.as_str()).is_some_and(|other| other.headings.contains(heading));
    (!there).then(|| format!("{path} has no heading #{heading}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::broken;
    use super::markdown::{Document, Link, parse};

    #[test]
    fn links_lead_to_files_and_headings() {
        let readme = parse("# Sotto\n\n## The `sotto` command\n\n[a](docs/protocols.md#costs)");
        let documents = BTreeMap::from([("README.md", readme), ("docs/protocols.md", Document::default())]);
        let check = |target: &str| broken("docs/protocols.md", &Link(target.into()), &documents);
        for right in ["../README.md", "../README.md#the-sotto-command", "../README.md#sotto", "https://example.org/#x"]
        {
            assert_eq!(check(right), None, "{right}");
        }
        assert_eq!(check("READ.md").unwrap(), "the link to READ.md leads nowhere");
        assert_eq!(check("#costs").unwrap(), "docs/protocols.md has no heading #costs");
    }
}
