//! Two lanes on one connection: the link passes from one channel to the other like a baton, and needs no tags.
//!
//! At every moment of a lane's protocol one of the parties *has the word*: the client at first, then whoever sent last; an
//! exchange passes it on. Both parties know it from the lane's messages alone. A party gives the link to its other lane when
//! one loses the word, and when one ends. So it runs lane 0 until the client's word ends there, then lane 1, and so on in turns;
//! message by message, both parties number the turns alike, and in each direction messages are sent and received in the
//! order of (turn, lane). Argued in docs/decisions/0006-chunks-and-lanes.md.

use std::task::Poll;

use futures_channel::mpsc;
use futures_util::{StreamExt, future};

use super::{Channel, Flight};
use crate::channel::link::Link;
use crate::error::internal;
use crate::{Party, Result};

/// What a channel knows while it shares its connection with the other lane.
pub(super) struct Lane {
    party: Party,
    /// Who has the word.
    word: Party,
    give: mpsc::Sender<Link>,
    take: mpsc::Receiver<Link>,
    /// Incoming bytes that may be put aside while a send is held back.
    allowance: usize,
}

impl Channel {
    /// Lets `second` share this channel's connection until [`Channel::unite`]; both run then, until each calls
    /// [`Channel::leave`].
    pub(crate) fn share(&mut self, second: &mut Channel, party: Party, allowance: usize) {
        let (to_second, from_first) = mpsc::channel(0);
        let (to_first, from_second) = mpsc::channel(0);
        let lane = |give, take| Some(Lane { party, word: Party::Client, give, take, allowance });
        self.lane = lane(to_second, from_second);
        second.lane = lane(to_first, from_first);
        (second.phase, second.flight) = (self.phase, Flight::None);
    }

    /// Takes the connection back and counts what `second` sent and received; its rounds ran beside this channel's.
    pub(crate) fn unite(&mut self, second: &mut Channel) {
        (self.lane, second.lane) = (None, None);
        self.link = self.link.take().or(second.link.take());
        let theirs = std::mem::take(second.stats_mut());
        for (&phase, traffic) in &theirs.phases {
            let own = self.stats.phase_mut(phase);
            own.bytes_sent += traffic.bytes_sent;
            own.bytes_received += traffic.bytes_received;
        }
    }

    /// This lane has ended: the other one keeps the link from now on.
    pub(crate) fn leave(&mut self) {
        let Some(mut lane) = self.lane.take() else { return };
        let link = self.link.take().or_else(|| lane.take.try_recv().ok());
        self.link = link.and_then(|link| lane.give.try_send(link).err().map(mpsc::TrySendError::into_inner));
    }

    /// The link, when it is this lane's turn.
    pub(super) async fn link(&mut self) -> Result<&mut Link> {
        if self.link.is_none() {
            self.link = match &mut self.lane {
                Some(lane) => lane.take.next().await,
                None => None,
            };
        }
        self.link.as_mut().ok_or_else(|| internal("another lane has the connection"))
    }

    /// Waits for this lane's turn.
    pub(crate) async fn turn(&mut self) -> Result<()> {
        self.link().await.map(drop)
    }

    /// Whether this party has the word, in a lane.
    pub(super) fn has_word(&self) -> bool {
        self.lane.as_ref().is_some_and(|lane| lane.word == lane.party)
    }

    /// Bytes that a held back send may put aside.
    pub(super) fn allowance(&self) -> usize {
        self.lane.as_ref().map_or(0, |lane| lane.allowance)
    }

    /// This party goes on with the word.
    pub(super) fn word_to_self(&mut self) {
        if let Some(lane) = &mut self.lane {
            lane.word = lane.party;
        }
    }

    /// The peer has the word: if it was this party's, the other lane gets the link.
    pub(super) async fn word_to_peer(&mut self) {
        if !self.has_word() {
            return;
        }
        // Where one thread drives lanes and transport, what was sent should leave before the other lane computes.
        yield_now().await;
        let Some(lane) = &mut self.lane else { return };
        lane.word = lane.party.peer();
        if let Some(link) = self.link.take() {
            self.link = lane.give.try_send(link).err().map(mpsc::TrySendError::into_inner);
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
