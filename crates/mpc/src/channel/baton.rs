//! Lanes on one connection: the link passes from one channel to the next like a baton, and needs no tags.
//!
//! At every moment of a lane's protocol one of the parties *has the word*: the client at first, then whoever sent last; an
//! exchange passes it on. Both parties know it from the lane's messages alone. A party gives the link to its next lane when
//! one loses the word, and when one ends. So it runs lane 0 until the client's word ends there, then lane 1, and so on in turns;
//! message by message, both parties number the turns alike, and in each direction messages are sent and received in the
//! order of (turn, lane). A lane in which the server speaks first is one whose first message is empty. Argued in
//! docs/decisions/0006-chunks-and-lanes.md.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use futures_util::future;

use super::link::Link;
use crate::party::Party;

/// Whose turn it is, and the link while no lane holds it.
struct Turns {
    link: Option<Link>,
    /// The lane that has or gets the link.
    turn: usize,
    /// The lanes that still run, and who waits for the link there.
    lanes: Vec<(bool, Option<Waker>)>,
}

impl Turns {
    /// The next lane that runs gets the link; the same one again if it is the only one.
    fn pass_on(&mut self) {
        let lanes = self.lanes.len();
        let next = (1..=lanes).map(|step| (self.turn + step) % lanes).find(|&lane| self.lanes[lane].0);
        self.turn = next.unwrap_or(self.turn);
        if let Some(waker) = self.lanes[self.turn].1.take() {
            waker.wake();
        }
    }
}

/// What lanes share: the link passes from one to the next.
pub(super) struct Baton {
    party: Party,
    allowance: usize,
    turns: Arc<Mutex<Turns>>,
}

impl Baton {
    /// For lanes of `party`; the first one has the link.
    pub(super) fn new(party: Party, allowance: usize) -> Self {
        let turns = Turns { link: None, turn: 0, lanes: Vec::new() };
        Self { party, allowance, turns: Arc::new(Mutex::new(turns)) }
    }

    /// One more lane.
    pub(super) fn lane(&self) -> Lane {
        let (party, allowance, turns) = (self.party, self.allowance, self.turns.clone());
        let mut lane = Lane { party, word: Party::Client, index: 0, turns, allowance };
        lane.index = {
            let mut turns = lane.turns();
            turns.lanes.push((true, None));
            turns.lanes.len() - 1
        };
        lane
    }
}

/// What a channel knows while it shares its connection with other lanes.
pub(super) struct Lane {
    party: Party,
    /// Who has the word.
    word: Party,
    index: usize,
    turns: Arc<Mutex<Turns>>,
    /// Incoming bytes that may be put aside while a send is held back.
    allowance: usize,
}

impl Lane {
    fn turns(&self) -> MutexGuard<'_, Turns> {
        // Nothing panics while it holds the lock.
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The link, if no lane holds it.
    pub(super) fn into_link(self) -> Option<Link> {
        self.turns().link.take()
    }

    /// This lane has ended, and gives away the link if it holds it.
    pub(super) fn leave(&self, link: Option<Link>) {
        let mut turns = self.turns();
        turns.lanes[self.index].0 = false;
        if link.is_some() {
            turns.link = link;
        }
        if turns.turn == self.index {
            turns.pass_on();
        }
    }

    /// Waits for the link.
    pub(super) async fn turn(&self) -> Option<Link> {
        future::poll_fn(|cx| {
            let mut turns = self.turns();
            if turns.turn != self.index || turns.link.is_none() {
                turns.lanes[self.index].1 = Some(cx.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(turns.link.take())
        })
        .await
    }

    /// Whether this party has the word.
    pub(super) fn has_word(&self) -> bool {
        self.word == self.party
    }

    /// Bytes that a held back send may put aside.
    pub(super) fn allowance(&self) -> usize {
        self.allowance
    }

    /// This party goes on with the word.
    pub(super) fn word_to_self(&mut self) {
        self.word = self.party;
    }

    /// The peer has the word: if it was this party's, the next lane gets the link.
    pub(super) async fn word_to_peer(&mut self, link: &mut Option<Link>) {
        if !self.has_word() {
            return;
        }
        // Where one thread drives lanes and transport, what was sent should leave before the other lane computes.
        yield_now().await;
        self.word = self.party.peer();
        if let Some(link) = link.take() {
            let mut turns = self.turns();
            turns.link = Some(link);
            turns.pass_on();
        }
    }
}

/// Lets other tasks of the executor run.
async fn yield_now() {
    let mut yielded = false;
    future::poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
