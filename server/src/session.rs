//! One session: from the WebSocket upgrade to the log line of its end.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use axum::Extension;
use axum::extract::State;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_executor::block_on;
use sotto_mpc::protocols::linear_he::HeOptions;
use sotto_mpc::{Channel, ErrorKind, Observer, Phase, Progress, Result, ServerOptions, Stats, serve_session};
use tokio::sync::OwnedSemaphorePermit;
use tracing::{Instrument, Span, debug, error, info, info_span, warn};

use crate::admission::connections::Place;
use crate::admission::origin;
use crate::state::Shared;
use crate::text::printable;
use crate::ws::{self, Ending, Signals};

/// What the server computes with a peer, beside inferences: blocks its thread until the session is over, and yields its
/// counters.
pub type Protocol = fn(Channel) -> Result<Stats>;

/// What a session is for.
#[derive(Clone, Copy)]
enum Work {
    Inferences,
    Other(Protocol),
}

/// `GET /ws`: upgrades and runs one session with a model.
pub(crate) async fn open(
    State(shared): State<Arc<Shared>>,
    Extension(place): Extension<Place>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgraded(shared, place, &headers, upgrade, Work::Inferences)
}

/// Upgrades and runs one session of another protocol.
pub(crate) async fn open_other(
    State(shared): State<Arc<Shared>>,
    Extension(place): Extension<Place>,
    Extension(protocol): Extension<Protocol>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgraded(shared, place, &headers, upgrade, Work::Other(protocol))
}

fn upgraded(shared: Arc<Shared>, place: Place, headers: &HeaderMap, upgrade: WebSocketUpgrade, work: Work) -> Response {
    if let Some(origin) = origin::foreign(headers, &shared.allowed_origins) {
        warn!(?origin, "refused: a page of another origin");
        let why = "Pages of this origin may not open sessions here; the operator can allow it with --allow-origin.\n";
        return (StatusCode::FORBIDDEN, why).into_response();
    }
    if shared.closing.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "The server is shutting down.\n").into_response();
    }
    let number = shared.number();
    let sessions = shared.sessions.clone();
    // Tracked from here on, so that a shutdown waits for an upgrade that is under way, too.
    let token = sessions.token();
    let upgrade = upgrade.max_message_size(ws::HARD_LIMIT).max_frame_size(ws::HARD_LIMIT);
    upgrade.max_write_buffer_size(ws::WRITE_LIMIT).on_upgrade(move |socket| async move {
        run(socket, shared, work).instrument(info_span!("session", number)).await;
        drop((token, place));
    })
}

async fn run(socket: WebSocket, shared: Arc<Shared>, work: Work) {
    let (mut reader, mut writer) = ws::split_axum(socket);
    let Ok(permit) = shared.permits.clone().try_acquire_owned() else {
        warn!("refused: the server is full");
        let ending =
            Ending::of(ErrorKind::Busy, "the server is full: it runs as many sessions as it allows; try again later");
        return ws::close(&mut reader, &mut writer, &ending).await;
    };
    info!("opened");
    let started = Instant::now();
    let (channel, transport) = Channel::new();
    let signals = Signals { stop: shared.cut.clone(), ..Signals::default() };
    let limits = shared.limits;
    let thread = tokio::task::spawn_blocking({
        let (signals, span) = (signals.clone(), Span::current());
        move || span.in_scope(|| compute(channel, &shared, &signals, permit, work))
    });
    let session = async {
        thread.await.unwrap_or_else(|_| {
            error!("the session's thread panicked");
            Ending::of(ErrorKind::Internal, "internal error")
        })
    };
    let ending = ws::pump(reader, writer, transport, limits, signals, session).await;
    info!(code = ending.code, reason = printable(&ending.reason), seconds = started.elapsed().as_secs_f64(), "closed");
}

/// The protocol, on a blocking thread. The permit is held until the thread is done, whatever became of the connection.
fn compute(channel: Channel, shared: &Shared, signals: &Signals, permit: OwnedSemaphorePermit, work: Work) -> Ending {
    let outcome = match work {
        Work::Inferences => infer(channel, shared, signals),
        Work::Other(protocol) => {
            // It has no handshake that the server knows of.
            signals.established.store(true, Ordering::Relaxed);
            protocol(channel)
        }
    };
    drop(permit);
    match outcome {
        Ok(stats) => {
            log_totals(&stats);
            Ending::normal()
        }
        Err(error) => {
            let (kind, phase) = (error.kind().name(), error.phase().name());
            let why = printable(&error.to_string());
            match error.kind() {
                ErrorKind::Internal => error!(kind, phase, error = why, "failed"),
                _ => warn!(kind, phase, error = why, "ended early"),
            }
            Ending::from(&error)
        }
    }
}

/// The inferences of one client.
fn infer(channel: Channel, shared: &Shared, signals: &Signals) -> Result<Stats> {
    let find = |id: &str| {
        let model = shared.models.get(id)?;
        info!(model = id, digest = model.digest.short(), "chosen");
        Some(model.served())
    };
    let established = signals.established.clone();
    let observer = move |progress: &Progress| {
        if progress.phase > Phase::Setup || progress.done {
            established.store(true, Ordering::Relaxed);
        }
        log_progress(progress);
    };
    let encryption = HeOptions { skip_zeros: shared.skip_zero_weights, threads: shared.threads.clone() };
    let (observer, budget) = (Some(Box::new(observer) as Observer), Some(shared.budget.clone()));
    let options = ServerOptions { observer, encryption, budget, ..ServerOptions::default() };
    block_on(serve_session(channel, &find, options))
}

fn log_progress(progress: &Progress) {
    let Progress { phase, layer, layers, name, bytes_sent, bytes_received, seconds, done } = progress;
    if *done {
        info!(phase = phase.name(), bytes_sent, bytes_received, seconds, "done");
    } else {
        debug!(phase = phase.name(), layer, layers, name, "step");
    }
}

fn log_totals(stats: &Stats) {
    let total = stats.total();
    info!(
        inferences = stats.inferences,
        bytes_sent = total.bytes_sent,
        bytes_received = total.bytes_received,
        compute_seconds = total.seconds,
        "finished"
    );
}
