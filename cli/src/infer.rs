//! `sotto infer`: private inferences from a native client.

mod inputs;

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use futures_executor::block_on;
use serde::Serialize;
use sotto_mpc::plan::plan;
use sotto_mpc::{Channel, Client, ClientOptions, ErrorKind, Params, Phase, Stats};
use sotto_nn::bundle::check_id;
use sotto_nn::card::{Prediction, revealed};
use sotto_nn::{Card, Description, DescriptionError, ModelDigest, Program};
use sotto_server::printable;
use sotto_server::ws::Limits;

use crate::agreement::AgreementArgs;
use crate::native_client::{self, Access, Remote};
use crate::output::{say, say_json};
use crate::table::{bytes, table};
use crate::{Error, Result, choices, log, runtime};
pub use inputs::Row;

/// Options of `sotto infer`.
#[derive(Args, Clone, Debug)]
pub(crate) struct InferArgs {
    /// The server, as wss://HOST:PORT, https://HOST:PORT or, without TLS, ws:// or http:// (a path before /ws may follow).
    #[arg(long, value_name = "URL", default_value = "ws://127.0.0.1:8080", env = "SOTTO_SERVER")]
    server: String,

    /// The model's id.
    #[arg(long, value_name = "ID", value_parser = model_id)]
    model: String,

    #[command(flatten)]
    access: Access,

    #[command(flatten)]
    source: Source,

    #[command(flatten)]
    agreement: AgreementArgs,

    /// Refuse a model of which setup and one inference take more, both ways (K, M, G: powers of 1024) [default: no limit].
    #[arg(long, value_name = "BYTES", value_parser = choices::bytes)]
    max_bytes: Option<u64>,

    /// Show the classes of the N largest scores.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    top: Option<u32>,

    /// How to print the results.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// Where the inputs come from; exactly one is given.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
struct Source {
    /// CSV with a header of names (fields' names; p0, p1, … for pixels; s0, s1, … for samples of a signal); each further
    /// line is one inference. Other columns are ignored.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,

    /// JSON: an object of the same names and numbers, a list of numbers in the model's order, or a list of either.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Picture files, PNG or JPEG, fitted to the model as its card says; each is one inference.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    image: Option<Vec<PathBuf>>,

    /// A sample of the model's card by name, or `all`; the result is checked against the card.
    #[arg(long, value_name = "NAME")]
    sample: Option<String>,
}

/// Output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// One JSON object.
    Json,
}

/// Which model of which server is asked.
#[derive(Clone, Debug)]
pub struct Request {
    /// As for `--server`.
    pub server: String,
    /// What it takes to reach it.
    pub access: Access,
    /// The model's id.
    pub model: String,
    /// How long the server may be silent.
    pub limits: Limits,
    /// Most bytes that setup and one inference may take, both ways.
    pub max_bytes: u64,
    /// How many classes to name beside the decision.
    pub top: usize,
}

/// One inference's result.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// The row's name.
    pub name: String,
    /// The decision.
    pub prediction: Prediction,
    /// The program's result.
    pub output: Vec<i64>,
    /// Whether it equals the plain computation, where that is known.
    pub matches: Option<bool>,
    /// What is true of the input, where it is known.
    pub truth: Option<String>,
    /// Whether the decision is another than that.
    pub missed: bool,
    /// The classes of the largest scores, best first, as many as were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub top: Vec<Ranked>,
    /// What sets the input apart from the model's calibration data.
    pub remarks: Vec<String>,
}

/// A class and its score.
#[derive(Clone, Debug, Serialize)]
pub struct Ranked {
    /// The class's name.
    pub label: String,
    /// Its score.
    pub score: f64,
}

/// Everything that `sotto infer` reports.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The model's id.
    pub model: String,
    /// Which version of its card and program.
    pub digest: ModelDigest,
    /// A result for each row.
    pub answers: Vec<Answer>,
    /// Bytes, rounds and seconds.
    pub stats: Stats,
}

pub(crate) fn run(args: InferArgs) -> Result<()> {
    let _log = log::start("warn");
    let InferArgs { server, access, model, source, agreement, max_bytes, top, format } = args;
    let max_bytes = max_bytes.unwrap_or(u64::MAX);
    let top = top.map_or(0, |top| top as usize);
    let request = Request { server, access, model, limits: native_client::LIMITS, max_bytes, top };
    let report = runtime::block_on(1, ask(&request, |card| source.rows(card), |program| agreement.params(program)))?;
    match format {
        Format::Json => say_json(&report)?,
        Format::Table => say(&report.for_people())?,
    }
    match report.answers.iter().find(|a| a.matches == Some(false)) {
        Some(a) => Err(Error::Mismatch(format!("{}: the result differs from the plain computation", a.name))),
        None => Ok(()),
    }
}

/// Asks a server for its model, and runs an inference for each row in one session.
///
/// # Errors
/// [`Error::Damaged`] when a result cannot be right; then there are none at all.
pub async fn ask(
    request: &Request,
    rows: impl FnOnce(&Card) -> Result<Vec<Row>>,
    params: impl FnOnce(&Program) -> Result<Params>,
) -> Result<Report> {
    let remote = Remote::new(&request.server, &request.access)?;
    let description = Arc::new(fetch(&remote, &request.model).await?);
    let Description { card, program, digest, .. } = &*description;
    let rows = rows(card)?;
    let inputs: Vec<Vec<i64>> = rows
        .iter()
        .map(|row| card.quantise(program, &row.values).map_err(|e| Error::Input(format!("{}: {e}", row.name))))
        .collect::<Result<_>>()?;
    let params = params(program)?;
    affordable(program, params, request.max_bytes)?;
    let (channel, connection) = remote.open(request.limits).await.map_err(|failed| failed.error)?;
    let (model, described, max_bytes) = (request.model.clone(), description.clone(), request.max_bytes);
    let thread = tokio::task::spawn_blocking(move || {
        let options =
            ClientOptions { model, description: Some(described), params, max_bytes, ..ClientOptions::default() };
        block_on(infer_all(channel, options, &inputs))
    });
    let outcome = thread.await.map_err(|_| Error::Internal("the protocol's thread panicked".into()))?;
    // The outcome is here; how the connection closes after it changes nothing.
    let _ = connection.finish(&outcome).await;
    let (outputs, stats) = outcome?;
    let answers = rows.iter().zip(outputs).map(|(row, output)| answer(card, program, row, output, request.top));
    Ok(Report { model: request.model.clone(), digest: *digest, answers: answers.collect::<Result<_>>()?, stats })
}

/// Refuses what the session would refuse, too, before there is one, and says what to do about it.
fn affordable(program: &Program, params: Params, max_bytes: u64) -> Result<()> {
    let needed = plan(program, params).map_err(|e| Error::Input(e.message().into()))?.total();
    if needed > max_bytes {
        return Err(Error::Usage(format!(
            "setup and one inference take {needed} bytes, more than --max-bytes {max_bytes}: allow as many, or leave the \
             option out for no limit"
        )));
    }
    Ok(())
}

impl Source {
    fn rows(&self, card: &Card) -> Result<Vec<Row>> {
        match self {
            Self { csv: Some(file), .. } => inputs::from_csv(file, card),
            Self { json: Some(file), .. } => inputs::from_json(file, card),
            Self { image: Some(files), .. } => inputs::from_images(files, card),
            Self { sample: Some(name), .. } => inputs::from_samples(name, card),
            _ => Err(Error::Usage("give one of --csv, --json, --image and --sample".into())),
        }
    }
}

/// An id that a model can have.
fn model_id(text: &str) -> std::result::Result<String, String> {
    check_id(text).map(|()| text.to_owned()).map_err(|e| e.to_string())
}

/// What the server says of a model, checked.
async fn fetch(remote: &Remote, id: &str) -> Result<Description> {
    let body = remote.get(&format!("api/models/{id}")).await.map_err(|failed| failed.error)?;
    let body = body.ok_or_else(|| Error::Usage(format!("the server at {} has no model '{id}'", remote.address())))?;
    let what = format!("the server's description of '{id}'");
    let text = std::str::from_utf8(&body).map_err(|e| Error::Protocol(format!("{what} is not understood: {e}")))?;
    Description::from_json(text).map_err(|e| match e {
        DescriptionError::Damaged => Error::Damaged(format!("{what} cannot be used: {e}")),
        DescriptionError::Content(why) => Error::Protocol(format!("{what} is not understood: {why}")),
    })
}

/// One session: an inference for each input, with no output where it cannot be right. The server is not to learn of those, so the
/// session goes on.
async fn infer_all(
    channel: Channel,
    options: ClientOptions,
    inputs: &[Vec<i64>],
) -> sotto_mpc::Result<(Vec<Option<Vec<i64>>>, Stats)> {
    let mut client = Client::connect(channel, options).await?;
    let mut outputs = Vec::with_capacity(inputs.len());
    for input in inputs {
        outputs.push(match client.infer(input).await {
            Ok(inference) => Some(inference.output),
            Err(error) if error.kind() == ErrorKind::Damaged => None,
            Err(error) => return Err(error),
        });
    }
    Ok((outputs, client.close().await?))
}

fn answer(card: &Card, program: &Program, row: &Row, output: Option<Vec<i64>>, top: usize) -> Result<Answer> {
    let decided = output.and_then(|output| Some((card.scores(program, &output)?, output)));
    let damaged = || Error::Damaged(format!("{}: the result was damaged on the way and is not shown", row.name));
    let (prediction, output) = decided.ok_or_else(damaged)?;
    let matches = row.expected.as_ref().map(|scores| revealed(program, scores) == output);
    let truth = row.truth.as_ref().and_then(|truth| card.truth_words(truth));
    // A number is never exactly right.
    let number = matches!(prediction, Prediction::Value { .. });
    let missed = !number && truth.as_ref().is_some_and(|truth| *truth != prediction.label());
    let (name, remarks) = (row.name.clone(), card.remarks(&row.values));
    Ok(Answer { name, output, matches, truth, missed, top: ranked(card, &prediction, top), prediction, remarks })
}

/// The classes of the `count` largest scores, best first.
fn ranked(card: &Card, prediction: &Prediction, count: usize) -> Vec<Ranked> {
    let Prediction::Class { scores, .. } = prediction else { return Vec::new() };
    let classes = card.classes.iter().zip(scores);
    let mut all: Vec<Ranked> = classes.map(|(label, &score)| Ranked { label: label.clone(), score }).collect();
    all.sort_by(|a, b| b.score.total_cmp(&a.score));
    all.truncate(count);
    all
}

impl Report {
    fn for_people(&self) -> String {
        let rows: Vec<Vec<String>> = self.answers.iter().map(Answer::cells).collect();
        let mut text = table(&["input", "result", "truth", "score", "output", "bit for bit"], &rows);
        for answer in &self.answers {
            text += &answer.details();
            for remark in &answer.remarks {
                text += &format!("warning: {}: {}\n", printable(&answer.name), printable(remark));
            }
        }
        text += &format!("\nmodel {}, version {}\n\n", self.model, self.digest.short());
        let phases = Phase::ALL.map(|phase| {
            let t = self.stats.phase(phase);
            vec![
                phase.to_string(),
                bytes(t.bytes_sent),
                bytes(t.bytes_received),
                t.rounds.to_string(),
                format!("{:.3}", t.seconds),
            ]
        });
        text + &table(&["phase", "sent", "received", "rounds", "seconds"], &phases)
    }
}

impl Answer {
    fn cells(&self) -> Vec<String> {
        let matches = match self.matches {
            Some(true) => "yes",
            Some(false) => "NO",
            None => "-",
        };
        let score = match &self.prediction {
            Prediction::Class { class, scores, .. } => scores.get(*class).map(|&score| percent(score)),
            Prediction::Findings { .. } | Prediction::Value { .. } => None,
        };
        let truth = match &self.truth {
            Some(truth) if self.missed => format!("{truth}: MISSED"),
            Some(truth) => truth.clone(),
            None => "-".into(),
        };
        let (name, result) = (self.name.clone(), self.prediction.label());
        vec![name, result, truth, score.unwrap_or("-".into()), integers(&self.output), matches.into()]
    }

    /// What does not fit into a cell: the largest scores, every finding, a number that is not to be relied on.
    fn details(&self) -> String {
        let mut lines: Vec<String> = self
            .top
            .iter()
            .map(|Ranked { label, score }| format!("{:>7}  {}", percent(*score), printable(label)))
            .collect();
        match &self.prediction {
            Prediction::Findings { findings } => lines.extend(findings.iter().map(|finding| {
                let score = finding.score.map_or(String::new(), percent);
                let sign = if finding.present { "present" } else { "absent" };
                format!("{score:>7}  {}: {sign}, threshold {}", printable(&finding.label), percent(finding.threshold))
            })),
            Prediction::Value { outside: true, .. } => {
                lines.push("outside of what the model was made to answer".into())
            }
            _ => {}
        }
        let name = printable(&self.name);
        if lines.is_empty() { String::new() } else { format!("{name}:\n  {}\n", lines.join("\n  ")) }
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// The program's output, or the beginning of a long one.
fn integers(output: &[i64]) -> String {
    const SHOWN: usize = 8;
    match output.len() {
        0..=SHOWN => format!("{output:?}"),
        len => format!("{:?} and {} more", &output[..SHOWN], len - SHOWN),
    }
}
