//! Recordings as tables: a column of values at a rate that is said, brought to the model's rate and cut into beats.

use std::path::Path;

use clap::Args;
use sotto_nn::card::{Card, InputSchema};
use sotto_nn::signal::{FASTEST_RATE, SAME_RATE, SLOWEST_RATE, beats, resample};

use crate::{Error, Result};

const MAX_BYTES: u64 = 64_000_000;

/// What the file of a recording does not tell.
#[derive(Args, Clone, Debug)]
pub(crate) struct SignalArgs {
    /// Values per second of --signal.
    #[arg(long, value_name = "HZ", requires = "signal")]
    rate: Option<f64>,

    /// The column of --signal that holds the values; not needed where there is one alone.
    #[arg(long, value_name = "NAME", requires = "signal")]
    column: Option<String>,
}

/// One beat: when its mark is, and what the model reads around it.
pub(crate) struct Part {
    /// Such as `beat at 1.350 s`.
    pub(crate) name: String,
    /// Raw values in the order of the card's elements.
    pub(crate) values: Vec<f64>,
}

impl SignalArgs {
    /// All beats of the recording that lie whole in it, in order.
    ///
    /// # Errors
    /// [`Error::Usage`] when the file cannot be read or the model reads no signal of one lead, [`Error::Input`] naming the line of what is
    /// no number, and when there is no beat.
    pub(crate) fn read(&self, file: &Path, card: &Card) -> Result<Vec<Part>> {
        let rate = self.rate.ok_or_else(|| Error::Usage("how many values a second has --signal? Say --rate".into()))?;
        let schema = match &card.input {
            InputSchema::Signal(schema) if schema.channels == 1 => schema,
            InputSchema::Signal(_) => return Err(Error::Usage("this model reads several signals at once".into())),
            other => return Err(Error::Usage(format!("this model reads {}, no signal", other.noun()))),
        };
        let (slowest, fastest) = (SLOWEST_RATE * schema.sample_rate, FASTEST_RATE * schema.sample_rate);
        if !(slowest..=fastest).contains(&rate) {
            return Err(Error::Usage(format!(
                "--rate {rate}: {slowest} to {fastest} values a second can be converted"
            )));
        }
        let recorded = column(file, self.column.as_deref())?;
        let same = (rate / schema.sample_rate - 1.0).abs() < SAME_RATE;
        let values = if same { recorded } else { resample(&recorded, rate, schema.sample_rate) };
        let part = |beat| {
            let part = schema.around(&values, &beat)?;
            let name = format!("beat at {:.3} s", beat.index as f64 / schema.sample_rate);
            Some(Part { name, values: part.to_vec() })
        };
        let parts: Vec<Part> = beats(&values, schema.sample_rate).into_iter().filter_map(part).collect();
        if parts.is_empty() {
            return Err(Error::Input(format!("{}: no beat was found that lies whole in it", file.display())));
        }
        Ok(parts)
    }
}

/// The values of a column, NaN where there are none.
fn column(file: &Path, wanted: Option<&str>) -> Result<Vec<f64>> {
    let wrong = |why: String| Error::Input(format!("{}: {why}", file.display()));
    let size = std::fs::metadata(file).map_err(|e| Error::file(file, e))?.len();
    if size > MAX_BYTES {
        return Err(wrong(format!("{size} bytes, and at most {MAX_BYTES} are read")));
    }
    let text = std::fs::read_to_string(file).map_err(|e| Error::file(file, e))?;
    let text = text.trim();
    // The reader leaves empty lines out: in a column alone they are gaps, and what follows would come too early.
    let alone = !text.lines().next().unwrap_or_default().contains(',');
    let kept = |line| if alone && str::trim(line).is_empty() { "\"\"" } else { line };
    let text = text.lines().map(kept).collect::<Vec<&str>>().join("\n");
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let names = reader.headers().map_err(|e| wrong(e.to_string()))?.clone();
    let index = match wanted {
        Some(wanted) => names.iter().position(|name| name == wanted),
        None => (names.len() == 1).then_some(0),
    };
    let known = || names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
    let index = index.ok_or_else(|| match wanted {
        Some(wanted) => Error::Usage(format!("{}: there is no column '{wanted}'; it has {}", file.display(), known())),
        None => Error::Usage(format!("{}: name one of its columns with --column: {}", file.display(), known())),
    })?;
    // A file without a header would lose its first value, and nobody would know.
    if names.get(index).is_some_and(|name| name.parse::<f64>().is_ok()) {
        return Err(wrong("its first line is no header of names".into()));
    }
    let mut values = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| wrong(e.to_string()))?;
        let cell = record.get(index).unwrap_or_default();
        let line = record.position().map_or(0, csv::Position::line);
        values.push(match cell {
            "" | "nan" | "NaN" => f64::NAN,
            cell => match cell.parse::<f64>() {
                Ok(value) if value.is_finite() => value,
                _ => return Err(wrong(format!("line {line}: '{cell}' is not a number"))),
            },
        });
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_line_of_a_column_alone_is_a_gap() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("signal.csv");
        for (text, wanted) in [
            ("mV\n0.1\n\n0.2\n\n", [0.1, f64::NAN, 0.2]),
            ("mV,s\n0.1,0\n,1\n0.2,2\n", [0.1, f64::NAN, 0.2]),
            ("mV\r\n0.1\r\nnan\r\n0.2\r\n", [0.1, f64::NAN, 0.2]),
        ] {
            std::fs::write(&file, text).unwrap();
            let values = column(&file, Some("mV")).unwrap();
            assert_eq!(values.len(), 3, "{text}");
            assert!(values.iter().zip(wanted).all(|(a, b)| a.total_cmp(&b).is_eq()), "{text}: {values:?}");
        }
    }
}
