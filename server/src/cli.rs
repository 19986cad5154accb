//! The command line: parsing, the runtime, exit codes.

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing::warn;

use crate::app::Server;
use crate::config::ServeConfig;
use crate::table::printable;
use crate::{EXIT_CODES, Error, Result, bench, import, infer, inspect, log, signals};

/// Blocking threads beyond those of sessions.
const SPARE_THREADS: usize = 64;

/// Private neural-network inference: the client's input and the server's weights stay with their owners.
#[derive(Debug, Parser)]
#[command(name = "sotto", version, after_help = EXIT_CODES, max_term_width = 110)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve models, and the page, to browsers and native clients.
    #[command(
        after_help = "SIGINT or SIGTERM stops the server when its sessions have ended, another one, a second or more later, at once;\n\
            SIGHUP does nothing. The log goes to standard error; RUST_LOG=debug shows more. Lines that nobody reads are lost.\n\
            No value of an input, a weight or a key is ever logged."
    )]
    Serve(ServeConfig),
    /// Run private inferences against a server, from a file or from a model's own samples.
    #[command(after_help = EXIT_CODES)]
    Infer(infer::InferArgs),
    /// Make a model bundle from an ONNX file, a card and calibration data.
    #[command(after_help = EXIT_CODES)]
    Import(import::ImportArgs),
    /// Show a bundle's program, rings and costs.
    Inspect(inspect::InspectArgs),
    /// Measure one protocol, or a whole model, over a real WebSocket on this machine, and check every result.
    #[command(subcommand, after_help = EXIT_CODES)]
    Bench(bench::BenchCommand),
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to standard output and are no errors; nothing can be done if printing fails.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(1) } else { ExitCode::SUCCESS };
        }
    };
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to be told that nobody reads.
            if error != Error::Unread {
                let _ = writeln!(std::io::stderr(), "sotto: {}", printable(&error.to_string()));
            }
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Serve(config) => {
            let _log = log::start("info");
            block_on(config.max_sessions, serve(config))
        }
        Command::Infer(args) => {
            let _log = log::start("warn");
            block_on(1, infer::run(args))
        }
        Command::Import(args) => import::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Bench(command) => bench::run(command),
    }
}

async fn serve(config: ServeConfig) -> Result<()> {
    let [stop, hurry] = signals::listen()?;
    let server = Server::bind(config).await?;
    let models: Vec<&str> = server.models().collect();
    let serving = format!("Serving {} on http://{}/", models.join(", "), server.address());
    if let Err(error) = say(&format!("{serving}\n")) {
        warn!(%error, "{serving}");
    }
    server.run(stop.cancelled_owned(), hurry.cancelled_owned()).await
}

/// Runs a future on a runtime of its own, and does not wait for threads that still compute when it is done.
fn block_on<T>(sessions: usize, future: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = runtime(sessions)?;
    let result = runtime.block_on(future);
    runtime.shutdown_background();
    result
}

/// A runtime with a blocking thread for each of so many sessions, and some that serve files meanwhile.
pub(crate) fn runtime(sessions: usize) -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .max_blocking_threads(sessions.saturating_add(SPARE_THREADS))
        .enable_all()
        .build()
        .map_err(|e| Error::Internal(format!("cannot start the runtime: {e}")))
}

/// Prints to standard output.
///
/// # Errors
/// [`Error::Unread`] when it is a pipe that nobody reads any more.
pub(crate) fn say(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| match e.kind() {
        ErrorKind::BrokenPipe => Error::Unread,
        _ => Error::Usage(format!("cannot write to standard output: {e}")),
    })
}

/// Prints a value as one line of JSON.
pub(crate) fn say_json(value: &impl serde::Serialize) -> Result<()> {
    let json = serde_json::to_string(value).map_err(|e| Error::Internal(format!("cannot write JSON: {e}")))?;
    say(&(json + "\n"))
}
