//! What `sotto import` takes rows from, and what it says of tables that it does not read.

use std::path::Path;

use image::{GrayImage, Luma};
use tempfile::TempDir;

use crate::process::{fails, succeeds, training};

/// Imports a model of models/train with the given rows.
fn args(id: &str, out: &Path, calibration: &Path) -> Vec<String> {
    let file = |name: &str| training().join(id).join(name).display().to_string();
    let (out, calibration) = (out.display().to_string(), calibration.display().to_string());
    ["import", "--onnx", &file("model.onnx"), "--card", &file("card.template.json"), "--out", &out]
        .into_iter()
        .chain(["--calibration", &calibration, "--no-search", "--accept-missed-goals"])
        .map(str::to_owned)
        .collect()
}

fn as_strs(args: &[String]) -> Vec<&str> {
    args.iter().map(String::as_str).collect()
}

#[test]
fn an_array_gives_what_a_table_gives() {
    let folder = TempDir::new().unwrap();
    let table = training().join("wdbc/calibration.csv");
    let text = std::fs::read_to_string(&table).unwrap();
    let (header, lines) = text.split_once('\n').unwrap();
    // The last column is the label.
    let (rows, columns) = (lines.lines().count(), header.split(',').count() - 1);
    let cells = lines.lines().flat_map(|line| line.split(',').take(columns)).map(|cell| cell.parse::<f64>().unwrap());
    let data: Vec<u8> = cells.flat_map(f64::to_le_bytes).collect();
    let about = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({rows}, {columns}), }}\n");
    let length = (about.len() as u16).to_le_bytes();
    let array = folder.path().join("rows.npy");
    std::fs::write(&array, [b"\x93NUMPY\x01\x00", &length[..], about.as_bytes(), &data].concat()).unwrap();
    let bundles = [&table, &array].map(|rows| {
        let out = folder.path().join(rows.extension().unwrap()).join("wdbc");
        succeeds(&as_strs(&args("wdbc", &out, rows)));
        ["program.json", "weights.safetensors", "card.json"].map(|name| std::fs::read(out.join(name)).unwrap())
    });
    assert!(bundles[0] == bundles[1]);
    let out = folder.path().join("other");
    let test = [args("wdbc", &out, &table), vec!["--test".into(), array.display().to_string()]].concat();
    fails(&as_strs(&test), 2, "a .npy file has no labels");
    fails(&as_strs(&args("heart", &out, &array)), 2, "rows of the shape [30], and the card's are [13]");
}

#[test]
fn folders_name_the_classes_of_pictures() {
    let folder = TempDir::new().unwrap();
    for (class, count) in [("normal", 3), ("pneumonia", 5)] {
        let into = folder.path().join("rows").join(class);
        std::fs::create_dir_all(&into).unwrap();
        for k in 0..count {
            let level = |x: u32, y: u32| Luma([(x * (7 + k) + y * 5 + k * 31) as u8]);
            GrayImage::from_fn(40, 30, level).save(into.join(format!("{k}.png"))).unwrap();
        }
        std::fs::write(into.join("notes.txt"), "no picture").unwrap();
    }
    let (rows, scores) = (folder.path().join("rows"), folder.path().join("scores.csv"));
    let out = folder.path().join("pneumonia");
    let test = |rows: &Path| {
        let more = ["--test", rows.to_str().unwrap(), "--scores", scores.to_str().unwrap()].map(str::to_owned);
        [args("pneumonia", &out, &folder.path().join("rows")), more.to_vec()].concat()
    };
    let report = succeeds(&as_strs(&test(&rows)));
    assert!(report.contains("calibration rows: 8;") && report.contains("held-out rows: 8;"), "{report}");
    let written = std::fs::read_to_string(&scores).unwrap();
    let labels: Vec<&str> = written.lines().skip(1).filter_map(|line| line.rsplit(',').next()).collect();
    assert_eq!(labels, ["0", "0", "0", "1", "1", "1", "1", "1"]);

    std::fs::rename(rows.join("normal"), rows.join("healthy")).unwrap();
    fails(&as_strs(&test(&rows)), 2, "lies in no folder named as a class ('normal', 'pneumonia')");
    let empty = TempDir::new().unwrap();
    fails(&as_strs(&test(empty.path())), 2, "there is no PNG or JPEG file in it");
    let pictures = args("wdbc", &out, &rows);
    fails(&as_strs(&pictures), 1, "no picture");
}

#[test]
fn tables_of_other_countries_are_explained() {
    let folder = TempDir::new().unwrap();
    let (file, out) = (folder.path().join("rows.csv"), folder.path().join("wdbc"));
    let text = std::fs::read_to_string(training().join("wdbc/calibration.csv")).unwrap();
    let (header, _) = text.split_once('\n').unwrap();
    let columns = header.split(',').count();
    let row = |cell: &str, between: &str| vec![cell; columns].join(between);
    for (text, reason) in [
        (format!("{}\n{}\n", header.replace(',', ";"), row("1,5", ";")), "its columns are separated by ';'"),
        (format!("{}\n{}\n", header.replace(',', "\t"), row("1.5", "\t")), "its columns are separated by tabs"),
        (format!("{header}\n{}\n", row("1,5", ",")), "a decimal comma makes two fields of a number"),
        (format!("{header}\n{}\n", row("\"1,5\"", ",")), "'1,5' is not a number: write a decimal point"),
    ] {
        std::fs::write(&file, text).unwrap();
        fails(&as_strs(&args("wdbc", &out, &file)), 2, reason);
    }
}

/// A column of bell curves at 0.7, 1.5 … s, and one of times.
fn heart(rate: f64, seconds: f64) -> String {
    let value = |time: f64| {
        let near = |mark: f64| 1.2 * (-0.5 * ((time - mark) / 0.0115).powi(2)).exp();
        -0.3 + (0..8).map(|beat| near(0.7 + 0.8 * f64::from(beat))).sum::<f64>()
    };
    let line = |i: usize| format!("{:.5},{:.4}\n", i as f64 / rate, value(i as f64 / rate));
    "seconds,MLII\n".to_owned() + &(0..(seconds * rate) as usize).map(line).collect::<String>()
}

#[test]
fn every_beat_of_a_recording_is_a_row_with_its_mark_in_place() {
    let folder = TempDir::new().unwrap();
    let card = training().join("heartbeat/card.template.json").display().to_string();
    for rate in [100.0, 360.0, 1000.0] {
        let file = folder.path().join("ecg.csv");
        std::fs::write(&file, heart(rate, 4.0)).unwrap();
        let (file, rate) = (file.display().to_string(), rate.to_string());
        let output = succeeds(&["rows", &card, "--signal", &file, "--rate", &rate, "--column", "MLII"]);
        let rows: Vec<Vec<f64>> =
            output.lines().skip(1).map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect()).collect();
        // The beat at 3.9 s does not lie whole in it.
        assert_eq!(rows.len(), 4, "{rate}");
        for row in rows {
            let highest = (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap();
            assert_eq!((row.len(), highest), (128, 64), "{rate}");
        }
    }
}

#[test]
fn a_recording_that_leaves_something_open_is_refused() {
    let folder = TempDir::new().unwrap();
    let card = training().join("heartbeat/card.template.json").display().to_string();
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        file.display().to_string()
    };
    let good = write("good.csv", &heart(360.0, 3.0));
    let refused = |arguments: &[&str], code: i32, why: &str| {
        fails(&[&["rows", card.as_str(), "--signal"], arguments].concat(), code, why);
    };
    refused(&[&good], 1, "--rate");
    refused(&[&good, "--rate", "360"], 1, "name one of its columns with --column: 'seconds', 'MLII'");
    refused(&[&good, "--rate", "360", "--column", "V5"], 1, "there is no column 'V5'");
    refused(&[&good, "--rate", "20", "--column", "MLII"], 1, "90 to 18000 values a second");
    let bare = write("bare.csv", "0.1\n0.2\n");
    refused(&[&bare, "--rate", "360"], 2, "no header");
    let word = write("word.csv", "mV\n0.1\nhigh\n");
    refused(&[&word, "--rate", "360"], 2, "line 3: 'high' is not a number");
    let late = write("late.csv", "mV\n0.1\n\nhigh\n");
    refused(&[&late, "--rate", "360"], 2, "line 4: 'high' is not a number");
    let flat = write("flat.csv", &format!("mV\n{}", "0.1\n".repeat(900)));
    refused(&[&flat, "--rate", "360"], 2, "no beat was found");
    let wdbc = training().join("wdbc/card.template.json").display().to_string();
    fails(&["rows", &wdbc, "--signal", &good, "--rate", "360"], 1, "no signal");
}
