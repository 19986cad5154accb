//! `cargo xtask bench --plot FILE`: the charts of `docs/benchmarks`, and the tables of `docs/benchmarks.md`.
//!
//! Our numbers are those of the file alone, others' those of `docs/benchmarks/published.json`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::svg::{Chart, Kind, Row, number};
use super::table;
use crate::shell::root;

const PAGE: &str = "docs/benchmarks.md";
const FOLDER: &str = "docs/benchmarks";
/// Between these lines of the page is what is generated.
const MARKS: [&str; 2] = ["<!-- generated -->\n", "<!-- end -->\n"];

/// A file of the documentation, and what belongs in it.
type File = (String, String);

/// Writes charts and tables.
pub(super) fn write(results: &Path) -> Result<()> {
    for (path, content) in generate(&read(results)?)? {
        fs::write(root().join(&path), content).with_context(|| format!("cannot write {path}"))?;
        println!("bench: {path}");
    }
    Ok(())
}

fn read(path: &Path) -> Result<Value> {
    let bytes = fs::read(root().join(path)).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{} is no JSON", path.display()))
}

fn generate(results: &Value) -> Result<Vec<File>> {
    let published = read(&Path::new(FOLDER).join("published.json"))?;
    let records = results["records"].as_array().context("the file has no records")?;
    let mut files: Vec<File> = charts(records, &published)
        .into_iter()
        .map(|(name, chart)| (format!("{FOLDER}/{name}.svg"), chart.draw()))
        .collect();
    let page = fs::read_to_string(root().join(PAGE)).with_context(|| format!("cannot read {PAGE}"))?;
    let [start, end] = MARKS.map(|mark| page.find(mark));
    let (start, end) = start.zip(end).with_context(|| format!("{PAGE} has no place for the tables"))?;
    let tables = tables(results, records, &published);
    files.push((PAGE.into(), format!("{}\n{tables}\n{}", &page[..start + MARKS[0].len()], &page[end..])));
    Ok(files)
}

/// A chart of one operation over 32 bits beside published figures.
struct Plot {
    name: &'static str,
    title: &'static str,
    axis: &'static str,
    unit: &'static str,
    op: &'static str,
    value: fn(&Value) -> f64,
    /// Whether native and browser differ, and not by orders of magnitude from the others.
    timed: bool,
}

const PLOTS: [Plot; 4] = [
    Plot {
        name: "comparison-bits",
        title: "Comparison of 32-bit integers: communication",
        axis: "bits per comparison, both directions (logarithmic)",
        unit: "bits",
        op: "millionaires",
        value: bits,
        timed: false,
    },
    Plot {
        name: "relu-bits",
        title: "ReLU over 32 bits: communication",
        axis: "bits per element, both directions (logarithmic)",
        unit: "bits",
        op: "relu",
        value: bits,
        timed: false,
    },
    Plot {
        name: "relu-time",
        title: "ReLU over 32 bits: time, both parties on one machine",
        axis: "microseconds per element",
        unit: "µs",
        op: "relu",
        value: table::micros,
        timed: true,
    },
    Plot {
        name: "ot-rate",
        title: "Generation of random OTs: speed, both parties on one machine",
        axis: "millions per second",
        unit: "M/s",
        op: "random-ot",
        value: rate,
        timed: true,
    },
];

fn float(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

fn bits(record: &Value) -> f64 {
    float(&record["bits_per_op"])
}

/// Millions a second: the preprocessing of random OTs is their generation.
fn rate(record: &Value) -> f64 {
    float(&record["n"]) / float(&record["seconds"]["preprocess"]) / 1e6
}

/// Every chart with its name.
fn charts(records: &[Value], published: &Value) -> Vec<(&'static str, Chart)> {
    let plots = PLOTS.iter().map(|plot| (plot.name, plot.chart(records, published)));
    plots.chain([("browser", side_by_side(records))]).collect()
}

impl Plot {
    fn chart(&self, records: &[Value], published: &Value) -> Chart {
        let wanted = |record: &&Value| {
            let place = self.timed || !table::in_browser(record);
            record["op"] == self.op && record["bits"] == 32 && place
        };
        let ours = records.iter().filter(wanted).map(|record| {
            let ot = record["ot"].as_str().unwrap_or("?");
            let place = if self.timed { format!(", {}", place(record)) } else { String::new() };
            our_row(record, format!("Sotto, {ot} OT{place}"), (self.value)(record), self.unit)
        });
        let mut rows: Vec<Row> = others(published, self.name, self.unit).into_iter().chain(ours).collect();
        rows.sort_by(|a, b| b.value.total_cmp(&a.value));
        Chart { title: self.title.into(), axis: self.axis.into(), logarithmic: !self.timed, rows }
    }
}

/// Native and browser times of each operation.
fn side_by_side(records: &[Value]) -> Chart {
    let both = table::pairs(records).filter(|[native, _]| native["op"] != "model").flatten();
    let row =
        |record| our_row(record, format!("{}, {}", table::name(record), place(record)), table::micros(record), "µs");
    Chart {
        title: "Time of each operation: native client, and client in the browser".into(),
        axis: "microseconds per value".into(),
        logarithmic: false,
        rows: both.map(row).collect(),
    }
}

/// Published figures of a chart.
fn others(published: &Value, chart: &str, unit: &str) -> Vec<Row> {
    let figures = published["figures"].as_array().into_iter().flatten().filter(|figure| figure["chart"] == chart);
    figures
        .map(|figure| {
            let value = float(&figure["value"]);
            let less = if figure["at_most"] == true { "< " } else { "" };
            let label = figure["label"].as_str().unwrap_or("?").into();
            Row { label, value, shown: format!("{less}{} {unit}", number(value)), kind: Kind::Published }
        })
        .collect()
}

fn our_row(record: &Value, label: String, value: f64, unit: &str) -> Row {
    let kind = if table::in_browser(record) { Kind::Browser } else { Kind::Native };
    Row { label, value, shown: format!("{} {unit}", number(value)), kind }
}

fn place(record: &Value) -> &str {
    record["client"].as_str().unwrap_or("?")
}

/// The machine, all our figures, and the published ones with their sources.
fn tables(results: &Value, records: &[Value], published: &Value) -> String {
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let machine = &results["machine"];
    let mut text = format!(
        "Measured on: {}, {} threads; {}; {} profile; the fastest of {} runs.\n\n",
        word(&machine["cpu"]),
        machine["threads"],
        word(&results["browser"]),
        word(&results["profile"]),
        results["runs"]
    );
    text += "| one | bits, both directions | native | browser | ratio |\n|---|---|---|---|---|\n";
    for [native, browser] in table::pairs(records) {
        let (name, bits) = (table::name(native), number(bits(native)));
        let [ours, theirs] = [native, browser].map(table::micros);
        let [native, browser] = [ours, theirs].map(table::time);
        text += &format!("| {name} | {bits} | {native} | {browser} | {:.2} |\n", theirs / ours);
    }
    text += "\nOf others:\n\n| chart | system | figure | source |\n|---|---|---|---|\n";
    for figure in published["figures"].as_array().into_iter().flatten() {
        let less = if figure["at_most"] == true { "less than " } else { "" };
        let [chart, label, source] = ["chart", "label", "source"].map(|member| word(&figure[member]));
        let value = number(float(&figure["value"]));
        text += &format!("| {chart} | {label} | {less}{value} | {source} |\n");
    }
    text += "\nSources:\n\n";
    for (name, source) in published["sources"].as_object().into_iter().flatten() {
        text += &format!("- {name}: {}\n", word(source));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_shows_the_committed_results() {
        let results = read(&Path::new(FOLDER).join("results.json")).unwrap();
        for (path, content) in generate(&results).unwrap() {
            let committed = fs::read_to_string(root().join(&path)).unwrap();
            assert!(committed == content, "{path}: run `cargo xtask bench --plot {FOLDER}/results.json`");
        }
    }

    #[test]
    fn every_published_figure_has_a_source_and_a_chart() {
        let published = read(&Path::new(FOLDER).join("published.json")).unwrap();
        let names = PLOTS.map(|plot| plot.name);
        for figure in published["figures"].as_array().unwrap() {
            assert!(names.contains(&figure["chart"].as_str().unwrap()), "{figure}");
            assert!(published["sources"][figure["source"].as_str().unwrap()].is_string(), "{figure}");
        }
    }
}
