//! What two workers of one side say to each other: letters, in order. They hold shares, and are wiped when they are dropped.

use futures_channel::mpsc::{self, UnboundedReceiver, UnboundedSender};
use zeroize::Zeroizing;

/// Bytes for another worker of the same side.
pub type Letter = Zeroizing<Vec<u8>>;

/// One of two ends. Whoever holds the other one hears when this is dropped.
#[derive(Debug)]
pub struct Post {
    /// Where letters to the other end go.
    pub outgoing: UnboundedSender<Letter>,
    /// Letters from the other end; ends when that is dropped.
    pub incoming: UnboundedReceiver<Letter>,
}

impl Post {
    /// Both ends.
    pub fn pair() -> (Post, Post) {
        let (to_second, second) = mpsc::unbounded();
        let (to_first, first) = mpsc::unbounded();
        (Post { outgoing: to_second, incoming: first }, Post { outgoing: to_first, incoming: second })
    }
}
