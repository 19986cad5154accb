//! Connections: how many there may be, and how long each may take to ask and to be answered. What becomes a session has
//! the session's limits from then on, and keeps its place.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use tracing::{debug, warn};

use crate::tls::Tls;

/// Bytes of a request's head, and of an answer that wait to be written.
const BUFFER: usize = 64 << 10;

/// How long a connection may ask; after that it gets its last answer, for which it has as long again.
const ASKING: Duration = Duration::from_secs(300);

/// How long nothing is accepted after the system had no room for another connection.
const NO_ROOM: Duration = Duration::from_secs(1);

/// A connection's place among those that there may be: free again when the last copy is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// Who is at the other end: a client or a proxy.
    pub(crate) peer: SocketAddr,
    _permit: Arc<OwnedSemaphorePermit>,
}

/// Limits of all connections together and of each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Connections at once.
    pub(crate) most: usize,
    /// How long each may take for the TLS handshake and the head of its first request together, for the head of another, and wait
    /// for its next one.
    pub(crate) head: Duration,
}

/// Answers connections until `closing` is cancelled, and then until each has its answer. When all places are taken,
/// further ones wait in the system's queue, which is what a burst needs; the log says so once.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    routes: Router,
    limits: Limits,
    closing: CancellationToken,
) {
    let (places, connections) = (Arc::new(Semaphore::new(limits.most)), TaskTracker::new());
    let mut full = false;
    loop {
        let was_full = std::mem::replace(&mut full, places.available_permits() == 0);
        if full && !was_full {
            warn!(limits.most, "all connections are taken; further ones wait");
        }
        let next = async {
            let permit = places.clone().acquire_owned().await.expect("the semaphore is never closed");
            (listener.accept().await, Arc::new(permit))
        };
        let (accepted, permit) = tokio::select! {
            next = next => next,
            () = closing.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let place = Place { peer, _permit: permit };
                connections.spawn(greet(stream, tls.clone(), routes.clone(), place, limits.head, closing.clone()));
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                warn!(%error, "cannot accept connections");
                sleep(NO_ROOM).await;
            }
        }
    }
    connections.close();
    connections.wait().await;
}

/// Whether only the connection that would have been next is gone.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// Answers one connection's requests, within TLS if there is any.
async fn greet(
    stream: TcpStream,
    tls: Option<Arc<Tls>>,
    routes: Router,
    place: Place,
    head: Duration,
    closing: CancellationToken,
) {
    // Rounds of small messages are what a session waits for: never hold one back to fill a packet.
    if let Err(error) = stream.set_nodelay(true) {
        warn!(%error, "cannot set TCP_NODELAY");
    }
    let first = Instant::now() + head;
    let Some(tls) = tls else { return answer(stream, routes, place, head, first, closing).await };
    let accepted = tokio::select! {
        accepted = timeout_at(first, tls.accept(stream)) => accepted,
        () = closing.cancelled() => return,
    };
    match accepted {
        Ok(Ok(stream)) => answer(stream, routes, place, head, first, closing).await,
        Ok(Err(error)) => debug!(%error, "a connection did not come to speak TLS"),
        Err(_) => debug!("a connection took too long for the TLS handshake"),
    }
}

/// Answers one connection's requests, up to its upgrade. The head of the first has to be there at `first`.
async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    routes: Router,
    place: Place,
    head: Duration,
    first: Instant,
    closing: CancellationToken,
) {
    let asked = CancellationToken::new();
    let service = service_fn(|mut request: Request<Incoming>| {
        asked.cancel();
        request.extensions_mut().insert(place.clone());
        let answer = routes.clone().oneshot(request.map(Body::new));
        async { Ok::<_, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(BUFFER);
    let connection = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => Some(ended),
        () = unasked(&asked, first) => return debug!("a connection took too long for its first request"),
        () = closing.cancelled() => None,
        () = sleep(ASKING) => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            timeout(ASKING, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        debug!(%error, "a connection ended early");
    }
}

/// Resolves at `first` if nothing was asked by then.
async fn unasked(asked: &CancellationToken, first: Instant) {
    if timeout_at(first, asked.cancelled()).await.is_ok() {
        std::future::pending().await
    }
}
