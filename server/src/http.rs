//! The routes: the JSON API, the page, and the paths whose connections become sessions.

mod answer;
pub(crate) mod answers;
mod api;
mod headers;
pub(crate) mod health;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::any;
use axum::{Extension, Router};
use tower_http::services::ServeDir;

use crate::admission::origin;
use crate::config::ServeConfig;
use crate::session::{self, Protocol};
use crate::state::Shared;
use health::Health;

/// All routes of a server. `others` are protocols beside that of inferences, each at its path.
pub(crate) fn router(
    config: &ServeConfig,
    shared: Arc<Shared>,
    health: &Arc<Health>,
    others: &[(&'static str, Protocol)],
) -> Router {
    let sessions = Router::new().route("/ws", any(session::open)).route("/ws/resume", any(session::resume));
    let sessions = others.iter().fold(sessions, |routes, &(path, protocol)| {
        let routes = routes.route(path, any(session::open_other).layer(Extension(protocol)));
        routes.route(&format!("{path}/resume"), any(session::resume))
    });
    let routes = Router::new()
        .merge(health::probes(health.clone()))
        .merge(if config.metrics { health::metrics(health.clone()) } else { Router::new() })
        .merge(api::routes(shared.offer.clone()).layer(origin::cors(&config.allow_origin)))
        .merge(sessions.with_state(shared))
        .layer(DefaultBodyLimit::max(0));
    headers::on_every_response(match &config.page {
        // The build has compressed the files; doing it here would hold up every session.
        Some(page) => routes.fallback_service(ServeDir::new(page).precompressed_br().precompressed_gzip()),
        None => routes.fallback(|| async {
            (StatusCode::NOT_FOUND, "This server was started without a page; the models are listed at /api/models.\n")
        }),
    })
}

/// Those of the address for probes and Prometheus.
pub(crate) fn health_router(health: &Arc<Health>) -> Router {
    let routes = health::probes(health.clone()).merge(health::metrics(health.clone()));
    headers::on_every_response(routes.layer(DefaultBodyLimit::max(0)))
}
