//! `cargo xtask bench`: the same operations and models between two native parties, and between Chromium and a native server.

mod plot;
mod svg;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use crate::browser::CHROMIUM;
use crate::node::npm;
use crate::shell::{self, cargo, root, target_dir};
use crate::{setup, web};

/// Options of the measurement.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Values in an operation's batch; random OTs are three times as many, so that Ferret makes them
    #[arg(long, default_value_t = 1 << 20)]
    n: u32,

    /// Inferences with each model
    #[arg(long, default_value_t = 20)]
    inferences: u32,

    /// Runs of each, of which the fastest counts
    #[arg(long, default_value_t = 3)]
    runs: u32,

    /// Measure the development profile's server and native client: saves a build
    #[arg(long)]
    dev: bool,

    /// Measure nothing: draw the charts and tables of docs/benchmarks from the records in this file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["n", "inferences", "runs", "dev", "out"])]
    plot: Option<PathBuf>,

    /// Where to write the records
    #[arg(long, value_name = "FILE", default_value = "bench.json")]
    out: PathBuf,
}

/// What is measured: options of `sotto bench`, and members of a bench's description in the browser. Leaves of two bits send least
/// on the silent path, of seven bits on the classic one.
fn cases(n: u32) -> [Value; 9] {
    let mut cases = [
        json!({ "op": "millionaires", "bits": 32, "digit": 2 }),
        json!({ "op": "relu", "bits": 32, "digit": 2 }),
        json!({ "op": "relu", "bits": 37, "digit": 2 }),
        json!({ "op": "relu-shift", "bits": 32, "shift": 12, "digit": 2 }),
        json!({ "op": "truncate", "bits": 32, "shift": 12, "sign": "non-negative", "digit": 2 }),
        json!({ "op": "cot", "bits": 32 }),
        json!({ "op": "random-ot", "bits": 32 }),
        json!({ "op": "millionaires", "bits": 32, "ot": "classic", "digit": 7 }),
        json!({ "op": "relu", "bits": 32, "ot": "classic", "digit": 7 }),
    ];
    for case in &mut cases {
        let times = if case["op"] == "random-ot" { 3 } else { 1 };
        case["n"] = (times * n).into();
    }
    cases
}

/// Measures, writes the records and prints a table; or draws.
pub(crate) fn run(options: &Options) -> Result<()> {
    if let Some(results) = &options.plot {
        return plot::write(results);
    }
    let toolchain = setup::for_build()?;
    let chromium = CHROMIUM.ensure()?;
    web::build(&toolchain)?;
    web::bench_client(&toolchain)?;
    let server = build_server(options.dev)?;
    let mut records = native(&server, options)?;
    let measured = browser(&server, &chromium, options)?;
    let list = measured["records"].as_array().context("the browser measured nothing")?;
    records.extend(fastest(list));
    let report = json!({
        "machine": { "cpu": cpu(), "threads": std::thread::available_parallelism()?.get() },
        "browser": format!("Chromium {}", measured["browser"].as_str().unwrap_or("?")),
        "profile": if options.dev { "dev" } else { "release" },
        "runs": options.runs,
        "records": records,
    });
    let out = root().join(&options.out);
    fs::write(&out, format!("{report:#}\n")).with_context(|| format!("cannot write {}", out.display()))?;
    print!("{}", table::both(&records));
    println!("bench: {} records in {}", records.len(), options.out.display());
    Ok(())
}

/// Builds the server and returns its path.
fn build_server(dev: bool) -> Result<PathBuf> {
    let profile = if dev { "dev" } else { "release" };
    shell::run(cargo().args([
        "build",
        "--locked",
        "--package",
        "sotto-cli",
        "--bin",
        "sotto",
        "--features",
        "bench",
        "--profile",
        profile,
    ]))?;
    let folder = if dev { "debug" } else { "release" };
    Ok(target_dir().join(folder).join("sotto").with_extension(std::env::consts::EXE_EXTENSION))
}

/// Both parties in one process.
fn native(server: &Path, options: &Options) -> Result<Vec<Value>> {
    let mut records = Vec::new();
    for case in cases(options.n) {
        let arguments = arguments(case.as_object().context("a case is an object")?);
        records.extend(repeat(server, &arguments, options.runs)?);
    }
    let mut models: Vec<PathBuf> = fs::read_dir(root().join("models"))?.flatten().map(|entry| entry.path()).collect();
    models.retain(|path| path.join("card.json").exists());
    models.sort();
    for model in models {
        let n = options.inferences.to_string();
        let arguments = ["model".into(), model.to_string_lossy().into_owned(), "--n".into(), n];
        records.extend(repeat(server, &arguments, options.runs)?);
    }
    Ok(records)
}

/// A case as arguments of `sotto bench`.
fn arguments(case: &Map<String, Value>) -> Vec<String> {
    let mut arguments = vec![text(&case["op"])];
    for (name, value) in case.iter().filter(|(name, _)| *name != "op") {
        arguments.extend([format!("--{name}"), text(value)]);
    }
    arguments
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The fastest of some runs of `sotto bench`.
fn repeat(server: &Path, arguments: &[String], runs: u32) -> Result<Option<Value>> {
    println!("bench: native, {}", arguments.join(" "));
    let mut records = Vec::new();
    for _ in 0..runs {
        let mut bench = Command::new(server);
        bench.arg("bench").args(arguments).arg("--json");
        let output = bench.output().with_context(|| format!("cannot run {}", server.display()))?;
        anyhow::ensure!(output.status.success(), "sotto bench: {}", String::from_utf8_lossy(&output.stderr).trim());
        records.push(serde_json::from_slice(&output.stdout).context("sotto bench printed no JSON")?);
    }
    Ok(fastest(&records).pop())
}

/// The client in Chromium, by the tests' driver.
fn browser(server: &Path, chromium: &Path, options: &Options) -> Result<Value> {
    println!("bench: the browser");
    let Options { n, inferences, runs, .. } = options;
    let plan = json!({ "cases": cases(*n), "inferences": inferences, "runs": runs });
    let out = target_dir().join("bench-browser.json");
    shell::run_quietly(
        npm()
            .args(["run", "--silent", "--workspace", "tests/browser", "bench"])
            .env("SOTTO_BIN", server)
            .env("SOTTO_BENCH_PLAN", plan.to_string())
            .env("SOTTO_BENCH_OUT", &out)
            .env(CHROMIUM.variable, chromium),
    )?;
    serde_json::from_slice(&fs::read(out)?).context("the browser's records are no JSON")
}

/// Of records of the same thing the one with the shortest preprocessing and online phase, in the order of their first.
fn fastest(records: &[Value]) -> Vec<Value> {
    let mut best: Vec<Value> = Vec::new();
    for record in records {
        match best.iter_mut().find(|other| table::same(other, record)) {
            Some(other) if table::seconds(record) < table::seconds(other) => *other = record.clone(),
            Some(_) => {}
            None => best.push(record.clone()),
        }
    }
    best
}

/// What the processor calls itself, where the system tells.
fn cpu() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or_else(|| std::env::consts::ARCH.into(), |(_, name)| name.trim().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_a_command_line() {
        let truncate = cases(8).into_iter().find(|case| case["op"] == "truncate").unwrap();
        let line = arguments(truncate.as_object().unwrap()).join(" ");
        assert_eq!(line, "truncate --bits 32 --digit 2 --n 8 --shift 12 --sign non-negative");
    }

    #[test]
    fn the_fastest_run_of_each_counts() {
        let record = |op: &str, bits: u32, online: f64| json!({ "client": "native", "op": op, "bits": bits, "n": 1, "seconds": { "preprocess": 1.0, "online": online } });
        let records = [record("a", 8, 2.0), record("a", 9, 3.0), record("a", 8, 1.0), record("a", 8, 4.0)];
        assert_eq!(fastest(&records), [records[2].clone(), records[1].clone()]);
    }
}
