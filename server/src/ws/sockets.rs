//! A session's sockets: the one that it has, and where the next one comes from.

use std::future::{Future, pending, ready};
use std::pin::Pin;

use futures_util::{Sink, Stream};

use super::{Broken, Ending, Received, Sent};

/// What a peer sends.
pub type Reader = Pin<Box<dyn Stream<Item = Received> + Send>>;

/// Where to send to it.
pub type Writer = Pin<Box<dyn Sink<Sent, Error = Broken> + Send>>;

/// A WebSocket, and what is held as long as there is this one.
pub struct Socket {
    /// Its messages.
    pub reader: Reader,
    /// Where to send some.
    pub writer: Writer,
    /// Free again when the socket is.
    pub held: Option<Box<dyn Send>>,
}

impl From<(Reader, Writer)> for Socket {
    fn from((reader, writer): (Reader, Writer)) -> Self {
        Self { reader, writer, held: None }
    }
}

/// What comes in place of a socket that was lost.
pub enum Next {
    /// Another one of the same peer, which has got so many frames of this side and knows how many this side has.
    Socket(Socket, u64),
    /// The peer ends the session.
    Refused(Ending),
    /// Nothing, and nobody to be told.
    None,
}

/// Where a session's next socket comes from.
pub trait Sockets: Send {
    /// Resolves when the peer has come over another socket, while this side still has one.
    fn taken_over(&mut self) -> impl Future<Output = ()> + Send {
        pending()
    }

    /// The next socket, in place of one that was lost. The peer is told how many of its frames this side has.
    fn next(&mut self, received: u64) -> impl Future<Output = Next> + Send;
}

/// No further one: the session ends with its socket.
#[derive(Clone, Copy, Debug)]
pub struct OneSocket;

impl Sockets for OneSocket {
    fn next(&mut self, _: u64) -> impl Future<Output = Next> + Send {
        ready(Next::None)
    }
}
