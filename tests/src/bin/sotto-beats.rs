//! Beats of recordings, as JSON in and out, for scripts and browser tests that compare: of `{"rate": HZ, "rows": [[mV, …], …]}` the
//! marks of each row, `[[index, height], …]`. With `"to": HZ` rows are resampled to that rate first, and the values given, too.

use std::io::{Read, Write};

use serde::Deserialize;
use sotto_nn::signal::{beats, resample};

#[derive(Deserialize)]
struct Asked {
    rate: f64,
    to: Option<f64>,
    /// `null` is a gap.
    rows: Vec<Vec<Option<f64>>>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let Asked { rate, to, rows } = serde_json::from_str(&text)?;
    let answers: Vec<serde_json::Value> = rows
        .into_iter()
        .map(|row| {
            let row: Vec<f64> = row.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect();
            let values = to.map_or_else(|| row.clone(), |to| resample(&row, rate, to));
            let marks: Vec<_> =
                beats(&values, to.unwrap_or(rate)).iter().map(|beat| (beat.index, beat.height)).collect();
            let numbers: Vec<Option<f64>> = values.iter().map(|value| value.is_finite().then_some(*value)).collect();
            if to.is_some() {
                serde_json::json!({ "values": numbers, "beats": marks })
            } else {
                serde_json::json!(marks)
            }
        })
        .collect();
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&answers)?)?;
    Ok(())
}
