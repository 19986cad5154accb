//! The file of `--output`: a line of JSON for each row, in their order, written whole and at once; and how a run goes on behind the
//! rows that another one wrote.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::answer::Outcome;
use super::batch::Job;
use crate::{Error, Result};

/// Of which run a line is: lines stand for themselves, so that a file that was cut anywhere says all of what it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// The model's id.
    pub(super) model: String,
    /// Which version of its card and program.
    pub(super) digest: String,
    /// How many rows there are.
    pub(super) rows: usize,
}

/// A line.
#[derive(Serialize)]
struct Line<'a> {
    row: usize,
    rows: usize,
    model: &'a str,
    digest: &'a str,
    #[serde(flatten)]
    outcome: &'a Outcome,
}

/// What is read of a line.
#[derive(Deserialize)]
struct Kept {
    row: usize,
    rows: usize,
    model: String,
    digest: String,
    name: String,
    error: Option<String>,
    #[serde(default)]
    damaged: bool,
    #[serde(default)]
    matches: Option<bool>,
}

/// What a run that goes on finds.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Rows that are done.
    pub(super) done: usize,
    /// What is wrong with some of them.
    pub(super) faults: Faults,
}

/// Rows that are not as they should be, of a run and those that it goes on with.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// Rows that could not be asked, and the first of them.
    refused: usize,
    first: Option<String>,
    /// The first row whose result was damaged.
    damaged: Option<String>,
    /// The first row whose result is not the plain computation's.
    differs: Option<String>,
}

impl Faults {
    fn count(&mut self, name: &str, error: Option<&str>, damaged: bool, matches: Option<bool>) {
        if let Some(error) = error {
            if damaged {
                self.damaged.get_or_insert_with(|| format!("{name}: {error}"));
            } else {
                self.refused += 1;
                self.first.get_or_insert_with(|| format!("{name}: {error}"));
            }
        }
        if matches == Some(false) {
            self.differs.get_or_insert_with(|| name.to_owned());
        }
    }

    /// Counts one more row.
    pub(super) fn add(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Answer(answer) => self.count(&answer.name, None, false, answer.matches),
            Outcome::Refusal(refusal) => self.count(&refusal.name, Some(&refusal.error), refusal.damaged, None),
        }
    }

    /// The gravest of them as the end of a run of so many rows.
    pub(super) fn end(self, rows: usize) -> Result<()> {
        match self {
            Self { damaged: Some(why), .. } => Err(Error::Damaged(why)),
            Self { differs: Some(name), .. } => {
                Err(Error::Mismatch(format!("{name}: the result differs from the plain computation")))
            }
            Self { refused, first: Some(why), .. } => {
                Err(Error::Rows(format!("{refused} of {rows} rows have no result: {why}{}", others(refused))))
            }
            _ => Ok(()),
        }
    }
}

fn others(refused: usize) -> &'static str {
    if refused > 1 { ", and more" } else { "" }
}

/// A line for a row, with its end.
pub(super) fn line(run: &Run, row: usize, outcome: &Outcome) -> Result<String> {
    let Run { model, digest, rows } = run;
    let line = Line { row, rows: *rows, model, digest, outcome };
    let json = serde_json::to_string(&line).map_err(|e| Error::Internal(format!("cannot write JSON: {e}")))?;
    Ok(json + "\n")
}

/// An output file that one run alone writes.
#[derive(Debug)]
pub(super) struct Output {
    file: File,
    path: PathBuf,
}

impl Output {
    /// Opens a new file, or, to go on, one that may be there, without the torn line at its end.
    ///
    /// # Errors
    /// [`Error::Usage`] when it is there and should not be, cannot be written, or is of another run: another model or version of it,
    /// another number or other names of rows.
    pub(super) fn open(path: &Path, resume: bool, run: &Run, jobs: &[Job]) -> Result<(Output, Found)> {
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        let opened = if resume { options.create(true).truncate(false) } else { options.create_new(true) }.open(path);
        let mut file = opened.map_err(|e| match e.kind() {
            std::io::ErrorKind::AlreadyExists => {
                Error::file(path, "it is there already: give --resume to go on behind its rows, or another name")
            }
            _ => Error::file(path, e),
        })?;
        file.try_lock().map_err(|e| match e {
            std::fs::TryLockError::WouldBlock => Error::file(path, "another run writes to it"),
            std::fs::TryLockError::Error(e) => Error::file(path, e),
        })?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(|e| Error::file(path, e))?;
        let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let found = found(&text[..whole], run, jobs).map_err(|why| Error::file(path, why))?;
        let cut = file.set_len(whole as u64).and_then(|()| file.seek(SeekFrom::End(0)));
        cut.map_err(|e| Error::file(path, e))?;
        Ok((Output { file, path: path.to_owned() }, found))
    }

    /// Writes a line, whole.
    pub(super) fn write(&mut self, line: &str) -> Result<()> {
        self.file.write_all(line.as_bytes()).map_err(|e| Error::file(&self.path, e))
    }
}

/// What whole lines have, if they are the first ones of the run.
fn found(text: &[u8], run: &Run, jobs: &[Job]) -> std::result::Result<Found, String> {
    let mut found = Found::default();
    for (k, line) in text.split_inclusive(|&byte| byte == b'\n').enumerate() {
        let kept: Kept =
            serde_json::from_slice(line).map_err(|e| format!("line {} is no row of sotto infer: {e}", k + 1))?;
        let Kept { row, rows, model, digest, name, error, damaged, matches } = kept;
        let other = |what: &str, there: &str, here: &str| {
            Err(format!("it is of another run: the {what} is '{there}' in line {}, and '{here}' now", k + 1))
        };
        if model != run.model {
            return other("model", &model, &run.model);
        }
        if digest != run.digest {
            return other("model's digest", &digest, &run.digest);
        }
        if rows != run.rows {
            return other("number of rows", &rows.to_string(), &run.rows.to_string());
        }
        if row != k {
            return Err(format!(
                "line {} has row {row} in place of row {k}: rows have to be there in their order",
                k + 1
            ));
        }
        let job = jobs.get(k).ok_or_else(|| format!("there is no row {k}"))?;
        if name != job.name {
            return other("row's name", &name, &job.name);
        }
        found.faults.count(&name, error.as_deref(), damaged, matches);
        found.done = k + 1;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::answer::Refusal;
    use super::*;

    fn run() -> Run {
        Run { model: "wdbc".into(), digest: "00".into(), rows: 3 }
    }

    fn jobs() -> Vec<Job> {
        (2..5).map(|k| Job { name: format!("line {k}"), asked: Err("not a number".into()) }).collect()
    }

    fn written(row: usize) -> String {
        let refusal = Refusal { name: jobs()[row].name.clone(), error: "not a number".into(), damaged: false };
        line(&run(), row, &Outcome::Refusal(refusal)).unwrap()
    }

    #[test]
    fn a_run_goes_on_behind_whole_lines() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("out");
        let (mut output, found) = Output::open(&path, true, &run(), &jobs()).unwrap();
        assert_eq!(found.done, 0);
        output.write(&written(0)).unwrap();
        output.write(&written(1)).unwrap();
        let busy = Output::open(&path, true, &run(), &jobs()).unwrap_err().to_string();
        assert!(busy.contains("another run writes to it"), "{busy}");
        output.write(&written(2)[..20]).unwrap();
        drop(output);
        let there = Output::open(&path, false, &run(), &jobs()).unwrap_err().to_string();
        assert!(there.contains("give --resume"), "{there}");
        let (mut output, found) = Output::open(&path, true, &run(), &jobs()).unwrap();
        assert_eq!((found.done, found.faults.refused), (2, 2));
        output.write(&written(2)).unwrap();
        drop(output);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), [0, 1, 2].map(written).concat());
        let end = Output::open(&path, true, &run(), &jobs()).unwrap().1.faults.end(3).unwrap_err();
        assert_eq!(end, Error::Rows("3 of 3 rows have no result: line 2: not a number, and more".into()));
    }

    #[test]
    fn files_of_other_runs_are_refused() {
        let says = |text: &str, run: &Run, words: &str| {
            let why = found(text.as_bytes(), run, &jobs()).unwrap_err();
            assert!(why.contains(words), "{why}");
        };
        let text = written(0);
        says(&text, &Run { model: "heart".into(), ..run() }, "the model is 'wdbc' in line 1, and 'heart' now");
        says(&text, &Run { digest: "01".into(), ..run() }, "the model's digest is '00' in line 1");
        says(&text, &Run { rows: 4, ..run() }, "the number of rows is '3' in line 1, and '4' now");
        says(&written(1), &run(), "line 1 has row 1 in place of row 0");
        says(&text.replace("line 2", "line 9"), &run(), "the row's name is 'line 9' in line 1, and 'line 2' now");
        says(&(text + "{}\n"), &run(), "line 2 is no row of sotto infer");
        says("input,result\n", &run(), "line 1 is no row of sotto infer");
    }
}
