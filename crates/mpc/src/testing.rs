//! Test harness: both parties driven in one thread.

use futures_channel::mpsc;
use futures_util::{SinkExt, StreamExt, future};

use crate::channel::{Channel, Incoming, Transport};
use crate::party::Party;

/// Runs both parties over an in-memory connection; each closure gets its party's channel and must own it until it is done.
pub async fn run2<C: Future, S: Future>(
    client: impl FnOnce(Channel) -> C,
    server: impl FnOnce(Channel) -> S,
) -> (C::Output, S::Output) {
    run2_tapped(client, server, |_, _| ()).await
}

/// [`run2`] that shows every frame and its sender to `tap`.
pub async fn run2_tapped<C: Future, S: Future>(
    client: impl FnOnce(Channel) -> C,
    server: impl FnOnce(Channel) -> S,
    tap: impl Fn(Party, &[u8]),
) -> (C::Output, S::Output) {
    let (a, ta) = Channel::new();
    let (b, tb) = Channel::new();
    let (client, server, ()) = future::join3(client(a), server(b), pump(ta, tb, tap)).await;
    (client, server)
}

/// Moves frames between the client's and the server's transport until both channels are gone.
pub async fn pump(client: Transport, server: Transport, tap: impl Fn(Party, &[u8])) {
    let up = forward(client.outgoing, server.incoming, |frame| tap(Party::Client, frame));
    let down = forward(server.outgoing, client.incoming, |frame| tap(Party::Server, frame));
    future::join(up, down).await;
}

async fn forward(mut from: mpsc::Receiver<Vec<u8>>, mut to: mpsc::Sender<Incoming>, tap: impl Fn(&[u8])) {
    while let Some(frame) = from.next().await {
        tap(&frame);
        if to.send(Incoming::Frame(frame)).await.is_err() {
            return;
        }
    }
}
