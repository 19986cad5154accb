//! A server's life: configured, listening, serving, drained.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tracing::{error, info, warn};

use crate::access::Access;
use crate::admission::connections;
use crate::config::ServeConfig;
use crate::models::{Changes, Registry};
use crate::offer::Offer;
use crate::session::Protocol;
use crate::state::Shared;
use crate::tls::Tls;
use crate::{Error, Result, http};

/// How long cut sessions may take to tell their peers.
const CUT_GRACE: Duration = Duration::from_secs(5);

/// Checks what [`Server::bind`] would, but for the address, and names the models that would be on offer.
///
/// # Errors
/// [`Error::Usage`] as [`Server::bind`].
pub fn check(config: &ServeConfig) -> Result<Vec<String>> {
    config.check()?;
    config.tls.load()?;
    let source = config.source();
    let models = Registry::load(&source.folder, &source.policy, source.strict)?;
    Ok(models.iter().map(|model| model.id.clone()).collect())
}

/// A server that listens but does not answer yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    config: ServeConfig,
    shared: Arc<Shared>,
    others: Vec<(&'static str, Protocol)>,
    tls: Option<Arc<Tls>>,
    reload: Arc<Notify>,
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
        let cannot = |e| Error::Usage(format!("cannot listen on {}: {e}", config.listen));
        let listener = TcpListener::bind(config.listen).await.map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let access = Access::open(config.store.as_deref(), config.access()).await?;
        let shared = Arc::new(Shared::new(&config, offer, access)?);
        Ok(Server { listener, address, config, shared, others: Vec::new(), tls, reload: Arc::default() })
    }

    /// The address it listens on, with the real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where browsers find it.
    pub fn url(&self) -> String {
        format!("{}://{}/", self.config.tls.scheme(), self.address)
    }

    /// Makes it read its certificate and key, and its models, again whenever it is notified.
    pub fn reload_when(&mut self, asked: Arc<Notify>) {
        self.reload = asked;
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

    /// Serves until `shutdown` resolves, then lets running sessions end within the grace time, or until `hurry` resolves,
    /// and cuts the rest.
    pub async fn run(self, shutdown: impl Future<Output = ()>, hurry: impl Future<Output = ()>) -> Result<()> {
        let Server { listener, config, shared, others, tls, reload, .. } = self;
        let routes = http::router(&config, shared.clone(), &others);
        let limits = connections::Limits { most: config.max_connections, head: config.request_timeout };
        let serving = tokio::spawn(connections::serve(listener, tls.clone(), routes, limits, shared.closing.clone()));
        tokio::select! {
            () = shutdown => {}
            () = reloads(&reload, tls.as_deref(), &shared.offer, config.watch) => {}
            () = shared.access.renew() => {}
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

/// Reads again what may change while the server runs, whenever it is asked to, and the models every so often, if that is wanted;
/// never ends.
async fn reloads(asked: &Notify, tls: Option<&Tls>, offer: &Arc<Offer>, watch: Option<Duration>) {
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
        if let Some(tls) = tls.filter(|_| all) {
            match tls.reload() {
                Ok(()) => info!("new connections get the certificate as it is in its file now"),
                Err(error) => error!(%error, "new connections get the certificate that was there before"),
            }
        }
        let offer = offer.clone();
        match tokio::task::spawn_blocking(move || offer.reload()).await {
            Ok(Ok(changes)) if all || changes != Changes::default() => {
                let Changes { added, replaced, withdrawn } = changes;
                info!(?added, ?replaced, ?withdrawn, "new sessions get the models as they are in their folder now");
            }
            Ok(Ok(_)) => {}
            Ok(Err(error)) => error!(%error, "new sessions get the models that were there before"),
            Err(_) => error!("reading the models panicked; new sessions get those that were there before"),
        }
    }
}
