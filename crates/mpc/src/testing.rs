//! Test harness: both parties driven in one thread.

use futures_channel::mpsc;
use futures_util::{SinkExt, StreamExt, future};

use crate::channel::{Channel, Incoming, Transport};

/// Runs both parties over an in-memory connection; each closure gets its party's channel and must own it until it is done.
pub async fn run2<C: Future, S: Future>(
    client: impl FnOnce(Channel) -> C,
    server: impl FnOnce(Channel) -> S,
) -> (C::Output, S::Output) {
    let (a, ta) = Channel::new();
    let (b, tb) = Channel::new();
    let (client, server, ()) = future::join3(client(a), server(b), pump(ta, tb)).await;
    (client, server)
}

/// Moves frames between two transports until both channels are gone.
pub(crate) async fn pump(a: Transport, b: Transport) {
    future::join(forward(a.outgoing, b.incoming), forward(b.outgoing, a.incoming)).await;
}

async fn forward(mut from: mpsc::Receiver<Vec<u8>>, mut to: mpsc::Sender<Incoming>) {
    while let Some(frame) = from.next().await {
        if to.send(Incoming::Frame(frame)).await.is_err() {
            return;
        }
    }
}
