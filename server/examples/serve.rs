//! `cargo run --example serve -- MODELS`: serves the models of a folder on a free port until interrupted.
#![allow(clippy::print_stdout)] // an example talks on standard output

use std::error::Error;

use clap::Parser;
use sotto_server::app::Server;
use sotto_server::config::ServeConfig;

/// The options of `sotto serve`, with which the server is configured.
#[derive(Parser)]
struct Options {
    #[command(flatten)]
    serve: ServeConfig,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let models = std::env::args().nth(1).unwrap_or_else(|| "models".into());
    let config = Options::try_parse_from(["serve", "--models", &models, "--listen", "127.0.0.1:0"])?.serve;
    let server = Server::bind(config).await?;
    println!("{} at {}", server.models().join(", "), server.url());
    server.run(std::future::pending(), std::future::pending()).await?;
    Ok(())
}
