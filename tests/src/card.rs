//! Cards of generated models.

use sotto_nn::card::{Card, Decision, Field, Filter, Fit, Image, InputSchema, Order, PerChannel, Sample};
use sotto_nn::{Program, Weights, reference};

/// A card without what an importer fills in, and without samples.
pub fn plain_card(title: &str, input: InputSchema, classes: Vec<String>) -> Card {
    Card {
        title: title.into(),
        description: "Random weights, for tests.".into(),
        task: "nothing".into(),
        input,
        classes,
        decision: Decision::Class,
        provenance: "made by the tests".into(),
        licence: "MIT OR Apache-2.0".into(),
        domain: None,
        accuracy: None,
        possible: None,
        overflow: None,
        statistics: None,
        samples: Vec::new(),
    }
}

/// A number of a card's form, which the program reads as it is.
pub fn plain_field(index: usize, min: f64, max: f64, step: f64) -> Field {
    Field {
        name: format!("x{index}"),
        label: format!("Value {index}"),
        unit: String::new(),
        min,
        max,
        step,
        offset: 0.0,
        scale: 1.0,
        example: 0.0,
        help: String::new(),
        choices: Vec::new(),
    }
}

/// A picture of `shape` (channels, rows, columns) with levels of 0 to 255, of which the program reads `(level − mean) / std`.
pub fn plain_image(shape: [usize; 3], mean: f64, std: f64) -> Image {
    let [channels, height, width] = shape;
    Image {
        label: "Picture".into(),
        channels,
        order: Order::Rgb,
        height,
        width,
        min: 0.0,
        max: 255.0,
        mean: PerChannel::All(mean),
        std: PerChannel::All(std),
        fit: Fit::CentreCrop,
        filter: Filter::Area,
        help: String::new(),
    }
}

/// A sample of raw values, with what the reference executor makes of it.
///
/// # Errors
/// Says what is wrong with the values, or with the program.
pub fn sample(
    name: impl Into<String>,
    values: Vec<f64>,
    (card, program, weights): (&Card, &Program, &Weights),
) -> Result<Sample, String> {
    let input = card.quantise(program, &values).map_err(|error| error.to_string())?;
    let expected = reference::run_output(program, weights, &input).map_err(|error| error.to_string())?;
    Ok(Sample { name: name.into(), values, expected, ..Sample::default() })
}
