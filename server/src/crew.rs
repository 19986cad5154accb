//! A session's further workers: the connections by which the client's join, and the threads on which they compute.

use futures_executor::block_on;
use futures_util::future::join_all;
use sotto_mpc::{ErrorKind, Result, Transport, Worker};
use tokio::sync::watch;
use tracing::{Instrument, Span};

use crate::courtesy::Courtesy;
use crate::resumable::Comebacks;
use crate::ws::{self, Ending, Limits, Signals};

/// Those of one session; none in most. When this is dropped, their connections end.
pub(crate) struct Crew {
    workers: Vec<Worker>,
    /// Each of their connections', by which it hears that the session is over.
    over: watch::Sender<Option<Ending>>,
    /// Where the first one's connection hears that one of these has failed, or its connection.
    first: watch::Sender<Option<Ending>>,
}

impl Crew {
    /// Waits for the client's workers to join, for as long as the session lasts, which has `signals` for its first connection.
    pub(crate) fn muster(
        workers: Vec<(Worker, Transport)>,
        comebacks: impl Fn(u32) -> Comebacks,
        limits: Limits,
        signals: &Signals,
    ) -> Crew {
        let (over, first) = (watch::Sender::default(), signals.over.clone());
        // How long a client may be silent is up to its first worker, for which the others may wait.
        let limits = Limits { ping: limits.ping, ..Limits::default() };
        let mut crew = Vec::new();
        for (number, (worker, transport)) in (1..).zip(workers) {
            let connection = connect(transport, comebacks(number), limits, over.clone(), first.clone());
            tokio::spawn(connection.in_current_span());
            crew.push(worker);
        }
        if !crew.is_empty() {
            let (gone, over) = (signals.gone.clone(), over.clone());
            tokio::spawn(async move {
                tokio::select! {
                    () = gone.cancelled() => {
                        end(&over, Ending::of(ErrorKind::Closed, "the session's first connection has ended"));
                    }
                    () = over.closed() => {}
                }
            });
        }
        Crew { workers: crew, over, first }
    }

    /// Lets each compute on a thread of its own while `first` does.
    pub(crate) async fn beside<T>(&mut self, courtesy: Courtesy, first: impl Future<Output = T>) -> T {
        let threads = self.workers.drain(..).map(|mut worker| {
            let span = Span::current();
            // A worker there is for heavy models alone.
            let first = self.first.clone();
            courtesy.compute(true, move || {
                let goes_on = span.in_scope(|| block_on(worker.run()));
                // The first worker may wait for its client, and not ask.
                goes_on.inspect_err(|error| end(&first, Ending::from(error))).unwrap_or(false).then_some(worker)
            })
        });
        let (outcome, workers) = tokio::join!(first, join_all(threads));
        self.workers = workers.into_iter().flatten().flatten().collect();
        outcome
    }

    /// The session is over.
    pub(crate) fn end<T>(&self, outcome: &Result<T>) {
        end(&self.over, Ending::from(outcome));
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        end(&self.over, Ending::normal());
    }
}

/// The first reason counts.
fn end(over: &watch::Sender<Option<Ending>>, ending: Ending) {
    over.send_if_modified(|told| {
        let first = told.is_none();
        if first {
            *told = Some(ending);
        }
        first
    });
}

/// One worker's connection, from when the client's joins.
async fn connect(
    transport: Transport,
    comebacks: Comebacks,
    limits: Limits,
    over: watch::Sender<Option<Ending>>,
    first: watch::Sender<Option<Ending>>,
) {
    let mut ended = over.subscribe();
    let mut ending = async || {
        // The sender is this function's.
        let ending = ended.wait_for(Option::is_some).await.ok().and_then(|ending| ending.clone());
        ending.unwrap_or_else(Ending::normal)
    };
    let socket = tokio::select! {
        socket = comebacks.join() => socket,
        _ = ending() => return,
    };
    let signals = Signals { over: over.clone(), ..Signals::default() };
    let how = ws::pump(socket, comebacks, transport, limits, signals, ending()).await;
    // A client that closes may close these connections before the first one.
    if how.code != Ending::normal().code {
        end(&first, how);
    }
}
