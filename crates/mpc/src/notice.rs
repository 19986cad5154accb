//! What a server says beside the protocol: a WebSocket text message each, in JSON. It is no part of the transcript
//! and nothing depends on it; a client that does not know one leaves it alone.

use serde::{Deserialize, Serialize};

/// Longest notice in bytes.
pub const MAX_NOTICE: usize = 1024;

/// A notice: an object with one field, which names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Notice {
    /// What the client asked for waits for a place to compute.
    Queue {
        /// How many are served before it, and itself: 1 is next, and 0 says that it has a place now.
        position: usize,
        /// Estimated seconds until then, if there is an estimate.
        seconds: Option<u64>,
    },
    /// Which session this is, for both sides' logs and for whoever asks about it: a random name, which says and opens nothing.
    Session {
        /// The server's name for it: 16 hexadecimal digits.
        id: String,
    },
}

impl Notice {
    /// Reads one; `None` for what is not known here.
    pub fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
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
        for unknown in ["", "queue", r#"{"lunch":{}}"#, r#"{"queue":{"position":-1,"seconds":null}}"#] {
            assert_eq!(Notice::from_json(unknown), None, "{unknown}");
        }
    }
}
