//! `sotto infer` with many rows: results as they come, rows that cannot be asked, runs that end early and go on.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::process::{Served, fails, shipped, sotto, succeeds, training};

const PATIENCE: Duration = Duration::from_secs(60);

fn table() -> String {
    training().join("wdbc/test.csv").display().to_string()
}

fn rows(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    // The last line may be on its way.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What a run says of its rows, without what a run is.
fn results(rows: &[Value]) -> Vec<(u64, String, Value)> {
    let result = |row: &Value| (row["row"].as_u64().unwrap(), row["name"].to_string(), row["output"].clone());
    rows.iter().map(result).collect()
}

/// A run with `--output` that has written some rows and not yet all.
fn begun(args: &[&str], out: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sotto"));
    command.args(args).env_remove("RUST_LOG").stdout(Stdio::null()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let began = Instant::now();
    while rows(out).len() < 5 {
        assert!(began.elapsed() < PATIENCE && process.try_wait().unwrap().is_none(), "it writes rows as they come");
        std::thread::sleep(Duration::from_millis(2));
    }
    process
}

/// The command line of a run over the held-out rows of `wdbc`, and its file.
fn run<'a>(server: &'a Served, csv: &'a str, out: &'a str) -> Vec<&'a str> {
    vec!["infer", "--server", &server.url, "--model", "wdbc", "--csv", csv, "--output", out]
}

#[test]
fn a_run_that_was_killed_goes_on_behind_its_rows() {
    let (server, folder, csv) = (Served::start(&shipped()), TempDir::new().unwrap(), table());
    let whole = folder.path().join("whole");
    assert_eq!(succeeds(&run(&server, &csv, whole.to_str().unwrap())), "");
    let expected = rows(&whole);
    assert_eq!(expected.len(), 114);
    assert!(expected.iter().enumerate().all(|(k, row)| row["row"] == k && row["rows"] == 114), "{expected:?}");

    let out = folder.path().join("out");
    let args = run(&server, &csv, out.to_str().unwrap());
    let mut killed = begun(&args, &out);
    killed.kill().unwrap();
    killed.wait().unwrap();
    let kept = rows(&out);
    assert!(kept.len() < 114, "it was killed before its end");
    fails(&args, 1, "it is there already: give --resume");
    // Torn, as a crash of the machine leaves it.
    let text = std::fs::read_to_string(&out).unwrap();
    let torn = &text[..=text.rfind('\n').unwrap()];
    std::fs::write(&out, format!("{torn}{{\"row\":{},\"ro", kept.len())).unwrap();
    let resume = [&args[..], &["--resume"]].concat();
    succeeds(&resume);
    assert_eq!(results(&rows(&out)), results(&expected));
    assert!(std::fs::read_to_string(&out).unwrap().starts_with(torn), "what was there is as it was");
    // Nothing is left to do.
    succeeds(&resume);
    assert_eq!(rows(&out).len(), 114);

    // Another table, and another model.
    let shorter = folder.path().join("shorter.csv");
    let lines = std::fs::read_to_string(&csv).unwrap();
    std::fs::write(&shorter, lines.lines().take(100).collect::<Vec<_>>().join("\n")).unwrap();
    let other = [&run(&server, shorter.to_str().unwrap(), out.to_str().unwrap())[..], &["--resume"]].concat();
    fails(&other, 1, "the number of rows is '114' in line 1, and '99' now");
    let heart = training().join("heart/test.csv").display().to_string();
    let mut other = [&run(&server, &heart, out.to_str().unwrap())[..], &["--resume"]].concat();
    other[4] = "heart";
    fails(&other, 1, "the model is 'wdbc' in line 1, and 'heart' now");
}

#[test]
fn a_run_that_is_stopped_ends_in_order_and_goes_on() {
    let folder = TempDir::new().unwrap();
    let (log, out, csv) = (folder.path().join("log"), folder.path().join("out"), table());
    let server = Served::logging(&shipped(), std::fs::File::create(&log).unwrap().into());
    let args = run(&server, &csv, out.to_str().unwrap());
    let mut stopped = begun(&args, &out);
    kill_process(Pid::from_child(&stopped), Signal::INT).unwrap();
    let status = stopped.wait().unwrap();
    let mut said = String::new();
    stopped.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    let done = rows(&out).len();
    assert!(done < 114, "{done}");
    assert_eq!(status.code(), Some(130), "{said}");
    let told = format!("stopped; {done} of 114 rows are done: the same command with --resume goes on behind them");
    assert!(said.contains(&told), "{said}");
    assert!(std::fs::read_to_string(&out).unwrap().ends_with('\n'), "rows are whole");
    succeeds(&[&args[..], &["--resume"]].concat());
    assert_eq!(rows(&out).len(), 114);
    let log = std::fs::read_to_string(&log).unwrap();
    let closed: Vec<&str> = log.lines().filter(|line| line.contains("closed")).collect();
    assert!(closed.iter().all(|line| line.contains("code=1000")), "both sessions ended in order: {closed:?}");
    assert_eq!(closed.len(), 2);
}

/// A table of the samples with the cells of some rows changed.
fn spoiled(folder: &Path, spoil: &[(usize, &str)]) -> String {
    let text = std::fs::read_to_string(table()).unwrap();
    let spoiled: Vec<String> = text
        .lines()
        .take(7)
        .enumerate()
        .map(|(k, line)| {
            let with = spoil.iter().find(|(line, _)| *line == k + 1);
            with.map_or(line.to_owned(), |(_, with)| format!("{with},{}", line.split_once(',').unwrap().1))
        })
        .collect();
    let file = folder.join("spoiled.csv");
    std::fs::write(&file, spoiled.join("\n")).unwrap();
    file.display().to_string()
}

fn exits(output: &Output, code: i32, why: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.contains(why), "{said}");
}

#[test]
fn rows_that_cannot_be_asked_have_their_errors_in_their_places() {
    let (server, folder) = (Served::start(&shipped()), TempDir::new().unwrap());
    let csv = spoiled(folder.path(), &[(3, "many"), (5, "1e9"), (6, "1,2")]);
    let infer = ["infer", "--server", &server.url, "--model", "wdbc", "--csv", &csv];
    let lines = sotto(&[&infer[..], &["--format", "lines"]].concat());
    exits(&lines, 9, "3 of 6 rows have no result: line 3: column 'radius_mean': 'many' is not a number, and more");
    let lines: Vec<Value> =
        String::from_utf8(lines.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<&str> = lines.iter().map(|line| line["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["line 2", "line 3", "line 4", "line 5", "line 6", "line 7"]);
    for (k, words) in [(1, "'many' is not a number"), (3, "is outside"), (4, "a decimal comma makes two fields")] {
        assert!(lines[k]["error"].as_str().unwrap().contains(words), "{}", lines[k]);
    }
    assert!([0, 2, 5].iter().all(|&k| lines[k]["output"].is_array() && lines[k]["error"].is_null()), "{lines:?}");

    let json = sotto(&[&infer[..], &["--format", "json"]].concat());
    let report: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(report["answers"].as_array().unwrap().len(), 6);
    assert_eq!(report["stats"]["inferences"], 3);
    let shown = String::from_utf8(sotto(&infer).stdout).unwrap();
    assert!(shown.contains("\nerror: line 3: column 'radius_mean'") && shown.contains("\nphase "), "{shown}");

    // With none that can be asked there is nothing to run, and no file.
    let out = folder.path().join("out");
    let csv = spoiled(folder.path(), &[2, 3, 4, 5, 6, 7].map(|line| (line, "many")));
    fails(&run(&server, &csv, out.to_str().unwrap()), 2, "line 2: column 'radius_mean': 'many' is not a number");
    assert!(!out.exists());
}

#[test]
fn a_server_that_comes_back_is_asked_for_the_rest() {
    let (folder, csv) = (TempDir::new().unwrap(), table());
    let out = folder.path().join("out");
    let mut first = Served::start(&shipped());
    let mut process = begun(&run(&first, &csv, out.to_str().unwrap()), &out);
    first.process.kill().unwrap();
    first.process.wait().unwrap();
    let done = rows(&out).len();
    assert!(done < 114, "{done}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_sotto"));
    command.args(["serve", "--listen", first.url.strip_prefix("ws://").unwrap(), "--models"]).arg(shipped());
    command.stderr(Stdio::null());
    let _second = Served::run(command);
    let status = process.wait().unwrap();
    let mut said = String::new();
    process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(status.success() && said.contains("of 4 retries)"), "{said}");
    let whole = rows(&out);
    assert!(whole.len() == 114 && whole.iter().enumerate().all(|(k, row)| row["row"] == k), "{whole:?}");
}
