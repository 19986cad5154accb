//! Exact bytes and rounds, and seconds, per phase and per layer.

use std::collections::BTreeMap;

use serde::Serialize;

use super::phase::Phase;

/// Traffic of one party. Bytes are protocol payload; the transport's own framing is not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Traffic {
    /// Payload bytes sent.
    pub bytes_sent: u64,
    /// Payload bytes received.
    pub bytes_received: u64,
    /// Rounds: maximal runs of messages in one direction; a simultaneous exchange is one round.
    pub rounds: u64,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// Correlations that were generated: random OTs and bit triples.
    pub correlations: u64,
    /// Calls of the block cipher that hash rows to pads or expand trees.
    pub hashes: u64,
    /// Calls of the block cipher that derive the masks r of linear layers.
    pub masks: u64,
}

impl Traffic {
    /// Bytes in both directions.
    pub fn bytes(&self) -> u64 {
        self.bytes_sent + self.bytes_received
    }

    /// What was added since an `earlier` reading of the same counters.
    pub(crate) fn since(&self, earlier: &Traffic) -> Traffic {
        Traffic {
            bytes_sent: self.bytes_sent - earlier.bytes_sent,
            bytes_received: self.bytes_received - earlier.bytes_received,
            rounds: self.rounds - earlier.rounds,
            seconds: self.seconds - earlier.seconds,
            correlations: self.correlations - earlier.correlations,
            hashes: self.hashes - earlier.hashes,
            masks: self.masks - earlier.masks,
        }
    }

    fn add(&mut self, other: &Traffic) {
        self.add_beside(other);
        self.rounds += other.rounds;
        self.seconds += other.seconds;
    }

    /// Adds what ran at the same time: everything but rounds and seconds.
    pub(crate) fn add_beside(&mut self, other: &Traffic) {
        self.bytes_sent += other.bytes_sent;
        self.bytes_received += other.bytes_received;
        self.correlations += other.correlations;
        self.hashes += other.hashes;
        self.masks += other.masks;
    }
}

/// Traffic of one step of a phase (a layer, or a batch of correlations).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerStats {
    /// Phase.
    pub phase: Phase,
    /// Name of the step.
    pub name: String,
    /// Its traffic, summed over the session's inferences.
    pub traffic: Traffic,
}

/// Statistics of a session.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Stats {
    /// Sums per phase.
    pub phases: BTreeMap<Phase, Traffic>,
    /// Sums per step, in order of first appearance.
    pub layers: Vec<LayerStats>,
    /// Completed inferences.
    pub inferences: u64,
    /// Of what the phases count, the part of each further worker, without rounds and seconds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub workers: Vec<Traffic>,
}

impl Stats {
    /// Sums of a phase, zero when it has not run.
    pub fn phase(&self, phase: Phase) -> Traffic {
        self.phases.get(&phase).copied().unwrap_or_default()
    }

    /// Sum over all phases.
    pub fn total(&self) -> Traffic {
        let mut sum = Traffic::default();
        self.phases.values().for_each(|t| sum.add(t));
        sum
    }

    /// Adds those of another session.
    pub fn add(&mut self, other: &Stats) {
        for (&phase, traffic) in &other.phases {
            self.phase_mut(phase).add(traffic);
        }
        for layer in &other.layers {
            self.record_layer(layer.phase, &layer.name, &layer.traffic);
        }
        self.inferences += other.inferences;
        self.workers.resize(self.workers.len().max(other.workers.len()), Traffic::default());
        self.workers.iter_mut().zip(&other.workers).for_each(|(own, more)| own.add_beside(more));
    }

    pub(crate) fn phase_mut(&mut self, phase: Phase) -> &mut Traffic {
        self.phases.entry(phase).or_default()
    }

    pub(crate) fn record_layer(&mut self, phase: Phase, name: &str, traffic: &Traffic) {
        match self.layers.iter_mut().find(|l| l.phase == phase && l.name == name) {
            Some(layer) => layer.traffic.add(traffic),
            None => self.layers.push(LayerStats { phase, name: name.into(), traffic: *traffic }),
        }
    }
}
