//! The log, on standard error, by a thread of its own: whoever reads it slowly, or not at all, holds up no session.

use std::io::{IsTerminal, Write, stderr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use clap::ValueEnum;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{Metadata, info, level_filters::LevelFilter};
use tracing_subscriber::filter::{EnvFilter, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::Registry;
use tracing_subscriber::reload;
use tracing_subscriber::util::SubscriberInitExt;

use crate::{Error, Result};

/// Lines that may wait to be written; what comes when so many do is counted instead.
const WAITING: usize = 4096;

/// How long the end of the process waits for the last lines.
const LAST_LINES: Duration = Duration::from_secs(1);

/// What the log shows after SIGUSR1.
const MORE: &str = "debug";

/// How lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For people.
    #[default]
    Text,
    /// An object of JSON in each line, for programs.
    Json,
}

/// Starts the log, with what `RUST_LOG` asks for or else with `default`. It is complete when the result is dropped.
pub(crate) fn start(default: &str, form: Form) -> Log {
    let chosen = || EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let mut log = Log::to(stderr(), form, default);
    let (filter, handle) = reload::Layer::new(chosen());
    // A log that cannot be written must not end a session: a complaint about it would go the same way, and panic.
    let lines = tracing_subscriber::fmt::layer().with_writer(log.lines.clone()).log_internal_errors(false);
    let lines = match form {
        Form::Text => lines.with_ansi(stderr().is_terminal()).boxed(),
        Form::Json => lines.json().flatten_event(true).with_span_list(false).boxed(),
    };
    tracing_subscriber::registry().with(filter).with(lines.with_filter(filter_fn(shows_no_content))).init();
    log.filter = Some(handle);
    log
}

/// At its finest level the WebSocket library writes whole messages: masked values, and the ticket of a hello.
fn shows_no_content(of: &Metadata<'_>) -> bool {
    *of.level() <= LevelFilter::DEBUG || !of.target().starts_with("tungstenite")
}

/// A running log.
pub(crate) struct Log {
    lines: Lines,
    default: String,
    /// What it shows.
    filter: Option<reload::Handle<EnvFilter, Registry>>,
}

/// Where the lines go in.
#[derive(Clone)]
struct Lines {
    queue: SyncSender<Item>,
    lost: Arc<AtomicU64>,
}

enum Item {
    Line(Vec<u8>),
    /// Asks for an answer when all lines before it are written.
    Last(SyncSender<()>),
}

impl Log {
    fn to(out: impl Write + Send + 'static, form: Form, default: &str) -> Log {
        let (queue, waiting) = sync_channel(WAITING);
        let lost = Arc::<AtomicU64>::default();
        let counted = lost.clone();
        std::thread::spawn(move || write(waiting, &counted, out, form));
        Log { lines: Lines { queue, lost }, default: default.into(), filter: None }
    }

    /// From now on SIGUSR1 makes it show more, and SIGUSR2 what it showed at the start.
    pub(crate) fn follow_signals(&self) -> Result<()> {
        let on = |kind| signal(kind).map_err(|e| Error::Internal(format!("cannot listen for signals: {e}")));
        let (mut more, mut less) = (on(SignalKind::user_defined1())?, on(SignalKind::user_defined2())?);
        let Some(handle) = self.filter.clone() else { return Ok(()) };
        let default = self.default.clone();
        tokio::spawn(async move {
            loop {
                let filter = tokio::select! {
                    _ = more.recv() => EnvFilter::new(MORE),
                    _ = less.recv() => EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(&default)),
                };
                let shown = filter.to_string();
                // It is there as long as the process.
                if handle.reload(filter).is_ok() {
                    info!(shown, "the log shows something else from now on");
                }
            }
        });
        Ok(())
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let (written, is_written) = sync_channel(1);
        // A full queue is one that nobody reads.
        if self.lines.queue.try_send(Item::Last(written)).is_ok() {
            let _ = is_written.recv_timeout(LAST_LINES);
        }
    }
}

/// Writes what comes. Errors have nowhere to go.
fn write(waiting: Receiver<Item>, lost: &AtomicU64, mut out: impl Write, form: Form) {
    for item in waiting {
        match item {
            Item::Line(line) => {
                let _ = out.write_all(&line);
            }
            Item::Last(written) => {
                let _ = written.try_send(());
            }
        }
        match lost.swap(0, Ordering::Relaxed) {
            0 => {}
            n => {
                let lost = format!("{n} lines of the log were lost: it was read too slowly");
                let _ = match form {
                    Form::Text => writeln!(out, "{lost}"),
                    Form::Json => writeln!(out, r#"{{"level":"WARN","message":"{lost}","lost":{n}}}"#),
                };
            }
        }
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Lines;

    fn make_writer(&'a self) -> Lines {
        self.clone()
    }
}

/// Takes a whole line at a time, as the formatter gives it.
impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        if self.queue.try_send(Item::Line(line.to_vec())).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::channel;

    use super::*;

    /// Waits before its first line until it may, and keeps all lines.
    struct Slow(Option<Receiver<()>>, Arc<Mutex<Vec<u8>>>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            if let Some(go) = self.0.take() {
                go.recv().unwrap();
            }
            self.1.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_that_nobody_reads_are_counted_and_hold_nobody_up() {
        let ((go, may_go), written) = (channel(), Arc::<Mutex<Vec<u8>>>::default());
        let log = Log::to(Slow(Some(may_go), written.clone()), Form::Text, "info");
        let lines = 2 * WAITING;
        for k in 0..lines {
            log.lines.make_writer().write_all(format!("line {k}\n").as_bytes()).unwrap();
        }
        go.send(()).unwrap();
        // The end is asked for when there is room again.
        let (last, is_last) = sync_channel(1);
        log.lines.queue.send(Item::Last(last)).unwrap();
        is_last.recv().unwrap();
        let text = String::from_utf8(written.lock().unwrap().clone()).unwrap();
        let lost: Vec<usize> =
            text.lines().filter_map(|line| line.split_once(" lines of the log")?.0.parse().ok()).collect();
        let kept: Vec<&str> = text.lines().filter(|line| line.starts_with("line ")).collect();
        assert!(lost.len() == 1 && lost[0] + kept.len() == lines, "{lost:?} and {}", kept.len());
        assert!(kept.len() >= WAITING && kept[..WAITING].iter().enumerate().all(|(k, l)| *l == format!("line {k}")));
    }
}
