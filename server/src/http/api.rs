//! The JSON API: which models there are, and their public parts.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use crate::offer::Offer;

/// The API's routes.
pub(super) fn routes(offer: Arc<Offer>) -> Router {
    Router::new().route("/api/models", get(list)).route("/api/models/{id}", get(detail)).with_state(offer)
}

/// `GET /api/models`: a list of what there is to say of each model in short.
async fn list(State(offer): State<Arc<Offer>>, headers: HeaderMap) -> Response {
    offer.now().answers.list.to(&headers)
}

/// `GET /api/models/{id}`: all that is public of one, or 404 with an `error`.
async fn detail(State(offer): State<Arc<Offer>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    match offer.now().answers.details.get(&id) {
        Some(answer) => answer.to(&headers),
        None => (StatusCode::NOT_FOUND, Json(json!({ "error": format!("there is no model '{id}'") }))).into_response(),
    }
}
