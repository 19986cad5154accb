//! What lets a session outlive its connection: each side keeps what the other has not confirmed, and sends the same frames
//! again over the next connection, from where the other stands. Nothing is computed anew. See decision 0035.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use rand_core::Rng;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::session;

/// How long a session waits for another connection when it has lost its own. LOCAL.
pub const RESUME_WITHIN: Duration = Duration::from_secs(120);

/// WebSocket close code of a connection that a client gives up for another one: no end of the session, and no error kind's.
pub const GIVEN_UP: u16 = 4900;

/// How long a side that has received something may take to confirm it.
pub const CONFIRM_WITHIN: Duration = Duration::from_secs(1);

/// Bytes that are received until they are confirmed at once.
const CONFIRM_BYTES: usize = 512 << 10;

/// Bytes from which the sender waits for a confirmation (a frame more may be kept); what is in flight on a line of 100 ms and 600 Mbit/s.
const WINDOW: usize = 8 << 20;

/// What a frame costs beside its bytes.
const FRAME_COST: usize = 64;

/// Bytes of a [`ResumeSecret`].
const SECRET_BYTES: usize = 16;

/// The right to go on with a session over another connection. `Debug` does not show it, and it is wiped when it is dropped.
#[derive(Clone)]
pub struct ResumeSecret(Zeroizing<[u8; SECRET_BYTES]>);

impl ResumeSecret {
    /// A fresh one.
    ///
    /// # Errors
    /// `Internal` when the system gives no randomness.
    pub fn random() -> Result<Self> {
        let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
        session::rng(None)?.fill_bytes(&mut *bytes);
        Ok(Self(bytes))
    }
}

/// In constant time.
impl PartialEq for ResumeSecret {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&*other.0).into()
    }
}

impl Eq for ResumeSecret {}

impl fmt::Debug for ResumeSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResumeSecret").finish_non_exhaustive()
    }
}

impl Serialize for ResumeSecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut digits = Zeroizing::new([0; 2 * SECRET_BYTES]);
        let text = base16ct::lower::encode_str(&*self.0, &mut *digits).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(text)
    }
}

impl<'de> Deserialize<'de> for ResumeSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        let mut secret = Zeroizing::new([0; SECRET_BYTES]);
        match base16ct::lower::decode(&*text, &mut *secret) {
            Ok(decoded) if decoded.len() == SECRET_BYTES => Ok(Self(secret)),
            _ => Err(serde::de::Error::custom(format!("a secret is {} hexadecimal digits", 2 * SECRET_BYTES))),
        }
    }
}

/// One side's account of the frames of a session, over all of its connections. Positions count frames from the session's begin.
///
/// A peer that confirms less than it has got is sent the same bytes again, and one that confirms more will miss them: neither learns
/// anything that it was not sent.
#[derive(Debug)]
pub struct Ledger<F> {
    /// Sent, and not confirmed.
    kept: VecDeque<F>,
    /// Bytes of these, with [`FRAME_COST`].
    held: usize,
    /// Frames that the peer has confirmed.
    confirmed: u64,
    /// Frames that came from the peer.
    received: u64,
    /// How many of those it knows of.
    told: u64,
    /// Bytes of those that it does not know of.
    untold: usize,
}

/// When the peer should hear what was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// At once.
    Now,
    /// After [`CONFIRM_WITHIN`].
    Soon,
    /// When it is due already.
    AsBefore,
}

impl<F> Default for Ledger<F> {
    fn default() -> Self {
        Self { kept: VecDeque::new(), held: 0, confirmed: 0, received: 0, told: 0, untold: 0 }
    }
}

impl<F: AsRef<[u8]>> Ledger<F> {
    /// Whether another frame may be sent before the peer confirms some.
    pub fn has_room(&self) -> bool {
        self.held < WINDOW
    }

    /// Bytes that are kept.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Keeps a frame that is sent.
    pub fn sent(&mut self, frame: F) {
        self.held += frame.as_ref().len() + FRAME_COST;
        self.kept.push_back(frame);
    }

    /// Counts a frame of the peer, and says when to confirm it.
    pub fn received(&mut self, bytes: usize) -> Due {
        let first = self.received == self.told;
        self.received += 1;
        let before = self.untold;
        self.untold += bytes + FRAME_COST;
        match (before >= CONFIRM_BYTES, self.untold >= CONFIRM_BYTES) {
            (false, true) => Due::Now,
            _ if first => Due::Soon,
            _ => Due::AsBefore,
        }
    }

    /// How many frames of the peer there are.
    pub fn position(&self) -> u64 {
        self.received
    }

    /// What to tell the peer, if that is news to it.
    pub fn confirm(&mut self) -> Option<u64> {
        let news = self.told < self.received;
        (self.told, self.untold) = (self.received, 0);
        news.then_some(self.received)
    }

    /// The peer has got so many frames in all. Whether that is news.
    ///
    /// # Errors
    /// `Malformed` when it had confirmed more before, or was never sent so many.
    pub fn confirmed(&mut self, frames: u64) -> Result<bool> {
        let sent = self.confirmed + self.kept.len() as u64;
        if !(self.confirmed..=sent).contains(&frames) {
            let message =
                format!("{frames} frames cannot be confirmed: {sent} were sent, {} confirmed", self.confirmed);
            return Err(Error::malformed(message));
        }
        let news = (frames - self.confirmed) as usize;
        self.held -= self.kept.drain(..news).map(|frame| frame.as_ref().len() + FRAME_COST).sum::<usize>();
        self.confirmed = frames;
        if self.kept.is_empty() {
            // An idle session holds nothing.
            self.kept = VecDeque::new();
        }
        Ok(news > 0)
    }

    /// What the peer has not confirmed, in order.
    pub fn kept(&self) -> impl Iterator<Item = &F> {
        self.kept.iter()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_secret_has_one_form_and_is_not_shown() {
        let secret = ResumeSecret::random().unwrap();
        let text = serde_json::to_string(&secret).unwrap();
        assert_eq!(text.len(), 34);
        assert_eq!(serde_json::from_str::<ResumeSecret>(&text).unwrap(), secret);
        assert_ne!(ResumeSecret::random().unwrap(), secret);
        assert!(!format!("{secret:?}").contains(&text[1..9]));
        for wrong in ["\"\"", "\"0\"", "7", "null", &text.replace('"', "0"), &format!("\"{}\"", "A".repeat(32))] {
            assert!(serde_json::from_str::<ResumeSecret>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn confirmations_are_few() {
        let mut ledger = Ledger::<Vec<u8>>::default();
        assert_eq!(ledger.confirm(), None);
        assert_eq!(ledger.received(10), Due::Soon);
        assert_eq!(ledger.received(10), Due::AsBefore);
        assert_eq!(ledger.received(CONFIRM_BYTES), Due::Now);
        assert_eq!(ledger.received(10), Due::AsBefore);
        assert_eq!(ledger.confirm(), Some(4));
        assert_eq!(ledger.confirm(), None);
        assert_eq!(ledger.received(CONFIRM_BYTES), Due::Now);
    }

    #[test]
    fn what_was_not_sent_cannot_be_confirmed() {
        let mut ledger = Ledger::default();
        for frame in [vec![1], vec![], vec![2, 3]] {
            ledger.sent(frame);
        }
        assert_eq!(ledger.held(), 3 + 3 * FRAME_COST);
        assert!(ledger.confirmed(4).is_err() && ledger.confirmed(u64::MAX).is_err());
        assert!(ledger.confirmed(2).unwrap() && !ledger.confirmed(2).unwrap());
        assert!(ledger.confirmed(1).is_err());
        assert_eq!(ledger.kept().collect::<Vec<_>>(), [&vec![2, 3]]);
        assert!(ledger.confirmed(3).unwrap());
        assert_eq!((ledger.held(), ledger.kept().count()), (0, 0));
    }

    #[test]
    fn a_window_is_full_at_last() {
        let mut ledger = Ledger::default();
        let mut frames = 0;
        while ledger.has_room() {
            ledger.sent(vec![0; 1 << 20]);
            frames += 1;
        }
        assert_eq!(frames, 8);
        assert!(ledger.confirmed(1).unwrap() && ledger.has_room());
    }

    proptest! {
        /// Whatever a connection loses, the next one makes up for, and nothing comes twice.
        #[test]
        fn every_frame_comes_once_and_in_order(steps in prop::collection::vec((0_u8..4, 0_usize..5), 0..200)) {
            let (mut sender, mut receiver) = (Ledger::default(), Ledger::<Vec<u8>>::default());
            let (mut wire, mut got, mut next) = (VecDeque::new(), Vec::new(), 0_u32);
            for (what, n) in steps {
                match what {
                    0 => for _ in 0..n {
                        let frame = next.to_le_bytes().to_vec();
                        next += 1;
                        sender.sent(frame.clone());
                        wire.push_back(frame);
                    },
                    1 => for frame in wire.drain(..n.min(wire.len())) {
                        receiver.received(frame.len());
                        got.push(frame);
                    },
                    2 => if let Some(frames) = receiver.confirm() {
                        prop_assert!(sender.confirmed(frames).unwrap());
                    },
                    _ => {
                        // A cut: what is on the wire is gone.
                        sender.confirmed(receiver.position()).unwrap();
                        receiver.confirm();
                        wire = sender.kept().cloned().collect();
                    }
                }
            }
            got.extend(wire);
            prop_assert_eq!(got, (0..next).map(|k| k.to_le_bytes().to_vec()).collect::<Vec<_>>());
        }
    }
}
