//! `sotto rows`: what a model reads of picture files, as a table.

use std::path::PathBuf;

use clap::Args;
use sotto_nn::Card;

use crate::output::say;
use crate::{Error, Result, picture};

/// Options of `sotto rows`.
#[derive(Args, Clone, Debug)]
pub(crate) struct RowsArgs {
    /// The model's card (`card.json` of a bundle, or a template).
    #[arg(value_name = "CARD")]
    card: PathBuf,

    /// PNG or JPEG files; each becomes a row.
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    image: Vec<PathBuf>,
}

pub(crate) fn run(args: &RowsArgs) -> Result<()> {
    let json = std::fs::read(&args.card).map_err(|e| Error::file(&args.card, e))?;
    let card = Card::from_json(&json).map_err(|e| Error::file(&args.card, e))?;
    card.validate_template().map_err(|e| Error::file(&args.card, e))?;
    let names: Vec<String> = card.input.elements().map(|element| element.name()).collect();
    let mut text = names.join(",") + "\n";
    for file in &args.image {
        let values: Vec<String> = picture::read(file, &card)?.iter().map(f64::to_string).collect();
        text += &(values.join(",") + "\n");
    }
    say(&text)
}
