//! The real server on a free port.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sotto_nn::bundle::Bundle;
use sotto_server::access::budget::Budget;
use sotto_server::access::jwt::JwtOptions;
use sotto_server::app::Server;
use sotto_server::config::ServeConfig;
use sotto_server::models::Reveal;
use sotto_server::tls::TlsFiles;
use tempfile::TempDir;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::synthetic;

/// A server that runs on the test's runtime.
pub struct Running {
    /// Address of its WebSocket.
    pub url: String,
    /// `HOST:PORT`.
    pub authority: String,
    /// `HOST:PORT` of probes, if they have one of their own.
    pub health: Option<String>,
    shutdown: CancellationToken,
    hurry: CancellationToken,
    reload: Arc<Notify>,
    task: JoinHandle<sotto_server::Result<()>>,
    /// The folder of its bundles.
    pub models: TempDir,
}

impl Running {
    /// Asks the server to shut down.
    pub fn shut_down(&self) {
        self.shutdown.cancel();
    }

    /// Asks it to cut the sessions that still run, as a second signal does.
    pub fn hurry(&self) {
        self.hurry.cancel();
    }

    /// Asks it to read its files again, as SIGHUP does.
    pub fn reload(&self) {
        self.reload.notify_one();
    }

    /// Waits until it has stopped.
    pub async fn stopped(self) {
        self.task.await.expect("the server does not panic").expect("the server stops in order");
    }
}

/// A configuration with patient timeouts. `models` is filled in by [`start_with`].
pub fn config() -> ServeConfig {
    ServeConfig {
        listen: ([127, 0, 0, 1], 0).into(),
        health_listen: None,
        metrics: false,
        ready_when_full: false,
        trusted_proxy: Vec::new(),
        log_addresses: false,
        tls: TlsFiles::default(),
        models: PathBuf::new(),
        strict: true,
        reveal: Reveal::Scores,
        reveal_of: Vec::new(),
        watch: None,
        page: None,
        allow_origin: Vec::new(),
        spare_cores: 0,
        skip_zero_weights: false,
        store: None,
        require_ticket: false,
        jwt: JwtOptions::default(),
        address_budget: Budget::default(),
        ticket_budget: Budget::default(),
        price: Vec::new(),
        prepared_memory: 1024,
        max_sessions: 8,
        places: 8,
        workers: Some(1),
        places_each: Some(8),
        places_of: Vec::new(),
        max_connections: 256,
        request_timeout: Duration::from_secs(60),
        handshake_timeout: Duration::from_secs(60),
        unused_timeout: Duration::from_secs(60),
        stall_timeout: Duration::from_secs(60),
        idle_timeout: Duration::from_secs(60),
        ping_interval: Duration::from_secs(20),
        resume_within: Duration::ZERO,
        drain_delay: Duration::ZERO,
        shutdown_grace: Duration::from_secs(20),
    }
}

/// Serves the synthetic model.
pub async fn start() -> Running {
    start_with(config()).await
}

/// Serves the synthetic model with other settings.
pub async fn start_with(config: ServeConfig) -> Running {
    start_with_models(config, &[synthetic()]).await
}

/// Serves these models.
pub async fn start_with_models(config: ServeConfig, bundles: &[Bundle]) -> Running {
    let models = TempDir::new().expect("a temporary directory");
    for bundle in bundles {
        bundle.save(&models.path().join(&bundle.id)).expect("the bundle can be written");
    }
    let config = ServeConfig { models: models.path().to_owned(), ..config };
    let mut server = Server::bind(config).await.expect("the server starts");
    let reload = Arc::<Notify>::default();
    server.reload_when(reload.clone());
    let scheme = server.url().split_once(':').map_or("", |(scheme, _)| scheme).replace("http", "ws");
    let authority = server.address().to_string();
    let health = server.health_address().map(|address| address.to_string());
    let (shutdown, hurry) = (CancellationToken::new(), CancellationToken::new());
    let task = tokio::spawn(server.run(shutdown.clone().cancelled_owned(), hurry.clone().cancelled_owned()));
    Running { url: format!("{scheme}://{authority}/ws"), authority, health, shutdown, hurry, reload, task, models }
}

/// The directory of shipped models.
pub fn shipped_models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../models")
}
