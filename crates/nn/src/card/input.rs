//! What a model reads, by the kind of form it needs, and the notion that everything else works with: element i of the
//! program's input has a name, a range, an offset and a scale.

use serde::{Deserialize, Serialize};

use super::image::Image;
use crate::tensor::element_count;

/// What a model reads, by the kind of form it needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum InputSchema {
    /// A list of numbers, one per element of the program's input.
    Fields {
        /// The numbers in the program's order.
        fields: Vec<Field>,
    },
    /// A picture.
    Image(Image),
    /// A stretch of one or more signals that were sampled together.
    Signal(Signal),
}

/// One number of the input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Key in CSV and JSON inputs; unique in the card.
    pub name: String,
    /// Name for people.
    pub label: String,
    /// Unit, empty when there is none.
    #[serde(default)]
    pub unit: String,
    /// Smallest value accepted.
    pub min: f64,
    /// Largest value accepted.
    pub max: f64,
    /// Step of a form's control.
    pub step: f64,
    /// The model reads `(raw − offset) · scale`.
    #[serde(default)]
    pub offset: f64,
    /// The model reads `(raw − offset) · scale`.
    #[serde(default = "one")]
    pub scale: f64,
    /// A plausible value.
    pub example: f64,
    /// How it is measured, or empty.
    #[serde(default)]
    pub help: String,
    /// For a categorical feature, the values that it can take; otherwise empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
}

fn one() -> f64 {
    1.0
}

/// One value of a categorical feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The number that the model reads.
    pub value: f64,
    /// Its meaning.
    pub label: String,
}

/// A stretch of signals: `channels · length` numbers in `unit`, row-major in the order \[channel, time\]. Element i is
/// called `s{i}` in tables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signal {
    /// Name for people.
    pub label: String,
    /// Signals that were sampled together.
    pub channels: usize,
    /// Samples of each.
    pub length: usize,
    /// Samples per second.
    pub sample_rate: f64,
    /// Unit of the values, empty when there is none.
    #[serde(default)]
    pub unit: String,
    /// Smallest value accepted.
    pub min: f64,
    /// Largest value accepted.
    pub max: f64,
    /// The model reads `(value − offset) · scale`.
    #[serde(default)]
    pub offset: f64,
    /// The model reads `(value − offset) · scale`.
    #[serde(default = "one")]
    pub scale: f64,
    /// A moment that every stretch has at the same place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marker: Option<Marker>,
    /// What to show the model, or empty.
    #[serde(default)]
    pub help: String,
}

/// A moment of a [`Signal`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marker {
    /// Sample, from 0.
    pub index: usize,
    /// What is there.
    pub label: String,
}

/// One number of the input, whatever its kind.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    /// Smallest raw value accepted.
    pub min: f64,
    /// Largest raw value accepted.
    pub max: f64,
    /// The model reads `(raw − offset) · scale`.
    pub offset: f64,
    /// The model reads `(raw − offset) · scale`.
    pub scale: f64,
    /// Unit, empty when there is none.
    pub unit: &'a str,
    /// The only values accepted; none for any value in the range.
    pub choices: &'a [Choice],
    input: &'a InputSchema,
    index: usize,
}

impl InputSchema {
    /// Shape of the raw values: \[fields\], \[channels, height, width\] or \[channels, length\].
    pub fn shape(&self) -> Vec<usize> {
        match self {
            Self::Fields { fields } => vec![fields.len()],
            Self::Image(image) => vec![image.channels, image.height, image.width],
            Self::Signal(signal) => vec![signal.channels, signal.length],
        }
    }

    /// Number of raw values, 0 if they are too many to count.
    pub fn count(&self) -> usize {
        element_count(&self.shape()).unwrap_or(0)
    }

    /// What the elements are, in the plural.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Fields { .. } => "fields",
            Self::Image(_) => "pixels",
            Self::Signal(_) => "samples",
        }
    }

    /// Every element in the program's order.
    pub fn elements(&self) -> impl Iterator<Item = Element<'_>> {
        (0..self.count()).map(|index| self.element(index))
    }

    /// The elements with a description of their own: every field, and one for all pixels of a channel or all samples.
    pub(super) fn described(&self) -> impl Iterator<Item = Element<'_>> {
        let alike = match self {
            Self::Fields { .. } => 1,
            Self::Image(image) => image.pixels(),
            Self::Signal(_) => self.count(),
        };
        self.elements().step_by(alike.max(1))
    }

    /// Element `index`, which is below [`count`](Self::count).
    fn element(&self, index: usize) -> Element<'_> {
        let none: &[Choice] = &[];
        let (min, max, offset, scale, unit, choices) = match self {
            Self::Fields { fields } => {
                let f = &fields[index];
                (f.min, f.max, f.offset, f.scale, f.unit.as_str(), f.choices.as_slice())
            }
            Self::Image(i) => {
                let channel = index / i.pixels();
                (i.min, i.max, i.mean.of(channel), 1.0 / i.std.of(channel), "", none)
            }
            Self::Signal(s) => (s.min, s.max, s.offset, s.scale, s.unit.as_str(), none),
        };
        Element { min, max, offset, scale, unit, choices, input: self, index }
    }
}

impl Element<'_> {
    /// Key in CSV and JSON inputs, unique in the card: the field's name, `p{i}` for a pixel, `s{i}` for a sample.
    pub fn name(&self) -> String {
        match self.input {
            InputSchema::Fields { fields } => fields[self.index].name.clone(),
            InputSchema::Image(_) => format!("p{}", self.index),
            InputSchema::Signal(_) => format!("s{}", self.index),
        }
    }

    /// Name for people: the field's label, or where a pixel or sample is, counted from 0.
    pub fn label(&self) -> String {
        match self.input {
            InputSchema::Fields { fields } => fields[self.index].label.clone(),
            InputSchema::Image(image) => {
                let (line, column) = (self.index / image.width, self.index % image.width);
                let (channel, row) = (line / image.height, line % image.height);
                let channel = image.channel_name(channel).map_or_else(String::new, |name| format!("{name}, "));
                format!("pixel ({channel}row {row}, column {column})")
            }
            InputSchema::Signal(signal) => {
                let (channel, sample) = (self.index / signal.length, self.index % signal.length);
                let channel = if signal.channels > 1 { format!(" of channel {channel}") } else { String::new() };
                format!("sample {sample}{channel}")
            }
        }
    }

    /// The smallest and largest value that the model may read here.
    pub fn standardised_range(&self) -> (f64, f64) {
        let ends = [self.min, self.max].map(|raw| (raw - self.offset) * self.scale);
        (ends[0].min(ends[1]), ends[0].max(ends[1]))
    }
}
