//! A channel that shares its connection with those of other lanes.

use super::Channel;
use super::baton::{Baton, Lane};
use super::flight::{Flight, Section};
use super::link::Link;
use crate::error::{Result, internal};
use crate::party::Party;
use crate::session::phase::Phase;

impl Channel {
    /// Lets `others` share this channel's connection until [`Channel::unite`]; all run then, until each calls
    /// [`Channel::leave`].
    pub(crate) fn share<'a>(&mut self, others: impl Iterator<Item = &'a mut Channel>, party: Party, allowance: usize) {
        let baton = Baton::new(party, allowance);
        self.lane = Some(baton.lane());
        self.begin_section(self.phase);
        for other in others {
            other.lane = Some(baton.lane());
            other.begin_section(self.phase);
        }
    }

    /// Takes the connection back and counts what `others` sent and received. Lanes ran side by side, and those of other workers, of which
    /// `beside` has the messages: the rounds are those of the first of the lanes that have most.
    pub(crate) fn unite<'a>(&mut self, others: impl Iterator<Item = &'a mut Channel>, beside: Vec<Section>) {
        let shared = self.lane.take().and_then(|lane| lane.into_link());
        self.link = self.link.take().or(shared);
        let mut longest = self.end_section();
        for other in others {
            other.lane = None;
            self.link = self.link.take().or(other.link.take());
            let section = other.end_section();
            if section.rounds > longest.rounds {
                longest = section;
            }
            let theirs = std::mem::take(other.stats_mut());
            for (&phase, traffic) in &theirs.phases {
                self.stats.phase_mut(phase).add_beside(traffic);
            }
        }
        for section in beside {
            if section.rounds > longest.rounds {
                longest = section;
            }
        }
        self.last = longest;
        self.add_section(longest);
    }

    /// This lane has ended: the other ones keep the link from now on.
    pub(crate) fn leave(&mut self) {
        if let Some(lane) = &self.lane {
            lane.leave(self.link.take());
        }
    }

    /// The link, when it is this lane's turn.
    pub(super) async fn link(&mut self) -> Result<&mut Link> {
        if let (None, Some(lane)) = (&self.link, &self.lane) {
            self.link = lane.turn().await;
        }
        self.link.as_mut().ok_or_else(|| internal("another lane has the connection"))
    }

    /// Waits for this lane's turn.
    pub(crate) async fn turn(&mut self) -> Result<()> {
        self.link().await.map(drop)
    }

    /// Whether this party has the word, in a lane.
    pub(super) fn has_word(&self) -> bool {
        self.lane.as_ref().is_some_and(Lane::has_word)
    }

    /// Bytes that a held back send may put aside.
    pub(super) fn allowance(&self) -> usize {
        self.lane.as_ref().map_or(0, Lane::allowance)
    }

    /// This party goes on with the word.
    pub(super) fn word_to_self(&mut self) {
        self.lane.iter_mut().for_each(Lane::word_to_self);
    }

    /// The peer has the word: if it was this party's, the next lane gets the link.
    pub(super) async fn word_to_peer(&mut self) {
        if let Some(lane) = &mut self.lane {
            lane.word_to_peer(&mut self.link).await;
        }
    }

    /// Counts rounds apart from those before.
    fn begin_section(&mut self, phase: Phase) {
        self.phase = phase;
        self.section = Some(Section { flight: self.flight, ..Section::NONE });
        self.flight = Flight::None;
    }

    /// The section with its last flight; what comes next follows the flight before it.
    fn end_section(&mut self) -> Section {
        let section = self.section.take().unwrap_or(Section::NONE);
        let last = std::mem::replace(&mut self.flight, section.flight);
        Section { flight: last, ..section }
    }

    /// Counts the rounds of a section that ran on this connection.
    fn add_section(&mut self, section: Section) {
        if section.rounds > 0 {
            let joined = section.first == self.flight && section.first != Flight::Both;
            self.stats.phase_mut(self.phase).rounds += section.rounds - u64::from(joined);
            self.flight = section.flight;
        }
    }
}
