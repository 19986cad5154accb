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

/// Prints every circle.
///
/// # Errors
/// When there is one.
pub(crate) fn run() -> Result<()> {
    let mut graphs = rust::graphs()?;
    graphs.push(("TypeScript".to_owned(), typescript::graph()?));
    let (mut files, mut found) = (0, 0);
    for (name, graph) in &graphs {
        files += graph.files();
        let circles = graph.circles();
        if !circles.is_empty() {
            println!("circles: {name}: {}", circles.len());
        }
        found += circles.len();
        for circle in circles {
            println!("  {circle}");
        }
    }
    if found > 0 {
        bail!("modules import each other in circles");
    }
    println!("circles: none in {files} files");
    Ok(())
}
