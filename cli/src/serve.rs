//! `sotto serve`: the server as a process, with its log, its signals and the line that says where it is.

use std::path::PathBuf;

use clap::Args;
use sotto_server::app::Server;
use sotto_server::config::ServeConfig;
use tracing::warn;

use crate::output::say;
use crate::{Result, log, runtime, signals, supervisor};

/// Options of `sotto serve`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ServeArgs {
    /// Options in a TOML file, by their long names; those of the command line and the environment come before it.
    #[arg(long = "config", id = "config", value_name = "FILE", env = "SOTTO_CONFIG")]
    file: Option<PathBuf>,

    /// Check options, bundles, certificate and key, say what would be served, and stop.
    #[arg(long)]
    check: bool,

    #[command(flatten)]
    config: ServeConfig,

    /// How the log is written, to standard error: for people, or an object of JSON in each line.
    #[arg(long, value_enum, value_name = "FORM", default_value_t, env = "SOTTO_LOG_FORMAT")]
    log_format: log::Form,

    /// Also run, at /bench, the server's half of any protocol's bench that a client asks for: for measurements only.
    #[cfg(feature = "bench")]
    #[arg(long, hide = true)]
    bench: bool,
}

pub(crate) fn run(args: ServeArgs) -> Result<()> {
    let log = log::start("info", args.log_format);
    if args.check {
        let models = sotto_server::app::check(&args.config)?;
        let (scheme, listen) = (args.config.tls.scheme(), args.config.listen);
        return say(&format!("All is right: {} would be served on {scheme}://{listen}/\n", models.join(", ")));
    }
    runtime::block_on(args.config.places, serve(args, &log))
}

async fn serve(args: ServeArgs, log: &log::Log) -> Result<()> {
    log.follow_signals()?;
    let asked = signals::listen()?;
    let mut server = Server::bind(args.config).await?;
    #[cfg(feature = "bench")]
    if args.bench {
        server.offer("/bench", crate::bench::answer);
    }
    server.reload_when(asked.reload);
    supervisor::follow(&mut server);
    let serving = format!("Serving {} on {}", server.models().join(", "), server.url());
    if let Err(error) = say(&format!("{serving}\n")) {
        warn!(%error, "{serving}");
    }
    Ok(server.run(asked.stop.cancelled_owned(), asked.hurry.cancelled_owned()).await?)
}
