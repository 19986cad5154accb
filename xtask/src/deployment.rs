//! `cargo xtask deployment`: the walk of docs/deployment.md, and the files of `deploy`, with the programs that they are for.
//!
//! What is not installed is fetched as Debian's packages and unpacked below the target directory: installing them would start servers on this
//! machine, at their usual ports.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::apt;
use crate::shell::{self, BENCHES, cargo, target_dir, which};

/// Programs, the packages that have them, and where.
const TOOLS: [(&str, &str, &str); 4] = [
    ("haproxy", "haproxy", "usr/sbin/haproxy"),
    ("nginx", "nginx", "usr/sbin/nginx"),
    ("caddy", "caddy", "usr/bin/caddy"),
    ("promtool", "prometheus", "usr/bin/promtool"),
];

/// With the schemas of Kubernetes 1.37, and older ones.
const KUBERNETES_VALIDATE: &str = "kubernetes-validate==1.37.0";

/// Runs the tests that the others leave out.
pub(crate) fn run() -> Result<()> {
    let folder = target_dir().join("deployment");
    for (tool, package, path) in TOOLS {
        if which(&[tool]).is_none() && !folder.join("bin").join(tool).exists() {
            ensure!(apt::available(), "{tool} is missing: install it");
            fetch(&folder, package, path).with_context(|| format!("{tool} is missing, and cannot be fetched"))?;
        }
    }
    if which(&["systemd-analyze"]).is_none() && apt::available() {
        apt::install(&["systemd"], "systemd-analyze", || which(&["systemd-analyze"]).is_some())?;
    }
    kubernetes_validate(&folder)?;
    // As the Rust tests were built last, so that nothing is compiled anew, and the command keeps its benches.
    let mut tests = cargo();
    tests.args(["test", "--locked", "--workspace"]).args(BENCHES).args(["--test", "walk"]);
    tests.env("SOTTO_TOOLS", folder.join("bin"));
    shell::run(&mut tests)
}

/// The checker of Kubernetes' objects, which has their schemas with it, beside the other programs.
fn kubernetes_validate(folder: &Path) -> Result<()> {
    let program = folder.join("bin/kubernetes-validate");
    if !program.exists() {
        println!("setup: kubernetes-validate is missing, installing with pip beside the build");
        let environment = folder.join("kubernetes");
        let made = || shell::run_quietly(Command::new("python3").args(["-m", "venv"]).arg(&environment)).is_ok();
        if !made() {
            ensure!(apt::available(), "kubernetes-validate needs python3 with venv: install it");
            apt::install(&["python3-venv"], "python3 with venv", made)?;
        }
        let pip = ["install", "--quiet", "--disable-pip-version-check", KUBERNETES_VALIDATE];
        shell::run_quietly(Command::new(environment.join("bin/pip")).args(pip))?;
        fs::create_dir_all(folder.join("bin"))?;
        std::os::unix::fs::symlink(environment.join("bin/kubernetes-validate"), program)?;
    }
    Ok(())
}

/// Unpacks a program with its libraries, and makes a script that finds both.
fn fetch(folder: &Path, package: &str, path: &str) -> Result<()> {
    let (archives, root) = (folder.join(package), folder.join("root"));
    apt::fetch(package, &archives)?;
    fs::create_dir_all(&root)?;
    let mut found = false;
    for entry in fs::read_dir(&archives)?.flatten() {
        let (archive, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if name.starts_with(&format!("{package}_")) {
            unpack(&archive, &root, path)?;
            found = true;
        } else if is_library(name.split('_').next().unwrap_or_default()) {
            unpack(&archive, &root, "usr/lib")?;
        }
    }
    ensure!(found && root.join(path).is_file(), "{package} has no {path}");
    fs::remove_dir_all(&archives)?;
    let script = folder.join("bin").join(Path::new(path).file_name().unwrap_or_default());
    fs::create_dir_all(folder.join("bin"))?;
    let libraries: Vec<String> = libraries(&root).iter().map(|folder| folder.display().to_string()).collect();
    let program = root.join(path);
    let text = format!("#!/bin/sh\nLD_LIBRARY_PATH='{}' exec '{}' \"$@\"\n", libraries.join(":"), program.display());
    fs::write(&script, text)?;
    shell::run_quietly(Command::new("chmod").arg("755").arg(&script))
}

/// Whether a package is of libraries that programs load.
fn is_library(package: &str) -> bool {
    let others = package.starts_with("libjs-") || package.ends_with("-dev") || package.ends_with("-tools");
    package.starts_with("lib") && !others
}

/// Takes what is below a path out of a package.
fn unpack(archive: &Path, root: &Path, path: &str) -> Result<()> {
    let mut package = Command::new("dpkg-deb").arg("--fsys-tarfile").arg(archive).stdout(Stdio::piped()).spawn()?;
    let contents = package.stdout.take().context("dpkg-deb has no output")?;
    let unpacked =
        Command::new("tar").arg("-x").arg("-C").arg(root).arg(format!("./{path}")).stdin(contents).status()?;
    if !package.wait()?.success() || !unpacked.success() {
        bail!("{} cannot be unpacked", archive.display());
    }
    Ok(())
}

/// Folders of libraries: one, by the machine's kind.
fn libraries(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root.join("usr/lib")).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}
