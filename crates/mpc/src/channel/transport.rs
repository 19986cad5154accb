//! What a transport delivers and takes: frames.

use futures_channel::mpsc;

/// Largest frame in bytes; longer messages are split.
pub const MAX_FRAME: usize = 1 << 20;

/// Frames that may wait in each direction before the producer is held back.
pub(super) const QUEUE: usize = 8;

/// What a transport delivers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// One frame: the payload of one binary WebSocket message.
    Frame(Vec<u8>),
    /// The peer closed the connection with this WebSocket close code and reason.
    Closed {
        /// Close code.
        code: u16,
        /// Reason, possibly empty.
        reason: String,
    },
}

impl Incoming {
    /// Bytes that it holds.
    pub(super) fn len(&self) -> usize {
        match self {
            Incoming::Frame(frame) => frame.len(),
            Incoming::Closed { reason, .. } => reason.len(),
        }
    }
}

/// The transport's end of a [`Channel`].
#[derive(Debug)]
pub struct Transport {
    /// Frames to send to the peer; ends when the channel is dropped.
    pub outgoing: mpsc::Receiver<Vec<u8>>,
    /// Where to put what the peer sends.
    pub incoming: mpsc::Sender<Incoming>,
}
