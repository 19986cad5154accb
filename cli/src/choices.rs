//! Values of options: one of a list by its name, or a number within a range.

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
