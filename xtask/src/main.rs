//! Developer commands: `cargo xtask setup | web | demo | test | constant-time | crates | bundlers | circles | documents | postgres | deployment | bench`.
//!
//! Everything that the README's commands do lives here: `npm start` is `demo`, `npm test` is `test`, `npm run bench` is `bench`.
#![allow(clippy::print_stdout)] // a command-line tool talks on standard output

mod apt;
mod bench;
mod browser;
mod bundlers;
mod circles;
mod constant_time;
mod crates;
mod demo;
mod deployment;
mod documents;
mod leaves;
mod node;
mod package;
mod postgres;
mod setup;
mod shell;
mod test;
mod valgrind;
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
    /// Install what is missing: the WebAssembly target, Chromium, Firefox, valgrind, the npm packages
    Setup,
    /// Build the browser client and the page
    Web(web::Options),
    /// Set up, build and serve the demo (what `npm start` runs)
    Demo(demo::Options),
    /// Set up and pass every test (what `npm test` runs)
    Test(test::Options),
    /// Run every protocol under valgrind, which reports branches and addresses that depend on secrets (part of `test`)
    ConstantTime,
    /// Pack the public crates as they would be published, and run their examples (part of `test`)
    Crates,
    /// List modules that import each other in a circle (part of `test`)
    Circles,
    /// Look for what the documents name: paths, code, links (part of `test`)
    Documents,
    /// Build pages with the packed npm package in six set-ups, and its examples, and open them (part of `test`)
    Bundlers,
    /// Run the store's tests on PostgreSQL, which is installed when it is missing (part of `test`)
    Postgres,
    /// Walk through docs/deployment.md with HAProxy, nginx, Caddy and promtool, fetched where they are missing (part of `test`)
    Deployment,
    /// Measure operations and models natively and in Chromium (what `npm run bench` runs), or draw what was measured
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Setup => setup::everything(),
        Command::Web(options) => web::run(&options),
        Command::Demo(options) => demo::run(&options),
        Command::Test(options) => test::run(&options),
        Command::ConstantTime => constant_time::run(),
        Command::Crates => crates::run_all(),
        Command::Bundlers => bundlers::run(),
        Command::Circles => circles::run(),
        Command::Postgres => postgres::run(),
        Command::Deployment => deployment::run(),
        Command::Documents => documents::run(),
        Command::Bench(options) => bench::run(&options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
