//! Another connection for a session that has lost its own, and what the server says beside the protocol.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use hyper::header::HeaderValue;
use sotto_mpc::{ErrorKind, Notice, RESUME_WITHIN, ResumeSecret};
use sotto_server::ws::{Ending, Next, Received, Sent, Socket, Sockets};
use tokio::time::{Instant, sleep, timeout};
use tracing::{info, warn};

use super::remote::{Failed, PATIENCE, Remote};

/// The first wait before another try; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Longest name of a session that is taken from a server.
const LONGEST_ID: usize = 32;

/// What a server has said beside the protocol.
#[derive(Debug, Default)]
pub(super) struct Told {
    session: OnceLock<(String, Option<ResumeSecret>)>,
    /// What a balancer knows the server by, once the first connection is there.
    cookies: OnceLock<Vec<HeaderValue>>,
    draining: Arc<AtomicBool>,
}

impl Told {
    pub(super) fn session_id(&self) -> Option<&str> {
        self.session.get().map(|(id, _)| id.as_str())
    }

    pub(super) fn draining(&self) -> Arc<AtomicBool> {
        self.draining.clone()
    }

    fn hear(&self, notice: &Notice) {
        match notice {
            Notice::Session { id, secret }
                if id.len() <= LONGEST_ID
                    && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
                    && self.session.set((id.clone(), secret.clone())).is_ok() =>
            {
                info!(session = id, "opened");
            }
            Notice::Queue { position: position @ 1.., seconds } => {
                let when = seconds.map(|seconds| format!(", about {seconds} s")).unwrap_or_default();
                warn!("the server is busy: number {position} in its queue{when}");
            }
            Notice::Draining { seconds } if !self.draining.swap(true, Ordering::Relaxed) => {
                info!(seconds, "the server is shutting down");
            }
            _ => {}
        }
    }
}

/// A session's further connections to its server.
pub(super) struct Redial {
    /// Where sessions go on.
    again: Arc<Remote>,
    told: Arc<Told>,
    cookies: Vec<HeaderValue>,
    /// Which of the session's workers has them.
    worker: u32,
    /// Tries to go on, over the whole session.
    attempts: u64,
}

impl Redial {
    pub(super) fn new(again: Remote, told: Arc<Told>) -> Redial {
        Redial { again: Arc::new(again), told, cookies: Vec::new(), worker: 0, attempts: 0 }
    }

    /// Those of a further worker, of which there is none yet.
    pub(super) fn of_worker(again: Remote, told: Arc<Told>, worker: u32) -> Redial {
        let cookies = told.cookies.get().cloned().unwrap_or_default();
        Redial { again: Arc::new(again), told, cookies, worker, attempts: 0 }
    }

    /// The first connection.
    pub(super) async fn open(&mut self, remote: &Remote) -> Result<Socket, Failed> {
        let socket = self.connect(remote).await?;
        // Nobody else has set it.
        let _ = self.told.cookies.set(self.cookies.clone());
        Ok(socket)
    }

    /// The first connection of a further worker, which joins.
    pub(super) async fn join(&mut self) -> Next {
        self.until_there(0).await
    }

    /// A connection, of which what the server says is heard.
    async fn connect(&mut self, remote: &Remote) -> Result<Socket, Failed> {
        let Socket { reader, writer, held } = remote.connect(&mut self.cookies).await?;
        let told = self.told.clone();
        let reader = reader.inspect(move |received| {
            if let Received::Notice(notice) = received {
                told.hear(notice);
            }
        });
        Ok(Socket { reader: Box::pin(reader), writer, held })
    }

    /// A connection on which the server goes on with the session, or says that it does not.
    async fn resume(&mut self, resume: &Notice) -> Result<Next, Failed> {
        let lost = || Failed::new("the connection was lost again".into(), true);
        let mut socket = self.connect(&self.again.clone()).await?;
        socket.writer.send(Sent::Notice(resume.clone())).await.map_err(|_| lost())?;
        loop {
            match timeout(PATIENCE, socket.reader.next()).await {
                Ok(Some(Received::Notice(Notice::Resumed { frames }))) => return Ok(Next::Socket(socket, frames)),
                // As where it stands in the server's queue.
                Ok(Some(Received::Notice(_) | Received::Alive)) => {}
                Ok(Some(Received::Close(ending))) => return Ok(Next::Refused(ending)),
                Ok(Some(Received::Data(_) | Received::Refused(_) | Received::Unreadable(_))) => {
                    let ending =
                        Ending::of(ErrorKind::Malformed, "what the server said does not go on with the session");
                    return Ok(Next::Refused(ending));
                }
                Ok(Some(Received::Gone) | None) | Err(_) => return Err(lost()),
            }
        }
    }
}

impl Sockets for Redial {
    async fn next(&mut self, received: u64) -> Next {
        if matches!(self.told.session.get(), Some((_, Some(_)))) {
            let seconds = RESUME_WITHIN.as_secs();
            warn!("the connection is lost; the session goes on if there is another within {seconds} s");
        }
        let next = self.until_there(received).await;
        if let Next::Socket(..) = &next {
            warn!("the session goes on");
        }
        next
    }
}

impl Redial {
    /// Tries until there is a connection on which the server goes on, or it says that it does not.
    async fn until_there(&mut self, received: u64) -> Next {
        let told = self.told.clone();
        let Some((id, Some(secret))) = told.session.get() else { return Next::None };
        let (until, mut wait) = (Instant::now() + RESUME_WITHIN, FIRST_WAIT);
        loop {
            self.attempts += 1;
            let (id, secret, worker) = (id.clone(), secret.clone(), self.worker);
            let resume = Notice::Resume { id, secret, frames: received, attempt: self.attempts, worker };
            match self.resume(&resume).await {
                Ok(next) => return next,
                Err(Failed { passing: false, .. }) => return Next::None,
                Err(_) if Instant::now() + wait > until => return Next::None,
                Err(_) => sleep(wait).await,
            }
            wait = (2 * wait).min(LONGEST_WAIT);
        }
    }
}
