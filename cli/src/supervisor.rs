//! What the server tells a service manager that started it, by the protocol of systemd's `sd_notify`: that it is ready, that it reads its
//! files again, that it ends, and, where the unit has a watchdog, that it lives. Without `NOTIFY_SOCKET` in the environment nothing is
//! said.

use std::time::Duration;

use sd_notify::NotifyState;
use sotto_server::app::{Server, Stage};
use tracing::warn;

/// Tells the service manager the server's stages, and that its runtime still turns.
pub(crate) fn follow(server: &mut Server) {
    server.tell(|stage| tell(&states(stage)));
    if let Some(within) = sd_notify::watchdog_enabled() {
        tokio::spawn(watch(within));
    }
}

/// A message for each half of the time after which the manager takes a silent process for stuck. It is the runtime that sends them: the
/// same that answers probes.
async fn watch(within: Duration) {
    loop {
        tell(&[NotifyState::Watchdog]);
        tokio::time::sleep(within / 2).await;
    }
}

/// What a stage is to the manager. The status is what `systemctl status` shows.
fn states(stage: Stage) -> Vec<NotifyState<'static>> {
    match stage {
        Stage::Ready => vec![NotifyState::Ready, NotifyState::Status("ready")],
        Stage::Reloading => {
            let mut states = vec![NotifyState::Reloading, NotifyState::Status("reading its files again")];
            // With the time, the manager knows which request this is the answer to.
            states.extend(NotifyState::monotonic_usec_now());
            states
        }
        Stage::Reloaded { right: true } => vec![NotifyState::Ready, NotifyState::Status("ready")],
        Stage::Reloaded { right: false } => {
            let status = "ready, but not all files could be used when they were read again: the log says why";
            vec![NotifyState::Ready, NotifyState::Status(status)]
        }
        Stage::Stopping => vec![NotifyState::Stopping, NotifyState::Status("draining")],
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        warn!(%error, "the service manager cannot be told");
    }
}
