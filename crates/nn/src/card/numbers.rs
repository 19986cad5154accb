//! Long lists of numbers in cards: on one line, and whole numbers without a fraction, which a picture of 224 × 224 in colour
//! takes a quarter of the room for.

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// Largest whole number that f64 tells from its neighbours.
const EXACT: f64 = (1u64 << f64::MANTISSA_DIGITS) as f64;

/// Writes raw values.
pub(super) fn reals<S: Serializer>(values: &[f64], to: S) -> Result<S::Ok, S::Error> {
    list(values, to, |value| match *value {
        whole if whole.fract() == 0.0 && whole.abs() < EXACT => (whole as i64).to_string(),
        // JSON has no other numbers; a card that is checked has none.
        other if !other.is_finite() => "null".into(),
        other => serde_json::to_string(&other).unwrap_or_else(|_| "null".into()),
    })
}

/// Writes scores.
pub(super) fn integers<S: Serializer>(values: &[i64], to: S) -> Result<S::Ok, S::Error> {
    list(values, to, i64::to_string)
}

fn list<T, S: Serializer>(values: &[T], to: S, text: impl Fn(&T) -> String) -> Result<S::Ok, S::Error> {
    let numbers: Vec<String> = values.iter().map(text).collect();
    let json = RawValue::from_string(format!("[{}]", numbers.join(",")));
    json.map_err(serde::ser::Error::custom)?.serialize(to)
}
