//! `sotto rows`: what a model reads of picture files or of a recording, as a table.

use std::path::PathBuf;

use clap::Args;
use sotto_nn::Card;

use crate::output::say;
use crate::signal::SignalArgs;
use crate::{Error, Result, picture};

/// Options of `sotto rows`.
#[derive(Args, Clone, Debug)]
pub(crate) struct RowsArgs {
    /// The model's card (`card.json` of a bundle, or a template).
    #[arg(value_name = "CARD")]
    card: PathBuf,

    /// PNG or JPEG files; each becomes a row.
    #[arg(long, value_name = "FILE", required_unless_present = "signal", conflicts_with = "signal", num_args = 1..)]
    image: Vec<PathBuf>,

    /// A recording as CSV: a header of names, then a value a line in the model's unit, or nothing where there is a gap. It goes through
    /// the page's low-pass, and each beat becomes a row.
    #[arg(long, value_name = "FILE", requires = "rate")]
    signal: Option<PathBuf>,

    #[command(flatten)]
    recording: SignalArgs,
}

pub(crate) fn run(args: &RowsArgs) -> Result<()> {
    let json = std::fs::read(&args.card).map_err(|e| Error::file(&args.card, e))?;
    let card = Card::from_json(&json).map_err(|e| Error::file(&args.card, e))?;
    card.validate_template().map_err(|e| Error::file(&args.card, e))?;
    let names: Vec<String> = card.input.elements().map(|element| element.name()).collect();
    let mut text = names.join(",") + "\n";
    let mut add = |values: &[f64]| {
        let cells: Vec<String> = values.iter().map(f64::to_string).collect();
        text += &(cells.join(",") + "\n");
    };
    for file in &args.image {
        add(&picture::read(file, &card)?);
    }
    if let Some(file) = &args.signal {
        args.recording.read(file, &card)?.iter().for_each(|part| add(&part.values));
    }
    say(&text)
}
