//! The signals that end the server, and one that does not.

use std::time::{Duration, Instant};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::{Error, Result};

/// A terminal's Ctrl-C reaches a whole group of processes, and a parent among them passes it on: what comes so soon after
/// the first signal is that signal again.
const SAME: Duration = Duration::from_secs(1);

/// Listens for signals. The first token is cancelled by the first SIGINT or SIGTERM, the other by the next one that comes
/// more than a second later. SIGHUP, which a closed terminal sends, is logged.
pub(crate) fn listen() -> Result<[CancellationToken; 2]> {
    let on = |kind| signal(kind).map_err(|e| Error::Internal(format!("cannot listen for signals: {e}")));
    let ending = [on(SignalKind::interrupt())?, on(SignalKind::terminate())?];
    let hangup = on(SignalKind::hangup())?;
    let tokens = [CancellationToken::new(), CancellationToken::new()];
    tokio::spawn(obey(ending, hangup, tokens.clone()));
    Ok(tokens)
}

async fn obey(ending: [Signal; 2], mut hangup: Signal, [stop, hurry]: [CancellationToken; 2]) {
    let [mut interrupt, mut terminate] = ending;
    let mut first = None;
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {
                info!("SIGHUP changes nothing here: models and options are read at the start");
                continue;
            }
        }
        if first.get_or_insert_with(Instant::now).elapsed() >= SAME {
            hurry.cancel();
        }
        stop.cancel();
    }
}
