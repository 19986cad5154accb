//! Tables of raw values under a header of a card's element names.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use sotto_nn::Card;
use sotto_nn::import::Column;

use crate::{Error, Result};

/// One line of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Cells {
    /// Name in messages: the line.
    pub name: String,
    /// Values in the order of the card's elements.
    pub values: Vec<f64>,
    /// The values of the columns of labels that were asked for.
    pub labels: Vec<f64>,
}

/// A line's name, and what it has, or what is wrong with it.
pub(crate) type Line = (String, std::result::Result<Cells, String>);

/// Reads a CSV file whose header has the card's element names (a field's name, `p0`, `p1`, … for pixels, `s0`, `s1`, … for
/// samples), and those of `labels`, in any order and among others.
///
/// # Errors
/// [`Error::Usage`] when the file cannot be read, [`Error::Input`] naming line and column otherwise.
pub(crate) fn from_csv(file: &Path, card: &Card, labels: &[String]) -> Result<Vec<Cells>> {
    let source = std::fs::File::open(file).map_err(|e| Error::file(file, e))?;
    parse(&file.display().to_string(), source, card, labels)
}

/// The same, with what is wrong with a line in its place.
///
/// # Errors
/// As [`from_csv`], when there is nothing right about the file as a whole.
pub(crate) fn lines_of_csv(file: &Path, card: &Card) -> Result<Vec<Line>> {
    let source = std::fs::File::open(file).map_err(|e| Error::file(file, e))?;
    lines(&file.display().to_string(), source, card, &[])
}

/// The same of any source, which `table` names in messages.
///
/// # Errors
/// [`Error::Input`].
pub fn parse(table: &str, source: impl Read, card: &Card, labels: &[String]) -> Result<Vec<Cells>> {
    let lines = lines(table, source, card, labels)?.into_iter();
    lines.map(|(name, cells)| cells.map_err(|why| Error::Input(format!("{table}: {name}, {why}")))).collect()
}

fn lines(table: &str, source: impl Read, card: &Card, labels: &[String]) -> Result<Vec<Line>> {
    let wrong = |why: String| Error::Input(format!("{table}: {why}"));
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(source);
    let header = reader.headers().map_err(|e| wrong(e.to_string()))?.clone();
    let mut places = HashMap::new();
    for (column, name) in header.iter().enumerate() {
        places.entry(name).or_insert(column);
    }
    let missing = |name: &str| wrong(format!("there is no column '{name}'{}", separated(&header)));
    let find = |name: &str| places.get(name).copied().ok_or_else(|| missing(name));
    let columns = card.input.elements().map(|element| find(&element.name())).collect::<Result<Vec<_>>>()?;
    let labels = labels.iter().map(|label| find(label)).collect::<Result<Vec<_>>>()?;
    let mut lines = Vec::new();
    for record in reader.records() {
        let name = |position: Option<&csv::Position>| format!("line {}", position.map_or(0, csv::Position::line));
        let record = match record {
            Ok(record) => record,
            Err(error) if error.is_io_error() => return Err(wrong(error.to_string())),
            Err(error) => {
                lines.push((name(error.position()), Err(error.to_string() + halved(&error))));
                continue;
            }
        };
        let number = |column: usize| {
            let cell = record.get(column).unwrap_or_default();
            let field = header.get(column).unwrap_or_default();
            let wrong = || format!("column '{field}': '{cell}' is not a number{}", decimal(cell));
            cell.parse::<f64>().map_err(|_| wrong())
        };
        let numbers =
            |columns: &[usize]| columns.iter().map(|&column| number(column)).collect::<std::result::Result<_, _>>();
        let name = name(record.position());
        let cells =
            numbers(&columns).and_then(|values| Ok(Cells { name: name.clone(), values, labels: numbers(&labels)? }));
        lines.push((name, cells));
    }
    if lines.is_empty() { Err(wrong("there is no row after the header".into())) } else { Ok(lines) }
}

/// What to do about a header that is one column of names between other marks.
fn separated(header: &csv::StringRecord) -> &'static str {
    match header.get(0) {
        Some(name) if header.len() == 1 && name.contains(';') => {
            ": its columns are separated by ';', write commas (in pandas sep=\",\" and decimal=\".\")"
        }
        Some(name) if header.len() == 1 && name.contains('\t') => {
            ": its columns are separated by tabs, write commas (in pandas sep=\",\")"
        }
        _ => "",
    }
}

/// What to do about a record with more fields than the header.
fn halved(error: &csv::Error) -> &'static str {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } if len > expected_len => {
            "; a decimal comma makes two fields of a number: write decimal points"
        }
        _ => "",
    }
}

/// What to do about a number with a decimal comma.
fn decimal(cell: &str) -> &'static str {
    match cell.split_once(',') {
        Some(_) if cell.replacen(',', ".", 1).parse::<f64>().is_ok() => ": write a decimal point",
        _ => "",
    }
}

/// Names and ranges of a table's columns, labels left out.
///
/// # Errors
/// As [`from_csv`].
pub(crate) fn columns(file: &Path) -> Result<Vec<Column>> {
    let wrong = |why: String| Error::Input(format!("{}: {why}", file.display()));
    let source = std::fs::File::open(file).map_err(|e| Error::file(file, e))?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(source);
    let header = reader.headers().map_err(|e| wrong(e.to_string()))?.clone();
    let mut ranges = vec![(f64::INFINITY, f64::NEG_INFINITY); header.len()];
    for record in reader.records() {
        let record = record.map_err(|e| wrong(e.to_string()))?;
        for ((cell, name), (min, max)) in record.iter().zip(&header).zip(&mut ranges) {
            let number = cell.parse::<f64>().ok().filter(|v| v.is_finite());
            let number = number.ok_or_else(|| wrong(format!("column '{name}': '{cell}' is not a number")))?;
            (*min, *max) = (min.min(number), max.max(number));
        }
    }
    if ranges.first().is_none_or(|(min, max)| min > max) {
        return Err(wrong("there is no row after the header".into()));
    }
    let named = header.iter().zip(ranges).filter(|(name, _)| !name.starts_with("label"));
    Ok(named.map(|(name, (min, max))| Column { name: name.to_owned(), min, max }).collect())
}
