//! `sotto bench`: records, checks and limits.

use futures_executor::block_on;
use serde_json::Value;
use sotto_bench::{Op, Spec, peer};
use sotto_cli::native_client;

use crate::process::{Served, fails, serve, succeeds, training};

#[test]
fn wrong_use_is_one_clear_line() {
    fails(&["bench", "truncate", "--bits", "8", "--shift", "8"], 1, "--shift");
    fails(&["bench", "relu", "--modulus", "10"], 1, "must be odd");
    fails(&["bench", "relu", "--modulus", "11", "--bits", "8"], 1, "--bits");
    fails(&["bench", "equality", "--modulus", "11"], 1, "no --modulus");
    fails(&["bench", "lookup", "--bits", "9"], 1, "at most 8 bits");
    fails(&["bench", "clip", "--bits", "8", "--shift", "1", "--max", "200"], 1, "--max");
    fails(&["bench", "divide", "--divisor", "0"], 1, "--divisor");
}

#[test]
fn every_operation_has_its_line_of_help() {
    let help = succeeds(&["bench", "--help"]);
    let line = |op: Op| {
        let mut lines = help.lines().filter_map(|line| line.trim_start().strip_prefix(op.name())?.strip_prefix("  "));
        lines.next().unwrap_or_else(|| panic!("{}: {help}", op.name())).trim()
    };
    let lines = Op::ALL.map(line);
    assert_eq!(lines.iter().collect::<std::collections::HashSet<_>>().len(), lines.len(), "{help}");
    for op in Op::ALL {
        assert!(succeeds(&["bench", op.name(), "--help"]).starts_with(line(op)), "{}", op.name());
    }
}

#[test]
fn models_are_measured_a_limited_number_of_times() {
    let bundle = training().join("../wdbc").display().to_string();
    fails(&["bench", "model", &bundle, "--n", "10001"], 1, "--n");
    let record: Value = serde_json::from_str(&succeeds(&["bench", "model", &bundle, "--n", "2", "--json"])).unwrap();
    assert_eq!(record["n"], 2, "{record}");
}

/// What a browser's bench asks for, from here.
#[tokio::test]
async fn a_server_computes_the_other_half_when_it_is_told_to() {
    let models = training().join("..");
    let spec = Spec { n: 100, ..Spec::new(Op::Relu) };
    let ask = async |server: &Served| {
        let spec = spec.clone();
        let (channel, connection) = native_client::open(&format!("{}/bench", server.url)).await?;
        let record = tokio::task::spawn_blocking(move || block_on(peer::ask(channel, spec))).await.unwrap();
        connection.finish(&Ok(())).await;
        Ok::<_, sotto_cli::Error>(record.unwrap())
    };
    let mut command = serve(&models);
    command.arg("--bench");
    assert_eq!(ask(&Served::run(command)).await.unwrap().checked, 100);
    let refused = ask(&Served::start(&models)).await.unwrap_err().to_string();
    assert!(refused.contains("HTTP status 404"), "{refused}");
}

#[test]
fn bench_reports_one_json_object_per_run() {
    for (op, more) in [
        ("millionaires", &["--digit", "4"][..]),
        ("drelu", &[]),
        ("relu", &["--digit", "7"]),
        ("abs", &[]),
        ("relu-shift", &["--shift", "12", "--out-bits", "48"]),
        ("truncate", &["--sign", "non-negative"]),
        ("truncate", &["--modulus", "4293918721", "--shift", "9"]),
        ("clip", &["--shift", "3", "--max", "1000"]),
        ("divide", &["--out-bits", "20"]),
        ("divide", &["--modulus", "12289", "--divisor", "9", "--sign", "non-negative"]),
        ("maxpool", &["--window", "9"]),
        ("argmax", &[]),
        ("argmax", &["--modulus", "65537"]),
        ("equality", &[]),
        ("lookup", &["--bits", "6"]),
        ("mux", &[]),
        ("b2a", &[]),
        ("cot", &["--ot", "ideal"]),
    ] {
        let args = [&["bench", op, "--n", "1024", "--json"], more].concat();
        let text = succeeds(&args);
        let record: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((text.lines().count(), &record["op"]), (1, &Value::from(op)));
        let number = |key: &str| record[key].as_f64().unwrap();
        let bits = 8.0 * (number("bytes_client_to_server") + number("bytes_server_to_client"));
        assert_eq!(bits, number("bits_per_op") * number("n"), "{op}");
        assert!(number("rounds") > 0.0 && number("checked") > 0.0, "{op}");
    }
}

#[test]
fn bench_linear_measures_layers_by_either_way() {
    let shapes = ["--shape", "4x9x8:6:3x3:p1:s2", "--shape", "300:20"];
    for (way, modulus) in [("ot", "--bits=24"), ("he", "--bits=24"), ("he", "--modulus=65537")] {
        let args =
            [&["bench", "linear", "--linear", way, modulus, "--json", "--weight-bits", "6"], &shapes[..]].concat();
        let record: Value = serde_json::from_str(&succeeds(&args)).unwrap();
        assert_eq!((&record["op"], record["checked"].as_u64()), (&Value::from("linear"), Some(6 * 5 * 4 + 20)));
        for layer in record["layers"].as_array().unwrap() {
            assert_eq!(layer["method"], way);
            assert_eq!(layer["he"].is_object(), way == "he");
        }
        assert_eq!(record["key_bytes"].as_u64().unwrap() > 0, way == "he");
    }
    let counted: Value = serde_json::from_str(&succeeds(&[
        "bench",
        "linear",
        "--network",
        "resnet-50",
        "--bits",
        "37",
        "--count",
        "--json",
    ]))
    .unwrap();
    assert_eq!(counted["total_bytes"].as_u64().map(|bytes| bytes <= 300_000_000), Some(true));
    fails(&["bench", "linear", "--shape", "3x4x4:2:5x5"], 1, "a kernel of 5 over 4");
    fails(
        &["bench", "linear", "--shape", "8:2", "--bits", "64", "--weight-bits", "40", "--linear", "he"],
        2,
        "more than the 135.0 bits",
    );
}

#[test]
fn comparisons_cost_no_more_than_the_paper_says() {
    let bits_and_rounds = |args: &[&str]| {
        let args = [&["bench", args[0], "--n", "4096", "--json", "--digit"], &args[1..]].concat();
        let record: Value = serde_json::from_str(&succeeds(&args)).unwrap();
        (record["bits_per_op"].as_f64().unwrap(), record["rounds"].as_f64().unwrap())
    };
    let (bits, rounds) = bits_and_rounds(&["millionaires", "4"]);
    assert!(bits <= 3844.0 && rounds == 5.0, "{bits} bits, {rounds} rounds");
    let (bits, rounds) = bits_and_rounds(&["millionaires", "7"]);
    assert!(bits <= 2930.0 && rounds == 5.0, "{bits} bits, {rounds} rounds");
    let (bits, _) = bits_and_rounds(&["relu", "7"]);
    assert!(bits <= 3298.0, "{bits} bits");
    let relu = bits;
    let (bits, rounds) = bits_and_rounds(&["relu-shift", "7"]);
    assert!(bits <= relu + (2 * 128 + 2 * 32) as f64 && rounds == 9.0, "{bits} bits, {rounds} rounds");
    let (bits, rounds) = bits_and_rounds(&["relu", "7", "--modulus", "4293918721"]);
    assert!(bits <= 5288.0 && rounds == 7.0, "{bits} bits, {rounds} rounds");
}
