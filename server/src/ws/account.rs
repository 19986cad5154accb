//! What was sent and received over all of a session's sockets.

use std::sync::{Mutex, MutexGuard, PoisonError};

use sotto_mpc::{CONFIRM_WITHIN, Due, Ledger, Result};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::Bytes;

/// A [`Ledger`] that both halves of a pump write in.
#[derive(Debug, Default)]
pub(super) struct Account {
    state: Mutex<State>,
    /// Told when there is another time for the next confirmation.
    another_time: Notify,
    /// Told when the peer has confirmed something.
    more_room: Notify,
}

#[derive(Debug, Default)]
struct State {
    ledger: Ledger<Bytes>,
    /// When the peer has to hear what was received.
    due: Option<Instant>,
}

impl Account {
    /// Keeps a frame that is sent.
    pub(super) fn sent(&self, frame: Vec<u8>) -> Bytes {
        let frame = Bytes::from(frame);
        self.state().ledger.sent(frame.clone());
        frame
    }

    /// Counts a frame of the peer.
    pub(super) fn received(&self, bytes: usize) {
        let mut state = self.state();
        state.due = match state.ledger.received(bytes) {
            Due::Now => Some(Instant::now()),
            Due::Soon => Some(Instant::now() + CONFIRM_WITHIN),
            Due::AsBefore => return,
        };
        self.another_time.notify_one();
    }

    /// As [`Ledger::confirmed`].
    pub(super) fn confirmed(&self, frames: u64) -> Result<bool> {
        let news = self.state().ledger.confirmed(frames)?;
        if news {
            self.more_room.notify_one();
        }
        Ok(news)
    }

    /// The peer is there again, has got so many frames, and knows how many this side has.
    pub(super) fn resume(&self, frames: u64) -> Result<()> {
        self.confirmed(frames)?;
        let mut state = self.state();
        state.ledger.confirm();
        state.due = None;
        Ok(())
    }

    /// As [`Ledger::position`].
    pub(super) fn position(&self) -> u64 {
        self.state().ledger.position()
    }

    /// As [`Ledger::kept`].
    pub(super) fn kept(&self) -> Vec<Bytes> {
        self.state().ledger.kept().cloned().collect()
    }

    /// Whether the peer has not confirmed all that was sent.
    pub(super) fn owes(&self) -> bool {
        self.state().ledger.held() > 0
    }

    /// As [`Ledger::has_room`].
    pub(super) fn has_room(&self) -> bool {
        self.state().ledger.has_room()
    }

    /// Waits until the peer has confirmed something.
    pub(super) async fn room(&self) {
        self.more_room.notified().await;
    }

    /// Waits until the peer has to hear how many frames were received.
    pub(super) async fn due(&self) -> u64 {
        loop {
            let due = self.state().due;
            match due {
                None => self.another_time.notified().await,
                Some(due) if due > Instant::now() => tokio::select! {
                    () = sleep_until(due) => {}
                    () = self.another_time.notified() => {}
                },
                Some(_) => {
                    let mut state = self.state();
                    state.due = None;
                    if let Some(frames) = state.ledger.confirm() {
                        return frames;
                    }
                }
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
