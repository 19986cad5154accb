//! A line between client and server that breaks.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// Carries connections to a server, and cuts them.
pub struct Cutter {
    /// Where clients connect.
    pub authority: String,
    line: Arc<Line>,
}

#[derive(Default)]
struct Line {
    /// How many connections are carried, at most.
    most: AtomicU64,
    connections: AtomicU64,
    /// Of the connections that there are, one after the other.
    now: std::sync::Mutex<CancellationToken>,
}

/// Bytes that a connection still carries, both ways.
struct Left(AtomicU64);

impl Cutter {
    /// A line to `server` whose connections break, one after the other, when they have carried so many bytes both ways, and then no more.
    pub async fn start(server: &str, cuts: impl IntoIterator<Item = u64>) -> Cutter {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let authority = listener.local_addr().expect("a bound listener has an address").to_string();
        let (server, mut cuts) = (server.to_owned(), cuts.into_iter().collect::<VecDeque<_>>());
        let line = Arc::<Line>::default();
        line.most.store(u64::MAX, Ordering::SeqCst);
        tokio::spawn({
            let line = line.clone();
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    if line.connections.load(Ordering::SeqCst) >= line.most.load(Ordering::SeqCst) {
                        continue;
                    }
                    line.connections.fetch_add(1, Ordering::SeqCst);
                    let left = cuts.pop_front().unwrap_or(u64::MAX);
                    let cut = line.now.lock().expect("no thread panics with the lock").clone();
                    tokio::spawn(carry(client, server.clone(), left, cut));
                }
            }
        });
        Cutter { authority, line }
    }

    /// Address of the server's WebSocket over this line.
    pub fn url(&self) -> String {
        format!("ws://{}/ws", self.authority)
    }

    /// Cuts all connections, and further ones at once, until [`Cutter::mend`].
    pub fn cut(&self) {
        self.carry_no_more_than(0);
        std::mem::take(&mut *self.line.now.lock().expect("no thread panics with the lock")).cancel();
    }

    /// Cuts connections at once that come behind so many, until [`Cutter::mend`].
    pub fn carry_no_more_than(&self, connections: u64) {
        self.line.most.store(connections, Ordering::SeqCst);
    }

    /// Carries further connections.
    pub fn mend(&self) {
        self.line.most.store(u64::MAX, Ordering::SeqCst);
    }

    /// Connections that were carried so far.
    pub fn connections(&self) -> u64 {
        self.line.connections.load(Ordering::SeqCst)
    }
}

async fn carry(client: TcpStream, server: String, left: u64, cut: CancellationToken) {
    let Ok(server) = TcpStream::connect(server).await else { return };
    let left = Left(AtomicU64::new(left));
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    // Whichever way breaks, both do: the halves are dropped, and with unread data in them the connections are reset.
    tokio::select! {
        () = carry_one_way(from_client, to_server, &left) => {}
        () = carry_one_way(from_server, to_client, &left) => {}
        () = cut.cancelled() => {}
    }
}

async fn carry_one_way(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, left: &Left) {
    let mut buffer = vec![0; 1 << 14];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let before =
            left.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| Some(left.saturating_sub(read as u64)));
        let may = before.expect("there is always another value").min(read as u64) as usize;
        if to.write_all(&buffer[..may]).await.is_err() || may < read {
            return;
        }
    }
}
