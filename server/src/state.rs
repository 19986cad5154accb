//! What all connections of a server share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sotto_mpc::Threads;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access::Access;
use crate::admission::forwarded::Proxy;
use crate::admission::origin::Origin;
use crate::admission::places::Places;
use crate::config::ServeConfig;
use crate::courtesy::Courtesy;
use crate::error::{Error, Result};
use crate::metrics::{Load, Metrics};
use crate::offer::Offer;
use crate::resumable::Resumable;
use crate::ws::Limits;

/// One server's state.
pub(crate) struct Shared {
    /// The models on offer.
    pub(crate) offer: Arc<Offer>,
    /// Timeouts of a session's connection.
    pub(crate) limits: Limits,
    /// Whether zeros in the weights of encrypted layers are left out.
    pub(crate) skip_zero_weights: bool,
    /// What all sessions compute with, one thread for each core that is not spared.
    pub(crate) threads: Threads,
    /// How heavy models let light ones go first.
    pub(crate) courtesy: Courtesy,
    /// Workers that one session may have.
    pub(crate) workers: u32,
    /// Who is let in, and what is counted.
    pub(crate) access: Arc<Access>,
    /// Where sessions compute, and what memory is for what they prepare.
    pub(crate) places: Arc<Places>,
    /// What is measured.
    pub(crate) metrics: Arc<Metrics>,
    /// Whose word on who asks is believed.
    pub(crate) proxies: Vec<Proxy>,
    /// Whether clients' addresses are logged.
    pub(crate) log_addresses: bool,
    /// Web origins besides the server's own whose pages may open sessions.
    pub(crate) allowed_origins: Vec<Origin>,
    /// One permit for each session that may be open.
    pub(crate) seats: Arc<Semaphore>,
    /// How many that are.
    most_sessions: usize,
    /// Running sessions.
    pub(crate) sessions: TaskTracker,
    /// Sessions that can go on over another connection.
    pub(crate) resumable: Arc<Resumable>,
    /// Set when no new session should come any more: when the last will be cut.
    pub(crate) draining: watch::Sender<Option<Instant>>,
    /// Cancelled when no new session may start.
    pub(crate) closing: CancellationToken,
    /// Cancelled when running sessions are to be cut.
    pub(crate) cut: CancellationToken,
    /// Sessions opened since the start.
    opened: AtomicU64,
}

impl Shared {
    /// Of a server that is to run as `config` says.
    ///
    /// # Errors
    /// `Usage` when cores are to be spared that there are not, `Internal` when the machine gives no threads.
    pub(crate) fn new(config: &ServeConfig, offer: Offer, access: Arc<Access>) -> Result<Self> {
        let courtesy = Courtesy::sparing(config.spare_cores)?;
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(courtesy.threads())
            .thread_name(|i| format!("compute-{i}"))
            .start_handler(move |_| courtesy.step_aside())
            .build();
        let pool = pool.map_err(|error| Error::Internal(format!("no threads to compute with: {error}")))?;
        let (places, closing) = (Places::new(config.places()), CancellationToken::new());
        let resumable = Resumable::new(config.resume_within, places.clone(), closing.clone());
        let metrics = Metrics::new();
        offer.now().models.iter().for_each(|model| metrics.offer(&model.id));
        Ok(Self {
            offer: Arc::new(offer),
            metrics,
            proxies: config.trusted_proxy.clone(),
            log_addresses: config.log_addresses,
            threads: Threads::of(Arc::new(pool)),
            courtesy,
            workers: config.workers(),
            limits: config.limits(),
            skip_zero_weights: config.skip_zero_weights,
            access,
            places,
            allowed_origins: config.allow_origin.clone(),
            seats: Arc::new(Semaphore::new(config.max_sessions)),
            most_sessions: config.max_sessions,
            sessions: TaskTracker::new(),
            resumable,
            draining: watch::Sender::default(),
            closing,
            cut: CancellationToken::new(),
            opened: AtomicU64::new(0),
        })
    }

    /// Whether no new session should come any more.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.borrow().is_some()
    }

    /// What there is and may be now.
    pub(crate) fn load(&self) -> Load {
        let limits = self.places.limits();
        Load {
            places: self.places.load(),
            most_places: limits.most,
            memory: self.places.memory(),
            most_memory: limits.memory,
            most_sessions: self.most_sessions,
            threads: (self.threads.busy(), self.threads.count()),
        }
    }

    /// The number of the next session in the log, from 1.
    pub(crate) fn number(&self) -> u64 {
        self.opened.fetch_add(1, Ordering::Relaxed) + 1
    }
}
