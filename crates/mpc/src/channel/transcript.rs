//! A running hash of everything that crosses the connection, against faults on the way: one for each direction.
//!
//! Frames of a direction arrive in the order in which they were sent, whichever lane they belong to, so that both ends hash
//! the same; how the two directions interleave differs between the ends and is not part of it. Each frame is hashed behind its
//! length, and so its boundaries count, too. BLAKE3: docs/decisions/0014-transcript.md.

use crate::party::Party;

/// Bytes of a [digest](combined).
pub(crate) const DIGEST_BYTES: usize = 16;

/// What the combined hash starts with.
const LABEL: &[u8] = b"sotto transcript 1";

/// What the hash of several connections' digests starts with.
const LABEL_OF_WORKERS: &[u8] = b"sotto workers 1";

/// The hash of one direction so far. Boxed: two lanes hand it to each other at every turn.
pub(super) struct Running(Box<blake3::Hasher>);

impl Running {
    /// Of nothing.
    pub(super) fn new() -> Self {
        Self(Box::new(blake3::Hasher::new()))
    }

    /// Adds a frame.
    pub(super) fn add(&mut self, frame: &[u8]) {
        self.0.update(&(frame.len() as u64).to_le_bytes());
        self.0.update(frame);
    }
}

/// Both directions' hashes as one, the client's messages first: the same at both ends.
pub(super) fn combined(party: Party, sent: &Running, received: &Running) -> [u8; DIGEST_BYTES] {
    let (to_server, to_client) = match party {
        Party::Client => (sent, received),
        Party::Server => (received, sent),
    };
    let mut hasher = blake3::Hasher::new();
    hasher.update(LABEL);
    hasher.update(to_server.0.finalize().as_bytes());
    hasher.update(to_client.0.finalize().as_bytes());
    let mut digest = [0; DIGEST_BYTES];
    hasher.finalize_xof().fill(&mut digest);
    digest
}

/// The digest of a session's first connection as that of all of them, in the order of its workers.
pub(super) fn together(first: [u8; DIGEST_BYTES], others: &[[u8; DIGEST_BYTES]]) -> [u8; DIGEST_BYTES] {
    let mut digest = first;
    if !others.is_empty() {
        let mut hasher = blake3::Hasher::new();
        hasher.update(LABEL_OF_WORKERS);
        hasher.update(&first);
        for other in others {
            hasher.update(other);
        }
        hasher.finalize_xof().fill(&mut digest);
    }
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running(frames: &[&[u8]]) -> Running {
        let mut running = Running::new();
        frames.iter().for_each(|frame| running.add(frame));
        running
    }

    #[test]
    fn both_ends_combine_alike() {
        let (up, down) = (running(&[b"hello", b"x"]), running(&[b"program"]));
        assert_eq!(combined(Party::Client, &up, &down), combined(Party::Server, &down, &up));
        assert_ne!(combined(Party::Client, &up, &down), combined(Party::Client, &down, &up));
    }

    #[test]
    fn every_connection_counts_and_their_order() {
        let [a, b, c] = [[1; DIGEST_BYTES], [2; DIGEST_BYTES], [3; DIGEST_BYTES]];
        assert_eq!(together(a, &[]), a, "a session of one worker has the digest of its connection");
        let all = together(a, &[b, c]);
        for other in [together(a, &[c, b]), together(b, &[a, c]), together(a, &[b]), together(a, &[b, c, c]), a] {
            assert_ne!(other, all);
        }
    }

    #[test]
    fn every_bit_and_every_boundary_counts() {
        let frames: [&[u8]; 3] = [b"a", b"message", b"in three frames"];
        let of = |frames: &[&[u8]]| combined(Party::Client, &running(frames), &Running::new());
        let whole = of(&frames);
        for (i, frame) in frames.iter().enumerate() {
            for bit in 0..8 * frame.len() {
                let mut flipped = frame.to_vec();
                flipped[bit / 8] ^= 1 << (bit % 8);
                let mut frames = frames;
                frames[i] = &flipped;
                assert_ne!(of(&frames), whole, "bit {bit} of frame {i}");
            }
        }
        assert_ne!(of(&[b"amessage", b"in three frames"]), whole);
        assert_ne!(of(&[b"a", b"", b"message", b"in three frames"]), whole);
        assert_ne!(of(&frames[..2]), whole);
    }
}
