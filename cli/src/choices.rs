//! Values of options: one of a list by its name, a number within a range, or a number of bytes.

use std::ops::RangeInclusive;

use clap::builder::{PossibleValue, PossibleValuesParser, RangedU64ValueParser, TypedValueParser};

/// A value, its name, and what `--help` says of it.
pub(crate) type Choice<T> = (T, &'static str, &'static str);

/// Takes the name of one of `choices`, and nothing else.
pub(crate) fn one_of<T: Copy + Send + Sync + 'static>(
    choices: impl IntoIterator<Item = Choice<T>>,
) -> impl TypedValueParser<Value = T> {
    let choices: Vec<Choice<T>> = choices.into_iter().collect();
    let values: Vec<_> = choices.iter().map(|(_, name, help)| PossibleValue::new(name).help(help)).collect();
    PossibleValuesParser::new(values).try_map(move |given| {
        let chosen = choices.iter().find(|(_, name, _)| *name == given);
        chosen.map(|(value, ..)| *value).ok_or_else(|| format!("'{given}' is none of the possible values"))
    })
}

/// Takes a number in `range`.
pub(crate) fn within(range: RangeInclusive<u32>) -> RangedU64ValueParser<u32> {
    RangedU64ValueParser::new().range(u64::from(*range.start())..=u64::from(*range.end()))
}

/// Reads a number of bytes, with K, M, G or T behind it for powers of 1024.
pub(crate) fn bytes(text: &str) -> Result<u64, String> {
    let units = ['K', 'M', 'G', 'T'].into_iter().zip(1..).find_map(|(unit, power)| {
        let number = text.strip_suffix([unit, unit.to_ascii_lowercase()])?;
        Some((number, 1u64 << (10 * power)))
    });
    let (number, unit) = units.unwrap_or((text, 1));
    let number: Option<u64> = number.parse().ok();
    number
        .and_then(|number| number.checked_mul(unit))
        .ok_or_else(|| format!("'{text}' is not a number of bytes: digits, and K, M, G or T for powers of 1024"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_units() {
        for (text, number) in
            [("0", 0), ("1500", 1500), ("2K", 2048), ("3m", 3 << 20), ("4G", 4 << 30), ("1T", 1 << 40)]
        {
            assert_eq!(bytes(text), Ok(number));
        }
        for wrong in ["", "G", "-1", "1.5G", "1 G", "1GiB", "99999999999G"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}
