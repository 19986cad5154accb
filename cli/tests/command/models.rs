//! From an ONNX file to inferences: import, inspect, serve, infer, and their exit codes.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::process::{Served, fails, sotto, succeeds, training};

fn import(models: &Path, id: &str) -> Value {
    let file = |name: &str| training().join(id).join(name).display().to_string();
    let out = models.join(id).display().to_string();
    let (onnx, card) = (file("model.onnx"), file("card.template.json"));
    let (calibration, test) = (file("calibration.csv"), file("test.csv"));
    let mut args = vec!["import", "--onnx", &onnx, "--card", &card, "--calibration", &calibration];
    args.extend(["--test", &test, "--out", &out, "--json"]);
    serde_json::from_str(&succeeds(&args)).unwrap()
}

#[test]
fn from_import_to_inference() {
    let models = TempDir::new().unwrap();
    let report = import(models.path(), "wdbc");
    assert_eq!(report["calibration"]["goals_met"], true, "{report}");
    assert!(report["accuracy"]["value"].as_f64().unwrap() > 0.9, "{report}");
    let bundle = models.path().join("wdbc").display().to_string();
    assert!(succeeds(&["inspect", &bundle]).contains("online rounds"));
    let inspected: Value = serde_json::from_str(&succeeds(&["inspect", &bundle, "--json"])).unwrap();

    let inside =
        Command::new(env!("CARGO_BIN_EXE_sotto")).args(["inspect", "."]).current_dir(&bundle).output().unwrap();
    assert!(String::from_utf8_lossy(&inside.stdout).contains("(wdbc)"));

    let server = Served::start(models.path());
    let infer = ["infer", "--server", &server.url, "--model", "wdbc"];
    fn with<'a>(infer: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
        [infer, more].concat()
    }
    assert!(succeeds(&with(&infer, &["--sample", "all"])).contains("yes"));
    let samples: Value =
        serde_json::from_str(&succeeds(&with(&infer, &["--sample", "all", "--format", "json"]))).unwrap();
    let answers = samples["answers"].as_array().unwrap();
    assert!(!answers.is_empty() && answers.iter().all(|a| a["matches"] == true), "{samples}");
    let online = &samples["stats"]["phases"]["online"];
    let inferences = answers.len() as u64;
    assert_eq!(online["bytes_received"], inferences * inspected["plan"]["online"]["to_client"].as_u64().unwrap());

    let csv = training().join("wdbc/test.csv").display().to_string();
    assert_eq!(succeeds(&with(&infer, &["--csv", &csv])).lines().filter(|l| l.starts_with("line ")).count(), 114);

    fails(&with(&infer, &["--sample", "nobody"]), 2, "nobody");

    // The plan of one inference, with its setup: what is needed is allowed, a byte less is not.
    let total = ["setup", "preprocess", "online"].map(|phase| {
        let bytes = &inspected["plan"][phase];
        bytes["to_server"].as_u64().unwrap() + bytes["to_client"].as_u64().unwrap()
    });
    let total: u64 = total.iter().sum();
    succeeds(&with(&infer, &["--sample", "all", "--max-bytes", &total.to_string()]));
    let less = (total - 1).to_string();
    let refused = format!("take {total} bytes, more than --max-bytes {less}: allow as many");
    fails(&with(&infer, &["--sample", "all", "--max-bytes", &less]), 1, &refused);
    fails(&["infer", "--server", &server.url, "--model", "none", "--sample", "all"], 1, "no model 'none'");
    let file = models.path().join("input.json");
    std::fs::write(&file, r#"{"nonsense": 1}"#).unwrap();
    fails(&with(&infer, &["--json", file.to_str().unwrap()]), 2, "nonsense");
    std::fs::write(&file, "radius_mean\n1e9\n").unwrap();
    fails(&with(&infer, &["--csv", file.to_str().unwrap()]), 2, "there is no column");
}

/// A draft names what the file and the rows say, and is no card until a person has filled it in.
#[test]
fn a_draft_becomes_a_card() {
    let folder = TempDir::new().unwrap();
    let file = |name: &str| training().join("wdbc").join(name).display().to_string();
    let (onnx, rows) = (file("model.onnx"), file("calibration.csv"));
    let draft = succeeds(&["import", "--draft", "--onnx", &onnx, "--calibration", &rows]);
    let (card, out) = (folder.path().join("card.json"), folder.path().join("wdbc"));
    let (card, out) = (card.to_str().unwrap(), out.to_str().unwrap());
    let args = ["import", "--onnx", &onnx, "--card", card, "--calibration", &rows, "--out", out, "--json"];
    std::fs::write(card, &draft).unwrap();
    fails(&args, 1, "it still says 'FILL IN: ");
    let json: Value = serde_json::from_str(&draft).unwrap();
    let fields = json["input"]["fields"].as_array().unwrap();
    assert_eq!((fields.len(), json["classes"].as_array().unwrap().len()), (30, 2), "{json}");
    assert!(fields.iter().all(|field| field["min"].as_f64() < field["max"].as_f64()), "{json}");
    std::fs::write(card, draft.replace("FILL IN: ", "")).unwrap();
    let report: Value = serde_json::from_str(&succeeds(&args)).unwrap();
    assert_eq!(report["calibration"]["rows"], 455);
}

/// Too few bits for a network: exit code 8 and no bundle, unless it is asked for.
#[test]
fn missed_goals_leave_no_bundle() {
    let models = TempDir::new().unwrap();
    let file = |name: &str| training().join("heart").join(name).display().to_string();
    let (onnx, card, rows, test) =
        (file("model.onnx"), file("card.template.json"), file("calibration.csv"), file("test.csv"));
    let (out, scores) = (models.path().join("heart"), models.path().join("scores.csv"));
    let mut args = vec!["import", "--onnx", &onnx, "--card", &card, "--calibration", &rows, "--test", &test];
    args.extend(["--out", out.to_str().unwrap(), "--scores", scores.to_str().unwrap()]);
    args.extend(["--weight-bits", "2", "--activation-bits", "2"]);
    fails(&args, 8, "the same class as the network on");
    let refused = sotto(&[&args[..], &["--json"]].concat());
    let report: Value = serde_json::from_slice(&refused.stdout).unwrap();
    assert_eq!((refused.status.code(), &report["calibration"]["goals_met"]), (Some(8), &Value::Bool(false)));
    assert!(!report["calibration"]["missed"].as_array().unwrap().is_empty(), "{report}");
    assert!(!out.exists() && !scores.exists());
    args.extend(["--accept-missed-goals", "--no-statistics"]);
    assert!(succeeds(&args).contains("goals are missed:"));
    let card: Value = serde_json::from_slice(&std::fs::read(out.join("card.json")).unwrap()).unwrap();
    assert!(card["statistics"].is_null() && card["overflow"]["rule"].is_string(), "{card}");
    assert!(succeeds(&["import", "--help"]).contains("8  import: the fixed-point program misses a goal"));
}

/// What a card says of accuracy, overflows, samples that it misses, and inputs unlike its data.
#[test]
fn limits_of_a_model_are_said() {
    let server = Served::start(&training().join(".."));
    let wdbc = training().join("../wdbc").display().to_string();
    let shown = succeeds(&["inspect", &wdbc]);
    for what in
        ["balanced accuracy 0.9692", "by always picking the most frequent class", "recall: benign 0.9861, malignant"]
    {
        assert!(shown.contains(what), "{shown}");
    }
    assert!(
        shown.contains("overflow: no accepted input can overflow a ring\nstatistics: 30 features of 455"),
        "{shown}"
    );
    let infer = ["infer", "--server", &server.url, "--model", "wdbc"];
    let samples = succeeds(&[&infer[..], &["--sample", "all"]].concat());
    let missed: Vec<&str> = samples.lines().filter(|line| line.contains("MISSED")).collect();
    assert!(missed.len() == 2 && missed.iter().all(|line| line.contains("the model errs")), "{samples}");

    let table = std::fs::read_to_string(training().join("wdbc/test.csv")).unwrap();
    let (header, rows) = table.split_once('\n').unwrap();
    let radius = header.split(',').position(|name| name == "radius_mean").unwrap();
    let mut cells: Vec<&str> = rows.lines().next().unwrap().split(',').collect();
    cells[radius] = "29";
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("row.csv");
    std::fs::write(&file, format!("{header}\n{}\n", cells.join(","))).unwrap();
    let csv = ["--csv", file.to_str().unwrap()];
    let text = succeeds(&[&infer[..], &csv].concat());
    assert!(
        text.contains(
            "warning: line 2: Radius, mean (image units) is 29; of the data that the model was fitted to, 98 %"
        ),
        "{text}"
    );
    let report: Value = serde_json::from_str(&succeeds(&[&infer[..], &csv, &["--format", "json"]].concat())).unwrap();
    assert_eq!(report["answers"][0]["remarks"].as_array().map(Vec::len), Some(1), "{report}");
}

#[test]
fn scores_of_held_out_rows_are_written() {
    let models = TempDir::new().unwrap();
    let file = |name: &str| training().join("heart").join(name).display().to_string();
    let (onnx, card, rows, test) =
        (file("model.onnx"), file("card.template.json"), file("calibration.csv"), file("test.csv"));
    let (out, scores) = (models.path().join("heart"), models.path().join("scores.csv"));
    let mut args = vec!["import", "--onnx", &onnx, "--card", &card, "--calibration", &rows];
    args.extend(["--out", out.to_str().unwrap(), "--scores", scores.to_str().unwrap()]);
    fails(&args, 1, "--test");
    args.extend(["--test", &test, "--json"]);
    let report: Value = serde_json::from_str(&succeeds(&args)).unwrap();
    let text = std::fs::read_to_string(&scores).unwrap();
    let (header, lines) = text.split_once('\n').unwrap();
    assert_eq!(header, "score0,score1,label");
    let rows: Vec<Vec<i64>> =
        lines.lines().map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect()).collect();
    let right = rows.iter().filter(|row| i64::from(row[1] > row[0]) == row[2]).count();
    assert_eq!(report["accuracy"]["value"].as_f64(), Some(right as f64 / rows.len() as f64));
    assert_eq!(report["accuracy"]["test_rows"], rows.len());
}

/// The shipped models that read a picture and a signal, with inputs by name.
#[test]
fn pixels_and_samples_have_names() {
    let server = Served::start(&training().join(".."));
    let dir = TempDir::new().unwrap();
    for (model, letter, wrong, place) in [
        ("pneumonia", "p", "256", "pixel (row 3, column 5): 256 is outside 0 to 255"),
        ("heartbeat", "s", "99", "sample 89: 99 is outside -10 to 10 mV"),
    ] {
        let file = training().join("..").join(model).join("card.json");
        let card: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let sample = &card["samples"][0];
        let values = sample["values"].as_array().unwrap();
        // In reverse: names decide, not places.
        let cells = |row: &[Value]| row.iter().rev().map(Value::to_string).collect::<Vec<_>>().join(",");
        let header = (0..values.len()).rev().map(|k| format!("{letter}{k}")).collect::<Vec<_>>().join(",");
        let csv = dir.path().join(format!("{model}.csv"));
        let args =
            ["infer", "--server", &server.url, "--model", model, "--format", "json", "--csv", csv.to_str().unwrap()];
        std::fs::write(&csv, format!("{header}\n{}\n", cells(values))).unwrap();
        let report: Value = serde_json::from_str(&succeeds(&args)).unwrap();
        assert_eq!(report["answers"][0]["output"], sample["expected"], "{model}");
        let mut outside = values.clone();
        outside[3 * 28 + 5] = serde_json::from_str(wrong).unwrap();
        std::fs::write(&csv, format!("{header}\n{}\n", cells(&outside))).unwrap();
        fails(&args, 2, place);
        let short = header.rsplit_once(',').unwrap().0;
        std::fs::write(&csv, format!("{short}\n0\n")).unwrap();
        fails(&args, 2, &format!("there is no column '{letter}0'"));
    }
}

#[test]
fn json_inputs_come_by_name_and_by_order() {
    let models = TempDir::new().unwrap();
    import(models.path(), "heart");
    let card: Value = serde_json::from_slice(&std::fs::read(models.path().join("heart/card.json")).unwrap()).unwrap();
    let sample = &card["samples"][0];
    let fields = card["input"]["fields"].as_array().unwrap();
    let by_name: serde_json::Map<String, Value> = fields
        .iter()
        .zip(sample["values"].as_array().unwrap())
        .map(|(field, value)| (field["name"].as_str().unwrap().to_owned(), value.clone()))
        .collect();
    let server = Served::start(models.path());
    let file = models.path().join("input.json");
    for input in [Value::Object(by_name.clone()), sample["values"].clone(), Value::Array(vec![by_name.into()])] {
        std::fs::write(&file, input.to_string()).unwrap();
        let args = ["infer", "--server", &server.url, "--model", "heart", "--format", "json", "--json"];
        let report: Value = serde_json::from_str(&succeeds(&[&args[..], &[file.to_str().unwrap()]].concat())).unwrap();
        assert_eq!(report["answers"][0]["output"], sample["expected"], "{input}");
    }
}

#[test]
fn wrong_use_is_one_clear_line() {
    fails(&["serve", "--models", "/nonexistent"], 1, "--models /nonexistent");
    let empty = TempDir::new().unwrap();
    let dir = empty.path().to_str().unwrap();
    fails(&["serve", "--models", dir], 1, "there is no model bundle in it");
    let broken = empty.path().join("broken");
    std::fs::create_dir(&broken).unwrap();
    std::fs::write(broken.join("program.json"), "{").unwrap();
    fails(&["serve", "--models", dir], 1, "broken");
    fails(&["serve", "--listen", "nowhere"], 1, "--listen");
    fails(&["serve", "--idle-timeout", "0"], 1, "--idle-timeout");
    fails(&["infer", "--server", "ftp://127.0.0.1", "--model", "m", "--sample", "all"], 1, "starts with wss://");
    fails(&["infer", "--server", "ws://127.0.0.1:1", "--model", "m", "--sample", "all"], 3, "cannot reach");
    fails(&["infer", "--model", "m"], 1, "--sample");
    fails(&["infer", "--model", "x y", "--sample", "all"], 1, "cannot be a model's id");
    fails(&["serve", "--allow-origin", "https://a.example/page"], 1, "not an origin");
    assert!(succeeds(&["infer", "--help"]).contains("Exit codes"));
}
