//! What is said beside the protocol: a WebSocket text message each, in JSON. It is no part of the transcript, and no result depends
//! on it; a client leaves alone what it does not know.

use serde::{Deserialize, Serialize};

use crate::resume::ResumeSecret;

/// Longest notice in bytes.
pub const MAX_NOTICE: usize = 1024;

/// A notice: an object with one field, which names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Notice {
    /// The server's: what the client asked for waits for a place to compute.
    Queue {
        /// How many are served before it, and itself: 1 is next, and 0 says that it has a place now.
        position: usize,
        /// Estimated seconds until then, if there is an estimate.
        seconds: Option<u64>,
    },
    /// The server's first: which session this is.
    Session {
        /// Its name, for both sides' logs and for whoever asks about it: 16 random hexadecimal digits, which say and open nothing.
        id: String,
        /// What opens it, to the client that it is told, over another connection; none where a session cannot be resumed.
        secret: Option<ResumeSecret>,
    },
    /// Either side's: it has so many frames of the other, over all connections of the session.
    Received {
        /// How many.
        frames: u64,
    },
    /// The client's first on another connection, in place of a hello: it goes on with a session.
    Resume {
        /// The session's name.
        id: String,
        /// What opens it.
        secret: ResumeSecret,
        /// As of [`Notice::Received`].
        frames: u64,
        /// The client's tries to go on with the session, this one among them: one that was overtaken by a later one is refused.
        attempt: u64,
        /// Which of the session's workers has the connection: the first unless it is said. A further one joins in the same way.
        #[serde(default, skip_serializing_if = "is_first")]
        worker: u32,
    },
    /// The server's answer: the session goes on, behind this frame of the client.
    Resumed {
        /// As of [`Notice::Received`].
        frames: u64,
    },
    /// The server's: it is shutting down. What is prepared can be used for so long; a client that wants more opens another session.
    Draining {
        /// Seconds until the session is cut.
        seconds: u64,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it")]
fn is_first(worker: &u32) -> bool {
    *worker == 0
}

impl Notice {
    /// Reads one; `None` for what is not known here.
    pub fn from_json(text: &str) -> Option<Self> {
        // As everywhere: the readers of slices and of strings are code of their own.
        serde_json::from_slice(text.as_bytes()).ok()
    }

    /// The text that [`Notice::from_json`] reads.
    pub fn to_json(&self) -> String {
        // A map with keys that are no strings is all that can fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_have_one_form_and_unknown_ones_are_none() {
        let notice = Notice::Queue { position: 3, seconds: Some(40) };
        let text = notice.to_json();
        assert_eq!(text, r#"{"queue":{"position":3,"seconds":40}}"#);
        assert_eq!(Notice::from_json(&text), Some(notice));
        for text in [
            r#"{"session":{"id":"0","secret":"000102030405060708090a0b0c0d0e0f"}}"#,
            r#"{"session":{"id":"0","secret":null}}"#,
            r#"{"received":{"frames":18446744073709551615}}"#,
            r#"{"resume":{"id":"0","secret":"000102030405060708090a0b0c0d0e0f","frames":7,"attempt":2}}"#,
            r#"{"resume":{"id":"0","secret":"000102030405060708090a0b0c0d0e0f","frames":0,"attempt":1,"worker":3}}"#,
            r#"{"resumed":{"frames":7}}"#,
            r#"{"draining":{"seconds":20}}"#,
        ] {
            let notice = Notice::from_json(text).unwrap();
            assert_eq!(notice.to_json(), text);
            assert!(!format!("{notice:?}").contains("0405"), "{notice:?}");
        }
        for unknown in ["", "queue", r#"{"lunch":{}}"#, r#"{"queue":{"position":-1,"seconds":null}}"#] {
            assert_eq!(Notice::from_json(unknown), None, "{unknown}");
        }
    }
}
