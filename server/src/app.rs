//! A server's life: configured, listening, serving, drained.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::access::Access;
use crate::admission::connections;
use crate::config::ServeConfig;
use crate::http::health::Health;
use crate::models::{Changes, Registry};
use crate::offer::Offer;
use crate::session::Protocol;
use crate::state::Shared;
use crate::tls::Tls;
use crate::{Error, Result, http};

/// Connections that probes and Prometheus may have at once.
const PROBES: usize = 64;

/// How long cut sessions may take to tell their peers.
const CUT_GRACE: Duration = Duration::from_secs(5);

/// Checks what [`Server::bind`] would, but for the address, and names the models that would be on offer.
///
/// # Errors
/// [`Error::Usage`] as [`Server::bind`].
pub fn check(config: &ServeConfig) -> Result<Vec<String>> {
    config.check()?;
    config.tls.load()?;
    config.jwt.load()?;
    let source = config.source();
    let models = Registry::load(&source.folder, &source.reveal, source.strict)?;
    Ok(models.iter().map(|model| model.id.clone()).collect())
}

/// What a server tells whoever supervises its process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It answers, and `/readyz` has said 200: told once.
    Ready,
    /// It was asked to read its files again, and does.
    Reloading,
    /// It has read them, and goes on: with what they say, or, if something was wrong, with what was there before.
    Reloaded {
        /// Whether all of it could be used.
        right: bool,
    },
    /// It was asked to end: from now on it is not ready, and then closes.
    Stopping,
}

/// Who is told the stages.
type Supervisor = Box<dyn Fn(Stage) + Send + Sync>;

/// A server that listens but does not answer yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    config: ServeConfig,
    shared: Arc<Shared>,
    health: Option<(TcpListener, SocketAddr)>,
    others: Vec<(&'static str, Protocol)>,
    tls: Option<Arc<Tls>>,
    reload: Arc<Notify>,
    supervisor: Supervisor,
}

impl Server {
    /// Checks the configuration, loads the models and starts to listen.
    ///
    /// # Errors
    /// [`Error::Usage`] with one line that names the option, file or address.
    pub async fn bind(config: ServeConfig) -> Result<Server> {
        config.check()?;
        let tls = config.tls.load()?;
        let offer = Offer::load(config.source())?;
        let (listener, address) = listen(config.listen).await?;
        let health = match config.health_listen {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let access = Access::open(config.store.as_deref(), config.jwt.load()?, config.access()).await?;
        let shared = Arc::new(Shared::new(&config, offer, access)?);
        let (others, reload, supervisor) = (Vec::new(), Arc::default(), Box::new(|_| ()));
        Ok(Server { listener, address, config, shared, health, others, tls, reload, supervisor })
    }

    /// The address it listens on, with the real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of probes and Prometheus, if they have one of their own.
    pub fn health_address(&self) -> Option<SocketAddr> {
        self.health.as_ref().map(|(_, address)| *address)
    }

    /// Where browsers find it.
    pub fn url(&self) -> String {
        format!("{}://{}/", self.config.tls.scheme(), self.address)
    }

    /// Makes it read its certificate and key, the keys of tokens, and its models, again whenever it is notified.
    pub fn reload_when(&mut self, asked: Arc<Notify>) {
        self.reload = asked;
    }

    /// Makes it tell somebody the stages of its life, from a thread that must not be held up.
    pub fn tell(&mut self, supervisor: impl Fn(Stage) + Send + Sync + 'static) {
        self.supervisor = Box::new(supervisor);
    }

    /// The names of the models on offer.
    pub fn models(&self) -> Vec<String> {
        self.shared.offer.now().models.iter().map(|model| model.id.clone()).collect()
    }

    /// Also offers another protocol than that of inferences, at a path of its own. Its sessions count as sessions, and have
    /// the idle timeout from the start.
    pub fn offer(&mut self, path: &'static str, protocol: Protocol) {
        self.others.push((path, protocol));
    }

    /// Serves until `shutdown` resolves; then says that it is not ready and serves on for the drain delay; then lets
    /// running sessions end within the grace time, and cuts the rest. When `hurry` resolves, neither is waited for.
    pub async fn run(self, shutdown: impl Future<Output = ()>, hurry: impl Future<Output = ()>) -> Result<()> {
        let Server { listener, config, shared, health: health_listener, others, tls, reload, supervisor, .. } = self;
        let health = Health::new(shared.clone(), config.ready_when_full);
        let routes = http::router(&config, shared.clone(), &health, &others);
        let limits = connections::Limits { most: config.max_connections, head: config.request_timeout };
        let serving = tokio::spawn(connections::serve(listener, tls.clone(), routes, limits, shared.closing.clone()));
        // Probes are answered until the end.
        let stopped = CancellationToken::new();
        let _stopped = stopped.clone().drop_guard();
        if let Some((listener, address)) = health_listener {
            info!(%address, "health and metrics");
            let limits = connections::Limits { most: PROBES, ..limits };
            tokio::spawn(connections::serve(listener, None, http::health_router(&health), limits, stopped));
        }
        let hurry = hurry.shared();
        let told = async {
            shutdown.await;
            shared.draining.send_replace(Some(Instant::now() + config.drain_delay + config.shutdown_grace));
            supervisor(Stage::Stopping);
            info!(delay = ?config.drain_delay, "not ready any more");
            tokio::select! {
                () = sleep(config.drain_delay) => {}
                () = hurry.clone() => {}
            }
        };
        let lives = async {
            health.until_ready().await;
            supervisor(Stage::Ready);
            reloads(&reload, tls.as_deref(), &shared, config.watch, &supervisor).await
        };
        tokio::select! {
            () = told => {}
            never = lives => match never {},
            never = shared.access.renew() => match never {},
        }
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

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr)> {
    let cannot = |e| Error::Usage(format!("cannot listen on {address}: {e}"));
    let listener = TcpListener::bind(address).await.map_err(cannot)?;
    let address = listener.local_addr().map_err(cannot)?;
    Ok((listener, address))
}

/// Reads again what may change while the server runs, whenever it is asked to, and the models every so often, if that is wanted;
/// never ends.
async fn reloads(
    asked: &Notify,
    tls: Option<&Tls>,
    shared: &Shared,
    watch: Option<Duration>,
    supervisor: &Supervisor,
) -> Infallible {
    // What was wrong the last time, which is said once.
    let mut wrong = None;
    loop {
        let watched = async {
            match watch {
                Some(period) => sleep(period).await,
                None => std::future::pending().await,
            }
        };
        let all = tokio::select! {
            () = asked.notified() => true,
            () = watched => false,
        };
        if all {
            supervisor(Stage::Reloading);
        }
        let mut right = true;
        if let Some(tls) = tls.filter(|_| all) {
            match tls.reload() {
                Ok(()) => info!("new connections get the certificate as it is in its file now"),
                Err(error) => {
                    right = false;
                    error!(%error, "new connections get the certificate that was there before");
                }
            }
        }
        right &= shared.access.reload_keys(all);
        let offer = shared.offer.clone();
        let reloaded = tokio::task::spawn_blocking(move || offer.reload(all)).await;
        right &= matches!(reloaded, Ok(Ok(_)));
        let before = std::mem::replace(&mut wrong, reloaded.as_ref().ok().and_then(|r| r.as_ref().err().cloned()));
        match reloaded {
            Ok(Ok(changes)) if all || changes != Changes::default() => {
                let Changes { added, replaced, withdrawn } = changes;
                added.iter().for_each(|id| shared.metrics.offer(id));
                info!(?added, ?replaced, ?withdrawn, "new sessions get the models as they are in their folder now");
            }
            Ok(Ok(_)) => {}
            Ok(Err(error)) if all || before.as_ref() != Some(&error) => {
                error!(%error, "new sessions get the models that were there before");
            }
            Ok(Err(_)) => {}
            Err(_) => error!("reading the models panicked; new sessions get those that were there before"),
        }
        if all {
            supervisor(Stage::Reloaded { right });
        }
    }
}
