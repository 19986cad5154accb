//! The command line: parsing, dispatch, exit codes.

use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;
use sotto_server::printable;

use crate::configuration::{self, Problem};
use crate::output::say;
use crate::{EXIT_CODES, Error, Result, convert, import, infer, inspect, serve, tickets};

/// Private neural-network inference: the client's input and the server's weights stay with their owners.
#[derive(Debug, Parser)]
#[command(name = "sotto", version, after_help = EXIT_CODES, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve models, and the page, to browsers and native clients.
    #[command(
        after_help = "SIGINT or SIGTERM stops the server when its sessions have ended, another one, a second or more later, at once;\n\
            SIGHUP makes it read its certificate and key, keys of tokens, and bundles that have changed, again, for what is new.\n\
            The log goes to standard error; \
            RUST_LOG=debug shows more, SIGUSR1 does from then on, and SIGUSR2 ends that. Lines that nobody reads are lost.\n\
            No value of an input, a weight, a key or a ticket is ever logged."
    )]
    Serve(Box<serve::ServeArgs>),
    /// Run private inferences against a server, from a file or from a model's own samples.
    #[command(after_help = EXIT_CODES)]
    Infer(Box<infer::InferArgs>),
    /// Make a model bundle from an ONNX file, a card and calibration data.
    #[command(after_help = EXIT_CODES)]
    Import(import::ImportArgs),
    /// Show a bundle's program, rings and costs.
    Inspect(inspect::InspectArgs),
    /// Write what a model reads of picture files or a recording, as the CSV that `import` and `infer` take.
    #[command(after_help = EXIT_CODES)]
    Rows(convert::RowsArgs),
    /// Make, show and end tickets for a server that asks for them, and show what was used.
    #[command(subcommand, after_help = EXIT_CODES)]
    Tickets(tickets::TicketsCommand),
    /// Print a shell's completions of this command; bash reads them from ~/.local/share/bash-completion/completions/sotto.
    Completions {
        /// Which shell.
        shell: Shell,
    },
    /// Measure one protocol, or a whole model, over a real WebSocket on this machine, and check every result.
    #[cfg(feature = "bench")]
    #[command(subcommand, after_help = EXIT_CODES)]
    Bench(crate::bench::BenchCommand),
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let line: Vec<_> = std::env::args_os().collect();
    let parsed = configuration::parse(&Cli::command(), &line);
    let outcome = match parsed.and_then(|matches| Cli::from_arg_matches(&matches).map_err(Problem::Line)) {
        Err(Problem::Line(error)) => {
            // Help and version go to standard output and are no errors; nothing can be done if printing fails.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(1) } else { ExitCode::SUCCESS };
        }
        Err(Problem::File(error)) => Err(error),
        Ok(cli) => run(cli.command),
    };
    match outcome {
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
        Command::Serve(args) => serve::run(*args),
        Command::Infer(args) => infer::run(*args),
        Command::Import(args) => import::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Rows(args) => convert::run(&args),
        Command::Tickets(command) => tickets::run(command),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "sotto", &mut script);
            say(&String::from_utf8_lossy(&script))
        }
        #[cfg(feature = "bench")]
        Command::Bench(command) => crate::bench::run(command),
    }
}
