//! `sotto-reference BUNDLE`: the plain computation, for tests that are not written in Rust. Reads one JSON array of rows of
//! raw values from standard input, and writes one of rows of output integers.

use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;

use sotto_nn::bundle::Bundle;
use sotto_nn::reference;
use sotto_tests::tool;

fn main() -> ExitCode {
    tool(run)
}

fn run() -> Result<(), String> {
    let folder = std::env::args_os().nth(1).ok_or("name the folder of a bundle")?;
    let bundle = Bundle::load(Path::new(&folder)).map_err(|error| error.to_string())?;
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|error| error.to_string())?;
    let rows: Vec<Vec<f64>> = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let outputs = rows.iter().map(|row| plain(&bundle, row)).collect::<Result<Vec<_>, _>>()?;
    let json = serde_json::to_string(&outputs).map_err(|error| error.to_string())?;
    writeln!(std::io::stdout(), "{json}").map_err(|error| error.to_string())
}

fn plain(bundle: &Bundle, row: &[f64]) -> Result<Vec<i64>, String> {
    let input = bundle.card.quantise(&bundle.program, row).map_err(|error| error.to_string())?;
    reference::run_output(&bundle.program, &bundle.weights, &input).map_err(|error| error.to_string())
}
