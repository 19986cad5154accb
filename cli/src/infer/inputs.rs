//! Inputs from files and samples.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sotto_nn::Card;
use sotto_nn::card::Outcome;

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

/// Rows of a CSV file.
pub(super) fn from_csv(file: &Path, card: &Card) -> Result<Vec<Row>> {
    let rows = rows::from_csv(file, card, &[])?;
    Ok(rows.into_iter().map(|cells| own(cells.name, cells.values)).collect())
}

/// What the model reads of picture files.
pub(super) fn from_images(files: &[PathBuf], card: &Card) -> Result<Vec<Row>> {
    files.iter().map(|file| Ok(own(file.display().to_string(), picture::read(file, card)?))).collect()
}

/// One or several inputs from JSON, each an object by element name or a list in their order.
pub(super) fn from_json(file: &Path, card: &Card) -> Result<Vec<Row>> {
    let wrong = |why: String| Error::Input(format!("{}: {why}", file.display()));
    let text = std::fs::read(file).map_err(|e| Error::file(file, e))?;
    let value: Value = serde_json::from_slice(&text).map_err(|e| wrong(format!("not JSON: {e}")))?;
    let inputs = match value {
        Value::Array(items) if !items.iter().all(Value::is_number) => items,
        one => vec![one],
    };
    let rows = inputs
        .iter()
        .enumerate()
        .map(|(k, input)| {
            let name = format!("input {}", k + 1);
            let values = json_values(input, card).map_err(|why| wrong(format!("{name}: {why}")))?;
            Ok(own(name, values))
        })
        .collect::<Result<Vec<_>>>()?;
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
pub(super) fn from_samples(name: &str, card: &Card) -> Result<Vec<Row>> {
    let rows: Vec<Row> = card
        .samples
        .iter()
        .filter(|sample| name == "all" || sample.name == name)
        .map(|s| Row {
            name: s.name.clone(),
            values: s.values.clone(),
            expected: Some(s.expected.clone()),
            truth: s.truth(),
        })
        .collect();
    if rows.is_empty() {
        let known: Vec<_> = card.samples.iter().map(|s| format!("'{}'", s.name)).collect();
        let known = if known.is_empty() { "none".into() } else { known.join(", ") };
        return Err(Error::Input(format!("the model has no sample '{name}'; it has {known}")));
    }
    Ok(rows)
}
