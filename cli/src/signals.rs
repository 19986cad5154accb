//! The signals that end the server, and the one that makes it read files again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{Error, Result};

/// A terminal's Ctrl-C reaches a whole group of processes, and a parent among them passes it on: what comes so soon after
/// the first signal is that signal again.
const SAME: Duration = Duration::from_secs(1);

/// What signals ask for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// Cancelled by the first SIGINT or SIGTERM.
    pub(crate) stop: CancellationToken,
    /// Cancelled by the next one that comes more than a second later.
    pub(crate) hurry: CancellationToken,
    /// Notified by each SIGHUP, which a closed terminal sends, too.
    pub(crate) reload: Arc<Notify>,
}

/// Listens for signals.
pub(crate) fn listen() -> Result<Asked> {
    let on = |kind| signal(kind).map_err(|e| Error::Internal(format!("cannot listen for signals: {e}")));
    let ending = [on(SignalKind::interrupt())?, on(SignalKind::terminate())?];
    let hangup = on(SignalKind::hangup())?;
    let asked = Asked::default();
    tokio::spawn(obey(ending, hangup, asked.clone()));
    Ok(asked)
}

async fn obey(ending: [Signal; 2], mut hangup: Signal, asked: Asked) {
    let [mut interrupt, mut terminate] = ending;
    let mut first = None;
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {
                asked.reload.notify_one();
                continue;
            }
        }
        if first.get_or_insert_with(Instant::now).elapsed() >= SAME {
            asked.hurry.cancel();
        }
        asked.stop.cancel();
    }
}
