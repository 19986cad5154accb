//! `cargo xtask demo`: sets up, builds, and serves the page with the shipped models.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::shell::{self, cargo, root, target_dir};
use crate::{setup, web};

/// Options of the demo.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Address to serve on
    #[arg(long, default_value = "127.0.0.1:8080", env = "SOTTO_LISTEN")]
    listen: SocketAddr,
}

/// Serves the demo until interrupted.
pub(crate) fn run(options: &Options) -> Result<()> {
    drop(
        TcpListener::bind(options.listen)
            .with_context(|| format!("cannot serve on {} (choose another address with --listen)", options.listen))?,
    );
    let toolchain = setup::for_build()?;
    web::build(&toolchain)?;
    build_server()?;
    println!("demo: serving http://{}/ (Ctrl-C stops it)", options.listen);
    let mut serve = Command::new(server_path());
    serve.current_dir(root()).args(["serve", "--models", "models", "--page", "web/dist", "--listen"]);
    replace_with(serve.arg(options.listen.to_string()))
}

/// Builds the server in the profile of the tests.
pub(crate) fn build_server() -> Result<()> {
    shell::run(cargo().args(["build", "--locked", "--package", "sotto-cli", "--bin", "sotto"]))
}

/// The server, once it, or the workspace's tests, are built.
pub(crate) fn server_path() -> PathBuf {
    target_dir().join("debug/sotto").with_extension(std::env::consts::EXE_EXTENSION)
}

/// Becomes the server, so that its signals and exit code are the demo's.
#[cfg(unix)]
fn replace_with(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    Err(command.exec()).context("cannot run the server")
}

#[cfg(not(unix))]
fn replace_with(command: &mut Command) -> Result<()> {
    shell::run(command)
}
