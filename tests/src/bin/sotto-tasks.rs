//! `sotto-tasks FOLDER`: a small model for each task as bundles in a folder, for tests that are not written in Rust.

use std::path::Path;
use std::process::ExitCode;

use sotto_tests::{tasks, tool};

fn main() -> ExitCode {
    tool(run)
}

fn run() -> Result<(), String> {
    let folder = std::env::args().nth(1).ok_or("name a folder")?;
    for bundle in tasks()? {
        bundle.save(&Path::new(&folder).join(&bundle.id)).map_err(|error| error.to_string())?;
    }
    Ok(())
}
