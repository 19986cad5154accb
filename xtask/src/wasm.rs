//! Compiling the browser's half: which toolchain has or can build the standard library of wasm32, and the one way in
//! which it is called.
//!
//! Every build uses one target directory, one profile and the flags of `.cargo/config.toml`, so that the standard
//! library, where it has to be built, is built once.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::apt;
use crate::shell::{cargo, command, read, run, run_quietly, target_dir, version, which};

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "wasm";
/// The oldest compiler that builds the workspace.
const RUST_VERSION: &str = env!("CARGO_PKG_RUST_VERSION");

const DISTRIBUTION_RUSTC: &str = "/usr/bin/rustc";
const DISTRIBUTION_CARGO: &str = "/usr/bin/cargo";
const DISTRIBUTION_STD: &str = "/usr/lib/rustlib/src/rust/library/std/Cargo.toml";

/// A way to compile for the browser.
pub(crate) enum Toolchain {
    /// The active toolchain, which has the target's standard library.
    Active,
    /// Debian's own compiler (`rustc-web`, `cargo-web`), which builds the standard library from `rust-web-src`.
    Distribution {
        /// The linker, `rust-lld` or `wasm-ld`.
        linker: PathBuf,
    },
}

impl fmt::Display for Toolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Toolchain::Active => "the active Rust toolchain",
            Toolchain::Distribution { .. } => "the distribution's rustc, standard library from source",
        })
    }
}

/// Finds a toolchain for the browser's half, installing the target or the distribution's compiler when there is none.
pub(crate) fn ensure() -> Result<Toolchain> {
    let Some(sysroot) = sysroot() else {
        bail!("rustc is missing: install Rust {RUST_VERSION} or later");
    };
    if has_target(&sysroot) {
        return Ok(Toolchain::Active);
    }
    let may_download = env::var_os("RUSTUP_AUTO_INSTALL").is_none_or(|value| value != "0");
    if may_download && which(&["rustup"]).is_some() {
        println!("setup: the {TARGET} target is missing, installing with rustup");
        run_quietly(command("rustup").args(["target", "add", TARGET]))?;
        return Ok(Toolchain::Active);
    }
    if apt::available() {
        return distribution(&sysroot);
    }
    bail!("the Rust toolchain has no {TARGET} target: run `rustup target add {TARGET}`, then try again")
}

/// Compiles a package for the browser, with these features alone, and returns the path of its module. The next module of the package takes
/// its place.
pub(crate) fn build(toolchain: &Toolchain, package: &str, features: &str) -> Result<PathBuf> {
    let dir = target_dir().join("wasm");
    let mut build = match toolchain {
        Toolchain::Active => cargo(),
        Toolchain::Distribution { linker } => {
            let mut build = command(DISTRIBUTION_CARGO);
            build
                .env("RUSTC", DISTRIBUTION_RUSTC)
                .env("RUSTC_BOOTSTRAP", "1") // building the standard library is an unstable option
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
                .env_remove("LD_LIBRARY_PATH"); // cargo points it at the active toolchain's libraries
            build
        }
    };
    // Flags from outside would replace those of .cargo/config.toml and rebuild everything.
    build.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    build.args(["build", "--locked", "--target", TARGET, "--profile", PROFILE, "--package", package]);
    build.args(["--no-default-features", "--features", features, "--target-dir"]).arg(&dir);
    if let Some(registry) = registry() {
        // The module names the files of its panics: without the builder's home.
        let flag = format!("--remap-path-prefix={}=", registry.display());
        build.arg("--config").arg(format!("target.{TARGET}.rustflags=[{flag:?}]"));
    }
    if let Toolchain::Distribution { .. } = toolchain {
        build.arg("-Zbuild-std=std,panic_abort");
    }
    run(&mut build)?;
    Ok(dir.join(TARGET).join(PROFILE).join(format!("{}.wasm", package.replace('-', "_"))))
}

/// Where cargo keeps the sources of dependencies.
fn registry() -> Option<PathBuf> {
    let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")))?;
    Some(cargo_home.join("registry/src"))
}

fn sysroot() -> Option<PathBuf> {
    read(command("rustc").args(["--print", "sysroot"])).map(PathBuf::from)
}

fn has_target(sysroot: &Path) -> bool {
    let is_std = |name: &str| name.starts_with("libstd-");
    std::fs::read_dir(sysroot.join("lib/rustlib").join(TARGET).join("lib"))
        .is_ok_and(|entries| entries.flatten().any(|entry| entry.file_name().to_str().is_some_and(is_std)))
}

/// The distribution's compiler with a linker, both installed when missing.
fn distribution(sysroot: &Path) -> Result<Toolchain> {
    if !has_distribution_compiler() {
        let packages = ["rustc-web", "cargo-web", "rust-web-src"];
        apt::install(&packages, &format!("a Rust compiler for {TARGET}"), has_distribution_compiler)?;
    }
    if linker(sysroot).is_none() {
        apt::install(&["lld"], "a WebAssembly linker", || linker(sysroot).is_some())?;
    }
    match linker(sysroot) {
        Some(linker) => Ok(Toolchain::Distribution { linker }),
        None => bail!("no WebAssembly linker: install lld"),
    }
}

/// Whether Debian's packages are there, and new enough for the workspace.
fn has_distribution_compiler() -> bool {
    let found = read(Command::new(DISTRIBUTION_RUSTC).arg("--version").env_remove("LD_LIBRARY_PATH"));
    found.is_some_and(|found| version(&found) >= version(RUST_VERSION))
        && Path::new(DISTRIBUTION_CARGO).is_file()
        && Path::new(DISTRIBUTION_STD).is_file()
}

/// The toolchain's own `rust-lld`, or the system's `wasm-ld`.
fn linker(sysroot: &Path) -> Option<PathBuf> {
    let hosts = std::fs::read_dir(sysroot.join("lib/rustlib")).ok()?;
    let own = hosts.flatten().map(|host| host.path().join("bin/rust-lld")).find(|lld| lld.is_file());
    own.or_else(|| which(&["rust-lld", "wasm-ld"]))
}
