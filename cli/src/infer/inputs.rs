//! Inputs from files and samples.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sotto_nn::Card;
use sotto_nn::card::Outcome;

use crate::signal::SignalArgs;
use crate::{Error, Result, picture, rows};

/// One input in raw values, in the order of the card's elements.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Name in the report.
    pub name: String,
    /// Raw values.
    pub values: Vec<f64>,
    /// The class scores of the plain computation, where they are known.
    pub expected: Option<Vec<i64>>,
    /// What is true of it, where that is known.
    pub truth: Option<Outcome>,
}

/// A row of which nothing else is known.
fn own(name: String, values: Vec<f64>) -> Row {
    Row { name, values, expected: None, truth: None }
}

/// A row's name, and the row, or what is wrong with it.
pub(super) type Read = (String, std::result::Result<Row, String>);

/// Rows of a CSV file.
pub(super) fn from_csv(file: &Path, card: &Card) -> Result<Vec<Read>> {
    let lines = rows::lines_of_csv(file, card)?.into_iter();
    Ok(lines.map(|(name, cells)| (name, cells.map(|cells| own(cells.name, cells.values)))).collect())
}

/// What the model reads of picture files. One that is not there is a mistake of the command line, one that is no picture of its own.
pub(super) fn from_images(files: &[PathBuf], card: &Card) -> Result<Vec<Read>> {
    let read = |file: &PathBuf| {
        let name = file.display().to_string();
        match picture::read(file, card) {
            Ok(values) => Ok((name.clone(), Ok(own(name, values)))),
            Err(Error::Input(why)) => Ok((name, Err(why))),
            Err(error) => Err(error),
        }
    };
    files.iter().map(read).collect()
}

/// The beats of a recording.
pub(super) fn from_recording(file: &Path, recording: &SignalArgs, card: &Card) -> Result<Vec<Read>> {
    let parts = recording.read(file, card)?.into_iter();
    Ok(parts.map(|part| (part.name.clone(), Ok(own(part.name, part.values)))).collect())
}

/// One or several inputs from JSON, each an object by element name or a list in their order.
pub(super) fn from_json(file: &Path, card: &Card) -> Result<Vec<Read>> {
    let wrong = |why: String| Error::Input(format!("{}: {why}", file.display()));
    let text = std::fs::read(file).map_err(|e| Error::file(file, e))?;
    let value: Value = serde_json::from_slice(&text).map_err(|e| wrong(format!("not JSON: {e}")))?;
    let inputs = match value {
        Value::Array(items) if !items.iter().all(Value::is_number) => items,
        one => vec![one],
    };
    let read = |(k, input): (usize, &Value)| {
        let name = format!("input {}", k + 1);
        (name.clone(), json_values(input, card).map(|values| own(name, values)))
    };
    let rows: Vec<Read> = inputs.iter().enumerate().map(read).collect();
    if rows.is_empty() { Err(wrong("there is no input in it".into())) } else { Ok(rows) }
}

fn json_values(input: &Value, card: &Card) -> std::result::Result<Vec<f64>, String> {
    let number = |name: &str, v: &Value| v.as_f64().ok_or_else(|| format!("'{name}' is {v}, not a number"));
    match input {
        Value::Array(items) => items.iter().enumerate().map(|(k, v)| number(&format!("value {}", k + 1), v)).collect(),
        Value::Object(map) => {
            let names: Vec<String> = card.input.elements().map(|element| element.name()).collect();
            let known: HashSet<&str> = names.iter().map(String::as_str).collect();
            if let Some(unknown) = map.keys().find(|key| !known.contains(key.as_str())) {
                return Err(format!("the model has no field '{unknown}'"));
            }
            let value =
                |name: &String| number(name, map.get(name).ok_or_else(|| format!("the field '{name}' is missing"))?);
            names.iter().map(value).collect()
        }
        other => Err(format!("{other} is neither an object of fields nor a list of numbers")),
    }
}

/// The sample of that name, or every sample for `all`.
pub(super) fn from_samples(name: &str, card: &Card) -> Result<Vec<Read>> {
    let rows: Vec<Read> = card
        .samples
        .iter()
        .filter(|sample| name == "all" || sample.name == name)
        .map(|s| {
            let (name, values) = (s.name.clone(), s.values.clone());
            (name.clone(), Ok(Row { name, values, expected: Some(s.expected.clone()), truth: s.truth() }))
        })
        .collect();
    if rows.is_empty() {
        let known: Vec<_> = card.samples.iter().map(|s| format!("'{}'", s.name)).collect();
        let known = if known.is_empty() { "none".into() } else { known.join(", ") };
        return Err(Error::Input(format!("the model has no sample '{name}'; it has {known}")));
    }
    Ok(rows)
}
