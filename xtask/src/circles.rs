//! `cargo xtask circles`: modules that import each other in a circle, in Rust crates and in the page.
//!
//! A module is a file. An arrow goes from file A to file B when code of A names an item that B defines:
//! - The owner counts, not the way: `crate::X` that `lib.rs` re-exports from `x.rs` is an arrow to `x.rs`.
//! - `mod x` and `pub use x::X` (with any `pub`) are no arrows, unless the file uses the name in its own code. So a
//!   parent that gathers its children's items is free to do so, and a child that uses what its parent defines is, too,
//!   but not both.
//! - In TypeScript every import and re-export is an arrow, those of types alone and dynamic ones as well.
//! - Code under `#[cfg(test)]`, integration tests and benches do not count: nothing uses them.
//!
//! Methods and macros by their bare name need no import, and are not seen.

mod graph;
mod rust;
mod tree;
mod typescript;

use anyhow::{Result, bail};

/// Crates that still have circles. Each leaves this list with its last one; it goes when it is empty.
const STILL_TO_COME: [&str; 2] = ["sotto-he", "sotto-nn"];

/// Prints every circle.
///
/// # Errors
/// When there is one, or when a crate of [`STILL_TO_COME`] has none left.
pub(crate) fn run() -> Result<()> {
    let mut graphs = rust::graphs()?;
    graphs.push(("TypeScript".to_owned(), typescript::graph()?));
    let (mut files, mut failures) = (0, 0);
    for (name, graph) in &graphs {
        files += graph.files();
        let circles = graph.circles();
        let expected = STILL_TO_COME.contains(&name.as_str());
        if expected && circles.is_empty() {
            failures += 1;
            println!("circles: {name} has none any more; take it from STILL_TO_COME in xtask/src/circles.rs");
        }
        if !circles.is_empty() {
            failures += usize::from(!expected);
            println!("circles: {name}: {}{}", circles.len(), if expected { ", known" } else { "" });
        }
        for circle in circles {
            println!("  {circle}");
        }
    }
    if failures > 0 {
        bail!("modules import each other in circles");
    }
    println!("circles: none but the known ones, in {files} files");
    Ok(())
}
