//! The graph of the page, the npm package and the browser tests.

use anyhow::{Context, Result, ensure};

use super::graph::Graph;
use crate::shell::{command, read};

/// Reads all TypeScript and JavaScript that git knows.
pub(super) fn graph() -> Result<Graph> {
    let files =
        read(command("git").args(["ls-files", "*.ts", "*.mjs", "*.js"])).context("cannot run `git ls-files`")?;
    let files: Vec<_> = files.lines().collect();
    ensure!(!files.is_empty(), "git knows no TypeScript here");
    let imports = command("node").arg("xtask/src/circles/imports.mjs").args(&files).output()?;
    ensure!(imports.status.success(), "cannot read imports: {}", String::from_utf8_lossy(&imports.stderr).trim_end());
    let mut graph = Graph::default();
    files.iter().for_each(|file| graph.file(file));
    for line in String::from_utf8(imports.stdout)?.lines() {
        let (from, to, names): (String, String, Vec<String>) = serde_json::from_str(line)?;
        names.iter().for_each(|name| graph.arrow(&from, &to, name));
    }
    Ok(graph)
}
