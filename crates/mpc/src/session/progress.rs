//! Phases and their steps while they run: reports progress, and books bytes and seconds.

use web_time::Instant;

use super::phase::{Phase, Progress};
use super::stats::Traffic;
use crate::channel::Channel;

/// Receives progress reports. A server's session may go on in another thread.
pub type Observer = Box<dyn FnMut(&Progress) + Send>;

/// The clock of the running phase and whoever watches it.
pub(crate) struct Reporter {
    observer: Option<Observer>,
    start: Instant,
    before: Traffic,
    steps: usize,
    done: usize,
}

/// A running step of a phase.
pub(crate) struct Step {
    start: Instant,
    before: Traffic,
}

impl Reporter {
    pub(crate) fn new(observer: Option<Observer>) -> Self {
        Self { observer, start: Instant::now(), before: Traffic::default(), steps: 0, done: 0 }
    }

    /// Starts a phase of `steps` steps.
    pub(crate) fn begin_phase(&mut self, channel: &mut Channel, phase: Phase, steps: usize) {
        channel.set_phase(phase);
        (self.start, self.before, self.steps, self.done) = (Instant::now(), channel.traffic(), steps, 0);
    }

    /// Starts a step: reports it, and returns what [`Reporter::end_step`] needs.
    pub(crate) fn begin_step(&mut self, channel: &Channel, name: &str) -> Step {
        self.report(channel, name, false);
        Step { start: Instant::now(), before: channel.traffic() }
    }

    /// Ends a step and books its traffic.
    pub(crate) fn end_step(&mut self, channel: &mut Channel, step: Step, name: &str) {
        let mut traffic = channel.traffic().since(&step.before);
        traffic.seconds = step.start.elapsed().as_secs_f64();
        let phase = channel.phase();
        channel.stats_mut().record_layer(phase, name, &traffic);
        self.done += 1;
    }

    /// Ends the phase and books its seconds.
    pub(crate) fn end_phase(&mut self, channel: &mut Channel) {
        let phase = channel.phase();
        channel.stats_mut().phase_mut(phase).seconds += self.start.elapsed().as_secs_f64();
        self.report(channel, "", true);
    }

    fn report(&mut self, channel: &Channel, name: &str, done: bool) {
        let Some(observer) = &mut self.observer else { return };
        let traffic = channel.traffic().since(&self.before);
        observer(&Progress {
            phase: channel.phase(),
            layer: self.done,
            layers: self.steps,
            name: name.into(),
            bytes_sent: traffic.bytes_sent,
            bytes_received: traffic.bytes_received,
            seconds: self.start.elapsed().as_secs_f64(),
            done,
        });
    }
}
