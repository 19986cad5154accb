//! The server: HTTP routes, the page, and the life of the process around them.

mod answer;
mod api;
mod connections;
mod headers;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{any, get};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::services::ServeDir;
use tracing::{info, warn};

use crate::config::ServeConfig;
use crate::models::Registry;
use crate::origin::{self, Origin};
use crate::{Error, Result, session, ws};
pub(crate) use connections::Place;

/// How long cut sessions may take to tell their peers.
const CUT_GRACE: Duration = Duration::from_secs(5);

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The models on offer.
    pub(crate) models: Registry,
    /// What the API says of them.
    pub(crate) api: api::Api,
    /// Timeouts of a session's connection.
    pub(crate) limits: ws::Limits,
    /// Whether zeros in the weights of encrypted layers are left out.
    pub(crate) skip_zero_weights: bool,
    /// Web origins besides the server's own whose pages may open sessions.
    pub(crate) allowed_origins: Vec<Origin>,
    /// One permit for each session that may run.
    pub(crate) permits: Arc<Semaphore>,
    /// Sessions opened since the start; gives each its number in the log.
    pub(crate) opened: AtomicU64,
    /// Running sessions.
    pub(crate) sessions: TaskTracker,
    /// Cancelled when no new session may start.
    pub(crate) closing: CancellationToken,
    /// Cancelled when running sessions are to be cut.
    pub(crate) cut: CancellationToken,
}

/// A server that listens but does not answer yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    config: ServeConfig,
    shared: Arc<Shared>,
}

impl Server {
    /// Checks the configuration, loads the models and starts to listen.
    ///
    /// # Errors
    /// [`Error::Usage`] with one line that names the option, file or address.
    pub async fn bind(config: ServeConfig) -> Result<Server> {
        config.check()?;
        let models = Registry::load(&config.models, config.reveal, config.strict)?;
        let cannot = |e| Error::Usage(format!("cannot listen on {}: {e}", config.listen));
        let listener = TcpListener::bind(config.listen).await.map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let shared = Arc::new(Shared {
            api: api::Api::new(&models)?,
            models,
            skip_zero_weights: config.skip_zero_weights,
            limits: config.limits(),
            allowed_origins: config.allow_origin.clone(),
            permits: Arc::new(Semaphore::new(config.max_sessions)),
            opened: AtomicU64::new(0),
            sessions: TaskTracker::new(),
            closing: CancellationToken::new(),
            cut: CancellationToken::new(),
        });
        Ok(Server { listener, address, config, shared })
    }

    /// The address it listens on, with the real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The names of the models on offer.
    pub fn models(&self) -> impl Iterator<Item = &str> {
        self.shared.models.iter().map(|model| model.id.as_str())
    }

    /// Serves until `shutdown` resolves, then lets running sessions end within the grace time, or until `hurry` resolves,
    /// and cuts the rest.
    pub async fn run(self, shutdown: impl Future<Output = ()>, hurry: impl Future<Output = ()>) -> Result<()> {
        let Server { listener, config, shared, .. } = self;
        let routes = router(&config, shared.clone());
        let limits = connections::Limits { most: config.max_connections, head: config.request_timeout };
        let serving = tokio::spawn(connections::serve(listener, routes, limits, shared.closing.clone()));
        shutdown.await;
        shared.closing.cancel();
        shared.sessions.close();
        info!(running = shared.sessions.len(), grace = ?config.shutdown_grace, "shutting down");
        let drained = async {
            let _ = serving.await;
            shared.sessions.wait().await;
        };
        let in_time = tokio::select! {
            () = drained => true,
            () = sleep(config.shutdown_grace) => false,
            () = hurry => false,
        };
        if !in_time {
            warn!(cut = shared.sessions.len(), "cutting the sessions that still run");
            shared.cut.cancel();
            let _ = timeout(CUT_GRACE, shared.sessions.wait()).await;
        }
        info!("stopped");
        Ok(())
    }
}

fn router(config: &ServeConfig, shared: Arc<Shared>) -> Router {
    let api = Router::new()
        .route("/api/models", get(api::list))
        .route("/api/models/{id}", get(api::detail))
        .layer(origin::cors(&config.allow_origin));
    let routes = Router::new()
        .route("/livez", get(|| async { "ok\n" }))
        .merge(api)
        .route("/ws", any(session::open))
        .merge(if config.bench { Router::new().route("/bench", any(session::open_bench)) } else { Router::new() })
        .layer(DefaultBodyLimit::max(0));
    let routes = match &config.page {
        // The build has compressed the files; doing it here would hold up every session.
        Some(page) => routes.fallback_service(ServeDir::new(page).precompressed_br().precompressed_gzip()),
        None => routes.fallback(|| async {
            (StatusCode::NOT_FOUND, "This server was started without a page; the models are listed at /api/models.\n")
        }),
    };
    headers::on_every_response(routes).with_state(shared)
}
