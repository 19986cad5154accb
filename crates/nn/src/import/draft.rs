//! A card to begin with: what can be known from a network, and the rest marked.

use super::error::ImportError;
use crate::card::{Card, Decision, FILL_IN, Field, Filter, Fit, Image, InputSchema, Order, PerChannel, Range, Signal};
use crate::onnx::{self, Reading};
use crate::window::planes;

/// A column of a table: its name, smallest and largest value.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its header.
    pub name: String,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
}

/// A card template for a network, with texts that begin with [`FILL_IN`] where only a person knows. Fields take
/// names and ranges from `columns`, where there are as many as the network reads.
pub fn draft(onnx: &[u8], reading: &Reading, title: &str, columns: &[Column]) -> Result<Card, ImportError> {
    let (graph, notes) = onnx::read(onnx, reading)?;
    let scores = graph.len(graph.nodes.len());
    let card = Card {
        title: title.to_owned(),
        description: format!("{FILL_IN}what it reads, what it was made from, and what it must not be used for"),
        task: format!("{FILL_IN}what is decided, as in 'benign or malignant'"),
        input: input(&graph.input_shape, columns),
        classes: (0..scores.max(1)).map(|k| format!("class {k}")).collect(),
        decision: Decision::Class,
        domain: None,
        provenance: format!("{FILL_IN}where data and weights come from"),
        licence: format!("{FILL_IN}licence of data and weights"),
        accuracy: None,
        possible: None,
        overflow: None,
        statistics: None,
        samples: Vec::new(),
    };
    let sigmoid = notes.iter().any(|note| note.message.contains("final Sigmoid is left out"));
    Ok(match (scores, sigmoid) {
        (1, true) => {
            let classes = vec!["class 0".into(), "class 1".into()];
            Card { classes, decision: Decision::Logit { threshold: 0.5 }, ..card }
        }
        (1, false) => {
            let range = Range { min: -1.0, max: 1.0 };
            let decision = Decision::Value { unit: String::new(), range, offset: 0.0, scale: 1.0 };
            Card { classes: vec![format!("{FILL_IN}what the number is")], decision, ..card }
        }
        (findings, true) => Card { decision: Decision::Findings { thresholds: vec![0.5; findings] }, ..card },
        _ => card,
    })
}

fn input(shape: &[usize], columns: &[Column]) -> InputSchema {
    let (min, max) = columns.iter().fold((0.0f64, 1.0f64), |(min, max), c| (min.min(c.min), max.max(c.max)));
    let (label, help) = (format!("{FILL_IN}what is shown to the model"), String::new());
    match planes(shape) {
        Some((channels, [height, width])) if shape.len() == 3 => {
            let (mean, std) = (PerChannel::All(0.0), PerChannel::All(1.0));
            let (order, fit, filter) = (Order::Rgb, Fit::CentreCrop, Filter::Area);
            InputSchema::Image(Image { label, channels, order, height, width, min, max, mean, std, fit, filter, help })
        }
        Some((channels, [_, length])) => {
            let (sample_rate, unit, marker) = (100.0, String::new(), None);
            let (offset, scale) = (0.0, 1.0);
            InputSchema::Signal(Signal {
                label,
                channels,
                length,
                sample_rate,
                unit,
                min,
                max,
                offset,
                scale,
                marker,
                help,
            })
        }
        None => {
            let count: usize = shape.iter().product();
            let named = |k: usize| columns.get(k).filter(|_| columns.len() == count).cloned();
            let made = |k| Column { name: format!("x{k}"), min: 0.0, max: 1.0 };
            let fields = (0..count).map(|k| field(named(k).unwrap_or_else(|| made(k)))).collect();
            InputSchema::Fields { fields }
        }
    }
}

/// A field with room for a value that never changed.
fn field(Column { name, min, max }: Column) -> Field {
    let max = if max > min { max } else { min + 1.0 };
    Field {
        label: name.clone(),
        name,
        unit: String::new(),
        min,
        max,
        step: 10f64.powi((max - min).log10().floor() as i32 - 3),
        offset: 0.0,
        scale: 1.0,
        example: min,
        help: String::new(),
        choices: Vec::new(),
    }
}
