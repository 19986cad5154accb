//! What the calibration data looked like, in rounded figures: an input that looks otherwise is one that nobody has
//! tried the model with.

use serde::{Deserialize, Serialize};

use super::image::Image;
use super::input::{InputSchema, Signal};

/// Fewest rows of which statistics may be published.
const MIN_ROWS: usize = 100;
/// An end of a [`Feature`]'s interval is the mean of so many rows' values, so that it is no row's.
const AVERAGED: usize = 3;
/// How far outside of its interval a value is named, as a share of the interval: one row in fifty lies outside by
/// definition, for every feature.
const TOLERANCE: f64 = 0.1;
/// Most remarks about one input.
const MAX_REMARKS: usize = 4;

/// Features of the calibration rows; filled in by the importer unless it is asked not to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statistics {
    /// Number of rows.
    pub rows: usize,
    /// What was measured: every field that is not a choice, or features of a picture or a signal.
    pub features: Vec<Feature>,
}

/// One number of every row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// The field's name, or what is measured of a picture or signal.
    pub name: String,
    /// First percentile, rounded down.
    pub low: f64,
    /// Mean, rounded.
    pub mean: f64,
    /// 99th percentile, rounded up.
    pub high: f64,
}

impl Statistics {
    /// Of raw values; `None` for fewer than 100 rows, and where there is nothing to measure.
    pub fn of(input: &InputSchema, rows: &[Vec<f64>]) -> Option<Self> {
        if rows.len() < MIN_ROWS {
            return None;
        }
        let measured: Vec<Vec<f64>> = rows.iter().map(|row| measure(input, row)).collect();
        let column = |k: usize| measured.iter().map(|row| row[k]).collect::<Vec<_>>();
        let features = names(input).into_iter().enumerate().map(|(k, (name, _))| Feature::of(name, column(k)));
        let features: Vec<_> = features.collect();
        (!features.is_empty()).then_some(Self { rows: rows.len(), features })
    }

    /// What sets raw values apart from the rows, in sentences. Nothing for values of another number.
    pub(super) fn remarks(&self, input: &InputSchema, values: &[f64]) -> Vec<String> {
        if values.len() != input.count() || values.iter().any(|v| !v.is_finite()) {
            return Vec::new();
        }
        let named = names(input).into_iter().zip(measure(input, values));
        let remark = |(feature, ((_, words), value)): (&Feature, ((String, String), f64))| {
            let Feature { low, mean, high, .. } = *feature;
            let slack = TOLERANCE * (high - low);
            (value < low - slack || value > high + slack).then(|| {
                let value = shown(value, low, high);
                format!(
                    "{words} is {value}; of the data that the model was fitted to, 98 % lie between {low} and {high}, \
                     {mean} on average."
                )
            })
        };
        let mut remarks: Vec<String> = self.features.iter().zip(named).filter_map(remark).collect();
        let more = remarks.len().saturating_sub(MAX_REMARKS);
        if more > 0 {
            remarks.truncate(MAX_REMARKS);
            remarks.push(format!("{more} more of its figures lie outside of that data, too."));
        }
        remarks
    }

    /// Checks that the features are those of the input, each with an interval.
    pub(super) fn check(&self, input: &InputSchema) -> Result<(), String> {
        let known = names(input);
        if known.len() != self.features.len() || known.iter().zip(&self.features).any(|((name, _), f)| *name != f.name)
        {
            return Err("its statistics are of another input".into());
        }
        let unordered =
            |f: &&Feature| !(f.low.is_finite() && f.low <= f.mean && f.mean <= f.high && f.high.is_finite());
        match self.features.iter().find(unordered) {
            Some(f) => Err(format!("the statistics of '{}' are in no order", f.name)),
            None => Ok(()),
        }
    }
}

impl Feature {
    fn of(name: String, mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        // The values around a percentile.
        let around = |share: f64| {
            let first = (share * (values.len() - 1) as f64).round() as usize;
            let first = first.saturating_sub(AVERAGED / 2).min(values.len() - AVERAGED);
            values[first..first + AVERAGED].iter().sum::<f64>() / AVERAGED as f64
        };
        let (low, high) = (around(0.01), around(0.99));
        let unit = unit(low.min(mean), high.max(mean));
        let at = |steps: f64| {
            // Through decimals, so that 0.3 is not 0.30000000000000004.
            let text = format!("{steps}e{unit}");
            text.parse().unwrap_or(f64::NAN)
        };
        let steps = |value: f64| value / 10f64.powi(unit);
        // Averages of equal numbers may differ from them in the last digit.
        let (down, up) = ((steps(low) + 1e-9).floor(), (steps(high) - 1e-9).ceil());
        Self { name, low: at(down), mean: at(steps(mean).round().clamp(down, up)), high: at(up) }
    }
}

/// The exponent of the power of ten to which an interval is rounded: two digits of its length, or of what is in it.
fn unit(low: f64, high: f64) -> i32 {
    let length = if high > low { high - low } else { high.abs().max(f64::MIN_POSITIVE) };
    (length.log10().floor() as i32 - 1).clamp(-300, 300)
}

/// A value with the digits that tell it from an interval.
fn shown(value: f64, low: f64, high: f64) -> String {
    let decimals = (-unit(low, high)).clamp(0, 12) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Name and words of everything that is measured of an input.
fn names(input: &InputSchema) -> Vec<(String, String)> {
    let of = |what: &str, unit: &str, words: &[(&str, &str)]| {
        let unit = if unit.is_empty() { String::new() } else { format!(", in {unit},") };
        words.iter().map(|(name, words)| ((*name).to_owned(), format!("{words} of the {what}{unit}"))).collect()
    };
    match input {
        InputSchema::Fields { fields } => {
            let measured = fields.iter().filter(|field| field.choices.is_empty());
            let unit = |unit: &str| if unit.is_empty() { String::new() } else { format!(" ({unit})") };
            measured.map(|f| (f.name.clone(), format!("{}{}", f.label, unit(&f.unit)))).collect()
        }
        InputSchema::Image(_) => of("picture", "", &IMAGE),
        InputSchema::Signal(Signal { unit, marker, .. }) => {
            let count = SIGNAL.len() - usize::from(marker.is_none());
            of("signal", unit, &SIGNAL[..count])
        }
    }
}

const IMAGE: [(&str, &str); 6] = [
    ("mean", "The mean grey level"),
    ("spread", "The standard deviation of the grey levels"),
    ("lowest", "The darkest level"),
    ("highest", "The brightest level"),
    ("roughness", "The mean difference of neighbouring pixels"),
    ("centre", "The middle's mean level less the whole"),
];

const SIGNAL: [(&str, &str); 6] = [
    ("mean", "The mean value"),
    ("spread", "The standard deviation of the values"),
    ("lowest", "The lowest value"),
    ("highest", "The highest value"),
    ("roughness", "The mean difference of neighbouring values"),
    ("marker", "The value at the marker less the mean"),
];

/// The numbers of [`names`] for raw values, which are as many as the input's elements.
fn measure(input: &InputSchema, values: &[f64]) -> Vec<f64> {
    match input {
        InputSchema::Fields { fields } => {
            fields.iter().zip(values).filter(|(field, _)| field.choices.is_empty()).map(|(_, &v)| v).collect()
        }
        InputSchema::Image(Image { width, height, .. }) => {
            let inner = |len: usize| len / 4..len - len / 4;
            let middle = values.iter().enumerate().filter(|(i, _)| {
                let (row, column) = (i / width % height, i % width);
                inner(*height).contains(&row) && inner(*width).contains(&column)
            });
            let steps = |i: usize| {
                let right = (i % width + 1 < *width).then(|| values[i + 1] - values[i]);
                let below = (i / width % height + 1 < *height).then(|| values[i + width] - values[i]);
                [right, below].into_iter().flatten()
            };
            let mut all = summary(values, (0..values.len()).flat_map(steps));
            all.push(mean(middle.map(|(_, &v)| v)) - all[0]);
            all
        }
        InputSchema::Signal(Signal { length, marker, .. }) => {
            let steps = |i: usize| (i % length + 1 < *length).then(|| values[i + 1] - values[i]);
            let mut all = summary(values, (0..values.len()).filter_map(steps));
            if let Some(marker) = marker {
                all.push(mean(values.iter().skip(marker.index).step_by(*length).copied()) - all[0]);
            }
            all
        }
    }
}

/// Mean, standard deviation, lowest, highest, and the mean size of the steps.
fn summary(values: &[f64], steps: impl Iterator<Item = f64>) -> Vec<f64> {
    let middle = mean(values.iter().copied());
    let spread = mean(values.iter().map(|v| (v - middle).powi(2))).sqrt();
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    vec![middle, spread, lowest, highest, mean(steps.map(f64::abs))]
}

/// 0 of nothing.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0usize);
    for value in values {
        sum += value;
        count += 1;
    }
    sum / count.max(1) as f64
}
