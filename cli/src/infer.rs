//! `sotto infer`: private inferences from a native client.

mod answer;
mod batch;
mod inputs;
mod progress;
mod resume;
mod sink;

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;
use sotto_mpc::plan::plan;
use sotto_mpc::{Params, Stats, Ticket};
use sotto_nn::bundle::check_id;
use sotto_nn::{Card, Description, DescriptionError, ModelDigest, Program};
use sotto_server::ws::Limits;

use crate::agreement::AgreementArgs;
use crate::native_client::{self, Access, Remote};
use crate::signal::SignalArgs;
use crate::signals::{self, Asked};
use crate::{Error, Result, choices, log, runtime};
pub use answer::{Answer, Ranked};
use answer::{Outcome, Question, Refusal};
use batch::{Batch, Ended, Job};
use inputs::Read;
pub use inputs::Row;
use progress::Progress;
use resume::{Faults, Found, Output, Run};
use sink::{Format, Sink};

/// Options of `sotto infer`.
#[derive(Args, Clone, Debug)]
pub(crate) struct InferArgs {
    /// The server, as wss://HOST:PORT, https://HOST:PORT or, without TLS, ws:// or http:// (a path before /ws may follow).
    #[arg(long, value_name = "URL", default_value = "ws://127.0.0.1:8080", env = "SOTTO_SERVER")]
    server: String,

    #[command(flatten)]
    access: Access,

    /// The model's id.
    #[arg(long, value_name = "ID", value_parser = model_id)]
    model: String,

    #[command(flatten)]
    source: Source,

    #[command(flatten)]
    recording: SignalArgs,

    #[command(flatten)]
    agreement: AgreementArgs,

    /// Refuse a model of which setup and one inference take more, both ways (K, M, G: powers of 1024) [default: no limit].
    #[arg(long, value_name = "BYTES", value_parser = choices::bytes)]
    max_bytes: Option<u64>,

    /// Show the classes of the N largest scores.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    top: Option<u32>,

    /// How to print the results, each as it comes.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,

    /// Write the results to a new file instead, a line of JSON for each row.
    #[arg(long, value_name = "FILE", conflicts_with = "format")]
    output: Option<PathBuf>,

    /// Go on behind the rows that are in the file of --output, of a run with the same model and inputs that did not come to its end.
    #[arg(long, requires = "output")]
    resume: bool,

    /// When the server is full, or the connection is lost before a row's result, try again in a new session, so often without a result
    /// in between, after 1, 2, 4 … seconds, at most 60. The model's description is asked for once.
    #[arg(long, value_name = "N", default_value_t = 4)]
    retries: u32,
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

    /// A recording as CSV: a header of names, then a value a line in the model's unit, or nothing where there is a gap. It goes through
    /// the page's low-pass, and each beat becomes one inference.
    #[arg(long, value_name = "FILE", requires = "rate")]
    signal: Option<PathBuf>,

    /// A sample of the model's card by name, or `all`; the result is checked against the card.
    #[arg(long, value_name = "NAME")]
    sample: Option<String>,
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
    /// Sessions that may fail, one after the other without a result, beyond the first.
    pub retries: u32,
}

/// Everything that a run yields.
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
    let _log = log::start("warn", log::Form::Text);
    runtime::block_on(1, infer(args))
}

async fn infer(args: InferArgs) -> Result<()> {
    let InferArgs {
        server,
        access,
        model,
        source,
        recording,
        agreement,
        max_bytes,
        top,
        format,
        output,
        resume,
        retries,
    } = args;
    let max_bytes = max_bytes.unwrap_or(u64::MAX);
    let top = top.map_or(0, |top| top as usize);
    let request = Request { server, access, model, limits: native_client::LIMITS, max_bytes, top, retries };
    let asked = listen()?;
    let prepared = tokio::select! {
        prepared = Prepared::new(&request, |card| source.rows(&recording, card), agreement.params()) => prepared?,
        () = asked.stop.cancelled() => return Err(Error::Interrupted("stopped before the first row".into())),
    };
    let jobs = &prepared.jobs;
    if let Some(Job { name, asked: Err(why) }) = jobs.first()
        && jobs.iter().all(|job| job.asked.is_err())
    {
        return Err(Error::Input(format!("{name}: {why}")));
    }
    let run = prepared.run(&request);
    let (mut sink, Found { done, mut faults }) = match &output {
        Some(file) => {
            let (output, found) = Output::open(file, resume, &run, jobs)?;
            (Sink::File { output, run }, found)
        }
        None => (Sink::printed(format, run, &prepared.description.card, jobs), Found::default()),
    };
    let progress = Progress::begin(done, jobs.len());
    let mut each = |row: usize, outcome: Outcome| {
        progress.clear();
        faults.add(&outcome);
        sink.take(row, &outcome)?;
        progress.show(row + 1);
        Ok(())
    };
    let ended = prepared.batch(&request).run(jobs, done, &asked, &mut each).await;
    progress.clear();
    end(ended, jobs.len(), output.is_some(), faults, &sink)
}

/// What is left to say when no more rows come.
fn end(ended: Ended, rows: usize, to_file: bool, faults: Faults, sink: &Sink) -> Result<()> {
    let Ended { done, stats, outcome } = ended;
    let how = match (to_file, done) {
        (_, 0) => String::new(),
        (true, _) => format!("; {done} of {rows} rows are done: the same command with --resume goes on behind them"),
        (false, _) => {
            format!("; {done} of {rows} rows are done; a run with --output FILE can go on behind those that are done")
        }
    };
    let outcome = match outcome {
        Ok(()) if done < rows => Err(Error::Interrupted(format!("stopped{how}"))),
        Err(Error::Connection(why)) => Err(Error::Connection(why + &how)),
        Err(Error::Interrupted(why)) => Err(Error::Interrupted(why + &how)),
        other => other,
    };
    if outcome != Err(Error::Unread) {
        sink.end(&stats)?;
    }
    outcome?;
    faults.end(rows)
}

/// The signals that end a run in order; a terminal that is closed does, too.
fn listen() -> Result<Asked> {
    let asked = signals::listen()?;
    let (hangup, stop) = (asked.reload.clone(), asked.stop.clone());
    tokio::spawn(async move {
        hangup.notified().await;
        stop.cancel();
    });
    Ok(asked)
}

/// Asks a server for its model, and runs an inference for each row.
///
/// # Errors
/// [`Error::Input`] when one of the rows does not fit the model, [`Error::Damaged`] when a result cannot be right; then there are none
/// at all.
pub async fn ask(request: &Request, rows: impl FnOnce(&Card) -> Result<Vec<Row>>, params: Params) -> Result<Report> {
    let read = |card: &Card| Ok(rows(card)?.into_iter().map(|row| (row.name.clone(), Ok(row))).collect());
    let prepared = Prepared::new(request, read, params).await?;
    if let Some((name, why)) = prepared.jobs.iter().find_map(|job| Some((&job.name, job.asked.as_ref().err()?))) {
        return Err(Error::Input(format!("{name}: {why}")));
    }
    let (mut answers, mut damaged) = (Vec::new(), None);
    let mut each = |_: usize, outcome: Outcome| {
        match outcome {
            Outcome::Answer(answer) => answers.push(answer),
            Outcome::Refusal(Refusal { name, error, .. }) => {
                damaged.get_or_insert(Error::Damaged(format!("{name}: {error}")));
            }
        }
        Ok(())
    };
    let ended = prepared.batch(request).run(&prepared.jobs, 0, &Asked::default(), &mut each).await;
    ended.outcome?;
    if let Some(error) = damaged {
        return Err(error);
    }
    Ok(Report { model: request.model.clone(), digest: prepared.description.digest, answers, stats: ended.stats })
}

/// What is known before the first session.
struct Prepared {
    remote: Remote,
    description: Arc<Description>,
    params: Params,
    ticket: Option<Ticket>,
    jobs: Arc<Vec<Job>>,
}

impl Prepared {
    async fn new(request: &Request, rows: impl FnOnce(&Card) -> Result<Vec<Read>>, params: Params) -> Result<Prepared> {
        let remote = Remote::new(&request.server, &request.access)?;
        let ticket = request.access.ticket()?;
        let description = Arc::new(fetch(&remote, &request.model).await?);
        let Description { card, program, .. } = &*description;
        let job = |(name, row): Read| {
            let asked = row.and_then(|row| Question::new(card, program, row));
            Job { name, asked }
        };
        let jobs = Arc::new(rows(card)?.into_iter().map(job).collect());
        affordable(program, params, request.max_bytes)?;
        Ok(Prepared { remote, description, params, ticket, jobs })
    }

    fn batch(&self, request: &Request) -> Batch<'_> {
        Batch {
            remote: &self.remote,
            model: request.model.clone(),
            description: self.description.clone(),
            params: self.params,
            ticket: self.ticket.clone(),
            max_bytes: request.max_bytes,
            limits: request.limits,
            top: request.top,
            retries: request.retries,
        }
    }

    fn run(&self, request: &Request) -> Run {
        let (model, digest) = (request.model.clone(), self.description.digest.to_string());
        Run { model, digest, rows: self.jobs.len() }
    }
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
    fn rows(&self, recording: &SignalArgs, card: &Card) -> Result<Vec<Read>> {
        match self {
            Self { csv: Some(file), .. } => inputs::from_csv(file, card),
            Self { json: Some(file), .. } => inputs::from_json(file, card),
            Self { image: Some(files), .. } => inputs::from_images(files, card),
            Self { sample: Some(name), .. } => inputs::from_samples(name, card),
            Self { signal: Some(file), .. } => inputs::from_recording(file, recording, card),
            _ => Err(Error::Usage("give one of --csv, --json, --image, --signal and --sample".into())),
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
