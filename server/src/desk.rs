//! The place that a session has while it computes: given away while its client is gone, and asked for again when it is back.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::admission::places::{Ask, Place};

/// Of one session. Clones are the same desk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Desk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// Whether the client is away.
    away: bool,
    work: Work,
}

#[derive(Debug, Default)]
enum Work {
    /// Nothing is computed.
    #[default]
    None,
    /// The session computes.
    At(Place),
    /// The session is in the middle of a computation and waits for its client, without a place.
    Without(Ask),
}

impl Desk {
    /// The session computes until what this returns is dropped; without its client, it has no place for that.
    pub(crate) fn sit(&self, place: Place) -> Seat {
        let mut state = self.state();
        let given = if state.away {
            // Whoever has a place can ask for it.
            state.work = place.again().map_or(Work::None, Work::Without);
            Some(place)
        } else {
            state.work = Work::At(place);
            None
        };
        // The lock is free again before the place is.
        drop(state);
        drop(given);
        Seat(self.clone())
    }

    /// The client is gone: others may have the place.
    pub(crate) fn leave(&self) {
        let mut state = self.state();
        state.away = true;
        let Work::At(place) = &state.work else { return };
        let without = place.again().map_or(Work::None, Work::Without);
        let given = std::mem::replace(&mut state.work, without);
        drop(state);
        drop(given);
    }

    /// The client is back, unless the session computes: then it is when there is a place, by [`Desk::return_to`], for what this says.
    pub(crate) fn wants(&self) -> Option<Ask> {
        let mut state = self.state();
        match &state.work {
            Work::Without(ask) => Some(ask.clone()),
            Work::None | Work::At(_) => {
                state.away = false;
                None
            }
        }
    }

    /// The client is back, and the session has a place again.
    pub(crate) fn return_to(&self, place: Place) {
        let mut state = self.state();
        state.away = false;
        // The computation may have ended without its client; then the place is free again, behind the lock.
        let unused = match &state.work {
            Work::Without(_) => {
                state.work = Work::At(place);
                None
            }
            Work::None | Work::At(_) => Some(place),
        };
        drop(state);
        drop(unused);
    }

    /// What there was is the caller's, so that its place becomes free after the lock.
    fn clear(&self) -> Work {
        std::mem::take(&mut self.state().work)
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
        if let Work::At(place) = self.0.clear() {
            place.done();
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::net::Ipv4Addr;

    use super::*;
    use crate::admission::account::Account;
    use crate::admission::places::{Kind, Limits, Places};

    #[tokio::test]
    async fn a_client_that_is_away_has_no_place_whenever_it_left() {
        let places = Places::new(Limits { most: 1, each: 1, of_model: BTreeMap::new(), memory: 0 });
        let ask = Ask {
            account: Account::of(Ipv4Addr::LOCALHOST.into()),
            kind: Kind { model: "m".into(), work: "infer" },
            memory: 0,
        };
        let place = async |ask: &Ask| places.enter(ask.clone(), |_| ()).await.unwrap().0;
        let desk = Desk::default();
        // In the middle of the work.
        let seat = desk.sit(place(&ask).await);
        desk.leave();
        assert_eq!(places.load().0, 0);
        assert!(desk.wants().is_some());
        desk.return_to(place(&ask).await);
        assert!(desk.wants().is_none() && places.load().0 == 1);
        seat.done();
        assert_eq!(places.load().0, 0);
        // Before it, in the queue.
        desk.leave();
        let seat = desk.sit(place(&ask).await);
        assert_eq!(places.load().0, 0);
        let again = desk.wants().expect("it needs a place to go on");
        // The work ends without it, and what is given back later is nobody's.
        drop(seat);
        desk.return_to(place(&again).await);
        assert_eq!(places.load().0, 0);
        assert!(desk.wants().is_none());
        let _seat = desk.sit(place(&ask).await);
        assert_eq!(places.load().0, 1);
    }
}
