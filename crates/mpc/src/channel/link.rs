//! The queues between a [`Channel`](super::Channel) and its transport: whole messages to frames and back.
//!
//! A sender that is held back puts what the peer sends meanwhile aside, up to an allowance: where two lanes share the link,
//! both parties may have long messages under way, and neither receives before it has sent.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_channel::mpsc;
use futures_util::{Stream, future};
use sotto_crypto::memcheck;

use super::transcript::{self, DIGEST_BYTES, Running};
use super::transport::{Incoming, MAX_FRAME, QUEUE, Transport};
use crate::error::{Error, ErrorKind, Result};
use crate::party::Party;

/// What a frame costs in the allowance beside its bytes, so that empty frames are bounded, too.
const FRAME_COST: usize = 64;

/// The connection to the transport.
pub(super) struct Link {
    outgoing: Outbox,
    incoming: Inbox,
}

/// The outgoing queue.
struct Outbox {
    queue: mpsc::Sender<Vec<u8>>,
    /// Of what was put into it.
    hash: Running,
}

/// The incoming queue, and what was taken from it before its time.
struct Inbox {
    queue: mpsc::Receiver<Incoming>,
    aside: VecDeque<Incoming>,
    /// Bytes in `aside`, with [`FRAME_COST`].
    held: usize,
    /// Of what was received; not of what was only put aside.
    hash: Running,
}

impl Link {
    /// A link and the end that a transport drives.
    pub(super) fn new() -> (Link, Transport) {
        let (queue, transport_out) = mpsc::channel(QUEUE);
        let outgoing = Outbox { queue, hash: Running::new() };
        let (transport_in, queue) = mpsc::channel(QUEUE);
        let incoming = Inbox { queue, aside: VecDeque::new(), held: 0, hash: Running::new() };
        (Link { outgoing, incoming }, Transport { outgoing: transport_out, incoming: transport_in })
    }

    /// Sends a message; while the transport holds it back, up to `allowance` bytes of incoming frames are put aside.
    pub(super) async fn send(&mut self, message: Vec<u8>, allowance: usize) -> Result<()> {
        let Link { outgoing, incoming } = self;
        outgoing.message(message, |cx| incoming.put_aside(cx, allowance)).await
    }

    /// Receives a message of `len` bytes.
    pub(super) async fn recv(&mut self, len: usize) -> Result<Vec<u8>> {
        self.incoming.message(len).await
    }

    /// Sends and receives at the same time.
    pub(super) async fn exchange(&mut self, message: Vec<u8>, len: usize) -> Result<Vec<u8>> {
        let send = self.outgoing.message(message, |_| ());
        let ((), message) = future::try_join(send, self.incoming.message(len)).await?;
        Ok(message)
    }

    /// Receives one frame of any length.
    pub(super) async fn frame(&mut self) -> Result<Vec<u8>> {
        self.incoming.frame().await
    }

    /// A digest of all frames that were sent and received so far, which is the peer's as well unless one of them changed on the way.
    pub(super) fn digest(&self, party: Party) -> [u8; DIGEST_BYTES] {
        transcript::combined(party, &self.outgoing.hash, &self.incoming.hash)
    }
}

impl Inbox {
    fn put_aside(&mut self, cx: &mut Context<'_>, allowance: usize) {
        while self.held < allowance {
            let Poll::Ready(Some(next)) = Pin::new(&mut self.queue).poll_next(cx) else { return };
            self.held += FRAME_COST + next.len();
            self.aside.push_back(next);
        }
    }

    async fn message(&mut self, len: usize) -> Result<Vec<u8>> {
        let mut message = Vec::new();
        while message.len() < len {
            let expected = (len - message.len()).min(MAX_FRAME);
            let frame = self.frame().await?;
            if frame.len() != expected {
                return Err(Error::malformed(format!("expected a frame of {expected} bytes, got {}", frame.len())));
            }
            if message.is_empty() {
                message = frame;
            } else {
                message.extend_from_slice(&frame);
            }
        }
        Ok(message)
    }

    async fn frame(&mut self) -> Result<Vec<u8>> {
        let next = match self.aside.pop_front() {
            Some(next) => {
                self.held -= FRAME_COST + next.len();
                Some(next)
            }
            None => future::poll_fn(|cx| Pin::new(&mut self.queue).poll_next(cx)).await,
        };
        match next {
            Some(Incoming::Frame(frame)) => {
                self.hash.add(&frame);
                Ok(frame)
            }
            Some(Incoming::Closed { code, reason }) => Err(Error::from_close(code, &reason)),
            None => Err(Error::new(ErrorKind::Transport, "the connection is gone")),
        }
    }
}

impl Outbox {
    async fn message(&mut self, mut message: Vec<u8>, mut while_held_back: impl FnMut(&mut Context<'_>)) -> Result<()> {
        let gone = |_| Error::new(ErrorKind::Transport, "the connection is gone");
        let len = message.len();
        for start in (0..len).step_by(MAX_FRAME) {
            // A message of one frame is not copied.
            let mut frame = match len {
                0..=MAX_FRAME => std::mem::take(&mut message),
                _ => message[start..len.min(start + MAX_FRAME)].to_vec(),
            };
            // The peer is about to have it.
            memcheck::public(&mut frame);
            self.hash.add(&frame);
            let ready = future::poll_fn(|cx| {
                let ready = self.queue.poll_ready(cx);
                if ready.is_pending() {
                    while_held_back(cx);
                }
                ready
            });
            ready.await.map_err(gone)?;
            self.queue.start_send(frame).map_err(gone)?;
        }
        Ok(())
    }
}
