//! Phases of a session and the progress that callers see.

use std::fmt;

use serde::Serialize;

use crate::names;

/// Steps, by name: of the handshake,
pub(crate) const HELLO: &str = "version and model";
/// of the setup,
pub(crate) const BASE_OTS: &str = "base OTs";
/// of the setup, or of a preprocessing that renews keys,
pub(crate) const ENCRYPTION_KEYS: &str = "encryption keys";
/// of the preprocessing, beside one or two for each linear layer,
pub(crate) const CORRELATIONS: &str = "correlations";
/// the last one of the preprocessing,
pub(crate) const CHOICES: &str = "choices";
/// and the last one of the online phase, which shows the client its result.
pub(crate) const REVEAL: &str = "reveal";

/// Phases of a session, in order (docs/protocols.md, "Phases").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Version, model and agreement parameters.
    Handshake,
    /// Base OTs, once a session.
    Setup,
    /// Input-independent work, once an inference.
    Preprocess,
    /// The inference itself.
    Online,
}

names!(Phase { Handshake => "handshake", Setup => "setup", Preprocess => "preprocess", Online => "online" });

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One progress report: emitted when a layer starts and when a phase is done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Progress {
    /// The phase that runs.
    pub phase: Phase,
    /// Steps of the phase that are complete.
    pub layer: usize,
    /// Steps of the phase in all.
    pub layers: usize,
    /// Name of the step that starts now; empty when the phase is done.
    pub name: String,
    /// Bytes that this party sent in this phase of the current inference.
    pub bytes_sent: u64,
    /// Bytes that this party received in this phase of the current inference.
    pub bytes_received: u64,
    /// Seconds since the phase began.
    pub seconds: f64,
    /// Whether the phase is complete.
    pub done: bool,
}
