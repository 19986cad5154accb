//! `cargo xtask crates`: the public crates as they would be published, and their examples.

use anyhow::Result;

use crate::shell::{cargo, run, run_quietly};

/// Packages and their examples that end by themselves.
const EXAMPLES: [(&str, &str); 5] = [
    ("sotto-crypto", "stream"),
    ("sotto-he", "product"),
    ("sotto-nn", "program"),
    ("sotto-mpc", "inference"),
    ("sotto-bench", "relu"),
];

/// Packs every public crate as `cargo publish` would, with its manifest checked against the registry, and runs the examples. What is packed is
/// not compiled again: that takes as long as all tests (`cargo publish --workspace --dry-run` does it).
pub(crate) fn run_all() -> Result<()> {
    run_quietly(cargo().args(["publish", "--workspace", "--dry-run", "--no-verify", "--locked", "--allow-dirty"]))?;
    for (package, example) in EXAMPLES {
        run(cargo().args(["run", "--quiet", "--locked", "--package", package, "--example", example]))?;
    }
    Ok(())
}
