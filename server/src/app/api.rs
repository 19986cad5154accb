//! The JSON API: which models there are, and their public parts.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Shared;
use crate::models::{Detail, Summary};

/// `GET /api/models`: a list of [`Summary`].
pub(super) async fn list(State(shared): State<Arc<Shared>>) -> Response {
    Json(shared.models.iter().map(Summary::from).collect::<Vec<_>>()).into_response()
}

/// `GET /api/models/{id}`: one [`Detail`], or 404 with an `error`.
pub(super) async fn detail(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    match shared.models.get(&id) {
        Some(model) => Json(Detail::from(model)).into_response(),
        None => (StatusCode::NOT_FOUND, Json(json!({ "error": format!("there is no model '{id}'") }))).into_response(),
    }
}
