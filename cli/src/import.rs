//! `sotto import`: an ONNX file becomes a model bundle.

use std::path::{Path, PathBuf};

use clap::Args;
use sotto_he::FitError;
use sotto_mpc::plan::plan;
use sotto_mpc::{LinearKind, Linears, Network, Params};
use sotto_nn::Program;
use sotto_nn::bundle::Bundle;
use sotto_nn::calibrate::{CalibrationReport, Options, Prices};
use sotto_nn::card::Card;
use sotto_nn::import::{ImportError, Imported, Source, import_model};
use sotto_nn::onnx::{Note, Reading};
use sotto_server::printable;

use crate::accuracy::held_out;
use crate::agreement::{linear_kinds, networks};
use crate::labels::{labelled, scores};
use crate::output::{say, say_json};
use crate::progress::Progress;
use crate::rows::columns;
use crate::table::{bytes, table};
use crate::{Error, Result, sources};

/// Options of `sotto import`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ImportArgs {
    /// The network.
    #[arg(long, value_name = "FILE")]
    onnx: PathBuf,

    /// The output to compute, where the network has several.
    #[arg(long, value_name = "NAME")]
    output: Option<String>,

    /// The size of an open dimension of the input, by its name in the file, as in `height=224`; several times for several.
    #[arg(long, value_name = "NAME=N", value_parser = open_size)]
    size: Vec<(String, usize)>,

    /// The model card without what the import fills in (accuracy, expected scores of the samples).
    #[arg(long, value_name = "TEMPLATE", required_unless_present = "draft")]
    card: Option<PathBuf>,

    /// Print a card to begin with and import nothing: what the network says, names and ranges of fields from the calibration rows
    /// if they are given, and 'FILL IN' where only a person knows.
    #[arg(long, conflicts_with_all = ["card", "out", "test"])]
    draft: bool,

    /// Rows of raw values like those that the model will see. CSV under a header of the card's names: fields' names, p0, p1, … for
    /// pixels, s0, s1, … for samples of a signal. Or an array of NumPy: .npy, or x in .npz, channels first or last. Or a folder of PNG
    /// and JPEG files, prepared as the card says.
    #[arg(long, value_name = "ROWS", required_unless_present = "draft")]
    calibration: Option<PathBuf>,

    /// Held-out rows for the accuracy in the card, with a column (or array of .npz) `label`: the class's index, or the true value; for
    /// findings with columns `label0`, `label1`, …, each 0 or 1. Of a folder, pictures in sub-folders named as the classes.
    #[arg(long, value_name = "ROWS")]
    test: Option<PathBuf>,

    /// Write the fixed-point program's integer scores of the held-out rows, one line each, with their labels.
    #[arg(long, value_name = "CSV", requires = "test")]
    scores: Option<PathBuf>,

    /// Directory of the bundle; its name becomes the model's id.
    #[arg(long, value_name = "DIR", required_unless_present = "draft")]
    out: Option<PathBuf>,

    /// Most bits of a weight, in the mean over the elements that layers compute: those whose roundings matter more get more.
    #[arg(long, value_name = "BITS", default_value_t = Options::default().weight_bits)]
    weight_bits: u32,

    /// Most bits of an activation, in the mean likewise.
    #[arg(long, value_name = "BITS", default_value_t = Options::default().activation_bits)]
    activation_bits: u32,

    /// Bits of every ring beyond what the calibration rows need; 64 for all that an accepted input can produce. By
    /// default that, where it costs at most a quarter more than rings which rows like the calibration's overflow with
    /// an estimated probability below 2^-20 and no input of a search does.
    #[arg(long, value_name = "BITS")]
    margin_bits: Option<u32>,

    /// Take the widths as given instead of the smallest that agree with the network.
    #[arg(long)]
    no_search: bool,

    /// How linear layers are to be prepared: with `he`, a layer that encryption has no room for is an error.
    #[arg(long, value_name = "BY", default_value = LinearKind::default().name(), value_parser = linear_kinds())]
    linear: LinearKind,

    /// Choose by what an inference costs with the leaves that suit this network: the place and shape of max pools, and
    /// whether rings hold everything. By default with the leaves that are everybody's default.
    #[arg(long, value_parser = networks())]
    network: Option<Network>,

    /// Write the bundle even where the program is less like its network than it should be.
    #[arg(long)]
    accept_missed_goals: bool,

    /// Leave rounded statistics of the calibration rows out of the card: mean, 1st and 99th percentile of each field,
    /// or of features of a picture or signal. Without them nobody is warned of an input unlike all of those rows.
    #[arg(long)]
    no_statistics: bool,

    /// Print the report as one line of JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &ImportArgs) -> Result<()> {
    match (&args.card, &args.calibration, &args.out) {
        (Some(card), Some(calibration), Some(out)) => import(args, Files { card, calibration, out }),
        _ => draft(args),
    }
}

/// Files that only a draft does without.
#[derive(Clone, Copy)]
struct Files<'a> {
    card: &'a Path,
    calibration: &'a Path,
    out: &'a Path,
}

/// Prints a card to begin with.
fn draft(args: &ImportArgs) -> Result<()> {
    // Arrays and folders of pictures have no names of columns.
    let unnamed = |file: &&Path| file.is_dir() || file.extension().is_some_and(|kind| kind == "npy" || kind == "npz");
    let table = args.calibration.as_deref().filter(|file| !unnamed(file));
    let columns = table.map_or(Ok(Vec::new()), columns)?;
    let title = args.onnx.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let made = sotto_nn::import::draft(&read(&args.onnx)?, &reading(args), &title, &columns);
    let card = made.map_err(|e| Error::Input(format!("{}: {e}", args.onnx.display())))?;
    say(&(card.to_json().map_err(|e| Error::Usage(e.to_string()))? + "\n"))
}

fn reading(args: &ImportArgs) -> Reading {
    Reading {
        folder: Some(args.onnx.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new(".")).into()),
        output: args.output.clone(),
        sizes: args.size.iter().cloned().collect(),
    }
}

fn import(args: &ImportArgs, files: Files<'_>) -> Result<()> {
    let Files { card: card_file, calibration, out } = files;
    let onnx = read(&args.onnx)?;
    let card = Card::from_json(&read(card_file)?).map_err(|e| Error::file(card_file, e))?;
    // Without a usable card, the columns of the tables mean nothing.
    card.validate_template().map_err(|e| Error::file(card_file, e))?;
    let calibration = sources::read(calibration, &card, &[])?.into_iter().map(|row| row.values).collect::<Vec<_>>();
    let test = match &args.test {
        Some(file) => labelled(file, &card)?,
        None => Vec::new(),
    };
    let id = out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let options = Options {
        weight_bits: args.weight_bits,
        activation_bits: args.activation_bits,
        margin_bits: args.margin_bits,
        search: !args.no_search,
        ..Options::default()
    };
    let default = Params::default();
    let round_bytes = args.network.map_or(default.round_bytes, Network::round_bytes);
    let params = Params { linear: args.linear, round_bytes, ..default };
    let price = |program: &Program| inference_bytes(program, params);
    let statistics = !args.no_statistics;
    let reading = reading(args);
    let line = Progress::on_terminal();
    let progress = line.as_ref().map(|line| |stage, done, steps| line.step(stage, done, steps));
    let source = Source {
        id: &id,
        onnx: &onnx,
        reading: &reading,
        card,
        calibration: &calibration,
        test: &test,
        statistics,
        price: &price,
        watcher: progress.as_ref().map(|progress| progress as _),
    };
    let imported = import_model(source, &options);
    drop(line);
    let imported = imported.map_err(|e| import_error(args, files, &e))?;
    let Imported { bundle, report, notes, scores: held_out_scores } = imported;
    let linears = Linears::choose(&bundle.program, params).map_err(|e| Error::Input(e.message().to_owned()))?;
    let refused = !report.goals_met && !args.accept_missed_goals;
    if !refused {
        bundle.save(out).map_err(|e| Error::Usage(e.to_string()))?;
        if let Some(file) = &args.scores {
            std::fs::write(file, scores(&bundle.card, &test, &held_out_scores)).map_err(|e| Error::file(file, e))?;
        }
    }
    let outcome = || match refused {
        false => Ok(()),
        true => Err(Error::Goals(missed_goals(&report))),
    };
    if args.json {
        let notes: Vec<String> = notes.iter().map(Note::to_string).collect();
        let accuracy = &bundle.card.accuracy;
        say_json(&serde_json::json!({ "id": id, "notes": notes, "calibration": report, "accuracy": accuracy }))?;
        return outcome();
    }
    let misfit = |(k, error): &(usize, FitError)| {
        format!(
            "layer '{}' is left to oblivious transfer, encryption has no room for it: {error}",
            bundle.program.ops[*k].name
        )
    };
    let misfits = linears.misfits().iter().map(misfit);
    let notes: Vec<String> = notes.iter().map(Note::to_string).chain(misfits).chain(unheld(&report).cloned()).collect();
    let saved = if refused { "not saved".into() } else { format!("saved to {}", out.display()) };
    say(&for_people(&bundle, &report, &notes, &saved))?;
    outcome()
}

/// A name and a size.
fn open_size(given: &str) -> std::result::Result<(String, usize), String> {
    let (name, size) = given.split_once('=').ok_or("it must be NAME=N")?;
    let size = size.parse().ok().filter(|&size| size > 0).ok_or("the size must be a whole number above 0")?;
    Ok((name.to_owned(), size))
}

/// Bytes of a private inference, without what a session takes once.
fn inference_bytes(program: &Program, params: Params) -> u64 {
    // What cannot be planned is refused later, with a reason.
    plan(program, params).map_or(u64::MAX, |plan| {
        [plan.preprocess, plan.online].iter().map(|bytes| bytes.to_server + bytes.to_client).sum()
    })
}

/// What fixed point cannot hold of a network.
fn unheld(report: &CalibrationReport) -> impl Iterator<Item = &String> {
    report.lost_weights.iter().chain(&report.outliers)
}

/// Most reasons of one sentence.
const REASONS: usize = 4;

fn missed_goals(report: &CalibrationReport) -> String {
    let mut reasons: Vec<_> = report.missed.iter().chain(unheld(report)).map(String::as_str).collect();
    let more = reasons.len().saturating_sub(REASONS);
    reasons.truncate(REASONS);
    let more = if more > 0 { format!("; and {more} more, listed above") } else { String::new() };
    format!(
        "the fixed-point program is not enough like the network: {}{more}. Allow more bits, or pass --accept-missed-goals",
        reasons.join("; ")
    )
}

/// The error with the file that it is about.
fn import_error(args: &ImportArgs, files: Files<'_>, error: &ImportError) -> Error {
    let row = |file: &Path, row: usize, problem: String| {
        Error::Input(format!("{}: row {} after the header: {problem}", file.display(), row + 1))
    };
    match error {
        ImportError::Onnx(e) => Error::Input(format!("{}: {e}", args.onnx.display())),
        ImportError::Card(e) => Error::Input(format!("{}: {e}", files.card.display())),
        ImportError::Sample { .. } => Error::Input(format!("{}: {error}", files.card.display())),
        ImportError::CalibrationRow { row: k, source } => row(files.calibration, *k, source.to_string()),
        ImportError::TestRow { row: k, problem } => {
            row(args.test.as_deref().unwrap_or(Path::new("--test")), *k, problem.clone())
        }
        ImportError::Calibration(_) => Error::Input(error.to_string()),
        ImportError::Bundle(e) => Error::Usage(format!("--out: {e}")),
    }
}

fn read(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).map_err(|e| Error::file(file, e))
}

fn for_people(bundle: &Bundle, report: &CalibrationReport, notes: &[String], saved: &str) -> String {
    let mut text = format!("{}: {} operations, {saved}\n", printable(&bundle.card.title), bundle.program.ops.len());
    for note in notes {
        text += &format!("note: {note}\n");
    }
    let rows: Vec<Vec<String>> = report
        .values
        .iter()
        .map(|v| {
            let numbers = [v.bits, v.frac_bits, v.seen_bits, v.probed_bits, v.bound_bits].map(|n| n.to_string());
            std::iter::once(v.name.clone()).chain(numbers).collect()
        })
        .collect();
    text += "\n";
    text += &table(&["value", "ring bits", "fraction", "seen", "found", "possible"], &rows);
    let (weights, activations) = (report.weight_bits, report.activation_bits);
    text += &format!("\nweights {weights} bits, activations {activations} bits; {}\n", report.overflow.sentence());
    if let Some(prices) = &report.prices {
        text += &priced(prices);
    }
    text += &format!(
        "calibration rows: {}; same decision as the network on {:.2} %, largest score error {:.4} of {:.4}{}\n",
        report.rows,
        100.0 * report.argmax_agreement,
        report.max_score_error,
        report.max_score,
        if report.goals_met { "" } else { "; goals are missed:" },
    );
    report.missed.iter().for_each(|missed| text += &format!("  {missed}\n"));
    text + &held_out(&bundle.card)
}

/// What rings that hold everything would cost.
fn priced(Prices { estimated, excluded }: &Prices) -> String {
    match excluded {
        Some(excluded) => {
            let more = 100.0 * (*excluded as f64 / *estimated as f64 - 1.0);
            let (everything, estimate) = (bytes(*excluded), bytes(*estimated));
            format!(
                "an inference takes {everything} with rings that hold everything, {more:+.1} %; {estimate} with \
                 estimated ones\n"
            )
        }
        None => "rings that hold everything would take more than 64 bits\n".into(),
    }
}
