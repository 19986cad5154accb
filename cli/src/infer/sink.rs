//! Where results go, each as it comes: a table for people, one JSON object, or a line of JSON for each row.

use clap::ValueEnum;
use serde::Serialize;
use serde_json::to_string;
use sotto_mpc::{Phase, Stats};
use sotto_nn::Card;
use sotto_server::printable;

use super::answer::{MISSED, Outcome, Refusal};
use super::batch::Job;
use super::resume::{Output, Run, line};
use crate::output::say;
use crate::table::{self, bytes, table};
use crate::{Error, Result};

/// Output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    Table,
    /// One JSON object.
    Json,
    /// A JSON object for each row, on a line of its own.
    Lines,
}

/// The headings of the table.
const HEADINGS: [&str; 6] = ["input", "result", "truth", "score", "output", "bit for bit"];

/// The widest that a column is made before its cells are known.
const WIDEST: usize = 40;

/// Where results go.
pub(super) enum Sink {
    /// Standard output.
    Printed { format: Format, widths: [usize; 6], run: Run, begun: bool },
    /// A file that a run can go on with.
    File { output: Output, run: Run },
}

impl Sink {
    /// Standard output, with a table whose columns are as wide as what is known of the rows.
    pub(super) fn printed(format: Format, run: Run, card: &Card, jobs: &[Job]) -> Sink {
        Self::Printed { format, widths: widths(card, jobs), run, begun: false }
    }

    /// Takes a row, and does not keep it.
    pub(super) fn take(&mut self, row: usize, outcome: &Outcome) -> Result<()> {
        match self {
            Self::File { output, run } => output.write(&line(run, row, outcome)?),
            Self::Printed { format: Format::Lines, run, .. } => say(&line(run, row, outcome)?),
            Self::Printed { format: Format::Json, run, begun, .. } => {
                let before = if std::mem::replace(begun, true) { ",".into() } else { json_head(run)? };
                say(&(before + &json(outcome)?))
            }
            Self::Printed { format: Format::Table, widths, begun, .. } => {
                let head = if std::mem::replace(begun, true) {
                    String::new()
                } else {
                    table::line(widths, HEADINGS.into_iter())
                };
                say(&(head + &shown(widths, outcome)))
            }
        }
    }

    /// What comes behind the last row, if there was any.
    pub(super) fn end(&self, stats: &Stats) -> Result<()> {
        match self {
            Self::Printed { format: Format::Json, begun: true, .. } => {
                say(&format!("],\"stats\":{}}}\n", json(stats)?))
            }
            Self::Printed { format: Format::Table, begun: true, run, .. } => say(&costs(run, stats)),
            _ => Ok(()),
        }
    }
}

fn json(value: &impl Serialize) -> Result<String> {
    to_string(value).map_err(|e| Error::Internal(format!("cannot write JSON: {e}")))
}

fn json_head(Run { model, digest, .. }: &Run) -> Result<String> {
    Ok(format!("{{\"model\":{},\"digest\":{},\"answers\":[", json(model)?, json(digest)?))
}

/// A row of the table, and what does not fit into it.
fn shown(widths: &[usize], outcome: &Outcome) -> String {
    let answer = match outcome {
        Outcome::Answer(answer) => answer,
        Outcome::Refusal(Refusal { name, error, .. }) => {
            return format!("error: {}: {}\n", printable(name), printable(error));
        }
    };
    let cells = answer.cells().map(|cell| printable(&cell));
    let mut text = table::line(widths, cells.iter().map(String::as_str)) + &answer.details();
    for remark in &answer.remarks {
        text += &format!("warning: {}: {}\n", printable(&answer.name), printable(remark));
    }
    text
}

fn widths(card: &Card, jobs: &[Job]) -> [usize; 6] {
    let long = |text: &str| text.chars().count();
    let class = card.classes.iter().map(|class| long(class)).max().unwrap_or(0);
    let names = jobs.iter().map(|job| long(&job.name)).max().unwrap_or(0);
    let known = |job: &Job| job.asked.as_ref().is_ok_and(|question| question.truth.is_some());
    let truth = if jobs.iter().any(known) { class + long(MISSED) } else { 0 };
    // Two scores of five digits and signs, say.
    let output = 14;
    let known = [names, class, truth, "100.0 %".len(), output, 0];
    std::array::from_fn(|k| known[k].min(WIDEST).max(long(HEADINGS[k])))
}

fn costs(run: &Run, stats: &Stats) -> String {
    let phases = Phase::ALL.map(|phase| {
        let t = stats.phase(phase);
        vec![
            phase.to_string(),
            bytes(t.bytes_sent),
            bytes(t.bytes_received),
            t.rounds.to_string(),
            format!("{:.3}", t.seconds),
        ]
    });
    let digest: String = run.digest.chars().take(12).collect();
    let table = table(&["phase", "sent", "received", "rounds", "seconds"], &phases);
    format!("\nmodel {}, version {digest}\n\n{table}", run.model)
}
