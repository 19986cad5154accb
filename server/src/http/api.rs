//! The JSON API: which models there are, and their public parts.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use super::answer::Answer;
use crate::Result;
use crate::models::{Detail, Model, Registry, Summary};

/// All answers about the models, which stay the same as long as the server runs.
#[derive(Debug)]
pub(crate) struct Api {
    list: Answer,
    details: BTreeMap<String, Answer>,
}

impl Api {
    /// Writes and compresses what there is to say of `models`.
    pub(crate) fn new(models: &Registry) -> Result<Api> {
        let list = Answer::new(&models.iter().map(Summary::from).collect::<Vec<_>>())?;
        let detail = |model: &Model| Ok((model.id.clone(), Answer::new(&Detail::from(model))?));
        Ok(Api { list, details: models.iter().map(detail).collect::<Result<_>>()? })
    }
}

/// The API's routes.
pub(super) fn routes(api: Api) -> Router {
    let routes = Router::new().route("/api/models", get(list)).route("/api/models/{id}", get(detail));
    routes.with_state(Arc::new(api))
}

/// `GET /api/models`: a list of [`Summary`].
async fn list(State(api): State<Arc<Api>>, headers: HeaderMap) -> Response {
    api.list.to(&headers)
}

/// `GET /api/models/{id}`: one [`Detail`], or 404 with an `error`.
async fn detail(State(api): State<Arc<Api>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    match api.details.get(&id) {
        Some(answer) => answer.to(&headers),
        None => (StatusCode::NOT_FOUND, Json(json!({ "error": format!("there is no model '{id}'") }))).into_response(),
    }
}
