//! Records of `sotto bench --json`, read and set side by side.

use serde_json::Value;

/// Seconds of preprocessing and online phase.
pub(super) fn seconds(record: &Value) -> f64 {
    let of = |phase: &str| record["seconds"][phase].as_f64().unwrap_or(f64::NAN);
    of("preprocess") + of("online")
}

/// Microseconds for one value or inference.
pub(super) fn micros(record: &Value) -> f64 {
    seconds(record) * 1e6 / record["n"].as_f64().unwrap_or(f64::NAN)
}

/// Whether the client is in a browser.
pub(super) fn in_browser(record: &Value) -> bool {
    record["client"] == "browser"
}

/// What was measured: the operation with its options, or the model.
pub(super) fn name(record: &Value) -> String {
    if let Some(model) = record["model"].as_str() {
        return model.into();
    }
    let shift = record["shift"].as_u64().map_or_else(String::new, |shift| format!(" by {shift}"));
    let ot = record["ot"].as_str().filter(|ot| *ot != "silent").map_or_else(String::new, |ot| format!(", {ot} OT"));
    format!("{}{shift}, {} bits{ot}", record["op"].as_str().unwrap_or("?"), record["bits"])
}

/// Whether two records are runs of the same thing by the same client.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    a["client"] == b["client"] && name(a) == name(b)
}

/// Everything that was measured natively and in the browser.
pub(super) fn pairs(records: &[Value]) -> impl Iterator<Item = [&Value; 2]> {
    records.iter().filter(|record| !in_browser(record)).filter_map(|native| {
        let same = |record: &&Value| in_browser(record) && name(record) == name(native);
        records.iter().find(same).map(|browser| [native, browser])
    })
}

/// A line for each thing that was measured natively and in the browser.
pub(super) fn both(records: &[Value]) -> String {
    let mut lines = format!("{:<28} {:>10} {:>12} {:>12} {:>8}\n", "one", "bits", "native", "browser", "ratio");
    for [native, browser] in pairs(records) {
        let (ours, theirs) = (micros(native), micros(browser));
        let bits = native["bits_per_op"].as_f64().unwrap_or(f64::NAN);
        let (name, ratio) = (name(native), theirs / ours);
        lines += &format!("{name:<28} {bits:>10.0} {:>12} {:>12} {ratio:>8.2}\n", time(ours), time(theirs));
    }
    lines
}

/// So many microseconds, for people.
pub(super) fn time(micros: f64) -> String {
    if micros < 1000.0 { format!("{micros:.2} µs") } else { format!("{:.1} ms", micros / 1000.0) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_has_the_ratio_of_browser_to_native() {
        let record = |client: &str, seconds: f64| {
            json!({ "client": client, "op": "truncate", "shift": 12, "bits": 32, "n": 1000, "bits_per_op": 1145.0,
                "seconds": { "setup": 9.0, "preprocess": seconds, "online": seconds } })
        };
        let table = both(&[record("native", 0.001), record("browser", 0.003)]);
        let cells: Vec<&str> = table.lines().nth(1).unwrap().split_whitespace().collect();
        assert_eq!(cells, ["truncate", "by", "12,", "32", "bits", "1145", "2.00", "µs", "6.00", "µs", "3.00"]);
    }
}
