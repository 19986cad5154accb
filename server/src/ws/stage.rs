//! What a session does, and how long its peer may be silent meanwhile.

use std::time::Duration;

use tokio::time::Instant;

/// What a session does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// It waits for the client's first message.
    Greeting,
    /// What the client asked for waits for a place: the client owes nothing.
    Queued,
    /// Base OTs and keys.
    Setup,
    /// It is set up, and nothing was ever asked for.
    Unused,
    /// It waits for the next thing that the client asks for.
    Resting,
    /// It computes with the client, in turns. A native client, which is not told, takes its server for that.
    #[default]
    Computing,
}

impl Stage {
    /// Its name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Greeting => "greeting",
            Stage::Queued => "queued",
            Stage::Setup => "setup",
            Stage::Unused => "unused",
            Stage::Resting => "resting",
            Stage::Computing => "computing",
        }
    }
}

/// Timeouts of a connection; `None` waits for ever. LOCAL.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// For the first message, and then for the setup.
    pub handshake: Option<Duration>,
    /// For the first thing that is asked for after the setup; otherwise as `idle`.
    pub unused: Option<Duration>,
    /// Between two messages of the peer in the middle of a computation; otherwise as `idle`.
    pub stall: Option<Duration>,
    /// Between two messages of the peer, notices among them.
    pub idle: Option<Duration>,
    /// Between two pings; a peer that answers none for three such intervals is taken for gone.
    pub ping: Option<Duration>,
}

/// Which limit was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Late {
    Handshake,
    Unused,
    Stalled,
    Idle,
    Gone,
}

/// How long a deadline that never comes is away.
const NEVER: Duration = Duration::from_secs(1 << 30);

/// When the peer is late.
pub(super) struct Clock {
    limits: Limits,
    stage: Stage,
    /// Begin of the stage.
    since: Instant,
    /// Last message that is more than a sign of life.
    data: Instant,
    /// Last sign of life.
    sign: Instant,
}

impl Clock {
    pub(super) fn new(limits: Limits, stage: Stage, now: Instant) -> Self {
        Self { limits, stage, since: now, data: now, sign: now }
    }

    /// The session does something else from now on.
    pub(super) fn enter(&mut self, stage: Stage, now: Instant) {
        if self.stage != stage {
            (self.stage, self.since) = (stage, now);
        }
    }

    /// The peer sent something.
    pub(super) fn heard(&mut self, now: Instant) {
        self.data = now;
    }

    /// The peer was away, which counts for nothing: neither against it nor as a message.
    pub(super) fn pause(&mut self, from: Instant, to: Instant) {
        self.since += to - from;
        self.data += to - from;
        self.sign = to;
    }

    /// The peer is there.
    pub(super) fn alive(&mut self, now: Instant) {
        self.sign = now;
    }

    /// When the peer will be late, and for what, if it has all that was sent to it or still `owes` the word that it has.
    pub(super) fn deadline(&self, owes: bool) -> (Instant, Late) {
        let Limits { handshake, unused, stall, idle, ping } = self.limits;
        let quiet = self.since.max(self.data);
        let own = match self.stage {
            Stage::Greeting | Stage::Setup => (self.since, handshake, Late::Handshake),
            Stage::Queued => (self.since, None, Late::Idle),
            Stage::Unused => (self.since, unused.or(idle), if unused.is_some() { Late::Unused } else { Late::Idle }),
            Stage::Computing => (quiet, stall.or(idle), if stall.is_some() { Late::Stalled } else { Late::Idle }),
            Stage::Resting => (quiet, idle, Late::Idle),
        };
        let after = |(start, limit, late): (Instant, Option<Duration>, Late)| (start + limit.unwrap_or(NEVER), late);
        let gone = after((self.sign, ping.map(|period| 3 * period), Late::Gone));
        // What it did not take is kept for it, whatever it does; twice the limit, as timers of hidden pages fire once a minute.
        let owed = after((quiet, stall.filter(|_| owes).map(|limit| 2 * limit), Late::Stalled));
        [after(own), gone, owed].into_iter().min_by_key(|(deadline, _)| *deadline).unwrap_or(gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn every_stage_has_its_own_patience() {
        let limits = Limits {
            handshake: Some(3 * SECOND),
            unused: Some(5 * SECOND),
            stall: Some(7 * SECOND),
            idle: Some(90 * SECOND),
            ping: None,
        };
        let start = Instant::now();
        let mut clock = Clock::new(limits, Stage::Greeting, start);
        clock.heard(start + SECOND);
        assert_eq!(clock.deadline(false), (start + 3 * SECOND, Late::Handshake), "data does not extend the handshake");
        let now = start + 2 * SECOND;
        clock.enter(Stage::Queued, now);
        assert_eq!(
            clock.deadline(false).0.max(now + 1000 * SECOND),
            clock.deadline(false).0,
            "who waits in the queue is not late"
        );
        for (stage, seconds, late) in [
            (Stage::Setup, 3, Late::Handshake),
            (Stage::Unused, 5, Late::Unused),
            (Stage::Computing, 7, Late::Stalled),
            (Stage::Resting, 90, Late::Idle),
        ] {
            clock.enter(stage, now);
            assert_eq!(clock.deadline(false), (now + seconds * SECOND, late));
        }
        assert_eq!(
            clock.deadline(true),
            (now + 14 * SECOND, Late::Stalled),
            "what is kept for it is not kept for long"
        );
        clock.pause(now, now + 5 * SECOND);
        assert_eq!(clock.deadline(false), (now + 95 * SECOND, Late::Idle), "time away does not count");
        let later = now + 10 * SECOND;
        clock.heard(later);
        assert_eq!(clock.deadline(false), (later + 90 * SECOND, Late::Idle));
    }

    #[test]
    fn without_limits_of_their_own_stages_have_the_idle_one_and_pings_count_in_all() {
        let (start, idle) = (Instant::now(), Some(9 * SECOND));
        for stage in [Stage::Unused, Stage::Computing, Stage::Resting] {
            let clock = Clock::new(Limits { idle, ..Limits::default() }, stage, start);
            assert_eq!(clock.deadline(false), (start + 9 * SECOND, Late::Idle));
            let clock = Clock::new(Limits { idle, ping: Some(SECOND), ..Limits::default() }, stage, start);
            assert_eq!(clock.deadline(false), (start + 3 * SECOND, Late::Gone));
        }
    }
}
