//! The place that a session has while it computes: given away while its client is gone, and asked for again when it is back.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::admission::places::{Ask, Place};

/// Of one session. Clones are the same desk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Desk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
enum State {
    /// Nothing is computed.
    #[default]
    Free,
    /// The session computes.
    At(Place),
    /// The session is in the middle of a computation and waits for its client, without a place.
    Away(Ask),
}

impl Desk {
    /// The session computes until what this returns is dropped.
    pub(crate) fn sit(&self, place: Place) -> Seat {
        *self.state() = State::At(place);
        Seat(self.clone())
    }

    /// The client is gone: others may have the place.
    pub(crate) fn leave(&self) {
        let mut state = self.state();
        let State::At(place) = &*state else { return };
        // Whoever has a place can ask for it.
        let away = place.again().map_or(State::Free, State::Away);
        let given = std::mem::replace(&mut *state, away);
        // The lock is free again before the place is.
        drop(state);
        drop(given);
    }

    /// What to ask for before the session goes on, if it computes.
    pub(crate) fn wants(&self) -> Option<Ask> {
        match &*self.state() {
            State::Away(ask) => Some(ask.clone()),
            State::Free | State::At(_) => None,
        }
    }

    /// The session has a place again.
    pub(crate) fn return_to(&self, place: Place) {
        let mut state = self.state();
        // The computation may have ended without its client; then the place is free again.
        if let State::Away(_) = &*state {
            *state = State::At(place);
        }
    }

    /// What there was is the caller's, so that its place becomes free after the lock.
    fn clear(&self) -> State {
        std::mem::take(&mut *self.state())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A computation at a desk.
#[derive(Debug)]
pub(crate) struct Seat(Desk);

impl Seat {
    /// The work is done, and not only over.
    pub(crate) fn done(self) {
        if let State::At(place) = self.0.clear() {
            place.done();
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.clear();
    }
}
