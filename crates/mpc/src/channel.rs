//! A framed duplex channel over two bounded queues of byte frames.
//!
//! The protocols see messages of known length; the transport (a WebSocket pump, or a loop-back in tests) sees frames of at
//! most [`MAX_FRAME`] bytes. Nothing but payload travels: the receiver states the length that it expects, so a message needs
//! no header, and a frame of any other length is an error. Two lanes may share one connection ([`baton`]).

mod baton;
mod flight;
mod lanes;
mod link;
mod transcript;
mod transport;

use crate::error::{Error, ErrorKind, Result, internal};
use crate::party::Party;
use crate::session::command::Command;
use crate::session::phase::Phase;
use crate::session::stats::{Stats, Traffic};
use baton::Lane;
use flight::Flight;
pub(crate) use flight::Section;
use link::Link;

pub(crate) use transcript::DIGEST_BYTES;
pub use transport::{Incoming, MAX_FRAME, Transport};

/// A party's end of the connection: sends and receives whole messages and counts them.
pub struct Channel {
    /// The connection, or nothing while another lane has it.
    link: Option<Link>,
    /// This channel's part in sharing the connection, while two lanes run.
    lane: Option<Lane>,
    phase: Phase,
    flight: Flight,
    section: Option<Section>,
    /// The last one that ended, before what followed it.
    last: Section,
    stats: Stats,
}

impl Channel {
    /// A channel and the end that a transport drives.
    pub fn new() -> (Channel, Transport) {
        let (link, transport) = Link::new();
        (Channel { link: Some(link), ..Channel::detached() }, transport)
    }

    /// A channel that has a connection only while it shares another's.
    pub(crate) fn detached() -> Channel {
        Channel {
            link: None,
            lane: None,
            phase: Phase::Handshake,
            flight: Flight::None,
            section: None,
            last: Section::NONE,
            stats: Stats::default(),
        }
    }

    /// The phase that traffic is counted under.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Counts what follows under `phase`; another phase starts a new round.
    pub(crate) fn set_phase(&mut self, phase: Phase) {
        if self.phase != phase {
            self.phase = phase;
            self.flight = Flight::None;
        }
    }

    /// The counters.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    pub(crate) fn stats_mut(&mut self) -> &mut Stats {
        &mut self.stats
    }

    /// Counters of the current phase.
    pub(crate) fn traffic(&self) -> Traffic {
        self.stats.phase(self.phase)
    }

    /// Sends one message. An empty message is not sent at all.
    pub async fn send(&mut self, message: Vec<u8>) -> Result<()> {
        if message.is_empty() {
            return Ok(());
        }
        self.count(Flight::Out, message.len(), 0);
        let sent = async {
            self.word_to_self();
            let allowance = self.allowance();
            self.link().await?.send(message, allowance).await
        };
        sent.await.map_err(|e: Error| e.in_phase(self.phase))
    }

    /// Receives one message of exactly `len` bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Malformed`] when a frame has another length than the expected one; the peer's close as its own kind.
    pub async fn recv(&mut self, len: u64) -> Result<Vec<u8>> {
        if len == 0 {
            return Ok(Vec::new());
        }
        let received = async {
            let len = addressable(len)?;
            self.word_to_peer().await;
            self.link().await?.recv(len).await
        };
        let message = received.await.map_err(|e| e.in_phase(self.phase))?;
        self.count(Flight::In, 0, message.len());
        Ok(message)
    }

    /// Sends `message` and receives one of `len` bytes, neither waiting for the other: one round.
    pub async fn exchange(&mut self, message: Vec<u8>, len: u64) -> Result<Vec<u8>> {
        match (message.is_empty(), len) {
            (true, _) => return self.recv(len).await,
            (false, 0) => return self.send(message).await.map(|()| Vec::new()),
            (false, _) => {}
        }
        let sent = message.len();
        let exchanged = async {
            let len = addressable(len)?;
            if !self.has_word() {
                self.word_to_self();
                return self.link().await?.exchange(message, len).await;
            }
            let allowance = self.allowance();
            self.link().await?.send(message, allowance).await?;
            self.word_to_peer().await;
            self.link().await?.recv(len).await
        };
        let message = exchanged.await.map_err(|e| e.in_phase(self.phase))?;
        self.count(Flight::Both, sent, message.len());
        Ok(message)
    }

    /// Receives one frame of at most `max` bytes (handshake only: later messages have known lengths).
    pub(crate) async fn recv_up_to(&mut self, max: usize) -> Result<Vec<u8>> {
        let received = async { self.link().await?.frame().await };
        let frame = received.await.map_err(|e| e.in_phase(self.phase))?;
        if frame.len() > max {
            let message = format!("expected a message of at most {max} bytes, got {}", frame.len());
            return Err(Error::malformed(message).in_phase(self.phase));
        }
        self.count(Flight::In, 0, frame.len());
        Ok(frame)
    }

    /// Receives the client's next command and counts it, and what follows, under the command's phase.
    pub(crate) async fn recv_command(&mut self) -> Result<Command> {
        let received = async { Command::from_byte(self.link().await?.recv(1).await?[0]) };
        let command = received.await.map_err(|e| e.in_phase(self.phase))?;
        self.set_phase(command.phase());
        self.count(Flight::In, 0, 1);
        Ok(command)
    }

    /// The server's side of [`Channel::is_intact`]: one more message of [`DIGEST_BYTES`].
    pub(crate) async fn attest(&mut self, others: &[[u8; DIGEST_BYTES]]) -> Result<()> {
        let digest = transcript::together(self.digest(Party::Server)?, others);
        self.send(digest.to_vec()).await
    }

    /// The client's: receives the server's digest of everything that either side has sent in the session so far, over this connection
    /// and `others`, and says whether it equals its own. It does not once a bit has changed on the way, in this session for ever.
    pub(crate) async fn is_intact(&mut self, others: &[[u8; DIGEST_BYTES]]) -> Result<bool> {
        let own = transcript::together(self.digest(Party::Client)?, others);
        Ok(self.recv(DIGEST_BYTES as u64).await? == own)
    }

    /// Of everything that either side has sent over this connection so far.
    pub(crate) fn digest(&self, party: Party) -> Result<[u8; DIGEST_BYTES]> {
        let link = self.link.as_ref().ok_or_else(|| internal("another lane has the connection"))?;
        Ok(link.digest(party))
    }

    /// The messages of the lanes that ran side by side last.
    pub(crate) fn last_section(&self) -> Section {
        self.last
    }

    fn count(&mut self, flight: Flight, sent: usize, received: usize) {
        let traffic = self.stats.phase_mut(self.phase);
        traffic.bytes_sent += sent as u64;
        traffic.bytes_received += received as u64;
        if flight == Flight::Both || flight != self.flight {
            match &mut self.section {
                Some(section) => section.rounds += 1,
                None => traffic.rounds += 1,
            }
        }
        if let Some(section @ Section { first: Flight::None, .. }) = &mut self.section {
            section.first = flight;
        }
        self.flight = flight;
    }

    /// Counts correlations that are generated now.
    pub(crate) fn count_correlations(&mut self, n: u64) {
        self.stats.phase_mut(self.phase).correlations += n;
    }
}

/// A length as this machine's addresses go: 32 bits in WebAssembly.
fn addressable(len: u64) -> Result<usize> {
    usize::try_from(len).map_err(|_| Error::new(ErrorKind::Internal, "a message is too long for this machine"))
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;
    use futures_util::future;

    use super::*;
    use crate::testing::pump;

    fn channel_pair() -> (Channel, Channel) {
        let (a, ta) = Channel::new();
        let (b, tb) = Channel::new();
        std::thread::spawn(move || block_on(pump(ta, tb, |_, _| ())));
        (a, b)
    }

    #[test]
    fn long_messages_are_split_and_joined() {
        let (mut a, mut b) = channel_pair();
        let message: Vec<u8> = (0..3 * MAX_FRAME + 5).map(|i| i as u8).collect();
        let (sent, received) = block_on(future::join(a.send(message.clone()), b.recv(message.len() as u64)));
        sent.unwrap();
        assert_eq!(received.unwrap(), message);
        assert_eq!(a.traffic().bytes_sent, message.len() as u64);
        assert_eq!((a.traffic().rounds, b.traffic().rounds), (1, 1));
    }

    #[test]
    fn long_exchanges_do_not_deadlock() {
        let (mut a, mut b) = channel_pair();
        let message = vec![7; 64 * MAX_FRAME];
        let len = message.len() as u64;
        let (x, y) = block_on(future::join(a.exchange(message.clone(), len), b.exchange(message.clone(), len)));
        assert_eq!((x.unwrap().len() as u64, y.unwrap().len() as u64), (len, len));
        assert_eq!(a.traffic().rounds, 1);
    }

    #[test]
    fn a_frame_of_another_length_is_malformed() {
        for wrong in [0, 3, 5, MAX_FRAME + 1] {
            let (mut channel, mut transport) = Channel::new();
            transport.incoming.try_send(Incoming::Frame(vec![0; wrong])).unwrap();
            assert_eq!(block_on(channel.recv(4)).unwrap_err().kind(), ErrorKind::Malformed);
        }
    }

    #[test]
    fn rounds_count_changes_of_direction() {
        let (mut a, mut b) = channel_pair();
        block_on(async {
            a.send(vec![1]).await.unwrap();
            a.send(vec![2]).await.unwrap();
            b.recv(1).await.unwrap();
            b.recv(1).await.unwrap();
            b.send(vec![3]).await.unwrap();
            a.recv(1).await.unwrap();
            future::join(a.exchange(vec![4], 1), b.exchange(vec![5], 1)).await.0.unwrap();
        });
        assert_eq!((a.traffic().rounds, b.traffic().rounds), (3, 3));
    }

    #[test]
    fn a_close_ends_every_receive() {
        let (mut channel, mut transport) = Channel::new();
        transport
            .incoming
            .try_send(Incoming::Closed { code: ErrorKind::Busy.close_code(), reason: "full".into() })
            .unwrap();
        assert_eq!(block_on(channel.recv(4)).unwrap_err().kind(), ErrorKind::Busy);
        drop(transport);
        assert_eq!(block_on(channel.recv(4)).unwrap_err().kind(), ErrorKind::Transport);
        assert_eq!(block_on(channel.send(vec![1])).unwrap_err().kind(), ErrorKind::Transport);
    }
}
