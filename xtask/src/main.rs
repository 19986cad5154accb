//! Developer commands: `cargo xtask setup | web | demo | test`.
//!
//! Everything that the README's two commands do lives here: `npm start` is `demo`, `npm test` is `test`.
#![allow(clippy::print_stdout)] // a command-line tool talks on standard output

mod apt;
mod chromium;
mod demo;
mod node;
mod package;
mod setup;
mod shell;
mod test;
mod wasm;
mod web;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Sets up, builds, serves and tests Sotto.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what is missing: the WebAssembly target, Chromium, the npm packages
    Setup,
    /// Build the browser client and the page
    Web,
    /// Set up, build and serve the demo (what `npm start` runs)
    Demo(demo::Options),
    /// Set up and pass every test (what `npm test` runs)
    Test(test::Options),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Setup => setup::everything(),
        Command::Web => setup::for_build().and_then(|toolchain| web::build(&toolchain)),
        Command::Demo(options) => demo::run(&options),
        Command::Test(options) => test::run(&options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
