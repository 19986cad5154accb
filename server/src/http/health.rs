//! What probes and Prometheus ask: whether the process lives, whether it should get new sessions, and what it has done.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep, timeout};

use crate::metrics;
use crate::state::Shared;

/// How long the store may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long its word is taken: so however many probes come, the store is asked once in that time.
const FRESH: Duration = Duration::from_secs(1);

/// What readiness depends on.
pub(crate) struct Health {
    shared: Arc<Shared>,
    ready_when_full: bool,
    /// What the store said last, and when.
    store: Mutex<Option<(Instant, bool)>>,
}

impl Health {
    pub(crate) fn new(shared: Arc<Shared>, ready_when_full: bool) -> Arc<Health> {
        Arc::new(Health { shared, ready_when_full, store: Mutex::new(None) })
    }

    /// Why there should be no new sessions: words that stay the same.
    async fn reasons(&self) -> Vec<&'static str> {
        let draining = self.shared.is_draining();
        let full = !self.ready_when_full && self.shared.seats.available_permits() == 0;
        let store = !self.store_is_there().await;
        let reasons = [("draining", draining), ("full", full), ("store", store)];
        reasons.into_iter().filter_map(|(reason, holds)| holds.then_some(reason)).collect()
    }

    /// Resolves once `/readyz` says 200.
    pub(crate) async fn until_ready(&self) {
        while !self.reasons().await.is_empty() {
            sleep(FRESH).await;
        }
    }

    async fn store_is_there(&self) -> bool {
        // Whoever comes while it is asked waits for the same answer.
        let mut known = self.store.lock().await;
        if let Some((when, is_there)) = *known
            && when.elapsed() < FRESH
        {
            return is_there;
        }
        let is_there = timeout(PATIENCE, self.shared.access.is_ready()).await.unwrap_or(false);
        *known = Some((Instant::now(), is_there));
        is_there
    }
}

/// `/livez` and `/readyz`.
pub(super) fn probes(health: Arc<Health>) -> Router {
    let live = Router::new().route("/livez", get(|| async { "ok\n" }));
    live.merge(Router::new().route("/readyz", get(ready)).with_state(health))
}

/// `/metrics`.
pub(super) fn metrics(health: Arc<Health>) -> Router {
    Router::new().route("/metrics", get(scrape)).with_state(health)
}

/// `GET /readyz`: 200 for a server that should get new sessions, or 503, with the reasons why not.
async fn ready(State(health): State<Arc<Health>>) -> Response {
    let reasons = health.reasons().await;
    let status = if reasons.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({ "ready": reasons.is_empty(), "reasons": reasons }))).into_response()
}

/// `GET /metrics`: in Prometheus' text format.
async fn scrape(State(health): State<Arc<Health>>) -> Response {
    let text = health.shared.metrics.text(health.shared.load());
    ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response()
}
