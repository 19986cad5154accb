//! What sources of a session have in common.

use rand_chacha::ChaCha20Rng;

use crate::channel::Channel;

/// Lanes of a session, each with a source of its own: with the same secrets, and independent streams.
pub(crate) const LANES: usize = 2;

/// What a source works with.
pub(crate) struct Io<'a> {
    pub(crate) channel: &'a mut Channel,
    pub(crate) rng: &'a mut ChaCha20Rng,
}

impl Io<'_> {
    /// The same for one more call.
    pub(crate) fn again(&mut self) -> Io<'_> {
        Io { channel: self.channel, rng: self.rng }
    }
}
