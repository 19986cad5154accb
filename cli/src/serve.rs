//! `sotto serve`: the server as a process, with its log, its signals and the line that says where it is.

use clap::Args;
use sotto_server::app::Server;
use sotto_server::config::ServeConfig;
use tracing::warn;

use crate::output::say;
use crate::{Result, log, runtime, signals};

/// Options of `sotto serve`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    config: ServeConfig,

    /// Also run, at /bench, the server's half of any protocol's bench that a client asks for: for measurements only.
    #[cfg(feature = "bench")]
    #[arg(long, hide = true)]
    bench: bool,
}

pub(crate) fn run(args: ServeArgs) -> Result<()> {
    let _log = log::start("info");
    runtime::block_on(args.config.max_sessions, serve(args))
}

async fn serve(args: ServeArgs) -> Result<()> {
    let [stop, hurry] = signals::listen()?;
    #[cfg_attr(not(feature = "bench"), expect(unused_mut))]
    let mut server = Server::bind(args.config).await?;
    #[cfg(feature = "bench")]
    if args.bench {
        server.offer("/bench", crate::bench::answer);
    }
    let models: Vec<&str> = server.models().collect();
    let serving = format!("Serving {} on http://{}/", models.join(", "), server.address());
    if let Err(error) = say(&format!("{serving}\n")) {
        warn!(%error, "{serving}");
    }
    Ok(server.run(stop.cancelled_owned(), hurry.cancelled_owned()).await?)
}
